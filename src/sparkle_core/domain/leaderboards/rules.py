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
        return re.fullmatch("(?!0000)[0-9]{4}-Q[1-4]", name) is not None


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


TierName = Annotated[str, Text(1, 30)]


@frozen(kw_only=True)
class LeagueRules(Record):
    """The tiers from the lowest on, how many are in a cohort, and how many of a full one go up and down.

    `seed`: by which seats are dealt. `settle_after_minutes`: how long after a week's end the worker
    settles it, so that what happened at its end is counted.
    """

    tiers: Annotated[tuple[TierName, ...], Items(20, min=1)] = ("Bronze", "Silver", "Gold", "Sapphire", "Diamond")
    cohort_size: Annotated[int, Whole(2, 100)] = 30
    promoted: Annotated[int, Whole(0, 100)] = 7
    demoted: Annotated[int, Whole(0, 100)] = 7
    seed: int = 0
    settle_after_minutes: Annotated[int, Whole(0, 1_440)] = 60

    def _rules(self) -> list[Fault]:
        if self.promoted + self.demoted > self.cohort_size:
            return [Fault("promoted", "must leave room in a cohort for those who are demoted")]
        return []

    def name_of(self, tier: int) -> str:
        """A tier's name; that of the highest one for a tier there is no longer."""
        return self.tiers[min(tier, len(self.tiers) - 1)]


@frozen(kw_only=True)
class LeaderboardRules(Record):
    """When seasons are, for how many days after its end a board is kept, and leagues."""

    calendar: Quarters | Listed = Factory(Quarters)
    kept_days: Annotated[int, Whole(7, 36_500)] = 400
    leagues: LeagueRules = Factory(LeagueRules)
