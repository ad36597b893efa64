"""The contract of the `Patterns` port, and what it must bear from people who mean harm."""

import random
import time

import pytest

from sparkle_adapters.text.patterns import Re2Patterns
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.text import Patterns


@pytest.fixture
def patterns() -> Patterns:
    return Re2Patterns()


def test_every_match_is_found_with_its_pattern_and_place(patterns: Patterns) -> None:
    found = patterns.compile(("an", "b.n", "zebra")).spans("banana")
    assert found == [(1, 0, 3), (0, 1, 3), (0, 3, 5)]


def test_what_matches_is_told_without_its_places(patterns: Patterns) -> None:
    assert patterns.compile(("an", "zebra", "b.n")).matching("banana") == [0, 2]


def test_places_are_characters_whatever_they_weigh_in_bytes(patterns: Patterns) -> None:
    assert patterns.compile(("ü", "x+")).spans("日本ü😀xx") == [(0, 2, 3), (1, 4, 6)]


def test_neighbours_share_the_context_around_a_group_named_hit(patterns: Patterns) -> None:
    assert patterns.compile((" (?P<hit>bad) ",)).spans(" bad bad bad ") == [(0, 1, 4), (0, 5, 8), (0, 9, 12)]


def test_the_start_of_the_text_is_one_place_only(patterns: Patterns) -> None:
    assert patterns.compile(("^a",)).spans("aaa") == [(0, 0, 1)]


def test_empty_matches_are_no_matches(patterns: Patterns) -> None:
    assert patterns.compile(("x*",)).spans("axa") == [(0, 1, 2)]


def test_no_patterns_match_nothing(patterns: Patterns) -> None:
    compiled = patterns.compile(())
    assert (compiled.spans("anything"), compiled.matching("anything")) == ([], [])


def test_every_bad_pattern_is_named_by_its_index_with_the_reason(patterns: Patterns) -> None:
    with pytest.raises(Invalid) as refused:
        patterns.compile(("fine", "(", r"(a)\1", "(?<=a)b"))
    assert [f.path for f in refused.value.faults] == ["1", "2", "3"]
    assert "missing )" in refused.value.faults[0].message


def test_a_pattern_that_would_backtrack_for_ever_takes_no_time(patterns: Patterns) -> None:
    """Stops: a regular expression as a weapon. The standard library needs 2^40 steps for this one."""
    compiled = patterns.compile((r"(a+)+$", r"(x|x)*y", r"(?:a?){50}a{50}"))
    started = time.perf_counter()
    compiled.spans("a" * 20_000 + "!" + "x" * 20_000)
    assert time.perf_counter() - started < 2


def test_thousands_of_words_stay_fast_on_text_made_to_hurt(patterns: Patterns) -> None:
    """Stops: texts that make an automaton build a new state at every step, so that a post takes minutes."""
    source = random.Random(1)
    words = tuple({"".join(source.choice("abcdefgh") for _ in range(source.randint(4, 9))) for _ in range(5_000)})
    compiled = patterns.compile(words)
    hostile = "".join(source.choice(words)[: source.randint(1, 8)] for _ in range(20_000))
    started = time.perf_counter()
    found = compiled.matching(hostile)
    assert time.perf_counter() - started < 5
    assert found == [i for i, word in enumerate(words) if word in hostile]
