"""To the instant: when a quest begins and ends, until when it can be claimed, and what is kept to once it was said."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import CounterName, Objective, Quest, QuestKind
from sparkle_core.domain.progression.clocks import PersonClock
from sparkle_core.domain.progression.counters import PersonCounters
from sparkle_core.domain.progression.quest_errors import QuestExpired
from sparkle_core.domain.progression.quests import Period, QuestProgress

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
LIKES = Objective(counter=CounterName.LIKES_GIVEN, target=2)
CLOCK = PersonClock()


def season(**more: Any) -> Quest:
    said = {"kind": QuestKind.SEASONAL, "starts_at": NOON, "ends_at": NOON + HOUR, "objectives": (LIKES,)}
    return Quest(**{"name": "cheer", "title": "Cheer", **said, **more})


def key_at(quest: Quest, at: datetime) -> int | None:
    period = quest.period_at(at, CLOCK)
    return None if period is None else period.key


@pytest.mark.parametrize("again", [None, 7])
def test_a_window_is_open_from_its_first_instant_until_right_before_its_end(again: int | None) -> None:
    quest = season(repeat_days=again)
    instants = (NOON - TICK, NOON, NOON + HOUR - TICK, NOON + HOUR)
    assert [key_at(quest, at) for at in instants] == [None, 0, 0, None]
    week = timedelta(days=7)
    assert [key_at(quest, at + week) for at in instants] == ([None] * 4 if again is None else [None, 1, 1, None])


def test_a_window_may_be_as_long_as_the_time_until_it_comes_again_and_no_longer() -> None:
    day = timedelta(days=1)
    whole = season(ends_at=NOON + day, repeat_days=1)
    assert [key_at(whole, NOON + n * day) for n in range(3)] == [0, 1, 2]
    with pytest.raises(Invalid, match="repeat_days: must be as long as it runs, or longer"):
        season(ends_at=NOON + day + TICK, repeat_days=1)


@pytest.mark.parametrize("missing", ["starts_at", "ends_at"])
def test_a_season_has_both_its_ends_and_a_day_may_have_one(missing: str) -> None:
    with pytest.raises(Invalid, match="must have starts_at and ends_at"):
        season(**{missing: None})
    assert getattr(season(kind=QuestKind.DAILY, **{missing: None}), missing) is None


def test_a_quest_has_five_objectives_at_most() -> None:
    counters = [counter for counter in CounterName if not counter.is_reached][:6]
    objectives = tuple(Objective(counter=counter, target=1) for counter in counters)
    assert len(season(objectives=objectives[:5]).objectives) == 5
    with pytest.raises(Invalid, match="objectives"):
        season(objectives=objectives)


def progress(**more: Any) -> QuestProgress:
    return evolve(QuestProgress.begun(UserId(UUID(int=2)), season(), Period(key=0, ends_at=NOON)), **more)


def test_a_mark_of_what_counts_has_a_character_at_least_and_64_at_most() -> None:
    assert progress(counted=("x", "x" * 64)).counted == ("x", "x" * 64)
    for refused in ("", "x" * 65):
        with pytest.raises(Invalid, match="counted"):
            progress(counted=(refused,))


def test_what_expires_can_be_claimed_until_right_before_that() -> None:
    waiting = progress(expires_at=NOON)
    assert waiting.claimed(finished=True, now=NOON - TICK).claimed_at == NOON - TICK
    with pytest.raises(QuestExpired):
        waiting.claimed(finished=True, now=NOON)


def test_an_expiry_that_was_said_is_never_turned_back() -> None:
    """Stops whoever travels from losing hours to claim in that they were promised."""
    quest, here, there = season(claim_hours=1), Period(key=0, ends_at=NOON), Period(key=0, ends_at=NOON - HOUR)
    one = progress().with_one(quest, LIKES.counter, "a", here, NOON)
    assert one.expires_at == NOON + HOUR
    assert one.with_one(quest, LIKES.counter, "b", there, NOON).expires_at == NOON + HOUR


def test_what_was_finished_or_claimed_stays_so_when_something_is_taken_back() -> None:
    """Stops a reward from being claimed twice by taking back and doing again."""
    begun = progress().with_one(season(), LIKES.counter, "a", Period(key=0, ends_at=NOON), NOON)
    assert begun.counted == ("likes_given:ca978112ca1bbdca",), "it is kept: made otherwise, the same thing counts again"
    assert begun.without(LIKES.counter, "a").counted == ()
    assert begun.without(LIKES.counter, "b") is begun
    for settled in (evolve(begun, finished_at=NOON), evolve(begun, claimed_at=NOON)):
        assert settled.without(LIKES.counter, "a") is settled


def test_from_the_first_thing_that_counted_in_it_a_day_goes_on_and_before_that_it_had_not_begun() -> None:
    """Who flew west keeps the day; what happened just before it began stays in the one before."""
    flown = PersonClock(latest=NOON.toordinal() + 1, latest_at=NOON)
    days = [flown.day(at).date.toordinal() - NOON.toordinal() for at in (NOON - TICK, NOON, NOON + TICK)]
    assert days == [0, 1, 1]


def test_a_zone_that_is_no_longer_known_counts_as_utc() -> None:
    lost = PersonClock(time_zone="Mars/Olympus", starts_at_hour=4)
    assert lost.day(NOON) == PersonClock(starts_at_hour=4).day(NOON)


def test_what_counters_say_already_makes_no_new_version_of_them() -> None:
    counters = PersonCounters(id=UserId(UUID(int=7))).raised(CounterName.STREAK_DAYS, 3).on_day(9, NOON)
    assert counters.raised(CounterName.STREAK_DAYS, 3) is counters
    assert counters.raised(CounterName.STREAK_DAYS, 4) is not counters
    assert counters.on_day(9, NOON + HOUR) is counters
    assert counters.on_day(10, NOON + HOUR).latest_at == NOON + HOUR
