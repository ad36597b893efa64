"""The stores that every contract is held against."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from attrs import field, frozen

from sparkle_adapters.driving import drive
from sparkle_adapters.memory.interleaved import InterleavedStore
from sparkle_adapters.memory.security import MemoryRateLimiter
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.store import PostgresStore, SqliteStore, SqlStore
from sparkle_core.domain.kernel.errors import Stale
from sparkle_core.ports.security import RateLimiter
from sparkle_core.ports.store import Body, Store
from sparkle_core.testing.interleaving import turn
from tests.contract.shapes import DECLARED
from tests.servers import drop_database, new_database

R = TypeVar("R")
S = TypeVar("S", bound=Store)


@frozen(eq=False)
class Stage(Generic[S]):
    """A store, and how coroutines run on it: on a loop where it waits, without one where it does not."""

    name: str
    store: S
    url: str = ""
    _runner: asyncio.Runner | None = field(default=None, alias="runner")

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return drive(coroutine) if self._runner is None else self._runner.run(coroutine)

    def transact(self, body: Body[R]) -> R:
        return self.run(self.store.transact(body))

    def read(self, body: Body[R], *, one_statement: bool = False) -> R:
        return self.run(self.store.read(body, one_statement=one_statement))

    def retried(self, body: Body[R]) -> Coroutine[Any, Any, R]:
        """The body in a transaction, again for as long as it loses races."""

        async def until_it_wins() -> R:
            while True:
                try:
                    return await self.store.transact(body)
                except Stale:
                    await self.store.pause(0.005)

        return until_it_wins()

    def together(self, makers: Sequence[Callable[[], Coroutine[Any, Any, R]]], width: int = 16) -> list[R | Exception]:
        """What many coroutines answer or raise, run side by side: by threads, or by tasks where the store waits."""
        if self._runner is None:
            with ThreadPoolExecutor(width) as pool:
                return list(pool.map(lambda make: _outcome(lambda: drive(make())), makers))
        return self._runner.run(_gathered(makers, width))


def _outcome(call: Callable[[], R]) -> R | Exception:
    try:
        return call()
    except Exception as error:
        return error


async def _gathered(makers: Sequence[Callable[[], Coroutine[Any, Any, R]]], width: int) -> list[R | Exception]:
    turns = asyncio.Semaphore(width)

    async def one(make: Callable[[], Coroutine[Any, Any, R]]) -> R | Exception:
        async with turns:
            try:
                return await make()
            except Exception as error:
                return error

    return await asyncio.gather(*(one(make) for make in makers))


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
        stage = Stage("postgres", PostgresStore(url, DECLARED), url, runner)
        yield stage
        stage.run(stage.store.close())


@pytest.fixture
def interleaved() -> Iterator[Stage[InterleavedStore]]:
    with asyncio.Runner() as runner:
        yield Stage("interleaved", InterleavedStore(DECLARED, turn), runner=runner)


@pytest.fixture(params=["memory", "interleaved", "sqlite", "postgres"])
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
def limiter(stage: Stage[Store]) -> RateLimiter:
    """The rate limiter that belongs to a store."""
    if not isinstance(stage.store, SqlStore):
        return MemoryRateLimiter()
    return stage.store.rate_limiter()
