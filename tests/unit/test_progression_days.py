"""What is earned in a civil day: caps by source, one visit a day, and both through replays, reversals and travel."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import available_timezones

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st
from tests.communities import connected, fresh_database
from tests.support.people import Somebody, member

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import EditProfile
from sparkle_core.application.progression import AwardXp, Progress, ProgressOf, ReverseXp, VisitToday, XpHistory
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.errors import Forbidden, IdempotencyConflict, Invalid, Unauthenticated
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.rules import from_table
from sparkle_core.domain.progression import CALENDARS, DailyCaps, PersonCalendar
from sparkle_core.domain.progression.calendars import DAYS_REMEMBERED
from sparkle_core.ports.store import Transaction

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
JOINED = 30


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7)


def tomorrow(sparkle: Sparkle) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(DAY)


def award(sparkle: Sparkle, to: Somebody, amount: int, subject: str, source: str = "like_received") -> int:
    given = AwardXp(user_id=to.id, amount=amount, source=source, subject=subject)
    return sparkle.run(given, actor=SYSTEM).xp - JOINED


def reverse(sparkle: Sparkle, to: Somebody, subject: str) -> int:
    return sparkle.run(ReverseXp(user_id=to.id, source="like_received", subject=subject), actor=SYSTEM).xp - JOINED


def visit(sparkle: Sparkle, by: Somebody) -> int:
    return sparkle.run(VisitToday(), actor=by.actor).xp - JOINED


def test_a_second_visit_changes_nothing_even_when_the_rules_give_another_amount_by_now() -> None:
    """Stops a change of rules from refusing everybody who was there that day already."""
    generous = from_table(Rules, {"progression": {"awards": {"daily_visit": 6}}})
    with fresh_database("sqlite") as url:
        with connected(url, seed=7, inline=True) as sparkle:
            ada = member(sparkle, "ada")
            assert visit(sparkle, ada) == 5
        with connected(url, seed=8, rules=generous, inline=True) as sparkle:
            assert visit(sparkle, ada) == 5
            tomorrow(sparkle)
            assert visit(sparkle, ada) == 11


@pytest.mark.parametrize(("source", "cap"), [("like_received", 100), ("comment_posted", 50), ("post_published", 100)])
def test_a_source_gives_up_to_its_cap_a_day_and_as_much_on_the_next(
    sparkle: Sparkle, ada: Somebody, source: str, cap: int
) -> None:
    assert [award(sparkle, ada, 40, str(n), source) for n in range(4)][-1] == cap
    tomorrow(sparkle)
    assert award(sparkle, ada, 7, "tomorrow", source) == cap + 7


def test_caps_are_each_sources_own_and_others_have_none(sparkle: Sparkle, ada: Somebody) -> None:
    assert award(sparkle, ada, 500, "a", "gift") == 500
    assert award(sparkle, ada, 500, "a", "comment_posted") == 550
    assert award(sparkle, ada, 500, "a") == 650


def test_an_award_over_the_cap_is_reduced_and_its_repeat_gives_nothing_on_a_later_day(
    sparkle: Sparkle, ada: Somebody
) -> None:
    assert award(sparkle, ada, 90, "one") == 90
    assert award(sparkle, ada, 90, "two") == 100
    assert award(sparkle, ada, 90, "three") == 100
    tomorrow(sparkle)
    assert [award(sparkle, ada, 90, s) for s in ("one", "two", "three")] == [100, 100, 100]
    amounts = [e.amount for e in sparkle.run(XpHistory(user_id=ada.id), actor=ada.actor).items]
    assert amounts[:3] == [0, 10, 90]


def test_a_reduced_award_is_known_by_what_was_asked(sparkle: Sparkle, ada: Somebody) -> None:
    award(sparkle, ada, 90, "one")
    award(sparkle, ada, 90, "two")
    with pytest.raises(IdempotencyConflict):
        award(sparkle, ada, 10, "two")


def test_liking_and_unliking_does_not_use_up_the_day(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops somebody from taking an author's day by likes that they take back at once."""
    for n in range(10):
        assert award(sparkle, ada, 60, str(n)) == 60
        assert reverse(sparkle, ada, str(n)) == 0
    assert award(sparkle, ada, 100, "in earnest") == 100


def test_a_reversal_takes_back_what_was_given_and_not_what_was_asked(sparkle: Sparkle, ada: Somebody) -> None:
    award(sparkle, ada, 90, "one")
    award(sparkle, ada, 90, "two")
    award(sparkle, ada, 90, "three")
    assert [reverse(sparkle, ada, s) for s in ("three", "two", "one")] == [100, 90, 0]
    assert award(sparkle, ada, 90, "three") == 90


def test_what_is_taken_back_of_yesterday_gives_no_room_today(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a cap from being stretched by taking back what other days gave."""
    award(sparkle, ada, 100, "yesterday")
    tomorrow(sparkle)
    assert award(sparkle, ada, 100, "today") == 200
    assert reverse(sparkle, ada, "yesterday") == 100
    assert award(sparkle, ada, 50, "more") == 100


def test_a_visit_counts_once_a_day(sparkle: Sparkle, ada: Somebody) -> None:
    assert [visit(sparkle, ada) for _ in range(3)] == [5, 5, 5]
    tomorrow(sparkle)
    assert visit(sparkle, ada) == 10


def test_visits_have_a_daily_cap_too_where_the_rules_say_so() -> None:
    """Stops a cap on what a visit gives from refusing the first visit of every day."""
    sparkle = in_memory(
        seed=7, rules=from_table(Rules, {"progression": {"daily_caps": {"others": {"daily_visit": 3}}}})
    )
    ada = member(sparkle, "ada")
    assert [visit(sparkle, ada), visit(sparkle, ada)] == [3, 3]
    tomorrow(sparkle)
    assert award(sparkle, ada, 2, "given", "daily_visit") == 5
    assert visit(sparkle, ada) == 6, "what is left of the new day's cap"


def test_travelling_gains_one_day_at_most(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a day's XP from being had again and again by changing the zone."""
    for zone in ("Pacific/Niue", "Pacific/Kiritimati") * 10:
        sparkle.run(EditProfile(time_zone=zone), actor=ada.actor)
        award(sparkle, ada, 500, f"{zone} {visit(sparkle, ada)}")
    assert visit(sparkle, ada) <= 2 * (100 + 5)
    told = sparkle.run(XpHistory(user_id=ada.id, limit=100), actor=ada.actor).items
    assert len([e for e in told if e.source == "daily_visit"]) == 2


@given(
    st.datetimes(datetime(1975, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 23),
    st.lists(st.tuples(st.sampled_from(sorted(available_timezones())), st.timedeltas(0 * DAY, 2 * DAY)), max_size=30),
)
@example(datetime(2024, 2, 28, 11, tzinfo=UTC), 0, [("Pacific/Niue", HOUR), ("Pacific/Kiritimati", 23 * HOUR)] * 9)
@example(datetime(2024, 3, 10, 4, tzinfo=UTC), 2, [("America/New_York", HOUR)] * 30)
@example(datetime(2024, 11, 3, 3, tzinfo=UTC), 1, [("America/New_York", HOUR / 2), ("America/Havana", HOUR / 2)] * 15)
def test_who_looks_in_all_the_time_on_a_journey_has_the_days_that_passed_give_or_take_one(
    at: datetime, starts_at_hour: int, journey: list[tuple[str, timedelta]]
) -> None:
    """Stops travel, summer time and leap days from giving a day twice, or from taking one away."""
    calendar, opened, now = PersonCalendar(id=UserId(UUID(int=7))), [], at
    for zone, stay in journey:
        calendar = evolve(calendar, time_zone=zone)
        until = now + stay
        while now <= until:
            calendar, before = calendar.at(now, starts_at_hour), calendar
            opened += [calendar.day] if calendar is not before else []
            now += min(HOUR, stay) if stay else HOUR
        now = until
    whole_days = (now - at) // DAY
    assert opened == sorted(set(opened))
    assert not journey or whole_days - 1 <= len(opened) - 1 <= whole_days + 2


def test_a_day_is_the_persons_own(sparkle: Sparkle, ada: Somebody) -> None:
    bob = member(sparkle, "bob")
    sparkle.run(EditProfile(time_zone="Pacific/Niue"), actor=ada.actor)
    sparkle.run(EditProfile(time_zone="Pacific/Tongatapu"), actor=bob.actor)
    days = []
    for who in (ada, bob):
        visit(sparkle, who)
        days.append(sparkle.run(XpHistory(user_id=who.id, limit=1), actor=who.actor).items[0].subject)
    assert days[0] < days[1]


def test_a_zone_that_is_no_longer_known_counts_as_utc(sparkle: Sparkle, ada: Somebody) -> None:
    now = sparkle.world.moment().now
    lost = PersonCalendar(id=UserId(ada.id), time_zone="Mars/Olympus").at(now, 0)
    assert lost.day == now.date().toordinal()


def test_a_visit_is_somebodys(sparkle: Sparkle) -> None:
    with pytest.raises((Unauthenticated, Forbidden)):
        sparkle.run(VisitToday())


def test_caps_and_the_hour_at_which_days_start_are_rules() -> None:
    rules = from_table(Rules, {"progression": {"daily_caps": {"like_received": 4}, "day_starts_at_hour": 4}})
    assert rules.progression.daily_caps == DailyCaps(like_received=4)
    sparkle = in_memory(seed=7, rules=rules)
    ada = member(sparkle, "ada")
    assert award(sparkle, ada, 9, "one") == 4
    assert isinstance(sparkle.run(ProgressOf(user_id=ada.id)), Progress)


def test_any_source_can_have_a_cap_and_those_not_named_keep_theirs() -> None:
    rules = from_table(Rules, {"progression": {"daily_caps": {"others": {"gift": 30, "raid": 0}}}})
    sparkle = in_memory(seed=7, rules=rules)
    ada = member(sparkle, "ada")
    assert award(sparkle, ada, 50, "one", "gift") == 30
    assert award(sparkle, ada, 50, "one", "raid") == 30
    assert award(sparkle, ada, 50, "one", "others") == 80
    assert award(sparkle, ada, 500, "one") == 180


@pytest.mark.parametrize(
    ("others", "fault"),
    [
        ({"like_received": 3}, "others.like_received: has a cap of its own"),
        ({"x" * 51: 3}, "others.xxx"),
        ({"gift": -1}, "others.gift: must be"),
        ({f"gift {n}": 1 for n in range(101)}, "others: must be at most 100"),
    ],
)
def test_a_cap_that_cannot_be_is_refused_by_name(others: dict[str, int], fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        DailyCaps(others=others)


def test_a_hundred_other_sources_may_have_a_cap() -> None:
    others = {"x": 3} | {f"gift {n}": 1 for n in range(99)}
    assert DailyCaps(others=others).others == others


# what is acted on late


def late(sparkle: Sparkle, to: Somebody, amount: int, subject: str, by: timedelta) -> int:
    """An award of what was earned so long ago, as the worker gives it who comes to an event late."""
    earned_at = sparkle.world.moment().now - by
    given = AwardXp(user_id=to.id, amount=amount, source="like_received", subject=subject, at=earned_at)
    return sparkle.run(given, actor=SYSTEM).xp - JOINED


def test_what_was_earned_yesterday_counts_towards_yesterdays_cap_whenever_the_worker_comes_to_it(
    sparkle: Sparkle, ada: Somebody
) -> None:
    """Stops a worker that is behind from taking today's XP from somebody, or from giving yesterday's twice."""
    assert award(sparkle, ada, 60, "in time") == 60
    tomorrow(sparkle)
    assert award(sparkle, ada, 90, "today") == 150
    assert late(sparkle, ada, 60, "late", DAY) == 190
    assert late(sparkle, ada, 60, "later", DAY) == 190
    assert award(sparkle, ada, 60, "today again") == 200


def test_what_was_earned_before_the_day_was_opened_counts_by_the_clock(sparkle: Sparkle, ada: Somebody) -> None:
    tomorrow(sparkle)
    assert award(sparkle, ada, 90, "at noon") == 90
    assert late(sparkle, ada, 90, "this morning", 11 * HOUR) == 100
    assert late(sparkle, ada, 90, "last night", 13 * HOUR) == 190


def test_from_its_opening_on_a_day_is_the_latest_one_and_before_it_the_clocks() -> None:
    """Stops somebody who has flown west from earning in yesterday again."""
    now = datetime(2026, 2, 27, 12, tzinfo=UTC)
    calendar = PersonCalendar(id=UserId(UUID(int=7)), time_zone="Pacific/Kiritimati").at(now, 0)
    flown = evolve(calendar, time_zone="Pacific/Niue")
    assert flown.day == now.toordinal() + 1
    assert [flown.day_of(at, 0) for at in (now, now + HOUR)] == [flown.day] * 2
    assert flown.day_of(now - timedelta(microseconds=1), 0) == flown.day - 1
    assert evolve(flown, opened_at=None).day_of(now, 0) == flown.day - 1


def test_what_is_taken_back_gives_room_in_the_day_it_counted_in_and_in_no_other(
    sparkle: Sparkle, ada: Somebody
) -> None:
    award(sparkle, ada, 100, "yesterday")
    tomorrow(sparkle)
    award(sparkle, ada, 100, "today")
    assert reverse(sparkle, ada, "yesterday") == 100
    assert award(sparkle, ada, 10, "no room") == 100
    assert late(sparkle, ada, 40, "room", DAY) == 140


def test_days_are_remembered_for_a_week_and_what_is_older_counts_in_the_first_of_these(
    sparkle: Sparkle, ada: Somebody
) -> None:
    """Stops a day's cap from being had anew once the day is forgotten."""
    assert timedelta(weeks=1) == DAYS_REMEMBERED * DAY
    award(sparkle, ada, 100, "on the first day")
    for _ in range(DAYS_REMEMBERED):
        tomorrow(sparkle)
        visit(sparkle, ada)
    visits = 5 * DAYS_REMEMBERED
    assert late(sparkle, ada, 10, "on the first day too", DAYS_REMEMBERED * DAY) == 100 + visits
    tomorrow(sparkle)
    assert late(sparkle, ada, 70, "forgotten", (DAYS_REMEMBERED + 1) * DAY) == 170 + visits
    assert late(sparkle, ada, 70, "long forgotten", 100 * DAY) == 200 + visits
    reverse(sparkle, ada, "on the first day")
    assert late(sparkle, ada, 10, "no room", 100 * DAY) == 100 + visits


def test_what_is_taken_back_long_after_leaves_the_last_day_that_counted_as_it_was_known(
    sparkle: Sparkle, ada: Somebody
) -> None:
    """Stops a day from counting what nobody has any more, when nothing was earned since."""
    award(sparkle, ada, 60, "one")
    award(sparkle, ada, 40, "two")
    for _ in range(DAYS_REMEMBERED + 1):
        tomorrow(sparkle)
    assert reverse(sparkle, ada, "one") == 40

    async def body(tx: Transaction) -> PersonCalendar | None:
        return await tx.records.get(CALENDARS, ada.id)

    calendar = sparkle.run_coroutine(sparkle.store.read(body))
    assert calendar is not None
    assert calendar.earned == {"like_received": 40}


def test_nothing_is_earned_later_than_now(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a clock that is ahead from opening tomorrow's cap today."""
    assert late(sparkle, ada, 90, "tomorrow", -DAY) == 90
    assert late(sparkle, ada, 90, "now", 0 * DAY) == 100
    told = sparkle.run(XpHistory(user_id=ada.id), actor=ada.actor).items
    assert max(entry.at for entry in told) < sparkle.world.moment().now


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("Pacific/Niue", "Pacific/Kiritimati", "UTC")),
            st.timedeltas(0 * DAY, 2 * DAY),
            st.timedeltas(0 * DAY, 12 * DAY),
        ),
        max_size=40,
    )
)
def test_no_day_gives_more_than_its_cap_whatever_the_zone_and_however_late(
    steps: list[tuple[str, timedelta, timedelta]],
) -> None:
    """Stops a day's XP from being had again by travelling between an event and the worker's coming to it."""
    now = datetime(2026, 2, 27, 12, tzinfo=UTC)
    calendar = PersonCalendar(id=UserId(UUID(int=7))).at(now, 0)
    first, given = calendar.day - DAYS_REMEMBERED, dict[int, int]()
    for zone, stay, behind in steps:
        now += stay
        calendar = evolve(calendar, time_zone=zone).at(now, 0)
        day = calendar.day_of(now - behind, 0)
        assert calendar.remembers(day)
        amount = min(60, calendar.left("likes", 100, day))
        calendar = calendar.with_earned("likes", amount, day)
        given[day] = given.get(day, 0) + amount
    assert all(amount <= 100 for amount in given.values())
    assert sum(given.values()) <= 100 * (calendar.day - first + 1)
    assert len(calendar.earlier) <= DAYS_REMEMBERED
