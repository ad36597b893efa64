"""Words are found however they are disguised, and only where they are."""

import time

import pytest

from sparkle_adapters.text.patterns import Re2Patterns
from sparkle_core.application.shared.screening import Screener
from sparkle_core.domain.moderation.engine import Facts, censor
from sparkle_core.domain.moderation.normalising import Traced, fold
from sparkle_core.domain.moderation.rules import Censor, ModerationRules, Rule, Words
from sparkle_core.domain.moderation.targets import Scope
from sparkle_core.domain.moderation.words import Match


def censored(text: str, *terms: str, match: Match = Match.WHOLE, exceptions: tuple[str, ...] = ()) -> str:
    condition = Words(terms=terms, match=match, exceptions=exceptions)
    rules = ModerationRules(rules=(Rule(id="words", condition=condition, effect=Censor()),))
    screener = Screener.of(rules, Re2Patterns())
    return censor(text, screener.judge(Facts(text=text, scope=Scope.POST, account_age_s=0)).censored)


@pytest.mark.parametrize(
    "disguise",
    [
        "badger",
        "BADGER",
        "Bádgër",
        "ba\u0301dger\u0308",
        "ｂａｄｇｅｒ",
        "𝓫𝓪𝓭𝓰𝓮𝓻",
        "ⓑⓐⓓⓖⓔⓡ",
        "bаdgеr",  # Cyrillic а and е
        "βadgεr",
        "b4dg3r",
        "8@dger",
        "baaadgerrr",
        "b.a.d.g.e.r",
        "b a d g e r",
        "bad-ger",
        "ba\u200bd\u00adger",
        "b\u2060a\ufe0fdger",
        "b   a   d   g   e   r",
        "b_a_d_g_e_r",
    ],
)
def test_a_disguised_word_is_found_and_censored_where_it_stands(disguise: str) -> None:
    """Stops: every usual way around a word list; the asterisks hit the original text, nothing beside it."""
    assert censored(f"so {disguise}, yes", "badger") == f"so {'*' * len(disguise)}, yes"


@pytest.mark.parametrize(
    "text", ["badger!", "(badger)", "badger.Then", "«badger»", "badger's", "\nbadger\t", "badger?!"]
)
def test_punctuation_ends_a_word(text: str) -> None:
    assert "badger" not in censored(text, "badger")


@pytest.mark.parametrize("text", ["badgers", "notbadger", "plan b ad", "bridge", "ba dg er", "бадгер"])
def test_what_only_resembles_a_whole_word_is_left_alone(text: str) -> None:
    assert censored(text, "badger", "bad") == text


def test_every_occurrence_is_censored_also_side_by_side() -> None:
    assert censored("badger badger  badger,badger", "badger") == "****** ******  ******,******"


def test_a_part_of_a_word_is_found_where_the_list_asks_for_it() -> None:
    assert censored("superbadgering", "badger", match=Match.PART) == "super******ing"
    assert censored("superbadgering", "badger") == "superbadgering"


def test_parts_of_two_words_make_no_word() -> None:
    assert censored("class.hit and class-hits", "shit", match=Match.PART) == "class.hit and class-hits"


def test_exceptions_are_let_through_and_nothing_else_is() -> None:
    text = "Scunthorpe, scunthorpe and xcuntx"
    assert censored(text, "cunt", match=Match.PART, exceptions=("scunthorpe",)) == "Scunthorpe, scunthorpe and x****x"


def test_an_exception_does_not_excuse_its_neighbour() -> None:
    """Stops: putting an allowed word beside a forbidden one."""
    assert censored("good god goodgod", "god", exceptions=("good",)) == "good *** goodgod"


def test_a_word_with_a_doubled_letter_needs_it_doubled() -> None:
    assert censored("bob boob booob b o o b", "boob") == "bob **** ***** *******"


def test_a_one_is_read_as_an_i_or_as_an_l() -> None:
    assert censored("k1ng 1ord sp!ll", "king", "lord", "spill") == "**** **** *****"


def test_an_exclamation_mark_at_the_end_is_no_letter() -> None:
    assert censored("shut! bad! sh!t! |bad|", "bad", "shit", "shuti") == "shut! ***! ****! |***|"


def test_a_number_is_no_word_unless_the_list_asks_for_digits() -> None:
    assert censored("room 101 lol", "lol") == "room 101 ***"
    assert censored("420 a2o room 101", "420") == "*** a2o room 101"


def test_phrases_are_found_across_any_separators() -> None:
    assert censored("Buy   f0llowers, buy-followers!", "buy followers") == "***************, *************!"


def test_other_scripts_keep_their_letters() -> None:
    assert censored("это плохо", "плохо") == "это *****"
    assert censored("これは悪い 悪い", "悪い") == "これは悪い **"


def test_folding_twice_changes_nothing() -> None:
    once = fold("Ｈé\u200bllo ﬁ Straße ☃ ①")
    assert fold(once) == once
    assert once == "hello fi strasse . 1"


def test_a_folded_text_knows_where_its_characters_came_from() -> None:
    original = "ﬁ\u200be\u0301!"
    folded = Traced.folded(original)
    assert folded.text == "fie!"
    assert folded.place(0, 2, original) == (0, 2)
    assert folded.place(2, 3, original) == (2, 4)


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * 100_000,
        "a." * 50_000,
        "." * 100_000,
        "a " * 50_000,
        "!" * 100_000,
        "a!" * 50_000,
        "\u0301" * 100_000,
        "bad " * 25_000,
        "http://" * 14_000,
        "a.com." * 16_000,
    ],
)
def test_text_made_to_be_slow_is_judged_in_time_linear_in_its_length(hostile: str) -> None:
    """Stops: one post that keeps a server busy for minutes. Ten times the text takes about ten times the time."""
    rules = ModerationRules()
    screener = Screener.of(rules, Re2Patterns())
    started = time.perf_counter()
    screener.judge(Facts(text=hostile, scope=Scope.POST, account_age_s=0))
    assert time.perf_counter() - started < 3
