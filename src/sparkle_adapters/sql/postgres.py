"""PostgreSQL by asyncpg: an own pool without reset queries, statements compiled beforehand.

READ COMMITTED for what writes, one read-only REPEATABLE READ snapshot for what reads, and no
transaction at all around a read of a single statement. asyncpg prepares a statement once a
connection; after that each is one round trip. What writes is planned once a connection too: left
to itself, the server plans statements over arrays anew each time (2.3 ms instead of 0.8 for what a
posting loads), since it expects more of an array than it mostly holds.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import asyncpg
from attrs import field, mutable

from sparkle_adapters.driving import one_transaction
from sparkle_adapters.sql.changes import Changes, Writing
from sparkle_adapters.sql.compiled import Compiled, Row
from sparkle_adapters.sql.connections import Values, Work
from sparkle_adapters.sql.dialects import POSTGRES
from sparkle_adapters.sql.errors import OutcomeUnknown
from sparkle_adapters.sql.schema import Schema
from sparkle_core.domain.kernel.errors import Conflict, Stale, Unavailable

R = TypeVar("R")

POOL_SIZE = 10
CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 30.0

_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL plan_cache_mode = force_generic_plan"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

_LOST_RACE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
_GONE = (
    OSError,  # covers TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidCatalogNameError,
)


@contextmanager
def _available(raw: Any = None) -> Iterator[None]:
    try:
        yield
    except _GONE as error:
        raise Unavailable(f"the database ({type(error).__name__})") from error
    except asyncpg.InterfaceError as error:
        if raw is None or _is_gone(raw):
            raise Unavailable("the database (closed)") from error
        raise  # a misuse of the driver is no outage


def _is_gone(raw: Any) -> bool:
    """Whether a connection is closed; the pool takes a closed one back by itself, and then it cannot even be asked."""
    try:
        return bool(raw.is_closed())
    except asyncpg.InterfaceError:
        return True


def _drop(raw: Any) -> None:
    if not _is_gone(raw):
        raw.terminate()


@mutable(eq=False)
class PostgresConnection:
    """The `Connection` of one PostgreSQL transaction."""

    raw: Any
    schema: Schema
    writing: Writing
    round_trips: int = 0
    fault: Conflict | None = None

    async def rows(self, statement: Compiled, values: Values) -> Sequence[Row]:
        with self._trip():
            return statement.rows(await self.raw.fetch(statement.sql, *statement.arguments(values)))

    async def count(self, statement: Compiled, values: Values) -> int:
        with self._trip():
            status: str = await self.raw.execute(statement.sql, *statement.arguments(values))
            return int(status.rpartition(" ")[2])

    async def write(self, changes: Changes) -> None:
        statement = self.writing.together([change for change, _ in changes])
        (counts,) = await self.rows(statement, self.writing.arrays(changes))
        updates = ((change, len(rows)) for change, rows in changes if change.verb == "update")
        for (change, wanted), done in zip(updates, counts, strict=False):
            if done != wanted:
                self.fault = Stale(change.table)
                raise self.fault

    @contextmanager
    def _trip(self) -> Iterator[None]:
        if self.fault is not None:
            raise self.fault
        self.round_trips += 1
        try:
            with _available(self.raw):
                yield
        except asyncpg.UniqueViolationError as error:
            self.fault = self.schema.refusal(error.table_name, error.constraint_name)
            raise self.fault from error
        except _LOST_RACE as error:
            self.fault = Stale("database")
            raise self.fault from error


async def _no_reset(connection: Any) -> None:
    """Nothing outlives a transaction here, so there is nothing to reset when a connection goes back."""


@mutable(eq=False)
class PostgresDatabase:
    """The `Database` at one PostgreSQL URL. Each event loop that uses it gets a pool of its own.

    `round_trips` counts statements sent, for tests and benchmarks.
    """

    url: str
    schema: Schema
    size: int = POOL_SIZE
    round_trips: int = 0
    waits: bool = True
    _pools: dict[asyncio.AbstractEventLoop, Any] = field(factory=dict, init=False)
    _writing: Writing = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._writing = Writing(self.schema, POSTGRES)

    async def transact(self, work: Work[R]) -> R:
        return await self._within(_WRITE, work)

    async def read(self, work: Work[R], *, one_statement: bool) -> R:
        if not one_statement:
            return await self._within(_READ, work)
        with one_transaction():
            async with self._connection() as connection:
                return await work(connection)

    async def alone(self, statement: Compiled, values: Values) -> Sequence[Row]:
        async with self._connection() as connection:
            return await connection.rows(statement, values)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Close every loop's pool; those of other running loops in their own thread."""
        here = asyncio.get_running_loop()
        pools, self._pools = self._pools, {}
        for loop, pool in pools.items():
            if loop is here:
                await pool.close()
            elif loop.is_running():
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(pool.close(), loop))
            elif not loop.is_closed():
                pool.terminate()

    async def _within(self, begin: str, work: Work[R]) -> R:
        with one_transaction():
            async with self._connection() as connection:
                await self._say(connection, begin)
                try:
                    answer = await work(connection)
                    if connection.fault is not None:  # swallowed by the body: nothing may be kept all the same
                        raise connection.fault
                except BaseException:
                    await self._roll_back(connection)
                    raise
                await self._commit(connection)
                return answer

    async def _say(self, connection: PostgresConnection, statement: str) -> None:
        connection.round_trips += 1
        with _available(connection.raw):
            await connection.raw.execute(statement)

    async def _roll_back(self, connection: PostgresConnection) -> None:
        try:
            await self._say(connection, "ROLLBACK")
        except Unavailable:
            _drop(connection.raw)  # the server rolls back what its client left
        except BaseException:
            _drop(connection.raw)
            raise

    async def _commit(self, connection: PostgresConnection) -> None:
        try:
            await self._say(connection, "COMMIT")
        except Unavailable as error:
            _drop(connection.raw)
            raise OutcomeUnknown from error
        except BaseException:
            _drop(connection.raw)
            raise

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[PostgresConnection]:
        with _available():
            pool = await self._pool()
            raw = await pool.acquire(timeout=CONNECT_TIMEOUT_S)
        connection = PostgresConnection(raw, self.schema, self._writing)
        try:
            yield connection
        finally:
            self.round_trips += connection.round_trips
            await pool.release(raw)

    async def _pool(self) -> Any:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            for gone in [other for other in self._pools if other.is_closed()]:
                del self._pools[gone]
            pool = self._pools[loop] = asyncpg.create_pool(
                self.url,
                min_size=0,
                max_size=self.size,
                reset=_no_reset,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=STATEMENT_TIMEOUT_S,
                statement_cache_size=1_000,
                max_cached_statement_lifetime=0,
                max_cacheable_statement_size=0,
                server_settings={"application_name": "sparkle", "jit": "off"},
            )
            await pool  # with no connection to open beforehand, this never waits
        return pool
