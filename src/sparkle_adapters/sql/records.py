"""The `Records` port over one SQL transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from attrs import frozen

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.changes import Pending
from sparkle_adapters.sql.compiled import Row
from sparkle_adapters.sql.connections import Connection
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.queries import Queries
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Stale
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
    lt,
)

A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)


@frozen(eq=False)
class Buffer:
    """A transaction's connection and what is pending on it, shared by its records and its ledger."""

    connection: Connection
    pending: Pending

    async def flush(self) -> None:
        """Write everything. Raises `Taken` and `Stale`."""
        if self.pending.clash is not None:
            raise Stale(self.pending.clash)
        if self.pending:
            await self.connection.write(self.pending.take())

    async def settle(self, *tables: str) -> None:
        """Flush when something is pending in one of the tables about to be read."""
        if self.pending.touches(*tables):
            await self.flush()


@frozen(eq=False)
class SqlRecords:
    """The four stored shapes. Reads flush first when they could see what is pending."""

    queries: Queries
    buffer: Buffer

    async def get(self, kind: Kind[A], id: UUID, *, deleted: bool = False) -> A | None:
        await self.buffer.settle(kind.name)
        statement = self.queries.by_ids(kind, many=False, deleted=deleted)
        rows = await self.buffer.connection.rows(statement, {"id": id})
        return rows_of(kind.type).value(rows[0]) if rows else None

    async def get_many(self, kind: Kind[A], ids: Iterable[UUID], *, deleted: bool = False) -> dict[UUID, A]:
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        await self.buffer.settle(kind.name)
        statement = self.queries.by_ids(kind, many=True, deleted=deleted)
        codec = rows_of(kind.type)
        found = {a.id: a for a in map(codec.value, await self.buffer.connection.rows(statement, {"ids": wanted}))}
        return {id: found[id] for id in wanted if id in found}

    async def find(
        self,
        kind: Kind[A],
        *where: Clause,
        order: Order = OLDEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
        deleted: bool = False,
    ) -> list[A]:
        await self.buffer.settle(kind.name)
        statement, values = self.queries.find(kind, where, order=order, after=after, limit=limit, deleted=deleted)
        codec = rows_of(kind.type)
        return [codec.value(row) for row in await self.buffer.connection.rows(statement, values)]

    async def one(self, kind: Kind[A], *where: Clause, deleted: bool = False) -> A | None:
        found = await self.find(kind, *where, limit=1, deleted=deleted)
        return found[0] if found else None

    def save(self, kind: Kind[A], aggregate: A) -> A:
        saved = aggregate.as_stored()
        codec = rows_of(kind.type)
        at = codec.names.index("version")
        self.buffer.pending.save(kind.name, saved.id, aggregate.version, codec.row(saved), at)
        return saved

    async def update_where(self, kind: Kind[A], *where: Clause, changes: Mapping[str, Any]) -> int:
        await self.buffer.settle(kind.name)
        statement, values = self.queries.update(kind, where, changes)
        return await self.buffer.connection.count(statement, values)

    async def hold(self, kind: Kind[A], id: UUID) -> A | None:
        await self.buffer.settle(kind.name)
        rows = await self.buffer.connection.rows(self.queries.hold(kind), {"id": id})
        return rows_of(kind.type).value(rows[0]) if rows else None

    def append(self, log: Log[E], entry: E) -> None:
        codec = rows_of(log.type)
        row = codec.row(entry)
        self.buffer.pending.insert(log.name, row[codec.names.index("id")], row)

    async def page(
        self,
        log: Log[E],
        *where: Clause,
        order: Order = NEWEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
    ) -> list[E]:
        await self.buffer.settle(log.name)
        statement, values = self.queries.find(log, where, order=order, after=after, limit=limit, deleted=True)
        codec = rows_of(log.type)
        return [codec.value(row) for row in await self.buffer.connection.rows(statement, values)]

    async def expire(self, shape: Kind[Any] | Log[Any], field: str, before: datetime, *where: Clause) -> int:
        await self.buffer.settle(shape.name)
        statement, values = self.queries.expire(shape, (lt(field, before), *where))
        return await self.buffer.connection.count(statement, values)

    async def erase(self, shape: Kind[Any] | Log[Any], ids: Iterable[UUID]) -> int:
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return 0
        await self.buffer.settle(shape.name)
        return await self.buffer.connection.count(self.queries.named("erase", shape.name, _erase), {"ids": wanted})

    async def add(self, edge: Edge, source: UUID, target: UUID, kind: str, at: datetime) -> bool:
        values = {"source": source, "target": target, "kind": kind, "at": at}
        return await self.buffer.connection.count(self.queries.named("add", edge.name, _add), values) > 0

    async def remove(self, edge: Edge, source: UUID, target: UUID, kind: str) -> bool:
        values = {"source": source, "target": target, "kind": kind}
        return await self.buffer.connection.count(self.queries.named("remove", edge.name, _remove), values) > 0

    async def has(self, edge: Edge, source: UUID, targets: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
        wanted = list(targets)
        if not wanted:
            return frozenset()
        rows = await self._rows("has", edge, _has, {"source": source, "targets": wanted})
        return frozenset((target, kind) for target, kind in rows)

    async def sources(
        self, edge: Edge, target: UUID, kind: str | None = None, *, after: UUID | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        values = {"target": target, "kind": kind, "after": after, "limit": min(limit, PAGE_MAX)}
        name = f"sources of {'any' if kind is None else 'a'} kind {'from the start' if after is None else 'on'}"
        build = _sources(of_a_kind=kind is not None, goes_on=after is not None)
        return [(source, kind) for source, kind in await self._rows(name, edge, build, values)]

    async def targets(
        self, edge: Edge, source: UUID, *, after: tuple[UUID, str] | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        last, of_kind = after or (None, None)
        values = {"source": source, "after": last, "after_kind": of_kind, "limit": min(limit, PAGE_MAX)}
        name, build = ("targets", _targets) if after is None else ("targets on", _targets_on)
        return [(target, kind) for target, kind in await self._rows(name, edge, build, values)]

    async def degree(self, edge: Edge, target: UUID, kind: str) -> int:
        ((count,),) = await self._rows("degree", edge, _degree, {"target": target, "kind": kind})
        return int(count)

    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        self.buffer.pending.add(counter.name, id, kind, by)

    async def counts(self, counter: Counter, ids: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
        wanted = list(ids)
        if not wanted:
            return {}
        await self.buffer.settle(counter.name)
        rows = await self._rows("counts", counter, _counts, {"ids": wanted})
        return {(id, kind): number for id, kind, number in rows}

    async def flush(self) -> None:
        await self.buffer.flush()

    async def ask(
        self, question: str, build: Callable[[Mapping[str, sa.Table], Dialect], sa.Executable], **values: Any
    ) -> Sequence[Row]:
        """What a reader's own statement answers, in this transaction; built once under the question's name."""
        await self.buffer.flush()
        return await self.buffer.connection.rows(self.queries.asked(question, build), values)

    async def _rows(self, name: str, shape: Edge | Counter, build: Any, values: dict[str, Any]) -> Any:
        return await self.buffer.connection.rows(self.queries.named(name, shape.name, build), values)


def _given(column: sa.Column[Any]) -> sa.BindParameter[Any]:
    return sa.bindparam(column.name, type_=column.type)


def _erase(table: sa.Table, dialect: Dialect) -> sa.Executable:
    return sa.delete(table).where(dialect.among(table.c.id, "ids"))


def _add(table: sa.Table, dialect: Dialect) -> sa.Executable:
    insert = dialect.insert(table).values({c.name: _given(c) for c in table.c})
    unless_there: sa.Executable = insert.on_conflict_do_nothing()
    return unless_there


def _remove(table: sa.Table, dialect: Dialect) -> sa.Executable:
    return sa.delete(table).where(*(c == _given(c) for c in table.primary_key.columns))


def _has(table: sa.Table, dialect: Dialect) -> sa.Executable:
    own = table.c.source == _given(table.c.source)
    return sa.select(table.c.target, table.c.kind).where(own, dialect.among(table.c.target, "targets"))


def _sources(*, of_a_kind: bool, goes_on: bool) -> Any:
    def build(table: sa.Table, dialect: Dialect) -> sa.Executable:
        found = sa.select(table.c.source, table.c.kind).where(table.c.target == _given(table.c.target))
        if of_a_kind:
            found = found.where(table.c.kind == _given(table.c.kind))
        if goes_on:
            found = found.where(table.c.source > sa.bindparam("after", type_=table.c.source.type))
        ordered = found.order_by(table.c.source, table.c.kind)
        return ordered.limit(sa.bindparam("limit", type_=sa.BigInteger()))

    return build


def _targets(table: sa.Table, dialect: Dialect) -> sa.Select[Any]:
    found = sa.select(table.c.target, table.c.kind).where(table.c.source == _given(table.c.source))
    ordered = found.order_by(table.c.target, table.c.kind)
    return ordered.limit(sa.bindparam("limit", type_=sa.BigInteger()))


def _targets_on(table: sa.Table, dialect: Dialect) -> sa.Select[Any]:
    last = sa.bindparam("after", type_=table.c.target.type), sa.bindparam("after_kind", type_=table.c.kind.type)
    return _targets(table, dialect).where(sa.tuple_(table.c.target, table.c.kind) > sa.tuple_(*last))


def _degree(table: sa.Table, dialect: Dialect) -> sa.Executable:
    same = (table.c[name] == _given(table.c[name]) for name in ("target", "kind"))
    return sa.select(sa.func.count()).select_from(table).where(*same)


def _counts(table: sa.Table, dialect: Dialect) -> sa.Executable:
    return sa.select(table.c.id, table.c.kind, table.c.number).where(
        dialect.among(table.c.id, "ids"), table.c.number != 0
    )
