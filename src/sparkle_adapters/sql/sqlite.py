"""SQLite in-process: one writer and one reader connection, each body driven in one stretch.

Threads of one process take turns at a lock, processes at the file's; the file is in WAL mode, so
readers and the writer do not wait for one another. Commits reach the disk before they return.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from attrs import mutable

from sparkle_adapters.sql.changes import Change, Changes, Writing
from sparkle_adapters.sql.compiled import Compiled, Row
from sparkle_adapters.sql.connections import Connection, Values, Work
from sparkle_adapters.sql.dialects import SQLITE
from sparkle_adapters.sql.schema import Schema, named
from sparkle_core.domain.kernel.errors import Conflict, Stale, Unavailable
from sparkle_core.ports.driving import drive, one_transaction

R = TypeVar("R")

BUSY_TIMEOUT_S = 5.0
"""How long to wait for another process's write transaction, all of which are short."""

AGAIN_S = 0.005
"""How long whoever lost the race to switch a new file to its log waits before trying again."""

_NOT_NOW = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


def opened(path: Path) -> sqlite3.Connection:
    """A connection that leaves transactions to us; a new file is its owner's alone. Raises `Unavailable`."""
    try:
        with suppress(FileExistsError, FileNotFoundError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        _log_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # who was erased is not to be read in the file's free pages
    except sqlite3.OperationalError as error:
        raise Unavailable(f"the database {path} ({error})") from error
    return connection


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, which a new file is switched to once.

    Two processes that switch at once are refused without the wait that any other statement would have, lest they
    wait for each other: whoever loses tries again.
    """
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(AGAIN_S)


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _NOT_NOW:
            raise Unavailable(f"the database ({error})") from error
        raise


@mutable(eq=False)
class SqliteConnection:
    """The `Connection` of one SQLite transaction."""

    raw: sqlite3.Connection
    schema: Schema
    writing: Writing
    fault: Conflict | None = None

    async def rows(self, statement: Compiled, values: Values) -> Sequence[Row]:
        return statement.rows(self._run(statement, values).fetchall())

    async def count(self, statement: Compiled, values: Values) -> int:
        return self._run(statement, values).rowcount

    async def write(self, changes: Changes) -> None:
        for change, rows in changes:
            if self.fault is not None:
                raise self.fault
            sql, bind = self.writing.one_by_one(change)
            execute, must_be_there = self.raw.execute, change.verb == "update"
            for row in rows:
                try:
                    done = execute(sql, bind(row)).rowcount
                except sqlite3.IntegrityError as error:
                    if not _is_clash(error):
                        raise
                    raise self._clash(error, change, row) from error
                if must_be_there and done == 0:
                    self.fault = Stale(change.table)
                    raise self.fault

    def _run(self, statement: Compiled, values: Values) -> sqlite3.Cursor:
        if self.fault is not None:
            raise self.fault
        try:
            return self.raw.execute(statement.sql, statement.arguments(values))
        except sqlite3.IntegrityError as error:
            if not _is_clash(error):
                raise
            raise self._clash(error, None, ()) from error

    def _clash(self, error: sqlite3.IntegrityError, change: Change | None, row: Row) -> Conflict:
        """The refusal that the error stands for; it dooms the transaction."""
        self.fault = self._refusal(error, change, row)
        return self.fault

    def _refusal(self, error: sqlite3.IntegrityError, change: Change | None, row: Row) -> Conflict:
        """What clashed: the first of the constraints in the order declared, where SQLite names any one of them."""
        if change is not None:
            values = dict(zip(self.writing.names(change), row, strict=True))
            for constraint, statement in self.writing.clashes(change):
                if self.raw.execute(statement.sql, statement.arguments(values)).fetchone():
                    return self.schema.refusal(change.table, constraint)
        columns = str(error).removeprefix("UNIQUE constraint failed: ").split(", ")
        table, fields = columns[0].partition(".")[0], [column.partition(".")[2] for column in columns]
        return self.schema.refusal(table, named("uq", table, fields))


def _is_clash(error: sqlite3.IntegrityError) -> bool:
    return error.sqlite_errorname.endswith(("_UNIQUE", "_PRIMARYKEY"))


class SqliteDatabase:
    """The `Database` of one SQLite file."""

    waits = False

    def __init__(self, path: Path, schema: Schema) -> None:
        self._path = path
        self._schema = schema
        self._writing = Writing(schema, SQLITE)
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._writes, self._reads = threading.Lock(), threading.Lock()

    async def transact(self, work: Work[R]) -> R:
        with one_transaction(), self._writes, _available():
            if self._writer is None:
                self._writer = opened(self._path)
            return self._driven(self._writer, "BEGIN IMMEDIATE", work)

    async def read(self, work: Work[R], *, one_statement: bool) -> R:
        with one_transaction(), self._reads, _available():
            if self._reader is None:
                self._reader = opened(self._path)
                self._reader.execute("PRAGMA query_only = ON")
            if one_statement:
                return drive(work(SqliteConnection(self._reader, self._schema, self._writing)))
            return self._driven(self._reader, "BEGIN", work)

    async def alone(self, statement: Compiled, values: Values) -> Sequence[Row]:
        async def work(connection: Connection) -> Sequence[Row]:
            return await connection.rows(statement, values)

        return await self.transact(work)

    async def pause(self, seconds: float) -> None:
        """What never waits has nothing to wait for."""

    async def close(self) -> None:
        with self._writes, self._reads:
            for connection in (self._writer, self._reader):
                if connection is not None:
                    connection.close()
            self._writer = self._reader = None

    def _driven(self, raw: sqlite3.Connection, begin: str, work: Work[R]) -> R:
        connection = SqliteConnection(raw, self._schema, self._writing)
        raw.execute(begin)
        try:
            answer = drive(work(connection))
            if connection.fault is not None:  # the body swallowed the refusal: nothing may be kept all the same
                raise connection.fault
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        return answer
