"""What a transaction is about to write, merged row by row, and the statements that write it.

Rows go out table by table and sorted by key, so that transactions which touch the same rows
touch them in the same order. Updates go first: they free what an insert may want to take.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from attrs import field, mutable
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import TypeEngine

from sparkle_adapters.sql.compiled import Compiled, Row
from sparkle_adapters.sql.dialects import Dialect, array_of
from sparkle_adapters.sql.schema import Schema

Verb = Literal["update", "ensure", "insert", "add"]

GUARD = "guard_"
"""What the guard column must still hold, as a parameter: no column is called so."""


class Change(NamedTuple):
    """What is done to one table's rows: `update` those whose guard column still holds what it held,
    `ensure` they are there, `insert` new ones, `add` to counters.
    """

    verb: Verb
    table: str


Changes = Sequence[tuple[Change, Sequence[Row]]]
"""Rows in the order of the table's columns; an update's row has the guard's expected value before them."""

Rows = defaultdict[str, dict[Hashable, Row]]
"""Rows by table and key."""


@mutable(eq=False)
class Pending:
    """Buffered writes by table, at most one a row."""

    inserts: "Rows" = field(factory=lambda: defaultdict(dict))
    ensured: "Rows" = field(factory=lambda: defaultdict(dict))
    updates: "Rows" = field(factory=lambda: defaultdict(dict))
    added: "Rows" = field(factory=lambda: defaultdict(dict))
    clash: str | None = None

    def insert(self, table: str, key: Hashable, row: Row) -> None:
        """A new row; a second one under the same key is a lost race with oneself."""
        rows = self.inserts[table]
        if key in rows:
            self.clash = table
        rows[key] = row

    def insert_all(self, table: str, new: Mapping[Any, Row]) -> None:
        """New rows by key."""
        rows = self.inserts[table]
        if rows and not rows.keys().isdisjoint(new):
            self.clash = table
        rows.update(new)

    def ensure(self, table: str, key: Hashable, row: Row) -> None:
        self.ensured[table].setdefault(key, row)

    def update(self, table: str, key: Hashable, held: int, row: Row) -> None:
        """A row anew, provided that its guard still holds `held`."""
        self.updates[table][key] = (held, *row)

    def save(self, table: str, key: Hashable, held: int, row: Row, version_at: int) -> None:
        """Insert (`held` 0) or update; a row saved twice is written once, as it was saved last."""
        inserted, updated = self.inserts[table], self.updates[table]
        if key in inserted:
            self._expect(table, inserted[key][version_at], held)
            inserted[key] = row
        elif key in updated:
            first, *earlier = updated[key]
            self._expect(table, earlier[version_at], held)
            updated[key] = (first, *row)
        elif held == 0:
            inserted[key] = row
        else:
            updated[key] = (held, *row)

    def add(self, table: str, id: Any, kind: str, by: int) -> None:
        rows = self.added[table]
        before = rows.get((id, kind))
        rows[id, kind] = (id, kind, by + (before[2] if before else 0))

    def touches(self, *tables: str) -> bool:
        """Whether something is about to be written to one of these tables."""
        return any(rows.get(table) for rows in self._by_verb().values() for table in tables)

    def __bool__(self) -> bool:
        return any(some for rows in self._by_verb().values() for some in rows.values())

    def take(self) -> Changes:
        """Everything, in the order in which it is written; nothing is pending afterwards."""
        taken = []
        for verb, tables in self._by_verb().items():
            names = sorted(tables) if verb == "update" else tables
            for table in names:
                if rows := tables[table]:
                    taken.append((Change(verb, table), [row for _, row in sorted(rows.items(), key=_key)]))
            tables.clear()
        return taken

    def _by_verb(self) -> "dict[Verb, Rows]":
        """In the order in which they are written."""
        return {"update": self.updates, "ensure": self.ensured, "insert": self.inserts, "add": self.added}

    def _expect(self, table: str, pending: int, held: int) -> None:
        if pending != held:
            self.clash = table


def _key(item: tuple[Any, Row]) -> Any:
    """A row's key, ids as the numbers they are: those compare in a tenth of the time."""
    key = item[0]
    if type(key) is tuple and key and isinstance(key[0], UUID):
        return key[0].int, *key[1:]
    return key.int if isinstance(key, UUID) else key


def _clash(table: sa.Table, columns: list[sa.Column[Any]]) -> sa.Select[Any]:
    same = (column == sa.bindparam(column.name, type_=column.type) for column in columns)
    others = (
        () if list(table.primary_key.columns) == columns else (table.c.id != sa.bindparam("id", type_=table.c.id.type),)
    )
    return sa.select(sa.literal_column("1")).where(*same, *others)


def _shortened(column: tuple[Any, ...], *, once: bool) -> tuple[Any, ...]:
    """Nothing of a column that is all empty, and `once` what it says if that is the same for every row: the driver
    and the server take each value by itself, and half of what a batch writes are values like these.
    """
    first = column[0]
    if not (once or first is None) or column[-1] != first or column.count(first) != len(column):
        return column
    return () if first is None else column[:1]


def _or_the_first(value: sa.ColumnElement[Any], array: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
    """A value out of unnested arrays, of which the shorter ones are filled up with nulls."""
    return sa.func.coalesce(value, Grouping(array)[sa.literal_column("1", sa.Integer())])


def _written(table: sa.Table) -> list[sa.Column[Any]]:
    """The columns that a change's row has values for; the database fills in the others."""
    return [column for column in table.c if column.server_default is None]


class Writing:
    """The statements that write changes, built and compiled once."""

    def __init__(self, schema: Schema, dialect: Dialect) -> None:
        self._tables = schema.tables
        self._schema = schema
        self._dialect = dialect
        self._names: dict[Change, tuple[str, ...]] = {}
        self._singles: dict[Change, tuple[str, Callable[[Row], list[Any]]]] = {}
        self._short: dict[Change, frozenset[str]] = {}
        self._together: dict[tuple[Change, ...], Compiled] = {}
        self._clashes: dict[Change, list[tuple[str | None, Compiled]]] = {}

    def one_by_one(self, change: Change) -> tuple[str, Callable[[Row], list[Any]]]:
        """A statement that writes one row, and what makes a change's row its arguments."""
        if change not in self._singles:
            table = self._tables[change.table]
            values = {c.name: sa.bindparam(c.name, type_=c.type) for c in _written(table)}
            held = sa.bindparam(GUARD, type_=sa.BigInteger())
            statement = self._dialect.compiled(self._statement(change, values, held, None))
            self._singles[change] = statement.sql, statement.bound(self.names(change))
        return self._singles[change]

    def names(self, change: Change) -> tuple[str, ...]:
        """The names of what stands in a change's row."""
        if change not in self._names:
            columns = tuple(c.name for c in _written(self._tables[change.table]))
            self._names[change] = (GUARD, *columns) if change.verb == "update" else columns
        return self._names[change]

    def clashes(self, change: Change) -> Sequence[tuple[str | None, Compiled]]:
        """Statements that find what a row clashes with: by its primary key (None), then as the tuples are declared."""
        if change not in self._clashes:
            table = self._tables[change.table]
            groups: list[tuple[str | None, list[sa.Column[Any]]]] = []
            if change.verb == "insert":
                groups.append((None, list(table.primary_key.columns)))
            groups += [(name, [table.c[f] for f in fields]) for name, fields in self._schema.unique(table.name)]
            self._clashes[change] = [(name, self._dialect.compiled(_clash(table, columns))) for name, columns in groups]
        return self._clashes[change]

    def together(self, changes: Sequence[Change]) -> Compiled:
        """One statement that writes everything from arrays, and answers how many rows each update changed."""
        key = tuple(changes)
        if key not in self._together:
            self._together[key] = self._dialect.compiled(self._all(key))
        return self._together[key]

    def arrays(self, changes: Changes) -> dict[str, Any]:
        """The parameters of `together`: a list a column, of one value or none where one is enough."""
        return {
            f"{name}_{n}": _shortened(column, once=name in self._once_enough(change))
            for n, (change, rows) in enumerate(changes)
            for name, column in zip(self.names(change), zip(*rows, strict=True), strict=True)
        }

    def _once_enough(self, change: Change) -> frozenset[str]:
        """Columns that need not say the same again for every row: those that are never empty, but for the key."""
        if change not in self._short:
            table = self._tables[change.table]
            always = {c.name for c in _written(table) if not c.nullable and not c.primary_key}
            self._short[change] = frozenset(always | ({GUARD} if change.verb == "update" else set()))
        return self._short[change]

    def _all(self, changes: tuple[Change, ...]) -> sa.Select[Any]:
        counts: list[sa.ColumnElement[int]] = []
        others = []
        for n, change in enumerate(changes):
            table = self._tables[change.table]
            types: list[TypeEngine[Any]] = [sa.BigInteger()] if change.verb == "update" else []
            types += [c.type for c in _written(table)]
            given = zip(self.names(change), types, strict=True)
            arrays = [sa.bindparam(f"{name}_{n}", type_=array_of(type_)) for name, type_ in given]
            columns = [sa.column(name, type_) for name, type_ in zip(self.names(change), types, strict=True)]
            source = sa.func.unnest(*arrays).table_valued(*columns).render_derived()
            given_by = {
                name: source.c[name] if name not in self._once_enough(change) else _or_the_first(source.c[name], array)
                for name, array in zip(self.names(change), arrays, strict=True)
            }
            values = {c.name: given_by[c.name] for c in _written(table)}
            held = given_by[GUARD] if change.verb == "update" else None
            statement = self._statement(change, values, held, source)
            if change.verb == "update":
                done = statement.returning(sa.literal_column("1").label("one")).cte(f"done_{n}")
                counts.append(sa.select(sa.func.count()).select_from(done).scalar_subquery())
            else:
                others.append(statement.cte(f"done_{n}"))
        answer: sa.Select[Any] = sa.select(*(counts or [sa.literal_column("0", sa.BigInteger())]))  # type: ignore[assignment]
        return answer.add_cte(*others)

    def _statement(self, change: Change, values: Mapping[str, Any], held: Any, source: sa.FromClause | None) -> Any:
        table = self._tables[change.table]
        if change.verb == "update":
            guard = table.c.version if "version" in table.c else table.c.sequence
            changed = {name: value for name, value in values.items() if name != "id"}
            return sa.update(table).where(table.c.id == values["id"], guard == held).values(changed)
        insert = self._dialect.insert(table)
        if source is None:
            insert = insert.values(values)
        else:
            insert = insert.from_select(list(values), sa.select(*values.values()), include_defaults=False)
        if change.verb == "insert":
            return insert
        keys = list(table.primary_key.columns)
        if change.verb == "ensure":
            return insert.on_conflict_do_nothing(index_elements=keys)
        return insert.on_conflict_do_update(
            index_elements=keys, set_={"number": table.c.number + insert.excluded.number}
        )
