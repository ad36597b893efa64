"""Streaks: civil days in a row with a visit; freezes cover missed ones. Source: docs/contexts/progression.md."""

from typing import Annotated, ClassVar, Self

from attrs import evolve, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId, Whole
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.domain.progression.rules import StreakRules

_Count = Annotated[int, Whole(0, 4_000_000)]


@frozen(kw_only=True)
class StreakContinued(Event):
    """A person came on another day of their streak; `days` with a visit are in it."""

    topic: ClassVar[str] = "progression.streak_continued"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    days: int


@frozen(kw_only=True)
class StreakEnded(Event):
    """A person came back after a day that no freeze covered; their streak had so many days."""

    topic: ClassVar[str] = "progression.streak_ended"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    days: int


@frozen(kw_only=True)
class PersonStreak(Aggregate):
    """Days in a row with a visit, as of the last one (their id is the row's).

    `last_day` counts days from 0001-01-01, which is 1; 0: no visit yet.
    """

    id: UserId
    days: _Count = 0
    longest: _Count = 0
    freezes: _Count = 0
    last_day: _Count = 0

    def as_of(self, day: int) -> Self:
        """How it stands on a day without a visit yet: each missed day took a freeze, the first without one broke it."""
        missed = max(day - self.last_day - 1, 0)
        covered = min(missed, self.freezes)
        return evolve(self, days=self.days if covered == missed else 0, freezes=self.freezes - covered)

    def visited(self, day: int, rules: StreakRules) -> Self:
        """With a visit on a day; unchanged when it is not a later one. A freeze is earned every so many days."""
        if day <= self.last_day:
            return self
        before = self.as_of(day)
        days = before.days + 1
        earned = 1 if days % rules.days_for_freeze == 0 and before.freezes < rules.freezes_max else 0
        broken = [StreakEnded(user_id=self.id, days=self.days)] if self.days and not before.days else []
        return self.then(
            *broken,
            StreakContinued(user_id=self.id, days=days),
            days=days,
            longest=max(self.longest, days),
            freezes=before.freezes + earned,
            last_day=day,
        )


STREAKS = Kind(PersonStreak, "streak")
