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
from sparkle_core.domain.kernel.errors import Forbidden, IdempotencyConflict, Unauthenticated
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.rules import from_table
from sparkle_core.domain.progression import DailyCaps, PersonCalendar

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
JOINED = 30


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7)


@pytest.fixture
def ada(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "ada")


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
