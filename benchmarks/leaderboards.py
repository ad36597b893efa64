"""One's rank with neighbours among ten thousand, a hundred thousand and a million people: it must hardly grow.

Scores are as uneven as they are in life: half the people share the lowest ones. Boards are loaded
in bulk, rows and towers at once; what is measured goes through the port.
"""

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from attrs import frozen
from tests.servers import drop_database, new_database, shared_postgres

from benchmarks.figures import Figure
from benchmarks.postgres import analyze
from sparkle_adapters.codec import instant_text
from sparkle_adapters.memory.leaderboards import MemoryLeaderboards
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.places import LEVELS, height_of, text_of
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.leaderboards import SqlLeaderboards
from sparkle_adapters.sql.store import PostgresStore, SqliteStore
from sparkle_bootstrap.processes import settle
from sparkle_core.application.catalog import STORED
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.leaderboards import EVER, Board, Metric, Period
from sparkle_core.ports.driving import drive
from sparkle_core.ports.leaderboards import Gain, Leaderboards, Place, Ranked
from sparkle_core.ports.store import Body, Store, Transaction

SIZES = (10_000, 100_000, 1_000_000)
GROWS = 3.0
"""How many times as long a rank may take among a hundred times as many people; a count of them takes a hundred."""

BOARD = Board(metric=Metric.XP, period=Period.ALL_TIME, span=EVER)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@frozen
class Loaded:
    """A store with one board on it, its people, and how a coroutine runs there."""

    store: Store
    boards: Leaderboards
    people: Sequence[Place]
    run: Callable[[Any], Any]
    count_us: Callable[[Place], float] | None = None

    def rank(self, number: int) -> list[Ranked]:
        """Somebody's place with three neighbours on each side."""
        who = self.people[number * 7_919 % len(self.people)].user_id

        async def body(tx: Transaction) -> list[Ranked]:
            return await self.boards.around(tx.records, BOARD, who, 3)

        found: list[Ranked] = self.run(self.store.read(body))
        return found

    def gain(self, number: int) -> None:
        """Somebody gains one."""
        who = self.people[number * 7_919 % len(self.people)].user_id

        async def body(tx: Transaction) -> None:
            await self.boards.add(tx.records, [Gain(board=BOARD, user_id=who, by=1, at=NOON)])

        self.run(self.store.transact(body))


def figures() -> list[Figure]:
    found: list[Figure] = []
    for name, loaded in (("memory", _in_memory), ("SQLite", _on_sqlite), ("PostgreSQL", _on_postgres)):
        ranks: list[float] = []
        for size in SIZES:
            with loaded(size) as board:
                ranks.append(_rank_us(board))
                found.append(Figure(name=f"{name}: rank among {size:,}", value=ranks[-1], unit="µs", note=_note(board)))
                gained = typical_us(board.gain)
                found.append(Figure(name=f"{name}: a gain among {size:,}", value=gained, unit="µs"))
        growth = ranks[-1] / ranks[0]
        found.append(Figure(name=f"{name}: rank, growth for a hundredfold", value=growth, unit="times", at_most=GROWS))
    return found


def typical_us(work: Callable[[int], object], times: int = 200) -> float:
    """Microseconds of one call: the median of single ones, which other work on the machine changes little."""
    took = []
    for number in range(times):
        started = time.perf_counter()
        work(number)
        took.append((time.perf_counter() - started) * 1e6)
    return statistics.median(took)


def _rank_us(board: Loaded) -> float:
    """After a check that it is right: the model sorts."""
    order = sorted(board.people, key=lambda p: (-p.score, p.reached_at, p.user_id))
    for rank in (1, len(order) // 3, len(order)):
        who = order[rank - 1]
        body = _around(board.boards, who.user_id)
        assert board.run(board.store.read(body)) == [Ranked(rank, who)]
    return typical_us(board.rank)


def _around(boards: Leaderboards, who: UserId) -> Body[list[Ranked]]:
    async def body(tx: Transaction) -> list[Ranked]:
        return await boards.around(tx.records, BOARD, who, 0)

    return body


def _note(board: Loaded) -> str:
    """How long counting those before the median takes, where it was tried."""
    if board.count_us is None:
        return ""
    middle = sorted(board.people, key=lambda p: -p.score)[len(board.people) // 2]
    return f"COUNT(*) of those before the middle: {board.count_us(middle):,.0f} µs"


def some_people(size: int) -> list[Place]:
    chance = random.Random(size)  # seeded on purpose
    return [
        Place(
            int(chance.paretovariate(0.9)) + 1,
            NOON + timedelta(seconds=chance.randrange(2_000_000)),
            UserId(UUID(int=chance.getrandbits(128))),
        )
        for _ in range(size)
    ]


@contextmanager
def _in_memory(size: int) -> Iterator[Loaded]:
    people = some_people(size)
    store, boards = MemoryStore(STORED), MemoryLeaderboards()

    async def body(tx: Transaction) -> None:
        gains = (Gain(board=BOARD, user_id=p.user_id, by=p.score, at=p.reached_at) for p in people)
        await boards.add(tx.records, gains)

    drive(store.transact(body))
    settle()  # as every process that serves: the collector does not look through a million places now and then
    yield Loaded(store, boards, people, drive)


def towers(people: Sequence[Place]) -> list[tuple[str, int, str, int]]:
    """Every tower over some places, with its width."""
    order = sorted((text_of(p), height_of(p.user_id)) for p in people)
    found = []
    for level in range(1, LEVELS + 1):
        starts = [(0, ""), *((at, text) for at, (text, height) in enumerate(order) if height >= level)]
        ends = [*starts[1:], (len(order), "")]
        found += [(BOARD.key, level, text, end - at) for (at, text), (end, _) in zip(starts, ends, strict=True)]
    return found


@contextmanager
def _on_sqlite(size: int) -> Iterator[Loaded]:
    people = some_people(size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boards.db"
        migrate.up(f"sqlite:///{path}")
        raw = sqlite3.connect(path)
        raw.execute("INSERT INTO leaderboard VALUES (?, NULL)", (BOARD.key,))
        ordered = sorted(people, key=lambda p: p.user_id)  # as the primary key has them, which is quicker
        rows = ((BOARD.key, p.user_id.hex, p.score, instant_text(p.reached_at), 1, text_of(p)) for p in ordered)
        raw.executemany("INSERT INTO leaderboard_score VALUES (?, ?, ?, ?, ?, ?)", rows)
        raw.executemany("INSERT INTO leaderboard_tower VALUES (?, ?, ?, ?)", towers(people))
        raw.commit()

        def count_us(place: Place) -> float:
            started = time.perf_counter()
            raw.execute(_COUNT.format("?", "?"), (BOARD.key, text_of(place))).fetchone()
            return (time.perf_counter() - started) * 1e6

        store = SqliteStore(path, STORED)
        yield Loaded(store, SqlLeaderboards(), people, drive, count_us)
        drive(store.close())
        raw.close()


_COUNT = "SELECT count(*) FROM leaderboard_score WHERE board = {} AND place < {}"


@contextmanager
def _on_postgres(size: int) -> Iterator[Loaded]:
    people = some_people(size)
    server = shared_postgres(durable=True)
    url = new_database(server)
    try:
        migrate.up(url)
        asyncio.run(_copied(url, people))
        asyncio.run(analyze(url))
        with asyncio.Runner() as runner:

            def count_us(place: Place) -> float:
                return runner.run(_counted_us(url, place))

            store = PostgresStore(url, STORED)
            yield Loaded(store, SqlLeaderboards(), people, runner.run, count_us)
            runner.run(store.close())
    finally:
        drop_database(server, url)


async def _copied(url: str, people: Sequence[Place]) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("INSERT INTO leaderboard VALUES ($1, NULL)", BOARD.key)
    rows = ((BOARD.key, p.user_id, p.score, p.reached_at, True, text_of(p)) for p in people)
    await connection.copy_records_to_table("leaderboard_score", records=rows)
    await connection.copy_records_to_table("leaderboard_tower", records=towers(people))
    await connection.close()


async def _counted_us(url: str, place: Place) -> float:
    connection = await asyncpg.connect(url)
    count = await connection.prepare(_COUNT.format("$1", "$2"))
    started = time.perf_counter()
    await count.fetchval(BOARD.key, text_of(place))
    took = (time.perf_counter() - started) * 1e6
    await connection.close()
    return took
