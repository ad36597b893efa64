"""The numbers of leaderboards, as data. Source: docs/contexts/leaderboards.md."""

import re
from datetime import date
from typing import Annotated, ClassVar

from attrs import Factory, frozen

from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Items, Record, Text, Whole


@frozen(kw_only=True)
class Season(Record):
    """A stretch of days, by name: from the first, up to and without the last one named. In UTC."""

    name: Annotated[str, Text(1, 30)]
    starts_on: date
    ends_on: date

    def _rules(self) -> list[Fault]:
        return [] if self.starts_on < self.ends_on else [Fault("ends_on", "must be after it starts")]


@frozen(kw_only=True)
class Quarters(Record):
    """Seasons are the quarters of the calendar: `2026-Q4`."""

    kind: ClassVar[str] = "quarters"

    def season_at(self, day: date) -> Season | None:
        """The season of a day."""
        quarter = (day.month - 1) // 3
        starts_on = date(day.year, quarter * 3 + 1, 1)
        ends_on = date(day.year, quarter * 3 + 4, 1) if quarter < 3 else date(day.year + 1, 1, 1)
        return Season(name=f"{day.year:04}-Q{quarter + 1}", starts_on=starts_on, ends_on=ends_on)

    def knows(self, name: str) -> bool:
        """Whether that is the name of a season."""
        return re.fullmatch(r"\d{4}-Q[1-4]", name) is not None


@frozen(kw_only=True)
class Listed(Record):
    """Seasons as listed, in their order; there may be days without one between them."""

    kind: ClassVar[str] = "listed"
    seasons: Annotated[tuple[Season, ...], Items(200)]

    def _rules(self) -> list[Fault]:
        if len({season.name for season in self.seasons}) < len(self.seasons):
            return [Fault("seasons", "two have one name")]
        following = zip(self.seasons, self.seasons[1:], strict=False)
        if any(later.starts_on < earlier.ends_on for earlier, later in following):
            return [Fault("seasons", "must come in order, none beginning before the one before it ends")]
        return []

    def season_at(self, day: date) -> Season | None:
        """The season of a day, or None between seasons."""
        return next((s for s in self.seasons if s.starts_on <= day < s.ends_on), None)

    def knows(self, name: str) -> bool:
        """Whether that is the name of a season."""
        return any(season.name == name for season in self.seasons)


@frozen(kw_only=True)
class LeaderboardRules(Record):
    """When seasons are, and for how many days after its end a board is kept."""

    calendar: Quarters | Listed = Factory(Quarters)
    kept_days: Annotated[int, Whole(7, 36_500)] = 400
