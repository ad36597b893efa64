"""Which keys the rows are under: counted by the database, without reading them here."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from sparkle_adapters.sql.columns import TEXT, WHOLE
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.records import SqlRecords
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.ports.store import Records

Tables = Mapping[str, sa.Table]


class SqlKeyUsage:
    """The `KeyUsage` port over `SqlRecords`."""

    async def by_key(self, records: Records, kind: Kind[Any], field: str) -> dict[str, int]:
        build = partial(_by_key, table=kind.name, field=field)
        rows = await _sql(records).ask(f"keys of {kind.name}.{field}", build)
        return {id: int(number) for id, number in rows}

    async def still(self, records: Records, kinds: Iterable[Kind[Any]]) -> None:
        names = sorted(kind.name for kind in kinds)
        await _sql(records).ask(f"still {names}", partial(_locked, names=names))


def _sql(records: Records) -> SqlRecords:
    assert isinstance(records, SqlRecords)
    return records


def _by_key(tables: Tables, dialect: Dialect, *, table: str, field: str) -> sa.Select[Any]:
    """What stands between the first two dots of a text whose second character is a dot, as in `1.KEY.…`."""
    column = tables[table].c[field]
    find = sa.func.strpos if dialect.locks_rows else sa.func.instr
    rest = sa.func.substr(column, sa.literal_column("3"))
    id = sa.func.substr(rest, sa.literal_column("1"), find(rest, sa.literal_column("'.'")) - sa.literal_column("1"))
    keyed = sa.func.substr(column, sa.literal_column("2"), sa.literal_column("1")) == sa.literal_column("'.'")
    key = sa.case((keyed, id), else_=sa.literal_column("''")).cast(TEXT).label("key")
    number = sa.func.count().cast(WHOLE).label("number")
    return sa.select(key, number).where(column.is_not(None)).group_by(sa.literal_column("1"))


def _locked(tables: Tables, dialect: Dialect, *, names: list[str]) -> sa.Executable:
    """SHARE waits for transactions that have written, and lets everybody read on. SQLite has one writer anyway."""
    if not dialect.locks_rows:
        return sa.select(sa.literal_column("1", WHOLE))
    quote = dialect.sql.identifier_preparer.quote
    return sa.text(f"LOCK TABLE {', '.join(quote(tables[name].name) for name in names)} IN SHARE MODE")
