"""The in-memory store: rows in dicts, driven without waiting, rolled back by an undo log.

It keeps rows rather than objects, so that aliasing and lost fields show here too, and gives the
guarantees of PostgreSQL's READ COMMITTED and none stronger.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

from attrs import frozen, mutable

from sparkle_adapters.codec import RowCodec, rows_of
from sparkle_adapters.driving import drive, one_transaction
from sparkle_adapters.memory.ledger import MemoryLedger, MemoryLedgerTables
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Conflict, Stale, Taken
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
from sparkle_core.ports.store import Body

R = TypeVar("R")
A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)
Row = tuple[Any, ...]
Undo = list[Callable[[], None]]


class Table:
    """The rows of one kind or log, by id, with hash indexes: its unique tuples, and whatever is asked for."""

    def __init__(self, shape: Kind[Any] | Log[Any]) -> None:
        self.shape = shape
        self.codec: RowCodec[Any] = rows_of(shape.type)
        self.rows: dict[UUID, Row] = {}
        self.at = {name: i for i, name in enumerate(self.codec.names)}
        self.id_at = self.at["id"]
        self.version_at = self.at.get("version", -1)
        self.deleted_at = self.at.get("deleted_at", -1)
        self.indexes = {u: Index(u, tuple(self.at[f] for f in u), True) for u in shape.unique}

    def put(self, row: Row, undo: Undo) -> None:
        """Insert or replace a row. Raises `Taken` or `Stale` when a unique tuple clashes; changes nothing then."""
        id = row[self.id_at]
        before = self.rows.get(id)
        for index in self.indexes.values():
            if index.unique and index.clashes(row, id):
                says = self.shape.says.get(index.fields[0])
                raise Taken(says) if says is not None else Stale(self.shape.name)
        self._swap(id, before, row)
        undo.append(lambda: self._swap(id, row, before))

    def drop(self, id: UUID, undo: Undo) -> None:
        before = self.rows[id]
        self._swap(id, before, None)
        undo.append(lambda: self._swap(id, None, before))

    def _swap(self, id: UUID, before: Row | None, after: Row | None) -> None:
        for index in self.indexes.values():
            index.swap(id, before, after)
        if after is None:
            del self.rows[id]
        else:
            self.rows[id] = after

    def find(
        self, where: tuple[Clause, ...], order: Order, after: After | None, limit: int, deleted: bool
    ) -> list[Row]:
        rows = self.matching(where)
        if self.deleted_at >= 0 and not deleted:
            rows = [r for r in rows if r[self.deleted_at] is None]
        at = self.at[order.field]
        if at != self.id_at:
            rows = [r for r in rows if r[at] is not None]
        rows.sort(key=lambda r: (r[at], r[self.id_at]), reverse=order.descending)
        if after is not None:
            last = (self.codec.plain(order.field, after[0]), after[1])
            if order.descending:
                rows = [r for r in rows if (r[at], r[self.id_at]) < last]
            else:
                rows = [r for r in rows if (r[at], r[self.id_at]) > last]
        return rows[: min(limit, PAGE_MAX)]

    def matching(self, where: tuple[Clause, ...]) -> list[Row]:
        """The rows that meet every clause, in no order."""
        tests = [self._test(c) for c in where if c.op != "="]
        rows = self._equal(where)
        return [r for r in rows if all(t(r) for t in tests)] if tests else rows

    def _equal(self, where: tuple[Clause, ...]) -> list[Row]:
        """The rows that meet every `=`, by an index over just those fields, made when first asked for."""
        equal = {c.field: self.codec.plain(c.field, c.value) for c in where if c.op == "="}
        if not equal:
            return list(self.rows.values())
        fields = tuple(sorted(equal))
        index = self.indexes.get(fields)
        if index is None:
            index = self.indexes[fields] = Index(fields, tuple(self.at[f] for f in fields), False)
            for id, row in self.rows.items():
                index.swap(id, None, row)
        return [self.rows[i] for i in index.ids.get(tuple(equal[f] for f in fields), ())]

    def _test(self, clause: Clause) -> Callable[[Row], bool]:
        at = self.at[self.codec.column(clause.field).name]
        if clause.op == "in":
            members = {self.codec.plain(clause.field, v) for v in clause.value}
            return lambda row: row[at] in members
        value = self.codec.plain(clause.field, clause.value)
        if clause.op == "prefix":
            return lambda row: row[at] is not None and row[at].startswith(value)
        if clause.op == "<":
            return lambda row: row[at] is not None and row[at] < value
        return lambda row: row[at] is not None and row[at] > value


class Index:
    """Ids by the values of some fields; dicts as ordered sets."""

    def __init__(self, fields: tuple[str, ...], at: tuple[int, ...], unique: bool) -> None:
        self.fields, self.unique = fields, unique
        get = itemgetter(*at)
        self.key: Callable[[Row], Row] = get if len(at) > 1 else lambda row: (get(row),)
        self.ids: dict[Row, dict[UUID, None]] = {}

    def clashes(self, row: Row, id: UUID) -> bool:
        key = self.key(row)
        return None not in key and any(other != id for other in self.ids.get(key, ()))

    def swap(self, id: UUID, before: Row | None, after: Row | None) -> None:
        old = self.key(before) if before else None
        new = self.key(after) if after else None
        if old == new:
            return
        if old is not None:
            ids = self.ids[old]
            del ids[id]
            if not ids:
                del self.ids[old]
        if new is not None:
            self.ids.setdefault(new, {})[id] = None


@frozen(eq=False)
class MemoryTables:
    """Everything one in-memory deployment holds."""

    tables: dict[str, Table]
    edges: dict[str, dict[tuple[UUID, UUID, str], datetime]]
    counters: dict[str, dict[tuple[UUID, str], int]]
    ledger: MemoryLedgerTables

    @classmethod
    def of(cls, stored: Iterable[Stored]) -> "MemoryTables":
        shapes = tuple(stored)
        return cls(
            tables={s.name: Table(s) for s in shapes if isinstance(s, Kind | Log)},
            edges={s.name: {} for s in shapes if isinstance(s, Edge)},
            counters={s.name: {} for s in shapes if isinstance(s, Counter)},
            ledger=MemoryLedgerTables(),
        )


@mutable(eq=False)
class MemoryRecords:
    """The `Records` port inside one transaction."""

    data: MemoryTables
    undo: Undo
    _writes: list[Callable[[], None]]
    _fault: Conflict | None = None

    async def get(self, kind: Kind[A], id: UUID, *, deleted: bool = False) -> A | None:
        self._flush()
        table = self.data.tables[kind.name]
        row = table.rows.get(id)
        if row is None or (table.deleted_at >= 0 and row[table.deleted_at] is not None and not deleted):
            return None
        value: A = table.codec.value(row)
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
        return [table.codec.value(r) for r in table.find(where, order, after, limit, deleted)]

    async def one(self, kind: Kind[A], *where: Clause, deleted: bool = False) -> A | None:
        found = await self.find(kind, *where, limit=1, deleted=deleted)
        return found[0] if found else None

    def save(self, kind: Kind[A], aggregate: A) -> A:
        saved = aggregate.as_stored()
        table = self.data.tables[kind.name]
        row = table.codec.row(saved)

        def write() -> None:
            before = table.rows.get(saved.id)
            if (before[table.version_at] if before else 0) != aggregate.version:
                raise Stale(kind.name)
            table.put(row, self.undo)

        self._writes.append(write)
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

    async def lock(self, kind: Kind[A], id: UUID) -> bool:
        self._flush()
        return id in self.data.tables[kind.name].rows

    def append(self, log: Log[E], entry: E) -> None:
        table = self.data.tables[log.name]
        row = table.codec.row(entry)

        def write() -> None:
            if row[table.id_at] in table.rows:
                raise Stale(log.name)
            table.put(row, self.undo)

        self._writes.append(write)

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
        return [table.codec.value(r) for r in table.find(where, order, after, limit, False)]

    async def expire(self, shape: Kind[Any] | Log[Any], field: str, before: datetime, *where: Clause) -> int:
        self._flush()
        table = self.data.tables[shape.name]
        ids = [r[table.id_at] for r in table.matching((*where, Clause(field, "<", before)))]
        for id in ids:
            table.drop(id, self.undo)
        return len(ids)

    async def add(self, edge: Edge, source: UUID, target: UUID, kind: str, at: datetime) -> bool:
        rows, key = self.data.edges[edge.name], (source, target, kind)
        if key in rows:
            return False
        rows[key] = at
        self.undo.append(lambda: rows.__delitem__(key))
        return True

    async def remove(self, edge: Edge, source: UUID, target: UUID, kind: str) -> bool:
        rows, key = self.data.edges[edge.name], (source, target, kind)
        if key not in rows:
            return False
        at = rows.pop(key)
        self.undo.append(lambda: rows.__setitem__(key, at))
        return True

    async def has(self, edge: Edge, source: UUID, targets: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
        wanted = set(targets)
        return frozenset((t, k) for s, t, k in self.data.edges[edge.name] if s == source and t in wanted)

    async def sources(
        self, edge: Edge, target: UUID, kind: str | None = None, *, after: UUID | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        found = sorted(
            (s, k)
            for s, t, k in self.data.edges[edge.name]
            if t == target and kind in (None, k) and (after is None or s > after)
        )
        return found[: min(limit, PAGE_MAX)]

    async def degree(self, edge: Edge, target: UUID, kind: str) -> int:
        return sum(1 for _, t, k in self.data.edges[edge.name] if t == target and k == kind)

    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        numbers, key = self.data.counters[counter.name], (id, kind)

        def write() -> None:
            numbers[key] = numbers.get(key, 0) + by

            def back() -> None:
                numbers[key] -= by

            self.undo.append(back)

        self._writes.append(write)

    async def counts(self, counter: Counter, ids: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
        self._flush()
        wanted = set(ids)
        return {(i, k): n for (i, k), n in self.data.counters[counter.name].items() if i in wanted and n}

    async def flush(self) -> None:
        self._flush()

    def _flush(self) -> None:
        if self._fault is not None:
            raise self._fault
        writes, self._writes = self._writes, []
        try:
            for write in writes:
                write()
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
