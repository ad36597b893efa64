"""The closed query language as SQL: each shape of question is built and compiled once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import sqlalchemy as sa
from attrs import frozen

from sparkle_adapters.codec import RowCodec, rows_of
from sparkle_adapters.sql.compiled import Compiled
from sparkle_adapters.sql.dialects import Dialect
from sparkle_core.domain.kernel.stored import PAGE_MAX, After, Clause, Kind, Log, Order

Shape = Kind[Any] | Log[Any]
Test = Literal["=", "<", ">", ">=", "null", "in", "in or null"]
Question = tuple[Compiled, dict[str, Any]]
"""A statement and the values of its parameters."""


@frozen
class Term:
    """One comparison of one field with one parameter (or with none, for `null`)."""

    field: str
    test: Test


def terms_of(codec: RowCodec[Any], where: Iterable[Clause]) -> tuple[tuple[Term, ...], dict[str, Any]]:
    """Clauses as comparisons, and the values `w0`, `w1` … to compare with."""
    terms: list[Term] = []
    values: dict[str, Any] = {}

    def term(field: str, test: Test, value: Any) -> None:
        values[f"w{len(terms)}"] = value
        terms.append(Term(field, test))

    for clause in where:
        if clause.op == "in":
            some = [codec.plain(clause.field, v) for v in clause.value]
            known = [v for v in some if v is not None]
            term(clause.field, "in" if len(known) == len(some) else "in or null", known)
            continue
        value = codec.plain(clause.field, clause.value)
        if value is None:
            term(clause.field, "null", None)
        elif clause.op == "prefix":
            term(clause.field, ">=", value)
            end = end_of_prefix(value)
            if end is not None:
                term(clause.field, "<", end)
        else:
            term(clause.field, clause.op, value)
    return tuple(terms), values


def end_of_prefix(prefix: str) -> str | None:
    """The first text, by code points, after all that start with a prefix; None when there is none."""
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)


class Queries:
    """The statements of one deployment's records."""

    def __init__(self, tables: Mapping[str, sa.Table], dialect: Dialect) -> None:
        self._tables = tables
        self._dialect = dialect
        self._kept: dict[tuple[Any, ...], Compiled] = {}

    def by_ids(self, shape: Shape, *, many: bool, deleted: bool) -> Compiled:
        """A row by `id`, or rows by `ids`."""

        def build() -> sa.Executable:
            table = self._tables[shape.name]
            same = (
                self._dialect.among(table.c.id, "ids")
                if many
                else table.c.id == sa.bindparam("id", type_=table.c.id.type)
            )
            return sa.select(*table.c).where(same, *_alive(table, deleted))

        return self._once(("by ids", shape.name, many, deleted), build)

    def find(
        self,
        shape: Shape,
        where: Iterable[Clause],
        *,
        order: Order,
        after: After | None,
        limit: int,
        deleted: bool,
    ) -> Question:
        codec = rows_of(shape.type)
        terms, values = terms_of(codec, where)
        most = min(limit, PAGE_MAX)
        if after is not None:
            values |= {"after": codec.plain(order.field, after[0]), "after_id": after[1]}

        def build() -> sa.Executable:
            table = self._tables[shape.name]
            found = sa.select(*table.c).where(*self._conditions(table, terms), *_alive(table, deleted))
            found = _ordered(found, table, order, after is not None)
            return found.limit(sa.literal_column(str(most)))  # in the text: plans made once must know how few

        key = ("find", shape.name, terms, order, after is not None, most, deleted)
        return self._once(key, build), values

    def update(self, kind: Kind[Any], where: Iterable[Clause], changes: Mapping[str, Any]) -> Question:
        codec = rows_of(kind.type)
        terms, values = terms_of(codec, where)
        values |= {f"new_{name}": codec.plain(name, value) for name, value in changes.items()}

        def build() -> sa.Executable:
            table = self._tables[kind.name]
            new = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in changes}
            return sa.update(table).where(*self._conditions(table, terms)).values(**new, version=table.c.version + 1)

        return self._once(("update", kind.name, terms, tuple(changes)), build), values

    def expire(self, shape: Shape, where: Iterable[Clause]) -> Question:
        terms, values = terms_of(rows_of(shape.type), where)

        def build() -> sa.Executable:
            table = self._tables[shape.name]
            return sa.delete(table).where(*self._conditions(table, terms))

        return self._once(("expire", shape.name, terms), build), values

    def hold(self, kind: Kind[Any]) -> Compiled:
        """The row `id`, held; SQLite's writer has the whole file already."""

        def build() -> sa.Executable:
            table = self._tables[kind.name]
            same = table.c.id == sa.bindparam("id", type_=table.c.id.type)
            return sa.select(*table.c).where(same, *_alive(table, False)).with_for_update(key_share=True)

        return self._once(("hold", kind.name), build)

    def named(self, name: str, table: str, build: Callable[[sa.Table, Dialect], sa.Executable]) -> Compiled:
        """Any other statement on one table, built once under its name."""
        return self._once((name, table), lambda: build(self._tables[table], self._dialect))

    def asked(self, question: str, build: Callable[[Mapping[str, sa.Table], Dialect], sa.Executable]) -> Compiled:
        """A reader's own statement over any tables, built once under the question's name."""
        return self._once(("asked", question), lambda: build(self._tables, self._dialect))

    def _once(self, key: tuple[Any, ...], build: Callable[[], sa.Executable]) -> Compiled:
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._dialect.compiled(build())
        return found

    def _conditions(self, table: sa.Table, terms: tuple[Term, ...]) -> list[sa.ColumnElement[bool]]:
        return [self._condition(table.c[t.field], t.test, f"w{n}") for n, t in enumerate(terms)]

    def _condition(self, column: sa.Column[Any], test: Test, name: str) -> sa.ColumnElement[bool]:
        if test == "null":
            return column.is_(None)
        if test == "in":
            return self._dialect.among(column, name)
        if test == "in or null":
            return sa.or_(self._dialect.among(column, name), column.is_(None))
        value = sa.bindparam(name, type_=column.type)
        return {"=": column == value, "<": column < value, ">": column > value, ">=": column >= value}[test]


def _alive(table: sa.Table, deleted: bool) -> list[sa.ColumnElement[bool]]:
    return [table.c.deleted_at.is_(None)] if "deleted_at" in table.c and not deleted else []


def _ordered(found: sa.Select[Any], table: sa.Table, order: Order, goes_on: bool) -> sa.Select[Any]:
    """By one field with the id as tie-break in the same direction; rows without a value there are left out."""
    column, key = table.c[order.field], table.c.id
    columns = [key] if column is key else [column, key]
    if column.nullable:
        found = found.where(column.is_not(None))
    if goes_on:
        last = [sa.bindparam("after_id", type_=key.type)]
        if column is not key:
            last.insert(0, sa.bindparam("after", type_=column.type))
        here, there = sa.tuple_(*columns), sa.tuple_(*last)
        found = found.where(here < there if order.descending else here > there)
    return found.order_by(*(c.desc() if order.descending else c.asc() for c in columns))
