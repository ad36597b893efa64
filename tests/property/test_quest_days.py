"""A daily quest and the person's own days: no journey and no changed clock adds or loses more than one of them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import in_memory
from sparkle_core.application.accounts import EditProfile
from sparkle_core.application.progression import ClaimQuest, XpHistory
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.civil_days import civil_day
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import (
    CounterName,
    Objective,
    PersonCounters,
    ProgressionRules,
    Quest,
    QuestKind,
    Reward,
)
from sparkle_core.domain.progression.clocks import PersonClock
from tests.support.people import member
from tests.support.writing import publish, say

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # puts its clock on by half an hour
    "Africa/Casablanca",  # puts its clock back for Ramadan
    "Pacific/Apia",  # left out the 30th of December 2011
    "Pacific/Kiritimati",  # 14 hours ahead of UTC
    "Pacific/Pago_Pago",  # 11 hours behind
)
HOUR = timedelta(hours=1)
APART = timedelta(hours=26)
"""How far the clocks of two places can be apart: so much more than there was can have passed on somebody's own."""
TALK = Quest(
    name="talk",
    title="Talk",
    kind=QuestKind.DAILY,
    objectives=(Objective(counter=CounterName.COMMENTS_POSTED, target=1),),
    reward=Reward(xp=1),
)
WEEK = evolve(TALK, kind=QuestKind.WEEKLY)

zones = st.sampled_from(ZONES)
starts = st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
hours = st.integers(0, 23)
journeys = st.lists(st.tuples(st.integers(1, 72), zones), max_size=6)
"""After so many hours, to another zone."""


def keys(quest: Quest, start: datetime, clock: PersonClock, moves: list[tuple[int, str]]) -> tuple[set[int], datetime]:
    """The periods of somebody who does something every hour, until three days after the last move; and that hour."""
    at, found, counters = start, set(), PersonCounters(id=UserId(UUID(int=1)))
    for length, zone in [*moves, (72, clock.time_zone)]:
        for _ in range(length):
            period = quest.period_at(at, clock)
            assert period is not None
            found.add(period.key)
            counters = counters.on_day(clock.day(at).date.toordinal(), at)
            clock = evolve(clock, latest=counters.latest_day, latest_at=counters.latest_at)
            at += HOUR
        clock = evolve(clock, time_zone=zone)
    return found, at - HOUR


@given(starts, zones, hours, journeys)
@example(datetime(2011, 12, 28, tzinfo=UTC), "Pacific/Apia", 0, [])
@example(datetime(2026, 1, 1, 5, tzinfo=UTC), "UTC", 0, [(1, "Pacific/Pago_Pago"), (15, "Pacific/Kiritimati")])
@settings(max_examples=150, deadline=None)
def test_all_journeys_together_add_one_day_at_most_and_each_loses_one_at_most(
    start: datetime, home: str, hour: int, moves: list[tuple[int, str]]
) -> None:
    """Stops earning more days than there are by telling another time zone."""
    found, end = keys(TALK, start, PersonClock(time_zone=home, starts_at_hour=hour), moves)
    zone = ZoneInfo(home)
    at_home = (civil_day(end, zone, hour).date - civil_day(start, zone, hour).date).days + 1
    assert len(found) <= at_home + 1
    assert len(found) >= at_home - len(moves) - (home == "Pacific/Apia")  # which lost one itself


@given(starts, zones, hours, journeys)
@example(
    datetime(2028, 8, 7, 1, tzinfo=UTC),  # a Sunday at home; at the end, six days and ten hours on, it is Monday there
    "Pacific/Pago_Pago",
    0,
    [(72, "Pacific/Pago_Pago"), (11, "Pacific/Kiritimati")],
)
@settings(max_examples=100, deadline=None)
def test_weeks_are_whole_and_begin_on_mondays_wherever_somebody_goes(
    start: datetime, home: str, hour: int, moves: list[tuple[int, str]]
) -> None:
    found, end = keys(WEEK, start, PersonClock(time_zone=home, starts_at_hour=hour), moves)
    assert {key % 7 for key in found} == {1}
    first, last = min(found), max(found)
    assert sorted(found) == list(range(first, last + 1, 7))
    assert len(found) <= (end - start + APART) // timedelta(days=7) + 2


@given(starts, zones, hours, st.sampled_from((TALK, WEEK)))
@settings(max_examples=300, deadline=None)
def test_periods_follow_one_another_without_gap_or_overlap(at: datetime, zone: str, hour: int, quest: Quest) -> None:
    """Clocks that are changed make a day shorter or longer, and never two of it or none."""
    clock = PersonClock(time_zone=zone, starts_at_hour=hour)
    period = quest.period_at(at, clock)
    assert period is not None
    assert period.ends_at is not None
    assert at < period.ends_at
    before = quest.period_at(period.ends_at - timedelta(microseconds=1), clock)
    after = quest.period_at(period.ends_at, clock)
    assert before == period
    assert after is not None
    assert after.key > period.key
    assert after.key - period.key <= (7 if quest is WEEK else 2 if zone == "Pacific/Apia" else 1)


@given(starts, zones)
def test_what_was_acted_on_days_late_stays_in_its_own_day(at: datetime, zone: str) -> None:
    clock = PersonClock(time_zone=zone)
    today = clock.day(at).date.toordinal()
    assert evolve(clock, latest=today + 1).day(at).date.toordinal() in (today + 1, today + 2)
    assert evolve(clock, latest=today + 2).day(at).date.toordinal() == today


@given(starts, zones, hours, st.lists(st.integers(0, 96), min_size=2, max_size=12))
@example(datetime(2026, 1, 1, 23, tzinfo=UTC), "UTC", 0, [1, 0])
@settings(max_examples=200, deadline=None)
def test_at_home_each_thing_counts_in_its_own_day_in_whatever_order_workers_come_to_them(
    start: datetime, zone: str, hour: int, after: list[int]
) -> None:
    """Stops the last things of a day from counting in the next one when another worker was faster with that."""
    counters, clock = PersonCounters(id=UserId(UUID(int=1))), PersonClock(time_zone=zone, starts_at_hour=hour)
    for at in (start + hours * HOUR for hours in after):
        day = evolve(clock, latest=counters.latest_day, latest_at=counters.latest_at).day(at)
        assert day == clock.day(at)
        counters = counters.on_day(day.date.toordinal(), at)


def test_a_zone_that_is_no_more_counts_as_utc() -> None:
    at = datetime(2026, 1, 1, 23, tzinfo=UTC)
    assert PersonClock(time_zone="Mars/Olympus").day(at) == PersonClock().day(at)


@given(st.lists(st.tuples(st.integers(1, 40), zones), min_size=3, max_size=10))
@settings(max_examples=15, deadline=None)
def test_what_is_paid_is_one_reward_a_day_wherever_somebody_goes(journey: list[tuple[int, str]]) -> None:
    """The same, through everything that is between a comment and the wallet."""
    sparkle = in_memory(seed=7, rules=Rules(progression=ProgressionRules(quests=(TALK,), achievements=())))
    assert isinstance(sparkle.world, SeededWorld)
    ada = member(sparkle, "ada")
    post = publish(sparkle, ada)
    start, claimed = sparkle.world.now, set()
    for length, zone in journey:
        say(sparkle, ada, post)
        claimed.add(sparkle.run(ClaimQuest(quest="talk"), actor=ada.actor).period)
        sparkle.world.advance(length * HOUR)
        sparkle.run(EditProfile(time_zone=zone), actor=ada.actor)
    days = (sparkle.world.now.date() - start.date()).days + 1
    assert len(claimed) <= days + 1
    paid = [e for e in sparkle.run(XpHistory(user_id=ada.id, limit=100), actor=ada.actor).items if e.source == "quest"]
    assert len(paid) == len(claimed)
