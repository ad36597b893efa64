"""The in-memory store: rows in dicts, driven without waiting, rolled back by an undo log.

It keeps rows rather than objects, so that aliasing and lost fields show here too, and gives the
guarantees of PostgreSQL's READ COMMITTED and none stronger.
"""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from attrs import frozen, mutable

from sparkle_adapters.memory.ledger import MemoryLedger
from sparkle_adapters.memory.tables import MemoryTables, Undo, Write
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
    Stored,
)
from sparkle_core.ports.driving import drive, one_transaction
from sparkle_core.ports.store import Body

R = TypeVar("R")
A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)


@mutable(eq=False)
class MemoryRecords:
    """The `Records` port inside one transaction."""

    data: MemoryTables
    undo: Undo
    _writes: list[Write]
    _fault: Conflict | None = None

    async def get(self, kind: Kind[A], id: UUID, *, deleted: bool = False) -> A | None:
        self._flush()
        table = self.data.tables[kind.name]
        row = table.rows.get(id)
        if row is None or (table.deleted_at >= 0 and row[table.deleted_at] is not None and not deleted):
            return None
        value: A = table.value(row)
        return value

    async def get_many(self, kind: Kind[A], ids: Iterable[UUID], *, deleted: bool = False) -> dict[UUID, A]:
        found = [await self.get(kind, id, deleted=deleted) for id in dict.fromkeys(ids)]
        return {a.id: a for a in found if a is not None}

    async def find(
        self,
        kind: Kind[A],
        *where: Clause,
        order: Order = OLDEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
        deleted: bool = False,
    ) -> list[A]:
        self._flush()
        table = self.data.tables[kind.name]
        return [table.value(r) for r in table.find(where, order, after, limit, deleted)]

    async def one(self, kind: Kind[A], *where: Clause, deleted: bool = False) -> A | None:
        found = await self.find(kind, *where, limit=1, deleted=deleted)
        return found[0] if found else None

    def save(self, kind: Kind[A], aggregate: A) -> A:
        saved = aggregate.as_stored()
        table = self.data.tables[kind.name]
        self._writes.append((table, table.codec.row(saved), aggregate.version))
        return saved

    async def update_where(self, kind: Kind[A], *where: Clause, changes: Mapping[str, Any]) -> int:
        self._flush()
        table = self.data.tables[kind.name]
        plain = {table.at[f]: table.codec.plain(f, v) for f, v in changes.items()}
        rows = table.matching(where)
        for row in rows:
            changed = [plain.get(i, v) for i, v in enumerate(row)]
            changed[table.version_at] += 1
            table.put(tuple(changed), self.undo)
        return len(rows)

    async def hold(self, kind: Kind[A], id: UUID) -> A | None:
        return await self.get(kind, id)

    def append(self, log: Log[E], entry: E) -> None:
        table = self.data.tables[log.name]
        self._writes.append((table, table.codec.row(entry), 0))

    async def page(
        self,
        log: Log[E],
        *where: Clause,
        order: Order = NEWEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
    ) -> list[E]:
        self._flush()
        table = self.data.tables[log.name]
        return [table.value(r) for r in table.find(where, order, after, limit, False)]

    async def expire(self, shape: Kind[Any] | Log[Any], field: str, before: datetime, *where: Clause) -> int:
        self._flush()
        table = self.data.tables[shape.name]
        ids = [r[table.id_at] for r in table.matching((*where, Clause(field, "<", before)))]
        for id in ids:
            table.drop(id, self.undo)
        return len(ids)

    async def erase(self, shape: Kind[Any] | Log[Any], ids: Iterable[UUID]) -> int:
        self._flush()
        table = self.data.tables[shape.name]
        there = [id for id in dict.fromkeys(ids) if id in table.rows]
        for id in there:
            table.drop(id, self.undo)
        return len(there)

    async def add(self, edge: Edge, source: UUID, target: UUID, kind: str, at: datetime) -> bool:
        relations = self.data.relations[edge.name]
        if (target, kind) in relations.of_source.get(source, ()):
            return False
        relations.put(source, target, kind, at)
        self.undo.append(lambda: relations.take(source, target, kind))
        return True

    async def remove(self, edge: Edge, source: UUID, target: UUID, kind: str) -> bool:
        relations = self.data.relations[edge.name]
        at = relations.take(source, target, kind)
        if at is None:
            return False
        self.undo.append(lambda: relations.put(source, target, kind, at))
        return True

    async def has(self, edge: Edge, source: UUID, targets: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
        wanted = set(targets)
        return frozenset(end for end in self.data.relations[edge.name].of_source.get(source, ()) if end[0] in wanted)

    async def sources(
        self, edge: Edge, target: UUID, kind: str | None = None, *, after: UUID | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        ends = self.data.relations[edge.name].of_target.get(target, ())
        found = sorted((s, k) for s, k in ends if kind in (None, k) and (after is None or s > after))
        return found[: min(limit, PAGE_MAX)]

    async def targets(
        self, edge: Edge, source: UUID, *, after: tuple[UUID, str] | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        ends = self.data.relations[edge.name].of_source.get(source, ())
        return sorted(end for end in ends if after is None or end > after)[: min(limit, PAGE_MAX)]

    async def degree(self, edge: Edge, target: UUID, kind: str) -> int:
        return sum(1 for _, k in self.data.relations[edge.name].of_target.get(target, ()) if k == kind)

    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        self._writes.append((self.data.counters[counter.name], (id, kind), by))

    async def counts(self, counter: Counter, ids: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
        self._flush()
        numbers = self.data.counters[counter.name]
        return {(i, kind): n for i in dict.fromkeys(ids) for kind, n in numbers.of.get(i, {}).items() if n}

    async def flush(self) -> None:
        self._flush()

    def _flush(self) -> None:
        if self._fault is not None:
            raise self._fault
        if not self._writes:
            return
        writes, self._writes = self._writes, []
        try:
            for target, what, number in writes:
                target.write(what, number, self.undo)
        except Conflict as refusal:
            self._fault = refusal
            raise


@frozen(eq=False)
class MemoryTransaction:
    records: MemoryRecords
    ledger: MemoryLedger


class MemoryStore:
    """The `Store` port. Transactions run one at a time, each in one synchronous stretch."""

    waits = False

    def __init__(self, stored: Iterable[Stored]) -> None:
        self.data = MemoryTables.of(stored)
        self._lock = threading.Lock()

    def remember(self, most: int) -> None:
        """Decode rows that were read lately only once, `most` a table: faster, and hides what a codec forgets."""
        for table in self.data.tables.values():
            table.remember(most)

    async def transact(self, body: Body[R]) -> R:
        with one_transaction(), self._lock:
            undo: Undo = []
            records = MemoryRecords(self.data, undo, [])
            try:
                answer = drive(body(MemoryTransaction(records, MemoryLedger(self.data.ledger, undo))))
                records._flush()
            except BaseException:
                for back in reversed(undo):
                    back()
                raise
            return answer

    async def read(self, body: Body[R], *, one_statement: bool = False) -> R:
        return await self.transact(body)

    async def pause(self, seconds: float) -> None:
        """A store that never waits has nothing to wait for."""

    async def close(self) -> None:
        """Memory is freed with the object."""
