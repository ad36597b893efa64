"""The pool of connections: who waits, who is cancelled, what is cut, and that nothing is ever lost of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from sparkle_adapters.sql.connections import Connection
from sparkle_adapters.sql.pool import Pool
from sparkle_adapters.sql.postgres import POOL_SIZE, PostgresDatabase
from sparkle_adapters.sql.store import PostgresStore
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.contracts.staging import Stage

LONG_S = 30.0
SLEEP = "SELECT pg_sleep(30)"
RUNS = "SELECT count(*) FROM pg_stat_activity WHERE query = $1 AND state = 'active'"


@asynccontextmanager
async def pool_of(url: str, size: int = 1, timeout_s: float = LONG_S, idle_s: float = LONG_S) -> AsyncIterator[Pool]:
    pool = Pool(lambda: asyncpg.connect(url), size=size, timeout_s=timeout_s, idle_s=idle_s)
    try:
        yield pool
    finally:
        pool.terminate()


async def turns() -> None:
    """Let everybody else who can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG_S):
        while not holds():
            await asyncio.sleep(0.001)


async def works(pool: Pool) -> bool:
    raw = await pool.acquire()
    try:
        return bool(await raw.fetchval("SELECT true"))
    finally:
        pool.release(raw)


async def sleeping(pool: Pool, url: str) -> "asyncio.Task[Any]":
    """Somebody whose statement runs for long on the pool's only connection, and has begun on the server.

    One that is cancelled before that would go on: the server forgets what it is told between two statements.
    """

    async def sleeps() -> None:
        raw = await pool.acquire()
        midway = True
        try:
            await raw.execute(SLEEP)
            midway = False
        finally:
            pool.release(raw, midway=midway)

    task = asyncio.create_task(sleeps())
    other = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(LONG_S):
            while not task.done() and not await other.fetchval(RUNS, SLEEP):
                await asyncio.sleep(0.001)
    finally:
        await other.close()
    return task


@pytest.fixture
def run(postgres: Stage[PostgresStore]) -> Callable[[Callable[[str], Coroutine[Any, Any, None]]], None]:
    """Runs a coroutine function that wants the URL of a database."""
    return lambda body: postgres.run(body(postgres.url))


def test_the_connection_used_last_is_lent_first(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url, size=3) as pool:
            first, second = await pool.acquire(), await pool.acquire()
            pool.release(first)
            pool.release(second)
            assert await pool.acquire() is second
            assert await pool.acquire() is first

    run(body)


def test_who_finds_none_free_gets_one_in_turn(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url) as pool:
            raw = await pool.acquire()
            line = [asyncio.create_task(pool.acquire()) for _ in range(3)]
            await turns()
            for waiter in line:
                assert not waiter.done()
                pool.release(raw)
                assert await waiter is raw

    run(body)


def test_who_waits_for_too_long_is_told_and_the_next_one_is_not_harmed(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url, timeout_s=0.2) as pool:
            raw = await pool.acquire()
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    await pool.acquire()
            pool.release(raw)
            assert await works(pool)

    run(body)


def test_an_exhausted_pool_is_unavailable(postgres: Stage[PostgresStore]) -> None:
    async def holds(_: Connection) -> None:
        reached.set()
        await let_go.wait()

    async def nothing(_: Connection) -> None: ...

    async def body() -> None:
        task = asyncio.create_task(database.transact(holds))
        await reached.wait()
        with pytest.raises(Unavailable, match="TimeoutError"):
            await database.read(nothing, one_statement=True)
        let_go.set()
        await task
        await database.read(nothing, one_statement=False)
        await database.close()

    database = PostgresDatabase(postgres.url, postgres.store.schema, size=1, connect_timeout_s=0.5)
    reached, let_go = asyncio.Event(), asyncio.Event()
    postgres.run(body())


def test_who_is_cancelled_in_line_leaves_nothing_behind(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url) as pool:
            raw = await pool.acquire()
            gone, stays = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
            await turns()
            gone.cancel()
            await asyncio.wait([gone])
            pool.release(raw)
            assert await stays is raw

    run(body)


def test_what_is_given_to_somebody_just_cancelled_goes_to_the_next(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url) as pool:
            raw = await pool.acquire()
            gone, stays = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
            await turns()
            pool.release(raw)  # to the first, who has not woken up yet
            gone.cancel()
            assert await stays is raw
            assert gone.cancelled()
            last = asyncio.create_task(pool.acquire())
            await turns()
            last.cancel()  # and released before the cancelled one wakes up
            pool.release(raw)
            await asyncio.wait([last])
            assert await works(pool)

    run(body)


def test_a_statement_whose_caller_was_cancelled_is_over_before_somebody_else_gets_its_connection(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url) as pool:
            for _ in range(3):
                task = await sleeping(pool, url)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            raw = await pool.acquire()
            assert await raw.fetchval(RUNS, SLEEP) == 0

    run(body)


def test_a_connection_that_cannot_be_settled_is_closed_and_its_place_is_free(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url, timeout_s=5.0) as pool:
            raw = await pool.acquire()
            still = asyncio.create_task(raw.execute(SLEEP))
            await turns()
            pool.release(raw, midway=True)  # nothing else can be said on it
            assert await works(pool)
            assert raw.is_closed()
            await asyncio.wait([still])
            assert still.exception() is not None

    run(body)


def test_a_cancelled_read_of_one_statement_gives_its_connection_back(postgres: Stage[PostgresStore]) -> None:
    async def sleeps(tx: Transaction) -> None:
        connection = tx.records.buffer.connection  # type: ignore[attr-defined]
        began.set()
        await connection.say(SLEEP)

    async def nothing(_: Transaction) -> None: ...

    async def body() -> None:
        for _ in range(2 * POOL_SIZE):
            began.clear()
            task = asyncio.create_task(postgres.store.read(sleeps, one_statement=True))
            await began.wait()
            await turns()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.gather(*(postgres.store.read(nothing) for _ in range(POOL_SIZE)))

    began = asyncio.Event()
    postgres.run(body())


def test_a_connection_that_was_cut_is_not_lent_again(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url) as pool:
            raw = await pool.acquire()
            victim = raw.get_server_pid()
            pool.release(raw)
            killer = await asyncpg.connect(url)
            await killer.execute("SELECT pg_terminate_backend($1, 10_000)", victim)
            await killer.close()
            await until(raw.is_closed)
            assert await works(pool)
            again = await pool.acquire()
            again.terminate()
            waiter = asyncio.create_task(pool.acquire())
            await turns()
            pool.release(again)  # its place goes to who is in line
            assert (await waiter).get_server_pid() not in (victim, 0)

    run(body)


def test_who_cannot_connect_leaves_the_place_to_the_next(run: Any) -> None:
    async def body(url: str) -> None:
        tries: list[None] = []

        async def connect() -> Any:
            tries.append(None)
            await turns()
            if len(tries) < 3:
                raise OSError("nobody is there")
            return await asyncpg.connect(url)

        pool = Pool(connect, size=1, timeout_s=LONG_S, idle_s=LONG_S)
        outcomes = await asyncio.gather(*(works(pool) for _ in range(4)), return_exceptions=True)
        assert [type(o) for o in outcomes] == [OSError, OSError, bool, bool]
        await pool.close()

    run(body)


def test_what_nobody_needs_is_closed_after_a_while(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url, size=3, idle_s=0.3) as pool:
            three = [await pool.acquire() for _ in range(3)]
            for raw in three[:2]:
                pool.release(raw)
            await until(lambda: three[0].is_closed() and three[1].is_closed())
            assert not three[2].is_closed()
            assert await works(pool)

    run(body)


def test_closing_waits_for_what_is_lent_and_refuses_everybody_else(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url, size=2) as pool:
            first, second = await pool.acquire(), await pool.acquire()
            waiter = asyncio.create_task(pool.acquire())
            await turns()
            closing = asyncio.create_task(pool.close())
            with pytest.raises(asyncpg.InterfaceError, match="closed"):
                await waiter
            pool.release(first)
            with pytest.raises(asyncpg.InterfaceError, match="closed"):
                await waits_with(pool)
            await turns()
            assert not closing.done()
            assert await second.fetchval("SELECT 1") == 1
            pool.release(second)
            await closing
            assert first.is_closed()
            assert second.is_closed()
            await pool.close()

    async def waits_with(pool: Pool) -> None:
        raw = await pool.acquire()
        pool.release(raw)
        raise AssertionError("a closing pool lent a connection")

    run(body)


def test_closing_that_is_cancelled_closes_what_is_lent_too(run: Any) -> None:
    async def body(url: str) -> None:
        async with pool_of(url) as pool:
            raw = await pool.acquire()
            closing = asyncio.create_task(pool.close())
            await turns()
            closing.cancel()
            await asyncio.wait([closing])
            assert raw.is_closed()
            pool.release(raw)

    run(body)
