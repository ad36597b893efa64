"""Going through everybody for achievements they qualify for already. Source: docs/contexts/achievements.md.

A page is looked at in one snapshot, each person who is due something is unlocked it in a transaction
of their own (one over several people would lock wallets in an order of its own), and then the page is
marked as done. Killed in between, the next run looks at that page again, and finds less due.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.pages import Limit
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, PAGE_MAX, within
from sparkle_core.domain.progression import (
    BACKFILLS,
    PERSON_COUNTERS,
    PROGRESS,
    UNLOCKS,
    Backfill,
    CounterName,
    PersonProgress,
    ProgressionRules,
    Unlock,
)


@frozen(kw_only=True)
class BackfillState(Record):
    """How far it is: the last person looked at, how many were, what came of it, and how much of it is done.

    `percent` goes by when people joined, which their ids say.
    """

    after: UUID | None
    people: int
    unlocked: int
    percent: Annotated[int, Whole(0, 100)]
    finished_at: Instant | None


@frozen(kw_only=True)
class BackfillPage(Record):
    """The next people to look at, of whom some are due something; none at all when everybody was looked at."""

    state: BackfillState
    looked_at: tuple[UserId, ...]
    due: tuple[UserId, ...]


@frozen(kw_only=True)
class NextToBackfill(Query[BackfillPage]):
    """Who comes next, by the order in which people joined."""

    limit: Limit = 100


@frozen(kw_only=True)
class MarkBackfilled(Command[BackfillState]):
    """Say that a page is done: the people after `since` up to `after`; None when nobody was left, and all is done.

    Changes nothing when another run has gone on from `since` already. `again` begins anew.
    """

    since: UUID | None
    after: UUID | None
    people: Annotated[int, Whole(0, 100)] = 0
    unlocked: Annotated[int, Whole(0)] = 0
    again: bool = False


async def next_to_backfill(query: NextToBackfill, work: Work, *, rules: ProgressionRules) -> BackfillPage:
    run = await work.store.get(BACKFILLS, Backfill.id_of(rules.achievements))
    after = run.after if run else None
    rows = await work.store.find(PROGRESS, after=(after, after) if after else None, limit=query.limit)
    return BackfillPage(
        state=await _state(work, run),
        looked_at=tuple(row.id for row in rows),
        due=await _due(work, rules, [row for row in rows if not row.closed]),
    )


async def _due(work: Work, rules: ProgressionRules, people: Sequence[PersonProgress]) -> tuple[UserId, ...]:
    """Those who meet a criterion that nothing was unlocked for."""
    counters = await work.store.get_many(PERSON_COUNTERS, [p.id for p in people])
    met: dict[UUID, UserId] = {}
    for person in people:
        counted = counters[person.id].counts if person.id in counters else {}
        counts = {**counted, CounterName.LEVEL.value: person.paid_level}
        for achievement in rules.achievements:
            if achievement.criterion.met_by(counts):
                met[Unlock.id_of(person.id, achievement.name)] = person.id
    had = await _there(work, tuple(met))
    return tuple(dict.fromkeys(person for id, person in met.items() if id not in had))


async def _there(work: Work, unlocks: Sequence[UUID]) -> set[UUID]:
    found: set[UUID] = set()
    for start in range(0, len(unlocks), PAGE_MAX):
        page = await work.store.page(UNLOCKS, within("id", unlocks[start : start + PAGE_MAX]))
        found.update(row.id for row in page)
    return found


async def mark_backfilled(cmd: MarkBackfilled, work: Work, *, rules: ProgressionRules) -> BackfillState:
    id = Backfill.id_of(rules.achievements)
    run = await work.store.hold(BACKFILLS, id) or Backfill(id=id, started_at=work.now)
    if cmd.again:
        run = evolve(Backfill(id=id, started_at=work.now), version=run.version)
    elif run.after != cmd.since or run.finished_at is not None:
        return await _state(work, run)
    elif cmd.after is None:
        run = run.then(finished_at=work.now)
    else:
        run = run.then(after=cmd.after, people=run.people + cmd.people, unlocked=run.unlocked + cmd.unlocked)
    return await _state(work, work.save(BACKFILLS, run))


async def _state(work: Work, run: Backfill | None) -> BackfillState:
    if run is None:
        return BackfillState(after=None, people=0, unlocked=0, percent=0, finished_at=None)
    ends = [await work.store.find(PROGRESS, limit=1), await work.store.find(PROGRESS, order=NEWEST_FIRST, limit=1)]
    joined = [row.id for page in ends for row in page]
    return BackfillState(
        after=run.after,
        people=run.people,
        unlocked=run.unlocked,
        percent=100 if run.finished_at else _percent(run.after, joined),
        finished_at=run.finished_at,
    )


def _percent(after: UUID | None, ends: Sequence[UUID]) -> int:
    """How far an id is between the first and the last one, by the milliseconds that they begin with."""
    if after is None:  # nobody was looked at yet, and perhaps nobody is there
        return 0
    first, last = (id.int >> 80 for id in ends)
    if last == first:
        return 0
    return max(0, min(99, ((after.int >> 80) - first) * 100 // (last - first)))
