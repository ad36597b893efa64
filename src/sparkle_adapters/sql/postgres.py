"""PostgreSQL by asyncpg: an own pool without reset queries, statements compiled beforehand.

READ COMMITTED for what writes, one read-only REPEATABLE READ snapshot for what reads, and no
transaction at all around a read of a single statement. asyncpg prepares a statement once a
connection; after that each is one round trip. What writes is planned once a connection too: left
to itself, the server plans statements over arrays anew each time (2.3 ms instead of 0.8 for what a
posting loads), since it expects more of an array than it mostly holds.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import asyncpg
from attrs import field, mutable

from sparkle_adapters.sql.changes import Changes, Writing
from sparkle_adapters.sql.compiled import Compiled, Row
from sparkle_adapters.sql.connections import Values, Work
from sparkle_adapters.sql.dialects import POSTGRES
from sparkle_adapters.sql.errors import OutcomeUnknown
from sparkle_adapters.sql.pool import Pool
from sparkle_adapters.sql.schema import Schema
from sparkle_core.domain.kernel.errors import Conflict, SparkleError, Stale, Unavailable
from sparkle_core.ports.driving import one_transaction

R = TypeVar("R")

POOL_SIZE = 10
CONNECT_TIMEOUT_S = 5.0
IDLE_S = 300.0
STATEMENT_TIMEOUT_S = 30.0

_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL plan_cache_mode = force_generic_plan"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

_LOST_RACE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
GONE = (
    OSError,  # covers TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,  # covers a wrong password
)
"""What is raised when the database is out of reach."""


def _outage(error: Exception, raw: Any = None) -> Unavailable | None:
    """The refusal that an error stands for when the database is out of reach; None when it is about something else."""
    if isinstance(error, GONE):
        return Unavailable(f"the database ({type(error).__name__})")
    if isinstance(error, asyncpg.InterfaceError) and (raw is None or raw.is_closed()):
        return Unavailable("the database (closed)")
    return None  # a misuse of the driver is no outage


@mutable(eq=False)
class PostgresConnection:
    """The `Connection` of one PostgreSQL transaction.

    `fault`: the refusal that dooms it. `midway`: whether a statement was sent whose end nobody heard. `writes`: whether
    it may write by what was said to the server.
    """

    raw: Any
    schema: Schema
    writing: Writing
    round_trips: int = 0
    fault: Conflict | None = None
    midway: bool = False
    writes: bool = True

    async def rows(self, statement: Compiled, values: Values) -> Sequence[Row]:
        if self.fault is not None:
            raise self.fault
        return statement.rows(await self._told(self.raw.fetch, statement.sql, *statement.arguments(values)))

    async def count(self, statement: Compiled, values: Values) -> int:
        if self.fault is not None:
            raise self.fault
        status: str = await self._told(self.raw.execute, statement.sql, *statement.arguments(values))
        return int(status.rpartition(" ")[2])

    async def write(self, changes: Changes) -> None:
        statement = self.writing.together([change for change, _ in changes])
        (counts,) = await self.rows(statement, self.writing.arrays(changes))
        updates = ((change, len(rows)) for change, rows in changes if change.verb == "update")
        for (change, wanted), done in zip(updates, counts, strict=False):
            if done != wanted:
                self.fault = Stale(change.table)
                raise self.fault

    async def say(self, statement: str) -> None:
        """Begin, commit or roll back: whatever became of the transaction."""
        await self._told(self.raw.execute, statement)

    async def _told(self, tell: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Any:
        """One round trip."""
        self.round_trips += 1
        self.midway = True
        try:
            answer = await tell(*arguments)
        except Exception as error:
            self.midway = not isinstance(error, asyncpg.PostgresError)
            refusal = self._refusal(error)
            if refusal is None:
                raise
            raise refusal from error
        self.midway = False
        return answer

    def _refusal(self, error: Exception) -> SparkleError | None:
        if isinstance(error, asyncpg.UniqueViolationError):
            self.fault = self.schema.refusal(error.table_name, error.constraint_name)
            return self.fault
        if isinstance(error, _LOST_RACE):
            self.fault = Stale("database")
            return self.fault
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError) and self.writes:
            self.raw.terminate()  # it became a replica: whoever is next looks the primary up anew
            return Unavailable("the database (it is read-only)")
        return _outage(error, self.raw)


@mutable(eq=False)
class PostgresDatabase:
    """The `Database` at one PostgreSQL URL. Each event loop that uses it gets a pool of its own.

    `round_trips` counts statements sent, for tests and benchmarks.
    """

    url: str
    schema: Schema
    size: int = POOL_SIZE
    connect_timeout_s: float = CONNECT_TIMEOUT_S
    round_trips: int = 0
    waits: bool = True
    _pools: dict[asyncio.AbstractEventLoop, Pool] = field(factory=dict, init=False)
    _writing: Writing = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._writing = Writing(self.schema, POSTGRES)

    async def transact(self, work: Work[R]) -> R:
        return await self._within(_WRITE, work)

    async def read(self, work: Work[R], *, one_statement: bool) -> R:
        if not one_statement:
            return await self._within(_READ, work)
        with one_transaction():
            return await self._on_a_connection(work)

    async def alone(self, statement: Compiled, values: Values) -> Sequence[Row]:
        return await self._on_a_connection(lambda connection: connection.rows(statement, values))

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
        async def framed(connection: PostgresConnection) -> R:
            connection.writes = begin is not _READ
            await connection.say(begin)
            try:
                answer = await work(connection)
                if connection.fault is not None:  # swallowed by the body: nothing may be kept all the same
                    raise connection.fault
            except BaseException:
                await _roll_back(connection)
                raise
            await _commit(connection)
            return answer

        with one_transaction():
            return await self._on_a_connection(framed)

    async def _on_a_connection(self, work: Callable[[PostgresConnection], Coroutine[Any, Any, R]]) -> R:
        pool = self._pool()
        try:
            raw = await pool.acquire()
        except Exception as error:
            outage = _outage(error)
            if outage is None:
                raise
            raise outage from error
        connection = PostgresConnection(raw, self.schema, self._writing)
        try:
            return await work(connection)
        finally:
            self.round_trips += connection.round_trips
            pool.release(raw, midway=connection.midway)

    def _pool(self) -> Pool:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            for gone in [other for other in self._pools if other.is_closed()]:
                del self._pools[gone]
            pool = Pool(self._connected, size=self.size, timeout_s=self.connect_timeout_s, idle_s=IDLE_S)
            self._pools[loop] = pool
        return pool

    async def _connected(self) -> Any:
        return await asyncpg.connect(
            self.url,
            timeout=self.connect_timeout_s,
            command_timeout=STATEMENT_TIMEOUT_S,
            statement_cache_size=1_000,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            server_settings={"application_name": "sparkle", "jit": "off"},
        )


async def _roll_back(connection: PostgresConnection) -> None:
    try:
        await connection.say("ROLLBACK")
    except Unavailable:
        connection.raw.terminate()  # the server rolls back what its client left
    except BaseException:
        connection.raw.terminate()
        raise


async def _commit(connection: PostgresConnection) -> None:
    try:
        await connection.say("COMMIT")
    except Unavailable as error:
        connection.raw.terminate()
        raise OutcomeUnknown from error
    except BaseException:
        connection.raw.terminate()
        raise
