"""Which day it is for a person who moves between time zones. Source: docs/contexts/quests.md."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from attrs import frozen

from sparkle_core.domain.kernel.civil_days import CivilDay, civil_day, zone_named
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Instant, Record, Text, Whole

_NOON = timedelta(hours=12)
"""After the start of a day: far enough from both of its ends, whatever clocks are changed."""


@frozen(kw_only=True)
class PersonClock(Record):
    """A person's time zone, the hour at which days start, and the latest day in which something counted for them.

    `latest` counts days from 0001-01-01, which is 1; 0: none yet. `latest_at`: the instant from which on it is that
    day, that of the first thing counted in it; None where that is not known.
    """

    time_zone: Annotated[str, Text(1, 64)] = "UTC"
    starts_at_hour: Annotated[int, Whole(0, 23)] = 0
    latest: Annotated[int, Whole(0, 3_652_059)] = 0
    latest_at: Instant | None = None

    def day(self, at: datetime) -> CivilDay:
        """The person's day at an instant. Moving west does not bring yesterday back: the latest day goes on.

        What happened before that day counted, or more than a day before it (zones are never further apart), is no
        journey but an event that was acted on late; it stays in its own day.
        """
        day = self._civil(at)
        begun = self.latest_at is None or at >= self.latest_at
        return self._civil(day.ends_at) if begun and day.date.toordinal() == self.latest - 1 else day

    def day_from(self, day: CivilDay, days: int) -> CivilDay:
        """The day so many days after, or before, a day."""
        return self._civil(day.starts_at + timedelta(days=days) + _NOON)

    def _civil(self, at: datetime) -> CivilDay:
        """A zone that the system's database no longer has counts as UTC."""
        try:
            return civil_day(at, zone_named(self.time_zone), self.starts_at_hour)
        except Invalid:
            return civil_day(at, UTC, self.starts_at_hour)
