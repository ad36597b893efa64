"""The stores that every contract is held against."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from sparkle_adapters.memory.interleaved import InterleavedStore
from sparkle_adapters.memory.security import MemoryRateLimiter
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.redis.server import RedisServer
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.store import PostgresStore, SqliteStore, SqlStore
from sparkle_core.ports.security import RateLimiter
from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts.shapes import DECLARED
from sparkle_core.testing.contracts.staging import Runs, Stage, running
from sparkle_core.testing.interleaving import turn
from tests.servers import drop_database, new_database

R = TypeVar("R")
S = TypeVar("S", bound=Store)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A SQLite file with the declared tables."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    migrate.create_all(f"sqlite:///{path}", DECLARED)
    return path.read_bytes()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database with the declared tables, to be copied."""
    url = new_database(postgres_server)
    migrate.create_all(url, DECLARED)
    yield url
    drop_database(postgres_server, url)


@pytest.fixture
def memory() -> Stage[MemoryStore]:
    return Stage("memory", MemoryStore(DECLARED))


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_template: bytes) -> Iterator[Stage[SqlStore]]:
    path = tmp_path / "store.db"
    path.write_bytes(sqlite_template)
    stage: Stage[SqlStore] = Stage("sqlite", SqliteStore(path, DECLARED), f"sqlite:///{path}")
    yield stage
    stage.run(stage.store.close())


@pytest.fixture
def postgres(postgres_url: Callable[..., str], postgres_template: str) -> Iterator[Stage[PostgresStore]]:
    url = postgres_url(template=postgres_template)
    with asyncio.Runner() as runner:
        stage = Stage("postgres", PostgresStore(url, DECLARED), url, runner=runner)
        yield stage
        stage.run(stage.store.close())


@pytest.fixture
def interleaved() -> Iterator[Stage[InterleavedStore]]:
    with asyncio.Runner() as runner:
        yield Stage("interleaved", InterleavedStore(DECLARED, turn), runner=runner)


STAGES = ("memory", "interleaved", "sqlite", "postgres")


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> Stage[Store]:
    """Each store in turn."""
    found: Stage[Store] = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def sql(request: pytest.FixtureRequest) -> Stage[SqlStore]:
    """Each SQL store in turn."""
    found: Stage[SqlStore] = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def limiter_of_stage(stage: Stage[Store]) -> RateLimiter:
    """The rate limiter that belongs to a store."""
    if not isinstance(stage.store, SqlStore):
        return MemoryRateLimiter()
    return stage.store.rate_limiter()


@pytest.fixture
def on_a_loop() -> Iterator[Runs]:
    """Runs what needs an event loop."""
    with running(True) as runs:
        yield runs


@pytest.fixture
def redis_server(on_a_loop: Runs, valkey_url: str) -> Iterator[RedisServer]:
    """An empty server, asked patiently: a busy machine makes a test slow, never wrong."""
    server = RedisServer(valkey_url, timeout_s=30)
    yield server
    on_a_loop.run(server.close())
