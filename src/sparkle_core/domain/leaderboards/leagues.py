"""Leagues: weekly cohorts of people of one tier, who go up or down by their place in it.

Source: docs/contexts/leaderboards.md. Who sits where follows from the seed, the week and who came
when; who goes up and down, from the week's board alone.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, ClassVar, Self
from uuid import UUID, uuid5

from attrs import frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Kind
from sparkle_core.domain.leaderboards.boards import ShowingSent, Span
from sparkle_core.domain.leaderboards.rules import LeagueRules

_LEAGUES = UUID("5a1e7c00-0000-5000-8000-000000000011")

Tier = Annotated[int, Whole(0, 19)]
"""Which of the rules' tiers, from 0, the lowest."""


class Outcome(Enum):
    """What a week came to for somebody."""

    PROMOTED = "PROMOTED"
    STAYED = "STAYED"
    DEMOTED = "DEMOTED"


@frozen(kw_only=True)
class CohortSettled(Event):
    """A cohort's week is over: its people are promoted, demoted, or stay."""

    topic: ClassVar[str] = "leaderboards.cohort_settled"
    about: ClassVar[str] = "cohort_id"
    cohort_id: UUID


@frozen(kw_only=True)
class SeatSent(Event):
    """Sent ahead to when the week before can be settled, for who earned XP (`at`) in the first hour of a week."""

    topic: ClassVar[str] = "leaderboards.seat_sent"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    at: Instant


@frozen(kw_only=True)
class LeagueMember(Aggregate):
    """In which tier somebody plays (their id is the row's), and the last cohort they sat in."""

    id: UserId
    tier: Tier = 0
    week: Span
    cohort_id: UUID


@frozen(kw_only=True)
class Draw(Aggregate):
    """The dealing of a week's seats in a tier. `cohorts`: how many are dealt into side by side, at first."""

    week: Span
    tier: Tier
    ends_at: Instant
    cohorts: Annotated[int, Whole(1, 1_000_000)]
    seats: int = 0

    @staticmethod
    def id_of(week: str, tier: int) -> UUID:
        return uuid5(_LEAGUES, f"draw|{week}|{tier}")

    @classmethod
    def opened(cls, week: str, tier: int, ends_at: datetime, before: "Draw | None", rules: LeagueRules) -> Self:
        """A week's first: as many cohorts as those of the last week would fill."""
        cohorts = max(1, before.seats // rules.cohort_size) if before else 1
        return cls(id=cls.id_of(week, tier), week=week, tier=tier, ends_at=ends_at, cohorts=cohorts)

    def dealt(self, rules: LeagueRules) -> tuple[Self, int]:
        """With one more seat given; and the number of the cohort it is in."""
        return self.then(seats=self.seats + 1), cohort_number(
            rules.seed, self.week, self.tier, self.cohorts, rules.cohort_size, self.seats
        )


def cohort_number(seed: int, week: str, tier: int, cohorts: int, size: int, nth: int) -> int:
    """The cohort of who comes as the nth, from 0: dealt by the seed among the first ones, which no one can foresee.

    Once those are full, further cohorts are filled one after another. No cohort gets more than its size.
    """
    if nth >= cohorts * size:
        return nth // size
    return _deal(seed, week, tier, cohorts, size)[nth]


@lru_cache(maxsize=64)
def _deal(seed: int, week: str, tier: int, cohorts: int, size: int) -> tuple[int, ...]:
    def lot(seat: int) -> bytes:
        return blake2b(f"{seed}|{week}|{tier}|{seat}".encode(), digest_size=8).digest()

    return tuple(seat // size for seat in sorted(range(cohorts * size), key=lot))


@frozen(kw_only=True)
class Cohort(Aggregate):
    """At most so many people of one tier, who are ranked among themselves for a week."""

    week: Span
    tier: Tier
    number: int
    ends_at: Instant
    seats: int = 0
    settled_at: Instant | None = None

    @staticmethod
    def id_of(week: str, tier: int, number: int) -> UUID:
        return uuid5(_LEAGUES, f"cohort|{week}|{tier}|{number}")

    def joined(self) -> Self:
        """With one more person."""
        return self.then(seats=self.seats + 1)

    def settled(self, now: datetime) -> Self:
        """With its week over and everybody's outcome decided."""
        return self.then(CohortSettled(cohort_id=self.id), settled_at=now)


@frozen(kw_only=True)
class Seat(Aggregate):
    """Somebody's seat in a cohort; with the place they ended at once it is settled, None for who was not listed."""

    cohort_id: UUID
    user_id: UserId
    ends_at: Instant
    place: int | None = None
    score: int | None = None
    outcome: Outcome | None = None

    @staticmethod
    def id_of(week: str, user_id: UserId) -> UUID:
        return uuid5(_LEAGUES, f"seat|{week}|{user_id}")


@frozen
class Zones:
    """How many of a cohort's people, from the top and from the bottom, go up and down."""

    promoted: int
    demoted: int

    @classmethod
    def of(cls, listed: int, tier: int, rules: LeagueRules) -> Self:
        """The same share of a cohort that is not full: rounded up for those who go up, down for those who go down."""
        up = -(-rules.promoted * listed // rules.cohort_size) if tier < len(rules.tiers) - 1 else 0
        down = rules.demoted * listed // rules.cohort_size if tier > 0 else 0
        return cls(up, down)

    def outcome(self, place: int, listed: int) -> Outcome:
        """What a place, from 1, comes to."""
        if place <= self.promoted:
            return Outcome.PROMOTED
        return Outcome.DEMOTED if place > listed - self.demoted else Outcome.STAYED


@frozen(kw_only=True)
class Result(Record):
    """What a week came to for one person."""

    place: int
    score: int
    outcome: Outcome


def results(scores: Sequence[tuple[UserId, int]], tier: int, rules: LeagueRules) -> dict[UserId, Result]:
    """What the week comes to for the people of a cohort, the first first."""
    zones = Zones.of(len(scores), tier, rules)
    return {
        user_id: Result(place=place, score=score, outcome=zones.outcome(place, len(scores)))
        for place, (user_id, score) in enumerate(scores, 1)
    }


def tier_after(tier: int, outcome: Outcome, rules: LeagueRules) -> int:
    """The tier that follows; within those the rules have now."""
    step = {Outcome.PROMOTED: 1, Outcome.STAYED: 0, Outcome.DEMOTED: -1}[outcome]
    return max(0, min(tier + step, len(rules.tiers) - 1))


_SAYS_NOTHING = {"week": NOT_PERSONAL}

LEAGUE_MEMBERS = Kind(LeagueMember, "league_member", personal=_SAYS_NOTHING)
DRAWS = Kind(Draw, "league_draw", indexes=(("ends_at",),), personal=_SAYS_NOTHING)
COHORTS = Kind(Cohort, "league_cohort", indexes=(("settled_at", "ends_at"), ("ends_at",)), personal=_SAYS_NOTHING)
SEATS = Kind(Seat, "league_seat", indexes=(("cohort_id",), ("ends_at",), ("user_id",)))

STORED = (LEAGUE_MEMBERS, DRAWS, COHORTS, SEATS)
EVENTS = (CohortSettled, SeatSent, ShowingSent)
