"""A person's calendar: which day it is for them, and what they earned in it. Source: docs/contexts/progression.md."""

from datetime import UTC, datetime
from typing import Annotated, Self

from attrs import Factory, evolve, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.civil_days import civil_day, zone_named
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Instant, Text, UserId, Whole
from sparkle_core.domain.kernel.stored import ERASED, NOT_PERSONAL, Kind


@frozen(kw_only=True)
class PersonCalendar(Aggregate):
    """A person's time zone, the latest day that they began, and the XP of capped sources in it (their id is the row's).

    `day` counts days from 0001-01-01, which is 1; 0: none yet. It is never turned back, whatever the zone.
    """

    id: UserId
    time_zone: Annotated[str, Text(1, 64)] = "UTC"
    day: Annotated[int, Whole(0, 3_652_059)] = 0
    opened_at: Instant | None = None
    earned: dict[str, int] = Factory(dict)

    def at(self, now: datetime, starts_at_hour: int) -> Self:
        """The calendar at an instant: as it is, or opened at a new day with nothing earned.

        A zone that the system's database no longer has counts as UTC.
        """
        try:
            zone = zone_named(self.time_zone)
        except Invalid:
            today = civil_day(now, UTC, starts_at_hour)
        else:
            today = civil_day(now, zone, starts_at_hour)
        day = today.date.toordinal()
        return self if day <= self.day else evolve(self, day=day, opened_at=now, earned={})

    def left(self, source: str, cap: int) -> int:
        """How much of a source's cap is left today."""
        return max(cap - self.earned.get(source, 0), 0)

    def with_earned(self, source: str, amount: int) -> Self:
        """With so much more earned by a source today; less, for a reversal, but never less than nothing."""
        return evolve(self, earned={**self.earned, source: max(self.earned.get(source, 0) + amount, 0)})

    def since_opened(self, at: datetime) -> bool:
        """Whether an instant up to now is in the latest day."""
        return self.opened_at is not None and at >= self.opened_at


CALENDARS = Kind(PersonCalendar, "calendar", personal={"time_zone": ERASED, "earned": NOT_PERSONAL})
