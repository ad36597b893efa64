"""Erasing who has left, when their time of grace is over: by what every kind and log declares, a batch a transaction.

What is done is seen in the rows and kept nowhere else, so that a worker that is killed goes on by beginning again.
Source: docs/contexts/accounts.md, docs/deletion-impact.md.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from attrs import field, frozen, mutable

from sparkle_core.application.kernel.commands import Command, Query, UseCase
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.holdings import Holdings, Shape, rows_about
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.people import Person, StoredStatus
from sparkle_core.domain.content import COMMENTS, POSTS
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.fields import Record, UserId
from sparkle_core.domain.kernel.stored import PAGE_MAX, Kind, Log, Order, eq, lt
from sparkle_core.domain.moderation import APPEALS, CASES, EVIDENCE, REPORTS
from sparkle_core.domain.moderation.appeals import AppealStatus
from sparkle_core.domain.moderation.targets import TargetType, key_of

LOOK_AGAIN = timedelta(days=1)
"""How long after it was found to be held back what is left of somebody is looked after again."""


@frozen(kw_only=True)
class Planned(Record):
    """What erasing does to the rows about somebody in a stored thing.

    `go`: removed. `change`: cleared of what says something of them. `wait`: removed or cleared later, when what needs
    them is over. `stay`: as they are, on a stated basis, or since they only hold an id.
    """

    stored: str
    go: int
    change: int
    wait: int
    stay: int


@frozen(kw_only=True)
class ErasurePlan(Query[tuple[Planned, ...]]):
    """What erasing somebody would do now, counted and left as it is: a dry run. Raises `NotFound`."""

    user_id: UserId


@frozen(kw_only=True)
class Erased(Record):
    """What one batch did: of whom, how many rows went or changed, whether they are done with. None: nobody was due."""

    user_id: UserId | None
    rows: int = 0
    done: bool = False


@frozen(kw_only=True)
class EraseNext(Command[Erased]):
    """Erase some 200 rows about the person who is due longest, or about the one named if they are due.

    Their own row is the last to change; before the first batch it says that they cannot come back.
    """

    user_id: UserId | None = None


WAITS: Mapping[Shape, Callable[[Any], bool | str]] = {
    EVIDENCE: lambda row: key_of(row.target_type, row.target_id),
    REPORTS: lambda row: row.closed_at is None,
    APPEALS: lambda row: row.status is AppealStatus.OPEN,
    POSTS: lambda row: key_of(TargetType.POST, row.id),
    COMMENTS: lambda row: key_of(TargetType.COMMENT, row.id),
}
"""What is needed for a while: whether it still is, or the key of the case that it is needed for while that is open."""


async def _waits(work: Work, shape: Shape, row: Any) -> bool:
    """Whether it is still needed: reported content, and what is said about it, until that is decided."""
    needed = WAITS[shape](row) if shape in WAITS else False
    if isinstance(needed, bool):
        return needed
    return await work.store.one(CASES, eq("open_key", needed)) is not None


@mutable
class _Fate:
    """What becomes of the rows about somebody in one stored thing."""

    shape: Shape
    go: list[Any] = field(factory=list)
    change: list[tuple[Kind[Any], Any]] = field(factory=list)
    wait: int = 0
    stay: int = 0

    @property
    def rows(self) -> int:
        return len(self.go) + len(self.change)

    def planned(self) -> Planned:
        return Planned(stored=self.shape.name, go=len(self.go), change=len(self.change), wait=self.wait, stay=self.stay)


async def _fate(work: Work, shape: Shape, person: Person, most: int | None) -> _Fate:
    """What is to become of a person's rows, `most` of them: row by row, since what is done already only stays."""
    fate = _Fate(shape)
    async for row in rows_about(work.store, shape, person):
        left = row if not shape.erasing else None if isinstance(shape, Log) else shape.left(row)
        if left == row:
            fate.stay += 1
        elif await _waits(work, shape, row):
            fate.wait += 1
        elif left is None:
            fate.go.append(row.id)
        else:
            assert isinstance(shape, Kind)
            fate.change.append((shape, left))
        if fate.rows == most:
            break
    return fate


async def erasure_plan(query: ErasurePlan, work: Work, *, holdings: Holdings) -> tuple[Planned, ...]:
    person = found(await work.store.get(PEOPLE, query.user_id), "person")
    fates = [await _fate(work, shape, person, None) for shape in holdings.shapes]
    return tuple(fate.planned() for fate in fates if fate.rows or fate.wait or fate.stay)


async def erase_next(cmd: EraseNext, work: Work, *, holdings: Holdings) -> Erased:
    person = await _due(work, cmd.user_id)
    if person is None:
        return Erased(user_id=None)
    if person.stored_status is not StoredStatus.DELETED:
        work.save(PEOPLE, person.begins_to_be_erased())
        return Erased(user_id=person.id, rows=1)
    rows, waits = 0, False
    for shape in holdings.shapes:
        if shape is PEOPLE or not shape.erasing:
            continue
        fate = await _fate(work, shape, person, PAGE_MAX - rows)
        await work.store.erase(shape, fate.go)
        for kind, left in fate.change:
            work.save(kind, left)
        rows, waits = rows + fate.rows, waits or fate.wait > 0
        if rows == PAGE_MAX:
            return Erased(user_id=person.id, rows=rows)
    work.save(PEOPLE, person.erased(again_at=work.now + LOOK_AGAIN if waits else None))
    return Erased(user_id=person.id, rows=rows + 1, done=True)


async def _due(work: Work, user_id: UserId | None) -> Person | None:
    """Who is to be erased now, held, so that workers who erase the same person take turns.

    Whether they stay or go, the version of their row decides, in the first batch.
    """
    if user_id is None:
        longest = await work.store.find(PEOPLE, lt("erasure_due_at", work.now), order=Order("erasure_due_at"), limit=1)
        if not longest:
            return None
        user_id = longest[0].id
    person = await work.store.hold(PEOPLE, user_id)
    if person is None or person.erasure_due_at is None or person.erasure_due_at > work.now:
        return None
    return person


USE_CASES = (
    UseCase(ErasurePlan, erasure_plan, Permission.DELIVER),
    UseCase(EraseNext, erase_next, Permission.DELIVER),
)
