"""What stores hold when many write at once, and what is particular to SQL."""

import asyncio
import multiprocessing
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import asyncpg
import pytest
from attrs import evolve

from sparkle_adapters.driving import drive
from sparkle_adapters.sql.errors import OutcomeUnknown
from sparkle_adapters.sql.postgres import POOL_SIZE
from sparkle_adapters.sql.store import PostgresStore, SqliteStore, SqlStore
from sparkle_core.domain.kernel.errors import Invalid, Stale, Taken, Unavailable
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.store import Store, Transaction
from tests.contract.conftest import Stage
from tests.contract.shapes import DECLARED, FOLLOWS, LIKES, MEMBERS, NOON, NOTES, Member, Note, uid


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


def test_no_update_is_lost_among_parallel_writers(stage: Stage[Store]) -> None:
    add(stage, Member(id=uid(1), name="ada"))
    outcomes = stage.together([lambda: stage.retried(add_a_point)] * 100)
    assert outcomes == [None] * 100
    assert score_of(stage) == 100


def test_of_fifty_who_want_one_name_one_gets_it(stage: Stage[Store]) -> None:
    def join(number: int) -> Callable[[], Coroutine[Any, Any, None]]:
        async def body(tx: Transaction) -> None:
            if await tx.records.one(MEMBERS, eq("name", "ada")):
                raise Taken("name")
            tx.records.save(MEMBERS, Member(id=uid(number), name="ada"))

        return lambda: stage.retried(body)

    outcomes = stage.together([join(n) for n in range(50)])
    assert outcomes.count(None) == 1
    assert {o.field for o in outcomes if isinstance(o, Taken)} == {"name"}
    assert len([o for o in outcomes if isinstance(o, Taken)]) == 49


def test_a_locked_row_guards_a_cap_over_many_rows(stage: Stage[Store]) -> None:
    add(stage, Member(id=uid(1), name="the room"))

    def enter(number: int) -> Callable[[], Coroutine[Any, Any, bool]]:
        async def body(tx: Transaction) -> bool:
            await tx.records.hold(MEMBERS, uid(1))
            inside = await tx.records.page(NOTES, eq("member", uid(1)))
            if len(inside) >= 5:
                return False
            tx.records.append(NOTES, Note(id=uid(number), member=uid(1), line="in", at=NOON))
            return True

        return lambda: stage.retried(body)

    assert stage.together([enter(n) for n in range(40)]).count(True) == 5


def test_counters_lose_nothing_in_parallel(stage: Stage[Store]) -> None:
    def bump(number: int) -> Callable[[], Coroutine[Any, Any, None]]:
        async def body(tx: Transaction) -> None:
            for id in (number % 3, (number + 1) % 3):
                tx.records.bump(LIKES, uid(id), "like")

        return lambda: stage.retried(body)

    async def counts(tx: Transaction) -> dict[Any, int]:
        return await tx.records.counts(LIKES, [uid(0), uid(1), uid(2)])

    assert stage.together([bump(n) for n in range(90)]) == [None] * 90
    assert set(stage.read(counts).values()) == {60}


def test_a_relation_added_in_parallel_is_new_to_one(stage: Stage[Store]) -> None:
    async def follow(tx: Transaction) -> bool:
        return await tx.records.add(FOLLOWS, uid(1), uid(2), "follow", NOON)

    assert stage.together([lambda: stage.retried(follow)] * 40).count(True) == 1


def test_two_who_update_the_same_rows_in_other_orders_both_get_through(stage: Stage[Store]) -> None:
    add(stage, *(Member(id=uid(n), name=str(n), room=n) for n in range(10)))

    def sweep(order: list[int]) -> Callable[[], Coroutine[Any, Any, None]]:
        async def body(tx: Transaction) -> None:
            found = await tx.records.get_many(MEMBERS, [uid(n) for n in order])
            for n in order:
                tx.records.save(MEMBERS, evolve(found[uid(n)], score=found[uid(n)].score + 1))

        return lambda: stage.retried(body)

    ascending = list(range(10))
    assert stage.together([sweep(ascending), sweep(ascending[::-1])] * 10) == [None] * 20
    assert {score_of(stage, n) for n in range(10)} == {20}


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
