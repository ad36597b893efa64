"""Databases by their address: the store on one, and the readers and limiter that go with it."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from sparkle_adapters.sql.key_usage import SqlKeyUsage
from sparkle_adapters.sql.leaderboards import SqlLeaderboards
from sparkle_adapters.sql.migrate import ensure_schema
from sparkle_adapters.sql.people import SqlPeople
from sparkle_adapters.sql.posts import SqlPosts
from sparkle_adapters.sql.rate_limiter import SqlRateLimiter
from sparkle_adapters.sql.store import PostgresStore, SqliteStore, SqlStore
from sparkle_adapters.sql.urls import SQLITE_URL, is_postgres
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.stored import Stored
from sparkle_core.ports.content import PostReader
from sparkle_core.ports.leaderboards import Leaderboards
from sparkle_core.ports.people import PeopleReader
from sparkle_core.ports.security import KeyUsage, RateLimiter


@frozen
class Database:
    """A store, its rate limiter, and the readers to hand over for their ports."""

    store: SqlStore
    limiter: RateLimiter
    provided: Mapping[Any, Any]


def database(url: str, stored: tuple[Stored, ...]) -> Database:
    """Open one. Raises `Invalid` for an address of another kind, `SchemaBehind` when migrations are missing."""
    known(url)
    ensure_schema(url)
    store: SqlStore = PostgresStore(url, stored) if is_postgres(url) else SqliteStore(url, stored)
    return Database(
        store,
        SqlRateLimiter(store.database, store.schema.rate_limits, store.dialect),
        {
            PeopleReader: SqlPeople(),
            PostReader: SqlPosts(),
            Leaderboards: SqlLeaderboards(),
            KeyUsage: SqlKeyUsage(),
        },
    )


def known(url: str) -> str:
    """The address, if it is of a kind of database that we know. Raises `Invalid`."""
    if not is_postgres(url) and not url.startswith(SQLITE_URL):
        raise Invalid.at("url", f"must start with {SQLITE_URL} or postgresql://, is {url.partition(':')[0]}:…")
    return url
