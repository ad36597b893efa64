"""The contract of `Patterns` and its `PatternSet`, and what it must bear from people who mean harm."""

import random
import time

import pytest

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.text import Patterns

HOSTILE_S = 2.0
THOUSANDS_S = 5.0
"""How long a test waits for an answer that takes milliseconds where time is linear, and years where it is not."""


class PatternsContract:
    """Every match is found in its place, in time linear in the text. Say `make`."""

    def make(self) -> Patterns:
        raise NotImplementedError

    @pytest.fixture
    def patterns(self) -> Patterns:
        return self.make()

    def test_every_match_is_found_with_its_pattern_and_place(self, patterns: Patterns) -> None:
        found = patterns.compile(("an", "b.n", "zebra")).spans("banana")
        assert found == [(1, 0, 3), (0, 1, 3), (0, 3, 5)]

    def test_what_matches_is_told_without_its_places(self, patterns: Patterns) -> None:
        assert patterns.compile(("an", "zebra", "b.n")).matching("banana") == [0, 2]

    def test_a_set_answers_text_after_text(self, patterns: Patterns) -> None:
        compiled = patterns.compile(("an", "zebra"))
        texts = ("banana", "zebra", "", "fig", "an zebra")
        assert [compiled.matching(text) for text in texts] == [[0], [1], [], [], [0, 1]]
        assert [len(compiled.spans(text)) for text in texts] == [2, 1, 0, 0, 2]

    def test_places_are_characters_whatever_they_weigh_in_bytes(self, patterns: Patterns) -> None:
        assert patterns.compile(("ü", "x+")).spans("日本ü😀xx") == [(0, 2, 3), (1, 4, 6)]

    def test_neighbours_share_the_context_around_a_group_named_hit(self, patterns: Patterns) -> None:
        assert patterns.compile((" (?P<hit>bad) ",)).spans(" bad bad bad ") == [(0, 1, 4), (0, 5, 8), (0, 9, 12)]

    def test_where_that_group_took_no_part_the_whole_match_is_the_place(self, patterns: Patterns) -> None:
        assert patterns.compile(("x(?P<hit>a)?",)).spans("xa x") == [(0, 1, 2), (0, 3, 4)]

    def test_the_start_of_the_text_is_one_place_only(self, patterns: Patterns) -> None:
        assert patterns.compile(("^a",)).spans("aaa") == [(0, 0, 1)]

    def test_an_empty_match_has_no_place(self, patterns: Patterns) -> None:
        assert patterns.compile(("x*",)).spans("axa") == [(0, 1, 2)]

    def test_no_patterns_match_nothing(self, patterns: Patterns) -> None:
        compiled = patterns.compile(())
        assert (compiled.spans("anything"), compiled.matching("anything")) == ([], [])

    def test_every_bad_pattern_is_named_by_its_index_with_the_reason(self, patterns: Patterns) -> None:
        with pytest.raises(Invalid) as refused:
            patterns.compile(("fine", "(", r"(a)\1", "(?<=a)b", "a(?!b)", "((a{100}){100}){100}"))
        assert [f.path for f in refused.value.faults] == ["1", "2", "3", "4", "5"]
        assert min(len(f.message) for f in refused.value.faults) > 10, "it says what is wrong"

    def test_a_pattern_that_would_backtrack_for_ever_takes_no_time(self, patterns: Patterns) -> None:
        """Stops: a regular expression as a weapon. The standard library needs 2^40 steps for this one."""
        compiled = patterns.compile((r"(a+)+$", r"(x|x)*y", r"(?:a?){50}a{50}"))
        started = time.perf_counter()
        compiled.spans("a" * 20_000 + "!" + "x" * 20_000)
        assert time.perf_counter() - started < HOSTILE_S

    def test_thousands_of_words_stay_fast_on_text_made_to_hurt(self, patterns: Patterns) -> None:
        """Stops: texts that make an automaton build a new state at every step, so that a post takes minutes."""
        source = random.Random(1)  # noqa: S311 # seeded on purpose
        drawn = ("".join(source.choice("abcdefgh") for _ in range(source.randint(4, 9))) for _ in range(5_000))
        words = tuple(dict.fromkeys(drawn))
        compiled = patterns.compile(words)
        hostile = "".join(source.choice(words)[: source.randint(1, 8)] for _ in range(20_000))
        started = time.perf_counter()
        found = compiled.matching(hostile)
        assert time.perf_counter() - started < THOUSANDS_S
        assert found == [i for i, word in enumerate(words) if word in hostile]
