"""The `Records` port over keys and values."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Conflict
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.kernel.stored import (
    NEWEST_FIRST,
    OLDEST_FIRST,
    PAGE_MAX,
    After,
    Clause,
    Counter,
    Edge,
    Kind,
    Log,
    Order,
    within,
)
from sparkle_dbm.files import View
from sparkle_dbm.rows import Table

A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)


class DbmRecords:
    """The four shapes inside one transaction."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._writes: list[Callable[[], None]] = []
        self._refusal: Conflict | None = None
        self._tables: dict[str, Table] = {}

    def settle(self) -> None:
        """Make the writes that were put off. A refusal stays: who swallows it gets it again."""
        if self._refusal is not None:
            raise self._refusal
        writes, self._writes = self._writes, []
        try:
            for write in writes:
                write()
        except Conflict as refusal:
            self._refusal = refusal
            raise

    async def flush(self) -> None:
        self.settle()

    def _table(self, shape: Kind[Any] | Log[Any]) -> Table:
        """A shape's rows, with everything written that was put off."""
        self.settle()
        return self._unsettled(shape)

    def _unsettled(self, shape: Kind[Any] | Log[Any]) -> Table:
        return self._tables.setdefault(shape.name, Table(shape, self.view))

    # Kind
    async def get(self, kind: Kind[A], id: UUID, *, deleted: bool = False) -> A | None:
        found = await self.get_many(kind, [id], deleted=deleted)
        return found.get(id)

    async def get_many(self, kind: Kind[A], ids: Iterable[UUID], *, deleted: bool = False) -> dict[UUID, A]:
        table = self._table(kind)
        rows = {id: table.get(id) for id in ids}
        at = table.at.get("deleted_at")
        return {
            id: table.codec.value(row)
            for id, row in rows.items()
            if row is not None and (deleted or at is None or row[at] is None)
        }

    async def find(
        self,
        kind: Kind[A],
        *where: Clause,
        order: Order = OLDEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
        deleted: bool = False,
    ) -> list[A]:
        table = self._table(kind)
        return [table.codec.value(row) for row in table.find(where, order, after, limit, deleted)]

    async def one(self, kind: Kind[A], *where: Clause, deleted: bool = False) -> A | None:
        found = await self.find(kind, *where, limit=1, deleted=deleted)
        return found[0] if found else None

    def save(self, kind: Kind[A], aggregate: A) -> A:
        saved = aggregate.as_stored()
        table = self._unsettled(kind)
        self._writes.append(lambda: table.write(table.codec.row(saved), aggregate.version))
        return saved

    async def update_where(self, kind: Kind[A], *where: Clause, changes: Mapping[str, Any]) -> int:
        table = self._table(kind)
        plain = {table.at[name]: table.codec.plain(name, value) for name, value in changes.items()}
        rows = table.matching(where)
        for row in rows:
            changed = [plain.get(i, value) for i, value in enumerate(row)]
            changed[table.at["version"]] += 1
            self._writes.append(lambda after=tuple(changed), before=row: table.put(after, before))  # type: ignore[misc]
        self.settle()
        return len(rows)

    async def hold(self, kind: Kind[A], id: UUID) -> A | None:
        return await self.get(kind, id)  # the store's lock holds everything

    # Log
    def append(self, log: Log[E], entry: E) -> None:
        table = self._unsettled(log)
        self._writes.append(lambda: table.write(table.codec.row(entry), 0))

    async def page(
        self,
        log: Log[E],
        *where: Clause,
        order: Order = NEWEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
    ) -> list[E]:
        table = self._table(log)
        return [table.codec.value(row) for row in table.find(where, order, after, limit, deleted=True)]

    async def expire(self, shape: Kind[Any] | Log[Any], field: str, before: datetime, *where: Clause) -> int:
        table = self._table(shape)
        rows = table.matching((*where, Clause(field, "<", before)))
        for row in rows:
            table.drop(row)
        return len(rows)

    async def erase(self, shape: Kind[Any] | Log[Any], ids: Iterable[UUID]) -> int:
        table = self._table(shape)
        rows = table.matching((within("id", ids),))
        for row in rows:
            table.drop(row)
        return len(rows)

    # Edge: a key for either end
    async def add(self, edge: Edge, source: UUID, target: UUID, kind: str, at: datetime) -> bool:
        there = self.view.get(_from(edge, source, target) + kind) is not None
        if not there:
            self.view.put(_from(edge, source, target) + kind, at.isoformat())
            self.view.put(_to(edge, target, source) + kind, at.isoformat())
        return not there

    async def remove(self, edge: Edge, source: UUID, target: UUID, kind: str) -> bool:
        there = self.view.get(_from(edge, source, target) + kind) is not None
        self.view.drop(_from(edge, source, target) + kind)
        self.view.drop(_to(edge, target, source) + kind)
        return there

    async def has(self, edge: Edge, source: UUID, targets: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
        starts = {target: _from(edge, source, target) for target in targets}
        return frozenset((t, key.removeprefix(start)) for t, start in starts.items() for key in self.view.under(start))

    async def sources(
        self, edge: Edge, target: UUID, kind: str | None = None, *, after: UUID | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        start = f"to/{edge.name}/{target.hex}/"
        ends = (key.removeprefix(start).split("/", 1) for key in self.view.under(start))
        found = [(UUID(hex=source), k) for source, k in ends if kind in (None, k)]
        return [end for end in found if after is None or end[0] > after][: min(limit, PAGE_MAX)]

    async def targets(
        self, edge: Edge, source: UUID, *, after: tuple[UUID, str] | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        start = f"from/{edge.name}/{source.hex}/"
        ends = (key.removeprefix(start).split("/", 1) for key in self.view.under(start))
        found = [(UUID(hex=target), k) for target, k in ends]
        return [end for end in found if after is None or end > after][: min(limit, PAGE_MAX)]

    async def degree(self, edge: Edge, target: UUID, kind: str) -> int:
        start = f"to/{edge.name}/{target.hex}/"
        return sum(key.removeprefix(start).split("/", 1)[1] == kind for key in self.view.under(start))

    # Counter
    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        key = f"number/{counter.name}/{id.hex}/{kind}"
        self._writes.append(lambda: self.view.put(key, str(int(self.view.get(key) or 0) + by)))

    async def counts(self, counter: Counter, ids: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
        self.settle()
        starts = {id: f"number/{counter.name}/{id.hex}/" for id in ids}
        numbers = {
            (id, key.removeprefix(start)): int(self.view.get(key) or 0)
            for id, start in starts.items()
            for key in self.view.under(start)
        }
        return {what: number for what, number in numbers.items() if number}


def _from(edge: Edge, source: UUID, target: UUID) -> str:
    return f"from/{edge.name}/{source.hex}/{target.hex}/"


def _to(edge: Edge, target: UUID, source: UUID) -> str:
    return f"to/{edge.name}/{target.hex}/{source.hex}/"
