"""What one in-memory deployment holds: rows by id with hash indexes, relations both ways, numbers by id."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any
from uuid import UUID

from attrs import field, frozen

from sparkle_adapters.codec import RowCodec, rows_of
from sparkle_adapters.memory.ledger import MemoryLedgerTables
from sparkle_core.domain.kernel.errors import Stale, Taken
from sparkle_core.domain.kernel.stored import PAGE_MAX, After, Clause, Counter, Edge, Kind, Log, Order, Stored

Row = tuple[Any, ...]
Undo = list[Callable[[], object]]


class Table:
    """The rows of one kind or log, by id, with hash indexes: its unique tuples, and whatever is asked for."""

    def __init__(self, shape: Kind[Any] | Log[Any]) -> None:
        self.shape = shape
        self.codec: RowCodec[Any] = rows_of(shape.type)
        self.value: Callable[[Row], Any] = self.codec.value
        self.rows: dict[UUID, Row] = {}
        self.at = {name: i for i, name in enumerate(self.codec.names)}
        self.id_at = self.at["id"]
        self.version_at = self.at.get("version", -1)
        self.deleted_at = self.at.get("deleted_at", -1)
        self.uniques = [Unique(u, self._key(u), self._may_be_empty(u)) for u in shape.unique]
        self._indexes: dict[tuple[str, ...], Index] = {}
        self._followers: list[Unique | Index] = [*self.uniques]

    def _key(self, fields: tuple[str, ...]) -> Callable[[Row], Row]:
        get = itemgetter(*(self.at[f] for f in fields))
        return get if len(fields) > 1 else lambda row: (get(row),)

    def _may_be_empty(self, fields: tuple[str, ...]) -> bool:
        return any(self.codec.column(field).nullable for field in fields)

    def remember(self, most: int) -> None:
        """From now on, answer a row read lately with the value that it was decoded to; `most` rows are held."""
        self.value = remembering(self.codec.value, most)

    def write(self, row: Row, version: int, undo: Undo) -> None:
        """Insert a row (version 0), or replace that of a version. Raises as `put`, and `Stale` for another version."""
        before = self.rows.get(row[self.id_at])
        held = 0 if before is None else before[self.version_at] if self.version_at >= 0 else None
        if held != version:
            raise Stale(self.shape.name)
        self._put(before, row, undo)

    def put(self, row: Row, undo: Undo) -> None:
        """Insert or replace a row. Raises `Taken` or `Stale` when a unique tuple clashes; changes nothing then."""
        self._put(self.rows.get(row[self.id_at]), row, undo)

    def _put(self, before: Row | None, row: Row, undo: Undo) -> None:
        id = row[self.id_at]
        for unique in self.uniques:
            if unique.clashes(row, id):
                says = self.shape.says.get(unique.fields[0])
                raise Taken(says) if says is not None else Stale(self.shape.name)
        self._swap(id, before, row)
        undo.append(partial(self._swap, id, row, before))

    def drop(self, id: UUID, undo: Undo) -> None:
        """Remove a row for good."""
        before = self.rows[id]
        self._swap(id, before, None)
        undo.append(partial(self._swap, id, None, before))

    def _swap(self, id: UUID, before: Row | None, after: Row | None) -> None:
        for follower in self._followers:
            follower.swap(id, before, after)
        if after is None:
            del self.rows[id]
        else:
            self.rows[id] = after

    def find(
        self, where: tuple[Clause, ...], order: Order, after: After | None, limit: int, deleted: bool
    ) -> list[Row]:
        rows = self.matching(where)
        if not rows:
            return rows
        if self.deleted_at >= 0 and not deleted:
            rows = [r for r in rows if r[self.deleted_at] is None]
        at = self.at[order.field]
        if at != self.id_at:
            rows = [r for r in rows if r[at] is not None]
        if len(rows) > 1:
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
        fields, values, tests = [], [], []
        for clause in where:
            if clause.op == "=":
                fields.append(clause.field)
                values.append(self.codec.plain(clause.field, clause.value))
            else:
                tests.append(self._test(clause))
        rows = self._equal(tuple(fields), tuple(values)) if fields else list(self.rows.values())
        return [r for r in rows if all(t(r) for t in tests)] if tests else rows

    def _equal(self, fields: tuple[str, ...], values: Row) -> list[Row]:
        """The rows with these values in these fields, by an index over just those, made when first asked for."""
        index = self._indexes.get(fields)
        if index is None:
            index = self._indexes[fields] = Index(self._key(fields))
            self._followers.append(index)
            for id, row in self.rows.items():
                index.swap(id, None, row)
        ids = index.ids.get(values)
        return [self.rows[i] for i in ids] if ids else []

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


def remembering(decode: Callable[[Row], Any], most: int) -> Callable[[Row], Any]:
    """The same, for the rows read last without decoding them again. Rows never change, and values neither."""
    held: dict[int, tuple[Row, Any]] = {}

    def value(row: Row) -> Any:
        found = held.get(id(row))
        if found is not None:  # it holds its row, so no other one has that id
            return found[1]
        decoded = decode(row)
        if len(held) >= most:
            held.clear()
        held[id(row)] = (row, decoded)
        return decoded

    return value


class Unique:
    """Which row has the values of a unique tuple; a tuple with None among them clashes with nothing."""

    def __init__(self, fields: tuple[str, ...], key: Callable[[Row], Row], may_be_empty: bool) -> None:
        self.fields, self.key, self.may_be_empty = fields, key, may_be_empty
        self.ids: dict[Row, UUID] = {}

    def clashes(self, row: Row, id: UUID) -> bool:
        other = self.ids.get(self.key(row))
        return other is not None and other != id

    def swap(self, id: UUID, before: Row | None, after: Row | None) -> None:
        if before is not None:
            self.ids.pop(self.key(before), None)
        if after is not None:
            key = self.key(after)
            if not (self.may_be_empty and None in key):
                self.ids[key] = id


class Index:
    """Ids by the values of some fields; dicts as ordered sets."""

    def __init__(self, key: Callable[[Row], Row]) -> None:
        self.key = key
        self.ids: dict[Row, dict[UUID, None]] = {}

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


End = tuple[UUID, str]
"""One end of a relation, and the relation's kind."""


class Relations:
    """The edges of one kind of relation, found from either end."""

    def __init__(self) -> None:
        self.of_source: dict[UUID, dict[End, datetime]] = {}
        self.of_target: dict[UUID, dict[End, datetime]] = {}

    def put(self, source: UUID, target: UUID, kind: str, at: datetime) -> None:
        """Put an edge in."""
        self.of_source.setdefault(source, {})[target, kind] = at
        self.of_target.setdefault(target, {})[source, kind] = at

    def take(self, source: UUID, target: UUID, kind: str) -> datetime | None:
        """Take an edge out; since when it was there, or None."""
        at = self.of_source.get(source, {}).pop((target, kind), None)
        if at is not None:
            del self.of_target[target][source, kind]
        return at


class Numbers:
    """A counter's numbers by id and kind."""

    def __init__(self) -> None:
        self.of: dict[UUID, dict[str, int]] = {}

    def write(self, what: tuple[UUID, str], by: int, undo: Undo) -> None:
        """Add to a number."""
        self._add(*what, by)
        undo.append(partial(self._add, *what, -by))

    def _add(self, id: UUID, kind: str, by: int) -> None:
        mine = self.of.setdefault(id, {})
        mine[kind] = mine.get(kind, 0) + by


Write = tuple[Table | Numbers, Any, int]
"""A buffered write: into what, a row or the number that is meant, and the version held or what is added."""


@frozen(eq=False)
class MemoryTables:
    """Everything one in-memory deployment holds."""

    tables: dict[str, Table]
    relations: dict[str, Relations]
    counters: dict[str, Numbers]
    ledger: MemoryLedgerTables
    boards: dict[str, Any] = field(factory=dict)
    """Leaderboards by their keys: what is in them is `memory/leaderboards.py`'s own."""

    @classmethod
    def of(cls, stored: Iterable[Stored]) -> "MemoryTables":
        shapes = tuple(stored)
        return cls(
            tables={s.name: Table(s) for s in shapes if isinstance(s, Kind | Log)},
            relations={s.name: Relations() for s in shapes if isinstance(s, Edge)},
            counters={s.name: Numbers() for s in shapes if isinstance(s, Counter)},
            ledger=MemoryLedgerTables(),
        )
