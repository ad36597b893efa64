"""Tables from declarations: what each stored shape looks like in SQL, and what its violated constraints mean."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import field, frozen

from sparkle_adapters.codec import Column, rows_of
from sparkle_adapters.sql.board_tables import add_board_tables
from sparkle_adapters.sql.columns import BY_AFFINITY, FLAG, ID, INSTANT, TEXT, WHOLE
from sparkle_adapters.sql.ledger_tables import LedgerTables
from sparkle_core.domain.kernel.errors import Conflict, Stale, Taken
from sparkle_core.domain.kernel.stored import Counter, Edge, Kind, Log, Stored

LONGEST_NAME = 63
"""What PostgreSQL keeps of a name."""


def named(sort: str, table: str, fields: Iterable[str]) -> str:
    """The name of a constraint or index: the same on every machine, never cut by a database."""
    name = "_".join((sort, table, *fields))
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@frozen(eq=False)
class Schema:
    """Every table of a deployment, by the name of its shape."""

    metadata: sa.MetaData
    ledger: LedgerTables
    rate_limits: sa.Table
    _unique: dict[str, list[tuple[str, tuple[str, ...]]]] = field(factory=dict)
    _taken: dict[str, str] = field(factory=dict)

    @classmethod
    def of(cls, stored: Iterable[Stored]) -> "Schema":
        """The tables of some declarations, with the ledger's, the rate limits' and the leaderboards'."""
        metadata = sa.MetaData()
        schema = cls(metadata, LedgerTables.within(metadata), _rate_limits(metadata))
        add_board_tables(metadata)
        for shape in stored:
            if shape.name in metadata.tables:
                raise ValueError(f"two stored shapes are called {shape.name!r}")
            schema._add(shape)
        return schema

    @property
    def tables(self) -> Mapping[str, sa.Table]:
        return self.metadata.tables

    def unique(self, table: str) -> Sequence[tuple[str, tuple[str, ...]]]:
        """A table's declared tuples, in the order declared, by the names of their constraints."""
        return self._unique.get(table, ())

    def refusal(self, table: str, constraint: str | None) -> Conflict:
        """What a violated unique constraint means: `Taken` for a tuple that says what, `Stale` for any other."""
        field = self._taken.get(constraint or "")
        return Taken(field) if field is not None else Stale(table)

    def _add(self, shape: Stored) -> None:
        if isinstance(shape, Edge):
            _edge(self.metadata, shape.name)
        elif isinstance(shape, Counter):
            _counter(self.metadata, shape.name)
        else:
            _records(self.metadata, shape)
            if isinstance(shape, Log):
                _protect(self.metadata, shape)
            self._unique[shape.name] = [(named("uq", shape.name, fields), fields) for fields in shape.unique]
            self._taken.update({n: shape.says[f[0]] for n, f in self._unique[shape.name] if f[0] in shape.says})


def _records(metadata: sa.MetaData, shape: Kind[Any] | Log[Any]) -> sa.Table:
    table = sa.Table(
        shape.name,
        metadata,
        *(_column(c) for c in rows_of(shape.type).columns),
        *(sa.UniqueConstraint(*fields, name=named("uq", shape.name, fields)) for fields in shape.unique),
    )
    for fields in shape.indexes:
        keyset = fields if "id" in fields else (*fields, "id")  # so that pages in this order come from the index
        sa.Index(named("ix", shape.name, fields), *(table.c[f] for f in keyset))
    return table


def protections(log: Log[Any], dialect: str) -> list[tuple[str, str]]:
    """The triggers that refuse what is `fixed` about a log: their names, and the statements that make them."""
    if not log.fixed:
        return []
    if dialect == "postgresql":
        verbs = " OR ".join((*log.fixed, *(("TRUNCATE",) if "DELETE" in log.fixed else ())))
        name = f"{log.name}_is_append_only"
        made = f"""CREATE TRIGGER {name} BEFORE {verbs} ON {log.name}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses_changes()"""
        return [(name, made)]
    return [
        (
            f"{log.name}_refuses_{verb}",
            f"""CREATE TRIGGER {log.name}_refuses_{verb} BEFORE {verb} ON {log.name}
BEGIN SELECT RAISE(ABORT, '{log.name} is append-only'); END""",
        )
        for verb in log.fixed
    ]


def _protect(metadata: sa.MetaData, log: Log[Any]) -> None:
    """Have `metadata.create_all` write the triggers; the ledger's own come first, and bring the function."""
    for dialect in ("postgresql", "sqlite"):
        for _, statement in protections(log, dialect):
            ddl = sa.DDL(statement)  # type: ignore[no-untyped-call]
            sa.event.listen(metadata, "after_create", ddl.execute_if(dialect=dialect))


def _column(column: Column) -> sa.Column[Any]:
    is_key = column.name == "id"
    return sa.Column(column.name, BY_AFFINITY[column.affinity], primary_key=is_key, nullable=column.nullable)


def _edge(metadata: sa.MetaData, name: str) -> sa.Table:
    table = sa.Table(
        name,
        metadata,
        sa.Column("source", ID, primary_key=True),
        sa.Column("target", ID, primary_key=True),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
    )
    sa.Index(named("ix", name, ("target",)), table.c.target, table.c.kind, table.c.source)
    return table


def _counter(metadata: sa.MetaData, name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("number", WHOLE, nullable=False),
    )


def _rate_limits(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "rate_limit",
        metadata,
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("hits", WHOLE, nullable=False),
        sa.Column("allowed", FLAG, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
    )
    sa.Index(named("ix", "rate_limit", ("ends_at",)), table.c.ends_at)
    return table
