"""What stores hold when many write at once, and what is particular to SQL."""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from attrs import evolve

from sparkle_adapters.sql.errors import OutcomeUnknown
from sparkle_adapters.sql.postgres import POOL_SIZE
from sparkle_adapters.sql.store import PostgresStore, SqliteStore, SqlStore
from sparkle_core.domain.kernel.errors import Invalid, Stale, Unavailable
from sparkle_core.ports.driving import drive
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.contracts.shapes import DECLARED, LIKES, MEMBERS, NOON, NOTES, Member, Note, uid
from sparkle_core.testing.contracts.staging import Stage


async def add_a_point(tx: Transaction) -> None:
    before = await tx.records.get(MEMBERS, uid(1))
    assert before
    tx.records.save(MEMBERS, evolve(before, score=before.score + 1))


def score_of(stage: Stage[Any], number: int = 1) -> int:
    async def body(tx: Transaction) -> int:
        found = await tx.records.get(MEMBERS, uid(number))
        assert found
        return found.score

    return stage.read(body)


def add(stage: Stage[Any], *members: Member) -> None:
    async def body(tx: Transaction) -> None:
        for one in members:
            tx.records.save(MEMBERS, one)

    stage.transact(body)


def _add_points(path: str, times: int) -> int:
    store = SqliteStore(path, DECLARED)
    for _ in range(times):
        drive(store.transact(add_a_point))
    drive(store.close())
    return times


def test_processes_share_one_sqlite_file(sqlite: Stage[SqlStore]) -> None:
    add(sqlite, Member(id=uid(1), name="ada"))
    path = sqlite.url.removeprefix("sqlite:///")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        others = [pool.submit(_add_points, path, 100) for _ in range(2)]
        for _ in range(50):
            sqlite.transact(add_a_point)
        assert [other.result(60) for other in others] == [100, 100]
    assert score_of(sqlite) == 250


def test_sqlite_keeps_its_rows_after_closing(sqlite: Stage[SqlStore]) -> None:
    add(sqlite, Member(id=uid(1), name="ada", score=3))
    sqlite.run(sqlite.store.close())
    again = Stage("again", SqliteStore(sqlite.url, DECLARED))
    assert score_of(again) == 3
    again.run(again.store.close())


def test_a_database_in_memory_is_refused() -> None:
    for place in ("sqlite://", ":memory:", "sqlite:///:memory:", ""):
        with pytest.raises(Invalid, match="must name a file"):
            SqliteStore(place, DECLARED)


def test_a_file_that_is_not_there_to_be_opened_is_unavailable(tmp_path: Any) -> None:
    nowhere = Stage("nowhere", SqliteStore(tmp_path / "no folder" / "x.db", DECLARED))
    with pytest.raises(Unavailable, match="no folder"):
        score_of(nowhere)


def test_a_server_that_is_not_there_is_unavailable(postgres: Stage[PostgresStore]) -> None:
    store = PostgresStore("postgresql://postgres@127.0.0.1:1/nowhere", DECLARED)
    with pytest.raises(Unavailable):
        postgres.run(store.transact(add_a_point))
    postgres.run(store.close())


def test_a_server_that_lets_us_in_no_more_is_unavailable(postgres: Stage[PostgresStore]) -> None:
    """Stops a password that was changed there from showing people a crash."""
    here = urlsplit(postgres.url)
    store = PostgresStore(here._replace(netloc=f"nobody_here@{here.netloc.rpartition('@')[2]}").geturl(), DECLARED)
    with pytest.raises(Unavailable, match=r"\(Invalid(AuthorizationSpecification|Password)Error\)"):
        postgres.run(store.transact(add_a_point))
    postgres.run(store.close())


def test_a_server_that_only_reads_is_unavailable_to_writers_and_looked_up_anew(postgres: Stage[PostgresStore]) -> None:
    """Stops connections to a primary that became a replica from being lent for ever: the next one is a new one's."""
    add(postgres, Member(id=uid(1), name="ada"))

    def only_reads(is_so: str) -> None:
        async def say() -> None:
            aside = await asyncpg.connect(postgres.url, server_settings={"default_transaction_read_only": "off"})
            name = await aside.fetchval("SELECT current_database()")
            await aside.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {is_so}')
            await aside.close()

        asyncio.run(say())

    only_reads("on")
    postgres.run(postgres.store.close())  # whoever is there already goes on as it was
    with pytest.raises(Unavailable, match="read-only"):
        postgres.transact(add_a_point)
    only_reads("off")
    postgres.transact(add_a_point)
    assert score_of(postgres) == 1


def test_a_read_that_writes_is_no_outage(postgres: Stage[PostgresStore]) -> None:
    """Stops a mistake of ours from passing for the database's."""

    async def writes(tx: Transaction) -> None:
        connection = tx.records.buffer.connection  # type: ignore[attr-defined]
        await connection.say("DELETE FROM member")

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        postgres.run(postgres.store.read(writes))


def test_a_connection_cut_in_a_transaction_is_unavailable_and_the_next_one_works(
    postgres: Stage[PostgresStore],
) -> None:
    add(postgres, Member(id=uid(1), name="ada"))

    async def cut(tx: Transaction) -> None:
        await add_a_point(tx)
        await tx.records.flush()
        connection = tx.records.buffer.connection.raw  # type: ignore[attr-defined]
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    async def notices(tx: Transaction) -> None:
        try:
            await cut(tx)
        except Exception:  # whatever the driver says when its own connection dies under it
            await add_a_point(tx)

    with pytest.raises(Unavailable):
        postgres.transact(notices)
    assert score_of(postgres) == 0
    postgres.transact(add_a_point)
    assert score_of(postgres) == 1


def test_a_commit_that_nobody_answered_says_that_its_outcome_is_unknown(postgres: Stage[PostgresStore]) -> None:
    add(postgres, Member(id=uid(1), name="ada"))

    async def dies_at_the_end(tx: Transaction) -> None:
        await add_a_point(tx)
        await tx.records.flush()
        killer = await asyncpg.connect(postgres.url)
        victim = tx.records.buffer.connection.raw.get_server_pid()  # type: ignore[attr-defined]
        assert await killer.fetchval("SELECT pg_terminate_backend($1, 10_000)", victim)
        await killer.close()

    with pytest.raises(OutcomeUnknown):
        postgres.transact(dies_at_the_end)
    postgres.transact(add_a_point)


def test_a_cancelled_transaction_is_rolled_back_and_lets_go_of_its_connection(postgres: Stage[PostgresStore]) -> None:
    add(postgres, Member(id=uid(1), name="ada"))

    async def waits_for_ever(tx: Transaction) -> None:
        await add_a_point(tx)
        await tx.records.flush()
        reached.set()
        await asyncio.Event().wait()

    async def cancelled() -> None:
        for _ in range(2 * POOL_SIZE):
            reached.clear()
            task = asyncio.create_task(postgres.store.transact(waits_for_ever))
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    reached = asyncio.Event()
    postgres.run(cancelled())
    assert score_of(postgres) == 0


def test_a_flush_is_one_round_trip_and_a_single_read_too(postgres: Stage[PostgresStore]) -> None:
    store = postgres.store

    def trips(work: Callable[[], Any]) -> int:
        before = store.round_trips
        work()
        return store.round_trips - before

    async def writes(tx: Transaction) -> None:
        r = tx.records
        r.save(MEMBERS, Member(id=uid(1), name="ada"))
        r.save(MEMBERS, Member(id=uid(2), name="grace", seat=1))
        r.append(NOTES, Note(id=uid(1), member=uid(1), line="x", at=NOON))
        r.bump(LIKES, uid(1), "like")

    async def reads(tx: Transaction) -> Member | None:
        return await tx.records.get(MEMBERS, uid(1))

    assert trips(lambda: postgres.transact(writes)) == 3  # begin, everything, commit
    assert trips(lambda: postgres.read(reads, one_statement=True)) == 1
    assert trips(lambda: postgres.read(reads)) == 3
    assert trips(lambda: postgres.transact(add_a_point)) == 4


def test_each_event_loop_gets_connections_of_its_own(postgres: Stage[PostgresStore]) -> None:
    add(postgres, Member(id=uid(1), name="ada"))

    async def elsewhere() -> None:
        await postgres.store.transact(add_a_point)
        await postgres.store.close()

    with asyncio.Runner() as other:
        other.run(elsewhere())
    postgres.transact(add_a_point)
    assert score_of(postgres) == 2


def test_a_stale_writer_on_postgres_is_told_so_at_once(postgres: Stage[PostgresStore]) -> None:
    add(postgres, Member(id=uid(1), name="ada"))
    outcomes = postgres.together([lambda: postgres.store.transact(add_a_point)] * 10, width=10)
    assert all(o is None or isinstance(o, Stale) for o in outcomes)
    assert score_of(postgres) == outcomes.count(None) >= 1
