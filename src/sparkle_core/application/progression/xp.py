"""XP and levels: awards, reversals, where somebody stands, the curve."""

from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.people import in_sight, own_business
from sparkle_core.application.shared.xp import grant_xp, take_back_xp
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Instant, Record, Subject, UserId, Whole
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import Order, eq
from sparkle_core.domain.progression import (
    PLATFORM_SOURCES,
    PROGRESS,
    XP_ENTRIES,
    LevelRow,
    PersonProgress,
    ProgressionRules,
    Xp,
    XpEntry,
    XpSource,
    curve_table,
    next_total,
)


@frozen(kw_only=True)
class Progress(Record):
    """A person's XP, level, and the total at which the next level is reached; None where the curve ends."""

    user_id: UserId
    xp: int
    level: int
    next_level_at: int | None


@frozen(kw_only=True)
class AwardXp(Command[Progress]):
    """Give a person 1 to 1,000,000 XP for something, once per source and subject.

    A repeat changes nothing; the same award with another amount is `IdempotencyConflict`. Each
    level crossed pays level × 10 points in the same transaction. `at`: when it was earned, which decides the civil day
    and the boards it counts on; now by default, and at the latest. Raises `NotFound`, also for who was erased, and
    `Invalid` where somebody names a source that is the platform's own (`PLATFORM_SOURCES`).
    """

    user_id: UserId
    amount: Xp
    source: XpSource
    subject: Subject
    at: Instant | None = None


@frozen(kw_only=True)
class ReverseXp(Command[Progress]):
    """Take an award back by an opposite entry. Raises `NotFound` when there is none, and for who was erased.

    Levels may fall; a level reward once paid is neither taken back nor paid twice. `at`: when what it was for went;
    now by default, and at the latest. `makes_room`: whether the daily cap it counted towards has room for other awards
    again; where not, a new award gives back exactly what was taken, however much later.
    """

    user_id: UserId
    source: XpSource
    subject: Subject
    at: Instant | None = None
    makes_room: bool = True


@frozen(kw_only=True)
class ProgressOf(Query[Progress]):
    """How far a person is. Raises `NotFound`, also for who is not shown to others.

    To themselves and moderators they are.
    """

    user_id: UserId


@frozen(kw_only=True)
class XpHistoryEntry(Record):
    """One award or reversal, with the total after it."""

    id: UUID
    source: XpSource
    subject: Subject
    amount: int
    total: int
    at: Instant


@frozen(kw_only=True)
class XpHistory(Query[Page[XpHistoryEntry]]):
    """A person's XP entries, newest first; one's own, or anybody's for moderators. Raises `Forbidden`, `NotFound`."""

    user_id: UserId
    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class LevelTable(Query[tuple[LevelRow, ...]]):
    """The curve as a table, up to a level, or to its last one."""

    up_to: Annotated[int, Whole(1, 200)] = 20


def progress_answer(progress: PersonProgress, rules: ProgressionRules) -> Progress:
    """What is told of a person's progress."""
    next_level_at = next_total(rules.curve, progress.level)
    return Progress(user_id=progress.id, xp=progress.xp, level=progress.level, next_level_at=next_level_at)


async def award_xp(cmd: AwardXp, work: Work, *, rules: ProgressionRules) -> Progress:
    if work.actor.by_hand and cmd.source in PLATFORM_SOURCES:
        raise Invalid.at("source", f"{cmd.source} is what the platform awards by itself: name another, such as contest")
    progress = await grant_xp(work, rules, cmd.user_id, cmd.amount, cmd.source, cmd.subject, at=cmd.at)
    return progress_answer(progress, rules)


async def reverse_xp(cmd: ReverseXp, work: Work, *, rules: ProgressionRules) -> Progress:
    progress = await take_back_xp(
        work, rules, cmd.user_id, cmd.source, cmd.subject, at=cmd.at, makes_room=cmd.makes_room
    )
    return progress_answer(progress, rules)


async def progress_of(query: ProgressOf, work: Work, *, rules: ProgressionRules) -> Progress:
    await in_sight(work, query.user_id)
    return progress_answer(found(await work.store.get(PROGRESS, query.user_id), "person"), rules)


async def xp_history(query: XpHistory, work: Work) -> Page[XpHistoryEntry]:
    await own_business(work, query.user_id)
    scope = (query.user_id,)
    place = position_of(query.after, "xp", scope, (int, UUID))
    entries = await work.store.page(
        XP_ENTRIES,
        eq("user_id", query.user_id),
        order=Order("sequence", descending=True),
        after=(place[0], place[1]) if place else None,
        limit=query.limit + 1,
    )
    page = page_of(entries, query.limit, "xp", scope, lambda e: (e.sequence, e.id))
    return Page(tuple(_told(e) for e in page.items), page.next)


def _told(entry: XpEntry) -> XpHistoryEntry:
    return XpHistoryEntry(
        id=entry.id,
        source=entry.source,
        subject=entry.subject,
        amount=entry.amount,
        total=entry.total,
        at=entry.at,
    )


async def level_table(query: LevelTable, work: Work, *, rules: ProgressionRules) -> tuple[LevelRow, ...]:
    return curve_table(rules.curve, query.up_to)
