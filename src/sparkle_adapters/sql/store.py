"""The `Store` port on SQLite and on PostgreSQL: the same records and ledger over two databases."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from sparkle_adapters.sql.changes import Pending
from sparkle_adapters.sql.connections import Connection, Database
from sparkle_adapters.sql.dialects import POSTGRES, SQLITE, Dialect
from sparkle_adapters.sql.ledger import LedgerStatements, SqlLedger
from sparkle_adapters.sql.queries import Queries
from sparkle_adapters.sql.rate_limiter import SqlRateLimiter
from sparkle_adapters.sql.records import Buffer, SqlRecords
from sparkle_adapters.sql.schema import Schema
from sparkle_adapters.sql.urls import sqlite_path
from sparkle_core.domain.kernel.stored import Stored
from sparkle_core.ports.store import Body

R = TypeVar("R")


@frozen(eq=False)
class SqlTransaction:
    """The `Transaction` port."""

    records: SqlRecords
    ledger: SqlLedger


class SqlStore:
    """The `Store` port over a database."""

    def __init__(self, database: Database, schema: Schema, dialect: Dialect) -> None:
        self.database = database
        self.schema = schema
        self.dialect = dialect
        self.waits = database.waits
        self._queries = Queries(schema.tables, dialect)
        self._ledger = LedgerStatements(schema.ledger, dialect)

    async def transact(self, body: Body[R]) -> R:
        async def work(connection: Connection) -> R:
            transaction = self._over(connection)
            answer = await body(transaction)
            await transaction.records.flush()
            return answer

        return await self.database.transact(work)

    async def read(self, body: Body[R], *, one_statement: bool = False) -> R:
        return await self.database.read(lambda c: body(self._over(c)), one_statement=one_statement)

    async def pause(self, seconds: float) -> None:
        await self.database.pause(seconds)

    async def close(self) -> None:
        await self.database.close()

    def rate_limiter(self) -> SqlRateLimiter:
        """A limiter that counts in this store's database."""
        return SqlRateLimiter(self.database, self.schema.rate_limits, self.dialect)

    def _over(self, connection: Connection) -> SqlTransaction:
        buffer = Buffer(connection, Pending())
        return SqlTransaction(SqlRecords(self._queries, buffer), SqlLedger(buffer, self._ledger))


class SqliteStore(SqlStore):
    """A store in one SQLite file, at a path or a `sqlite:///` URL. Raises `Invalid` for a database in memory."""

    def __init__(self, place: Path | str, stored: Iterable[Stored]) -> None:
        # imported here, so that each store asks only for its own driver
        from sparkle_adapters.sql.sqlite import SqliteDatabase

        schema = Schema.of(stored)
        super().__init__(SqliteDatabase(sqlite_path(place), schema), schema, SQLITE)


class PostgresStore(SqlStore):
    """A store in a PostgreSQL database. `round_trips` counts the statements sent so far."""

    def __init__(self, url: str, stored: Iterable[Stored]) -> None:
        from sparkle_adapters.sql.postgres import PostgresDatabase

        schema = Schema.of(stored)
        self._postgres = PostgresDatabase(url, schema)
        super().__init__(self._postgres, schema, POSTGRES)

    @property
    def round_trips(self) -> int:
        return self._postgres.round_trips
