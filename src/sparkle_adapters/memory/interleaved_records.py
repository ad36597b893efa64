"""The `Records` port inside one interleaved transaction."""

from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from attrs import frozen

from sparkle_adapters.memory.interleaving import Deed, Interleaved, Write, nothing
from sparkle_adapters.memory.store import MemoryTransaction
from sparkle_adapters.memory.tables import Row, Table
from sparkle_core.domain.kernel.aggregates import Aggregate
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
)
from sparkle_core.ports.driving import drive

A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)


def _row_locks(table: Table, row: Row) -> tuple[Hashable, ...]:
    """A row's own lock, and one for each unique tuple that it takes."""
    id = row[table.id_at]
    taken = [(table.shape.name, unique.fields, key) for unique in table.uniques if None not in (key := unique.key(row))]
    return ((table.shape.name, id), *taken)


@frozen(eq=False)
class InterleavedRecords:
    """The `Records` port inside one interleaved transaction."""

    own: Interleaved

    async def get(self, kind: Kind[A], id: UUID, *, deleted: bool = False) -> A | None:
        return await self.own.see(lambda tx: tx.records.get(kind, id, deleted=deleted))

    async def get_many(self, kind: Kind[A], ids: Iterable[UUID], *, deleted: bool = False) -> dict[UUID, A]:
        wanted = list(ids)
        return await self.own.see(lambda tx: tx.records.get_many(kind, wanted, deleted=deleted))

    async def find(
        self,
        kind: Kind[A],
        *where: Clause,
        order: Order = OLDEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
        deleted: bool = False,
    ) -> list[A]:
        return await self.own.see(
            lambda tx: tx.records.find(kind, *where, order=order, after=after, limit=limit, deleted=deleted)
        )

    async def one(self, kind: Kind[A], *where: Clause, deleted: bool = False) -> A | None:
        return await self.own.see(lambda tx: tx.records.one(kind, *where, deleted=deleted))

    def save(self, kind: Kind[A], aggregate: A) -> A:
        saved = aggregate.as_stored()
        self._write(kind.name, self._table(kind).codec.row(saved), aggregate.version)
        return saved

    def append(self, log: Log[E], entry: E) -> None:
        self._write(log.name, self._table(log).codec.row(entry), 0)

    def _write(self, name: str, row: Row, version: int) -> None:
        table = self.own.data.tables[name]
        locks = _row_locks(table, row)
        earlier = (w.order for w in self.own.pending if w.locks[0] == locks[0])  # of the same row: right after that
        order = next(earlier, (int(version == 0), name, str(row[table.id_at])))
        deed: Deed = lambda tx: table.write(row, version, tx.records.undo)  # noqa: E731
        self.own.pending.append(Write(order, locks, deed))

    async def hold(self, kind: Kind[A], id: UUID) -> A | None:
        await self.own.see(nothing)
        await self.own.lock((kind.name, id))
        return await self.get(kind, id)

    async def update_where(self, kind: Kind[A], *where: Clause, changes: Mapping[str, Any]) -> int:
        table = self._table(kind)
        plain = {table.at[f]: table.codec.plain(f, v) for f, v in changes.items()}
        changed = 0
        for id in await self._matching(kind, where):
            await self.own.lock((kind.name, id))
            row = await self._still(kind, id, where)
            if row is not None:
                new = [plain.get(i, v) for i, v in enumerate(row)]
                new[table.version_at] += 1
                after = tuple(new)
                await self.own.do(_row_locks(table, after), _putting(table, after))
                changed += 1
        return changed

    async def expire(self, shape: Kind[Any] | Log[Any], field: str, before: datetime, *where: Clause) -> int:
        old, removed = (*where, Clause(field, "<", before)), 0
        for id in await self._matching(shape, old):
            await self.own.lock((shape.name, id))
            if await self._still(shape, id, old) is not None:
                await self.own.do((), _dropping(self._table(shape), id))
                removed += 1
        return removed

    async def erase(self, shape: Kind[Any] | Log[Any], ids: Iterable[UUID]) -> int:
        removed = 0
        for id in sorted(set(ids)):
            same = (Clause("id", "=", id),)
            await self.own.see(nothing)
            await self.own.lock((shape.name, id))
            if await self._still(shape, id, same) is not None:
                await self.own.do((), _dropping(self._table(shape), id))
                removed += 1
        return removed

    async def _matching(self, shape: Kind[Any] | Log[Any], where: tuple[Clause, ...]) -> list[UUID]:
        """The ids of rows that meet every clause, in the order in which they are locked."""
        table = self._table(shape)

        async def look(tx: MemoryTransaction) -> list[UUID]:
            return sorted(row[table.id_at] for row in table.matching(where))

        return await self.own.see(look)

    async def _still(self, shape: Kind[Any] | Log[Any], id: UUID, where: tuple[Clause, ...]) -> Row | None:
        """A row as it is once it is locked, if it still meets every clause."""
        table = self._table(shape)

        async def look(tx: MemoryTransaction) -> Row | None:
            return next((row for row in table.matching(where) if row[table.id_at] == id), None)

        return await self.own.see(look)

    async def page(
        self,
        log: Log[E],
        *where: Clause,
        order: Order = NEWEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
    ) -> list[E]:
        return await self.own.see(lambda tx: tx.records.page(log, *where, order=order, after=after, limit=limit))

    async def add(self, edge: Edge, source: UUID, target: UUID, kind: str, at: datetime) -> bool:
        await self.own.see(nothing)
        lock = (edge.name, source, target, kind)
        return bool(await self.own.do((lock,), lambda tx: drive(tx.records.add(edge, source, target, kind, at))))

    async def remove(self, edge: Edge, source: UUID, target: UUID, kind: str) -> bool:
        await self.own.see(nothing)
        lock = (edge.name, source, target, kind)
        return bool(await self.own.do((lock,), lambda tx: drive(tx.records.remove(edge, source, target, kind))))

    async def has(self, edge: Edge, source: UUID, targets: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
        wanted = list(targets)
        return await self.own.see(lambda tx: tx.records.has(edge, source, wanted))

    async def sources(
        self, edge: Edge, target: UUID, kind: str | None = None, *, after: UUID | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        return await self.own.see(lambda tx: tx.records.sources(edge, target, kind, after=after, limit=limit))

    async def targets(
        self, edge: Edge, source: UUID, *, after: tuple[UUID, str] | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        return await self.own.see(lambda tx: tx.records.targets(edge, source, after=after, limit=limit))

    async def degree(self, edge: Edge, target: UUID, kind: str) -> int:
        return await self.own.see(lambda tx: tx.records.degree(edge, target, kind))

    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        numbers = self.own.data.counters[counter.name]
        order, lock = (2, counter.name, f"{id} {kind}"), (counter.name, id, kind)
        self.own.pending.append(Write(order, (lock,), lambda tx: numbers.write((id, kind), by, tx.records.undo)))

    async def counts(self, counter: Counter, ids: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
        wanted = list(ids)
        return await self.own.see(lambda tx: tx.records.counts(counter, wanted))

    async def flush(self) -> None:
        await self.own.see(nothing)

    def _table(self, shape: Kind[Any] | Log[Any]) -> Table:
        return self.own.data.tables[shape.name]


def _putting(table: Table, row: Row) -> Deed:
    return lambda tx: table.put(row, tx.records.undo)


def _dropping(table: Table, id: UUID) -> Deed:
    return lambda tx: table.drop(id, tx.records.undo)
