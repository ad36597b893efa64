"""What must be true of leagues. Source: docs/contexts/leaderboards.md. Boards are asked by the story itself."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import STATISTICS
from sparkle_core.domain.economy.ledger import Entry
from sparkle_core.domain.leaderboards import Metric
from sparkle_core.domain.leaderboards.leagues import COHORTS, DRAWS, LEAGUE_MEMBERS, SEATS
from sparkle_core.domain.progression import PROGRESS
from sparkle_core.testing.stories.kept import Kept

EARNED = frozenset({"welcome_bonus", "level_reward", "referral", "achievement", "quest"})
"""The kinds of transfers that add to the points somebody earned."""


def seats(kept: Kept, rules: Rules) -> Iterator[str]:
    """Cohorts have as many seats as they say, no more than fit, and as many as were dealt."""
    leagues, taken = rules.leaderboards.leagues, Tally(seat.cohort_id for seat in kept.all_of(SEATS))
    dealt: Tally[tuple[str, int]] = Tally()
    for cohort in kept.all_of(COHORTS):
        dealt[cohort.week, cohort.tier] += cohort.seats
        if not 1 <= cohort.seats == taken[cohort.id] <= leagues.cohort_size:
            yield f"{cohort} has {taken[cohort.id]} seats"
    for draw in kept.all_of(DRAWS):
        if draw.seats != dealt[draw.week, draw.tier]:
            yield f"{draw} dealt other seats than the {dealt[draw.week, draw.tier]} there are"
    for member in kept.all_of(LEAGUE_MEMBERS):
        if member.tier >= len(leagues.tiers):
            yield f"{member} is in a tier that there is not"


def results(kept: Kept, rules: Rules) -> Iterator[str]:
    """Outcomes come with settling, and places count from one without gaps, by score."""
    by_cohort: dict[UUID, list[Any]] = defaultdict(list)
    for seat in kept.all_of(SEATS):
        parts = {seat.outcome is None, seat.place is None, seat.score is None}
        if parts == {False}:
            by_cohort[seat.cohort_id].append(seat)
        elif parts == {True, False}:
            yield f"{seat} has a part of a result"
    for id, placed in by_cohort.items():
        ordered = sorted(placed, key=lambda seat: seat.place)
        if kept.by_id(COHORTS)[id].settled_at is None or [s.place for s in ordered] != list(range(1, len(ordered) + 1)):
            yield f"cohort {id} has results before it is settled, or places with gaps"
        if [s.score for s in ordered] != sorted((s.score for s in placed), reverse=True):
            yield f"cohort {id} has a lower score before a higher one"


def scores_of(kept: Kept) -> "dict[Metric, Tally[UUID]]":
    """What everybody has on the boards of all time: XP, likes by others, and points that were earned, not moved."""
    xp, likes, points = Tally[UUID](), Tally[UUID](), Tally[UUID]()
    for person, progress in kept.by_id(PROGRESS).items():
        xp[person] = progress.xp
        for entry in kept.wallet_entries(person):
            points[person] += entry.amount * _earned(kept, entry)
    for (person, name), number in kept.counted(STATISTICS).items():
        likes[person] += number * (name == "likes")
    return {Metric.XP: xp, Metric.LIKES: likes, Metric.POINTS: points}


def _earned(kept: Kept, entry: Entry) -> bool:
    """Whether something earned comes, goes as it is reversed, or comes again as that is."""
    transfer = kept.transfers.get(entry.transfer)
    if transfer is None:
        return entry.kind in EARNED and entry.amount > 0
    while transfer.reverses is not None:
        transfer = kept.transfers[transfer.reverses]
    return transfer.kind in EARNED and transfer.credit == entry.account


INVARIANTS = (seats, results)
