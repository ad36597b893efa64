"""The few things SQLite and PostgreSQL say differently."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.types import TypeDecorator, TypeEngine

from sparkle_adapters.sql.compiled import Compiled


class JsonList(TypeDecorator[Any]):
    """Several values of one type as one JSON parameter, for databases without arrays."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def process_bind_param(self, value: Iterable[Any] | None, dialect: sa.Dialect) -> str:
        process = self.item.dialect_impl(dialect).bind_processor(dialect)
        return orjson.dumps([process(v) if process else v for v in value or ()]).decode()


def _among_json(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    listed = sa.func.json_each(sa.bindparam(name, type_=JsonList(column.type))).table_valued("value")
    return column.in_(sa.select(listed.c.value))


def _among_array(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    return column == sa.any_(sa.bindparam(name, type_=array_of(column.type)))


def _listed_json(columns: Mapping[str, TypeEngine[Any]]) -> sa.FromClause:
    (first, kind), *others = columns.items()
    each = sa.func.json_each(sa.bindparam(first, type_=JsonList(kind))).table_valued(
        sa.column("key", sa.Text()), sa.column("value", kind)
    )
    place = sa.literal_column("'$['", sa.Text()).concat(each.c.key).concat(sa.literal_column("']'", sa.Text()))
    beside = (
        sa.func.json_extract(sa.bindparam(name, type_=JsonList(kind)), place, type_=kind).label(name)
        for name, kind in others
    )
    return sa.select(each.c.value.label(first), *beside).subquery()


def _listed_arrays(columns: Mapping[str, TypeEngine[Any]]) -> sa.FromClause:
    arrays = (sa.bindparam(name, type_=array_of(kind)) for name, kind in columns.items())
    return sa.func.unnest(*arrays).table_valued(*(sa.column(n, t) for n, t in columns.items())).render_derived()


def array_of(item: TypeEngine[Any]) -> TypeEngine[Any]:
    """PostgreSQL's array of a column's type; collations belong to the column, not to the parameter."""
    return sa.ARRAY(sa.Text() if isinstance(item, sa.Text) else item)


@frozen(eq=False)
class Dialect:
    """A database's compiler and what it says in its own way.

    `insert` knows ON CONFLICT; `among` compares a column with a list of values, a parameter;
    `listed` is a table of such lists side by side; `locks_rows`: whether writers run in parallel,
    and so must lock what they decide on.
    """

    sql: sa.Dialect
    insert: Callable[[sa.Table], Any]
    among: Callable[[sa.ColumnElement[Any], str], sa.ColumnElement[bool]]
    listed: Callable[[Mapping[str, TypeEngine[Any]]], sa.FromClause]
    locks_rows: bool

    def compiled(self, statement: sa.Executable) -> Compiled:
        return Compiled(statement, self.sql)


SQLITE = Dialect(sqlite.dialect(), sqlite.insert, _among_json, _listed_json, locks_rows=False)
POSTGRES = Dialect(
    asyncpg.dialect(),  # type: ignore[no-untyped-call]
    postgresql.insert,
    _among_array,
    _listed_arrays,
    locks_rows=True,
)
