"""Streaks: civil days in a row with a visit; freezes cover missed days one by one, in order, always the same way."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.people import Somebody, member

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import EditProfile
from sparkle_core.application.progression import MyStreak, Streak, VisitToday
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.rules import from_table
from sparkle_core.domain.progression import PersonStreak, StreakRules
from sparkle_core.domain.progression.streaks import StreakContinued, StreakEnded

NOBODY = UserId(UUID(int=7))


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7)


def days_pass(sparkle: Sparkle, days: int = 1) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(days=days))


def streak(sparkle: Sparkle, of: Somebody) -> tuple[int, int, int]:
    found: Streak = sparkle.run(MyStreak(), actor=of.actor)
    return found.days, found.longest, found.freezes


def visit_days(sparkle: Sparkle, by: Somebody, days: int) -> None:
    for n in range(days):
        if n:
            days_pass(sparkle)
        sparkle.run(VisitToday(), actor=by.actor)


def day_by_day(visits: list[bool], rules: StreakRules) -> tuple[int, int, int]:
    """Every day looked at in its turn."""
    days = longest = freezes = 0
    for visited in visits:
        if visited:
            days += 1
            longest = max(longest, days)
            freezes = min(freezes + (days % rules.days_for_freeze == 0), max(rules.freezes_max, freezes))
        elif longest and freezes:
            freezes -= 1
        else:
            days = 0
    return days, longest, freezes


@given(
    st.lists(st.booleans(), max_size=60) | st.lists(st.sampled_from((True, True, True, True, False)), max_size=60),
    st.builds(StreakRules, days_for_freeze=st.integers(1, 9), freezes_max=st.integers(0, 4)),
)
def test_a_streak_is_the_one_counted_day_by_day(visits: list[bool], rules: StreakRules) -> None:
    kept = PersonStreak(id=NOBODY)
    for day, visited in enumerate(visits, 1):
        if visited:
            kept = kept.visited(day, rules)
    now = kept.as_of(len(visits) + 1)
    assert (now.days, now.longest, now.freezes) == day_by_day(visits, rules)


@given(st.integers(1, 700_000), st.integers(0, 700_000))
def test_a_visit_on_a_day_that_is_not_later_changes_nothing(day: int, earlier: int) -> None:
    kept = PersonStreak(id=NOBODY).visited(day, StreakRules())
    assert kept.visited(max(day - earlier, 1), StreakRules()) is kept


def test_a_visit_tells_how_long_the_streak_is_and_once_how_long_the_broken_one_was() -> None:
    never = StreakRules(days_for_freeze=1_000)
    kept, told = PersonStreak(id=NOBODY), []
    for day in (5, 6, 9, 10):
        visited = kept.visited(day, never)
        told.append(list(visited.recorded))
        kept = visited.as_stored()
    first, second = (StreakContinued(user_id=NOBODY, days=days) for days in (1, 2))
    assert told == [[first], [second], [StreakEnded(user_id=NOBODY, days=2), first], [second]]


def test_a_streak_grows_by_one_a_day_however_often_one_comes(sparkle: Sparkle, ada: Somebody) -> None:
    assert streak(sparkle, ada) == (0, 0, 0)
    visit_days(sparkle, ada, 3)
    sparkle.run(VisitToday(), actor=ada.actor)
    assert streak(sparkle, ada) == (3, 3, 0)


def test_today_is_not_missed_before_it_is_over(sparkle: Sparkle, ada: Somebody) -> None:
    visit_days(sparkle, ada, 3)
    days_pass(sparkle)
    assert streak(sparkle, ada) == (3, 3, 0)
    days_pass(sparkle)
    assert streak(sparkle, ada) == (0, 3, 0)


def test_seven_days_earn_a_freeze_which_covers_one_missed_day(sparkle: Sparkle, ada: Somebody) -> None:
    visit_days(sparkle, ada, 7)
    assert streak(sparkle, ada) == (7, 7, 1)
    days_pass(sparkle, 2)
    assert streak(sparkle, ada) == (7, 7, 0)
    visit_days(sparkle, ada, 1)
    assert streak(sparkle, ada) == (8, 8, 0)


def test_a_gap_longer_than_the_freezes_uses_them_up_and_starts_anew(sparkle: Sparkle, ada: Somebody) -> None:
    visit_days(sparkle, ada, 7)
    days_pass(sparkle, 3)
    visit_days(sparkle, ada, 1)
    assert streak(sparkle, ada) == (1, 7, 0)


def test_travelling_back_and_forth_adds_one_day_at_most(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a streak from being grown by changing the zone."""
    for zone in ("Pacific/Niue", "Pacific/Kiritimati") * 5:
        sparkle.run(EditProfile(time_zone=zone), actor=ada.actor)
        sparkle.run(VisitToday(), actor=ada.actor)
    assert streak(sparkle, ada)[0] == 2


def test_the_numbers_are_rules() -> None:
    rules = from_table(Rules, {"progression": {"streaks": {"days_for_freeze": 2, "freezes_max": 1}}})
    sparkle = in_memory(seed=7, rules=rules)
    ada = member(sparkle, "ada")
    visit_days(sparkle, ada, 6)
    assert streak(sparkle, ada) == (6, 6, 1)
    with pytest.raises(Invalid, match=r"progression\.streaks\.days_for_freeze: must be from 1"):
        from_table(Rules, {"progression": {"streaks": {"days_for_freeze": 0}}})
