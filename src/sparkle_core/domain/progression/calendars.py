"""A person's calendar: which day it is for them, and what they earned in it. Source: docs/contexts/progression.md."""

from datetime import UTC, datetime
from typing import Annotated, Self

from attrs import Factory, evolve, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.civil_days import civil_day, zone_named
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Instant, Text, UserId, Whole
from sparkle_core.domain.kernel.stored import ERASED, NOT_PERSONAL, Kind

DAYS_REMEMBERED = 7
"""For so many days before the latest one it is known what was earned: events may be acted on that late."""


@frozen(kw_only=True)
class PersonCalendar(Aggregate):
    """A person's time zone, the latest day that they began, and the XP of capped sources in it (their id is the row's).

    `day` counts days from 0001-01-01, which is 1; 0: none yet. It is never turned back, whatever the zone.
    `earlier`: what was earned on the days before that one, by the number of the day.
    """

    id: UserId
    time_zone: Annotated[str, Text(1, 64)] = "UTC"
    day: Annotated[int, Whole(0, 3_652_059)] = 0
    opened_at: Instant | None = None
    earned: dict[str, int] = Factory(dict)
    earlier: dict[str, dict[str, int]] = Factory(dict)

    def at(self, now: datetime, starts_at_hour: int) -> Self:
        """The calendar at an instant: as it is, or opened at a new day with nothing earned."""
        day = self._civil(now, starts_at_hour)
        if day <= self.day:
            return self
        known = {**self.earlier, str(self.day): self.earned} if self.earned else self.earlier
        earlier = {key: earned for key, earned in known.items() if int(key) >= day - DAYS_REMEMBERED}
        return evolve(self, day=day, opened_at=now, earned={}, earlier=earlier)

    def day_of(self, at: datetime, starts_at_hour: int) -> int:
        """The day that an instant up to now counts in: the latest one since that was opened, else by the clock.

        What lies further back than is remembered counts in the first day that is: no day's cap is had twice.
        """
        if self.opened_at is not None and at >= self.opened_at:
            return self.day
        return max(min(self._civil(at, starts_at_hour), self.day), self.day - DAYS_REMEMBERED)

    def _civil(self, at: datetime, starts_at_hour: int) -> int:
        """The day at an instant; a zone that the system's database no longer has counts as UTC."""
        try:
            today = civil_day(at, zone_named(self.time_zone), starts_at_hour)
        except Invalid:
            today = civil_day(at, UTC, starts_at_hour)
        return today.date.toordinal()

    def earned_on(self, day: int) -> dict[str, int]:
        """What capped sources gave on a day: the latest, or one that is remembered."""
        return self.earned if day == self.day else self.earlier.get(str(day), {})

    def left(self, source: str, cap: int, day: int) -> int:
        """How much of a source's cap is left of a day."""
        return max(cap - self.earned_on(day).get(source, 0), 0)

    def with_earned(self, source: str, amount: int, day: int) -> Self:
        """With so much more earned by a source on a day; less, for a reversal, but never less than nothing."""
        before = self.earned_on(day)
        after = {**before, source: max(before.get(source, 0) + amount, 0)}
        return (
            evolve(self, earned=after) if day == self.day else evolve(self, earlier={**self.earlier, str(day): after})
        )

    def remembers(self, day: int) -> bool:
        """Whether it is known what was earned on a day."""
        return self.day - DAYS_REMEMBERED <= day <= self.day


CALENDARS = Kind(
    PersonCalendar,
    "calendar",
    personal={"time_zone": ERASED, "earned": NOT_PERSONAL, "earlier": NOT_PERSONAL},
)
