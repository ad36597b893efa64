"""Rows of a kind or a log as keys and values: a key for each row, and one for each of its unique tuples."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sparkle_adapters.codec import RowCodec, rows_of
from sparkle_core.domain.kernel.errors import Stale, Taken
from sparkle_core.domain.kernel.stored import PAGE_MAX, After, Clause, Kind, Log, Order
from sparkle_dbm.files import View

Row = tuple[Any, ...]

_DUMP: Mapping[type, Callable[[Any], str]] = {UUID: lambda id: id.hex, datetime: datetime.isoformat}
_LOAD: Mapping[str, Callable[[str], Any]] = {"uuid": UUID, "instant": datetime.fromisoformat}


def text_of(row: Row) -> str:
    return json.dumps([_DUMP[type(v)](v) if type(v) in _DUMP else v for v in row])


class Table:
    """The rows of one kind or log, within one transaction."""

    def __init__(self, shape: Kind[Any] | Log[Any], view: View) -> None:
        self.shape, self._view = shape, view
        self.codec: RowCodec[Any] = rows_of(shape.type)
        self.at = {name: i for i, name in enumerate(self.codec.names)}
        self._loads = [_LOAD.get(column.affinity) for column in self.codec.columns]

    def _row(self, text: str) -> Row:
        plain = json.loads(text)
        return tuple(v if load is None or v is None else load(v) for v, load in zip(plain, self._loads, strict=True))

    def _key(self, id: UUID) -> str:
        return f"row/{self.shape.name}/{id.hex}"

    def _unique_keys(self, row: Row) -> Iterator[tuple[tuple[str, ...], str]]:
        """Each unique tuple with the key that holds it; one with an empty field clashes with nothing, and has none."""
        for number, fields in enumerate(self.shape.unique):
            values = tuple(row[self.at[name]] for name in fields)
            if None not in values:
                yield fields, f"unique/{self.shape.name}/{number}/{text_of(values)}"

    def get(self, id: UUID) -> Row | None:
        found = self._view.get(self._key(id))
        return None if found is None else self._row(found)

    def write(self, row: Row, version: int) -> None:
        """Insert a row (version 0), or replace that of a version. Raises `Stale` for another one, and as `put`."""
        before = self.get(row[self.at["id"]])
        held = 0 if before is None else before[self.at["version"]] if "version" in self.at else None
        if held != version:
            raise Stale(self.shape.name)
        self.put(row, before)

    def put(self, row: Row, before: Row | None) -> None:
        """Insert or replace a row. Raises `Taken` for the first tuple that clashes, or `Stale` if that says nothing."""
        id = row[self.at["id"]]
        if before is not None:
            self.drop(before)
        for fields, key in self._unique_keys(row):
            if self._view.get(key) is not None:
                says = self.shape.says.get(fields[0])
                raise Taken(says) if says is not None else Stale(self.shape.name)
            self._view.put(key, id.hex)
        self._view.put(self._key(id), text_of(row))

    def drop(self, row: Row) -> None:
        """Remove a row for good."""
        for _, key in self._unique_keys(row):
            self._view.drop(key)
        self._view.drop(self._key(row[self.at["id"]]))

    def find(
        self, where: tuple[Clause, ...], order: Order, after: After | None, limit: int, deleted: bool
    ) -> list[Row]:
        at, id_at, deleted_at = self.at[order.field], self.at["id"], self.at.get("deleted_at")
        rows = [r for r in self.matching(where) if r[at] is not None]
        if deleted_at is not None and not deleted:
            rows = [r for r in rows if r[deleted_at] is None]
        rows.sort(key=lambda r: (r[at], r[id_at]), reverse=order.descending)
        if after is not None:
            last = (self.codec.plain(order.field, after[0]), after[1])
            rows = [r for r in rows if ((r[at], r[id_at]) < last if order.descending else (r[at], r[id_at]) > last)]
        return rows[: min(limit, PAGE_MAX)]

    def matching(self, where: tuple[Clause, ...]) -> list[Row]:
        """The rows that meet every clause, soft-deleted ones too, in no order."""
        tests = [self._test(clause) for clause in where]
        return [row for row in self._candidates(where) if all(test(row) for test in tests)]

    def _candidates(self, where: tuple[Clause, ...]) -> Iterator[Row]:
        """The one row with an id or a unique tuple that is asked for; else all there are."""
        asked = {c.field: self.codec.plain(c.field, c.value) for c in where if c.op == "=" and c.value is not None}
        ids = [asked["id"].hex] if "id" in asked else []
        for number, fields in enumerate(self.shape.unique):
            if not ids and asked.keys() >= set(fields):
                values = tuple(asked[name] for name in fields)
                ids = [self._view.get(f"unique/{self.shape.name}/{number}/{text_of(values)}") or "nobody"]
        start = f"row/{self.shape.name}/"
        for key in [start + id for id in ids] or self._view.under(start):
            found = self._view.get(key)
            if found is not None:
                yield self._row(found)

    def _test(self, clause: Clause) -> Callable[[Row], bool]:
        at = self.at[
            self.codec.column(clause.field).name
        ]  # a field that is not there is refused, naming those that are
        if clause.op == "in":
            members = {self.codec.plain(clause.field, v) for v in clause.value}
            return lambda row: row[at] in members
        value = self.codec.plain(clause.field, clause.value)
        tests: Mapping[str, Callable[[Row], bool]] = {
            "=": lambda row: row[at] == value,
            "<": lambda row: row[at] is not None and row[at] < value,
            ">": lambda row: row[at] is not None and row[at] > value,
            "prefix": lambda row: row[at] is not None and row[at].startswith(value),
        }
        return tests[clause.op]
