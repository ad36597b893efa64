"""Criteria: read from text by a grammar, told back as the same text, met exactly where they say so."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import INT64_MAX
from sparkle_core.domain.progression import CounterName, Criterion, Step, parsed, steps
from sparkle_core.domain.progression.criteria import AllOf, AnyOf, AtLeast

POSTS, LIKES, LEVEL = CounterName.POSTS_PUBLISHED, CounterName.LIKES_RECEIVED, CounterName.LEVEL

conditions = st.builds(AtLeast, st.sampled_from(CounterName), st.integers(1, INT64_MAX))


def _joined(inner: st.SearchStrategy[Criterion]) -> st.SearchStrategy[Criterion]:
    parts = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts)


criteria = st.recursive(conditions, _joined, max_leaves=8)
counted = st.dictionaries(st.sampled_from([c.value for c in CounterName]), st.integers(0, 20))


@given(criteria)
def test_what_a_criterion_says_of_itself_reads_back_as_it(criterion: Criterion) -> None:
    assert parsed(str(criterion)) == criterion


@pytest.mark.parametrize(
    ("text", "criterion"),
    [
        ("posts_published >= 10", AtLeast(POSTS, 10)),
        ("  posts_published>=10 ", AtLeast(POSTS, 10)),
        ("(((level >= 2)))", AtLeast(LEVEL, 2)),
        ("level >= 2 and posts_published >= 1", AllOf((AtLeast(LEVEL, 2), AtLeast(POSTS, 1)))),
        (
            "level >= 2 or posts_published >= 1 and likes_received >= 3",
            AnyOf((AtLeast(LEVEL, 2), AllOf((AtLeast(POSTS, 1), AtLeast(LIKES, 3))))),
        ),
        (
            "(level >= 2 or posts_published >= 1) and likes_received >= 3",
            AllOf((AnyOf((AtLeast(LEVEL, 2), AtLeast(POSTS, 1))), AtLeast(LIKES, 3))),
        ),
    ],
)
def test_and_binds_before_or_unless_parentheses_say_otherwise(text: str, criterion: Criterion) -> None:
    assert parsed(text) == criterion


def test_eight_parentheses_may_be_open_at_once_and_more_one_after_the_other() -> None:
    eight = "(" * 8 + "level >= 2" + ")" * 8
    assert parsed(f"{eight} and {eight}") == AllOf((AtLeast(LEVEL, 2), AtLeast(LEVEL, 2)))
    with pytest.raises(Invalid, match="at most 8 parentheses"):
        parsed(f"{eight} and ({eight})")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" ", "at character 2 there must be a counter or (, not the end"),
        ("posts >= 10", "posts is not a counter; known: posts_published, "),
        ("level > 10", "at character 7 there must be >=, not '>'"),
        ("level >= ten", "at character 10 there must be a whole number from 1 to "),
        ("level >= 0", "there must be a whole number from 1 to 9,223,372,036,854,775,807, not '0'"),
        (f"level >= {2**63}", "there must be a whole number"),
        (f"level >= {'9' * 400}", "there must be a whole number"),
        ("level >= -1", "there must be a whole number from 1 to 9,223,372,036,854,775,807, not '-'"),
        ("level >= ٣", "there must be a whole number"),
        ("level >= ²", "there must be a whole number"),
        ("level >= 2 posts_published >= 1", "at character 12 there must be and, or, or the end, not 'posts_published'"),
        ("(level >= 2", "at character 12 there must be ), not the end"),
        ("level >= 2)", "there must be and, or, or the end, not ')'"),
        ("level >= 2 and", "there must be a counter or (, not the end"),
        ("or level >= 2", "or is not a counter"),
        ("()", "there must be a counter or (, not ')'"),
        ("__import__('os')", "__import__ is not a counter"),
        ("(" * 9 + "level >= 2" + ")" * 9, "must have at most 8 parentheses open at once"),
        (" or ".join(["level >= 2"] * 21), "must join at most 20 conditions at a time, joins 21"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        parsed(text)
    (fault,) = refused.value.faults
    assert fault.path == "when"
    assert reason in fault.message


@given(st.text(max_size=80) | st.text("()><=andorlevel 0123", max_size=80))
def test_any_text_is_a_criterion_or_named_as_none(text: str) -> None:
    """Stops a rules file from crashing what reads it."""
    with suppress(Invalid):
        assert parsed(str(parsed(text))) == parsed(text)


def test_all_and_any_mean_what_they_say() -> None:
    both = parsed("posts_published >= 10 and likes_received >= 4")
    either = parsed("posts_published >= 10 or likes_received >= 4")
    assert not both.met_by({"posts_published": 10, "likes_received": 3})
    assert both.met_by({"posts_published": 10, "likes_received": 4})
    assert either.met_by({"likes_received": 4})
    assert not either.met_by({"posts_published": 9, "likes_received": 3})


def test_progress_is_told_by_condition_and_as_one_number() -> None:
    counts = {"posts_published": 5, "likes_received": 40}
    both = parsed("posts_published >= 10 and likes_received >= 4")
    assert steps(both, counts) == (Step(POSTS, 5, 10), Step(LIKES, 4, 4))
    assert both.percent(counts) == 75
    assert parsed("posts_published >= 10 or level >= 3").percent(counts) == 50
    assert steps(parsed("level >= 1"), counts) == (Step(LEVEL, 0, 1),)
    with pytest.raises(Invalid, match="need"):
        Step(LEVEL, 0, 0)


@given(criteria, counted)
def test_a_hundred_percent_is_to_meet_it(criterion: Criterion, counts: dict[str, int]) -> None:
    assert (criterion.percent(counts) == 100) == criterion.met_by(counts)


@given(criteria, counted, st.sampled_from(CounterName))
def test_counting_more_never_loses_what_is_met(criterion: Criterion, counts: dict[str, int], more: CounterName) -> None:
    after = {**counts, more.value: counts.get(more.value, 0) + 1}
    assert criterion.met_by(after) or not criterion.met_by(counts)
    assert criterion.percent(after) >= criterion.percent(counts)
