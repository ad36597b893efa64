"""What operators do with a database besides serving on it: migrate it, examine it, check its rules, stage a demo."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from attrs import asdict, frozen

from sparkle_adapters.crypto.passwords import Argon2Hasher
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.world import SeededWorld
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.ledger_tables import APPEND_ONLY
from sparkle_adapters.sql.migrate import Status, on_database
from sparkle_adapters.sql.schema import protections
from sparkle_adapters.sql.urls import is_postgres
from sparkle_adapters.text.patterns import Re2Patterns
from sparkle_bootstrap.databases import known
from sparkle_bootstrap.making import connect
from sparkle_bootstrap.settings import Settings
from sparkle_bootstrap.sparkle import Sparkle
from sparkle_core.application.catalog import STORED
from sparkle_core.application.rules import Rules
from sparkle_core.application.shared.screening import Screener
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.rules import located
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.domain.kernel.stored import Log
from sparkle_core.ports.security import PasswordHasher

__all__ = ["Examined", "Staged", "Status", "checked_rules", "down", "examine", "staged", "status", "up"]


@frozen(kw_only=True)
class Examined:
    """What a database says of itself: its schema, which triggers of ledger and audit log it lacks, by how much its
    clock is ahead.
    """

    schema: Status
    missing_triggers: tuple[str, ...]
    clock_ahead_s: float


def up(url: str, to: str = "head") -> None:
    """Bring a database to a revision, the newest by default. Raises `Invalid` for an address of another kind."""
    migrate.up(known(url), to)


def down(url: str, to: str) -> None:
    """Take a database back to a revision, or to `base`: an empty one. Raises `Invalid`."""
    migrate.down(known(url), to)


def status(url: str) -> Status:
    """At which revision a database is. Raises `Invalid`."""
    return migrate.status(known(url))


def examine(url: str) -> Examined:
    """Ask a database. Raises what its driver raises when it does not answer."""
    return Examined(
        schema=status(url),
        missing_triggers=on_database(url, _missing_postgres if is_postgres(url) else _missing_sqlite),
        clock_ahead_s=on_database(url, _clock_ahead),
    )


def _missing_postgres(connection: sa.Connection) -> tuple[str, ...]:
    found = connection.scalars(sa.text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"))
    return _lacking([*(f"{table}_is_append_only" for table in APPEND_ONLY), *_of_logs("postgresql")], found)


def _missing_sqlite(connection: sa.Connection) -> tuple[str, ...]:
    found = connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    of_ledger = (f"{table}_refuses_{verb}" for table in APPEND_ONLY for verb in ("UPDATE", "DELETE"))
    return _lacking([*of_ledger, *_of_logs("sqlite")], found)


def _of_logs(dialect: str) -> list[str]:
    return [name for shape in STORED if isinstance(shape, Log) for name, _ in protections(shape, dialect)]


def _lacking(wanted: Iterable[str], found: Iterable[str]) -> tuple[str, ...]:
    there = frozenset(found)
    return tuple(name for name in wanted if name not in there)


def _clock_ahead(connection: sa.Connection) -> float:
    if connection.dialect.name == "sqlite":  # runs in this process, on this clock
        return 0.0
    theirs: datetime = connection.scalars(sa.text("SELECT clock_timestamp()")).one()
    return (theirs - datetime.now(UTC)).total_seconds()


@frozen
class Staged:
    """A community for a demo: its clock is moved by hand, its mail stays in its mailbox."""

    sparkle: Sparkle
    world: SeededWorld


def staged(url: str, *, seed: int, start: datetime, settings: Settings, rules: Rules | None = None) -> Staged:
    """Connect for a demo, whose people share one argon2id hash a password: fast, and as real as one can be."""
    world = SeededWorld(seed, start)
    hasher = _OneHashEach(
        Argon2Hasher(
            **asdict((rules or Rules()).security.hashing), peppers=partial(settings.the_keys().now, Purpose.PASSWORDS)
        )
    )
    sparkle = connect(url, settings=settings, rules=rules, mailer=Mailbox(), hasher=hasher, world=world)
    return Staged(sparkle, world)


class _OneHashEach:
    """The `PasswordHasher` port: hashes each password once and hands the same hash out again."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._hashes: dict[str, str] = {}

    async def hash(self, password: str) -> str:
        if password not in self._hashes:
            self._hashes[password] = await self._hasher.hash(password)
        return self._hashes[password]

    async def verify(self, stored: str | None, password: str) -> bool:
        return await self._hasher.verify(stored, password)

    def outdated(self, stored: str) -> bool:
        return self._hasher.outdated(stored)

    def turn(self) -> AbstractAsyncContextManager[None]:
        return self._hasher.turn()


def checked_rules(file: Path) -> Rules:
    """Rules from a TOML file, patterns compiled. Raises `Invalid`: every fault with file, line, key and reason."""
    rules = Rules.load(file)
    try:
        Screener.of(rules.moderation, Re2Patterns())
    except Invalid as error:
        raise located(error, file, "moderation") from None
    return rules
