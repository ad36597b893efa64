"""Migrations: a database from one schema to another, forth and back, each step in one transaction.

Alembic runs on a live connection on both databases. On PostgreSQL that is SQLAlchemy's asyncio
engine over asyncpg (the recipe Alembic documents), so no second driver is needed, revisions may
look at data, and the same code compares tables with declarations. It runs in a thread of its own,
since callers may or may not have an event loop.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from attrs import frozen

from sparkle_adapters.addresses import without_password
from sparkle_adapters.sql.errors import SchemaBehind
from sparkle_adapters.sql.schema import Schema
from sparkle_adapters.sql.sqlite import opened
from sparkle_adapters.sql.urls import is_postgres, sqlite_path
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.domain.kernel.stored import Stored

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x5A1E7C
"""Held while migrating PostgreSQL, so that two deployments starting at once take turns."""


@frozen
class Status:
    """Where a database stands: the revision `found` (None when empty), the one `wanted`, those `missing` in order."""

    found: str | None
    wanted: str | None
    missing: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        return self.found == self.wanted


def up(url: str, to: str = "head") -> None:
    """Bring a database to a revision, the newest by default."""
    on_database(url, lambda c: command.upgrade(config_for(c), to))


def down(url: str, to: str) -> None:
    """Take a database back to a revision, or to `base`: an empty one. What only later revisions can hold is lost."""
    on_database(url, lambda c: command.downgrade(config_for(c), to))


def status(url: str) -> Status:
    """Where a database stands. Makes none: a file that is not there is an empty one."""
    if not is_postgres(url) and not sqlite_path(url).exists():
        return _standing(None)
    return on_database(url, _status, reads=True)


def ensure_schema(url: str) -> None:
    """Create the schema of an empty SQLite database. Raises `SchemaBehind` for any other that is not current."""

    def ensure(connection: sa.Connection) -> Status:
        found = _status(connection)
        if found.found is None:  # nobody was faster
            command.upgrade(config_for(connection), "head")
            return _status(connection)
        return found

    found = status(url)
    if found.found is None and not is_postgres(url):
        found = on_database(url, ensure)
    if not found.is_current:
        raise SchemaBehind(found=found.found, wanted=found.wanted, newer=found.found is not None and not found.missing)


def create_all(url: str, stored: Iterable[Stored]) -> None:
    """Create the tables of some declarations without any migration, for tests."""
    schema = Schema.of(stored)
    on_database(url, schema.metadata.create_all)


def on_database(url: str, work: Callable[[sa.Connection], T], *, reads: bool = False) -> T:
    """Run work on a connection in one transaction that nobody else migrates in.

    Work that only reads waits for no writer on SQLite, so that a database can be opened while others write to it.
    """
    if is_postgres(url):
        return _apart(lambda: _on_postgres(url, work))
    engine = sa.create_engine("sqlite://", creator=lambda: _opened(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
        answer = work(connection)
        connection.commit()
    return answer


def _opened(url: str) -> sqlite3.Connection:
    path = sqlite_path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    return opened(path)


async def _on_postgres(url: str, work: Callable[[sa.Connection], T]) -> T:
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: _connected(url), poolclass=sa.NullPool)
    async with engine.begin() as connection:
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
        return await connection.run_sync(work)


async def _connected(url: str) -> Any:
    """Raises `Unavailable` naming where nobody answers, or lets us in."""
    import asyncpg

    from sparkle_adapters.sql.postgres import GONE

    try:
        return await asyncpg.connect(url)
    except GONE as error:
        raise Unavailable(f"The database at {without_password(url)}") from error


def _apart(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end on a loop in a thread of its own."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(asyncio.run(make()))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="sparkle-migrate")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return answers[0]


def _status(connection: sa.Connection) -> Status:
    return _standing(MigrationContext.configure(connection).get_current_revision())


def _standing(found: str | None) -> Status:
    """What a revision is to ours."""
    scripts = ScriptDirectory.from_config(config_for(None))
    steps = [script.revision for script in scripts.walk_revisions()]  # newest first
    missing = steps[: steps.index(found)] if found in steps else [] if found else steps
    return Status(found, scripts.get_current_head(), tuple(reversed(missing)))


def config_for(connection: sa.Connection | None) -> Config:
    """Alembic's settings for our revisions, on a connection where something is to be done."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection)
    return config
