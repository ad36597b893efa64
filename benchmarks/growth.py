"""A tip, a balance and a page of a statement while the ledger grows from ten thousand entries to ten million.

Five hundred wallets tip one another round by round; those rows are written in bulk, as posting
would have written them. What is measured are single calls through the public API, each alone.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import asyncpg
from attrs import define, field, frozen

from benchmarks.fans import Fan, one_more, rich
from benchmarks.figures import Figure
from benchmarks.postgres import analyze, community
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.security import FastHasher
from sparkle_adapters.sql.changes import Change, Writing
from sparkle_adapters.sql.dialects import SQLITE
from sparkle_adapters.sql.ledger_rows import ENTRY, TRANSFER
from sparkle_adapters.sql.schema import Schema
from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_bootstrap.processes import settle
from sparkle_core.application.catalog import STORED
from sparkle_core.application.economy import BalanceOf, SendTip, Statement
from sparkle_core.domain.economy.ledger import Currency, NewAccount, Purpose, wallet_of
from sparkle_core.ports.store import Transaction

SIZES = (10_000, 1_000_000, 10_000_000)
GROWS = 1.5
WALLETS, PEOPLE = 500, 20
ROUNDS, CALLS = 7, 60
AT_ONCE = 50_000
"""How many transfers are written at a time."""


class Bulk(Protocol):
    """Writes rows by the hundred thousand, past the ledger."""

    def write(self, transfers: Sequence[Any], entries: Sequence[Any], wallets: Sequence[Any]) -> None: ...


def figures() -> list[Figure]:
    settle()
    return [*_on_postgres(), *_on_sqlite()]


@define
class Round:
    """The wallets, each tipping the next in turn: where each stands."""

    owners: list[str]
    wallets: list[UUID]
    balances: list[int] = field(factory=list)
    sequences: list[int] = field(factory=list)
    tips: int = 0

    def rows(self, count: int) -> tuple[list[Any], list[Any]]:
        """The rows of so many tips more."""
        transfers, entries = [], []
        start = datetime(2026, 1, 1, tzinfo=UTC)
        for n in range(self.tips, self.tips + count):
            a = n % len(self.wallets)
            b = (a + 1) % len(self.wallets)
            name, key, at = self.owners[a], f"{n:032x}", start + timedelta(seconds=n)
            said = f"person:{self.owners[b][5:]}"
            debit, credit = self.wallets[a], self.wallets[b]
            transfers.append((name, key, debit, credit, 1, "SPARKLE", "tip", said, name, at, None, None))
            for i, amount in ((a, -1), (b, 1)):
                self.sequences[i] += 1
                self.balances[i] += amount
                after = self.balances[i]
                entries.append(
                    (self.wallets[i], self.sequences[i], name, key, "tip", said, amount, after - amount, after, at)
                )
        self.tips += count
        return transfers, entries


@frozen
class Grown:
    """A community whose ledger can be made to grow."""

    sparkle: Sparkle
    fans: list[Fan]
    bulk: Bulk
    round: Round
    settled: Callable[[], None]

    def grow(self, entries: int) -> None:
        """Until there are so many entries."""
        self._stand()
        while self.round.tips * 2 < entries:
            count = min(AT_ONCE, entries // 2 - self.round.tips)
            rows = self.round.rows(count)
            state = zip(self.round.wallets, self.round.balances, self.round.sequences, strict=True)
            self.bulk.write(*rows, list(state))
        self.settled()

    def _stand(self) -> None:
        async def body(tx: Transaction) -> Any:
            return await tx.ledger.accounts(self.round.wallets)

        found = self.sparkle.run_coroutine(self.sparkle.store.read(body))
        self.round.balances = [found[w].balance for w in self.round.wallets]
        self.round.sequences = [found[w].sequence for w in self.round.wallets]

    async def measured(self) -> dict[str, float]:
        """Microseconds of single calls, of each kind."""
        fans, sparkle = self.fans, self.sparkle

        async def tip(n: int) -> None:
            to = fans[(n + 1) % len(fans)].id
            await sparkle(SendTip(to=to, amount=1), actor=fans[n % len(fans)].actor, key=str(uuid4()))

        async def balance(n: int) -> None:
            fan = fans[n % len(fans)]
            await sparkle(BalanceOf(user_id=fan.id), actor=fan.actor)

        async def page(n: int) -> None:
            fan = fans[n % len(fans)]
            await sparkle(Statement(user_id=fan.id), actor=fan.actor)

        return {"a tip": await _median(tip), "a balance": await _median(balance), "a page": await _median(page)}


async def _median(call: Callable[[int], Awaitable[None]]) -> float:
    """The best of some rounds' medians: whatever else the machine does only adds. The first round prepares."""
    medians = []
    for _ in range(ROUNDS):
        took = []
        for n in range(CALLS):
            started = time.perf_counter()
            await call(n)
            took.append(time.perf_counter() - started)
        medians.append(statistics.median(took))
    return min(medians[1:]) * 1e6


def _grown(sparkle: Sparkle, bulk: Bulk, settled: Callable[[], None]) -> Grown:
    fans = [one_more(sparkle, n) for n in range(PEOPLE)]
    rich(sparkle, fans)
    owners = [f.actor.name for f in fans] + [f"user:{uuid4()}" for _ in range(WALLETS - PEOPLE)]
    new = [NewAccount(owner=o, currency=Currency.SPARKLE, purpose=Purpose.WALLET) for o in owners]

    async def body(tx: Transaction) -> None:
        for account in new:
            await tx.ledger.open(account)

    sparkle.run_coroutine(sparkle.store.transact(body))
    bulk.write([], [], [(account.id, 10_000, 0) for account in new[PEOPLE:]])
    assert [account.id for account in new[:PEOPLE]] == [wallet_of(fan.id) for fan in fans]
    return Grown(sparkle, fans, bulk, Round(owners, [account.id for account in new]), settled)


def _figures(name: str, grown: Grown) -> Iterator[Figure]:
    sizes = []
    for size in SIZES:
        grown.grow(size)
        sizes.append(asyncio.run(grown.measured()))
        for what, took in sizes[-1].items():
            yield Figure(name=f"{name}: {what} among {size:,} entries", value=took, unit="µs")
    for what in sizes[0]:
        growth = max(later[what] for later in sizes[1:]) / sizes[0][what]
        yield Figure(name=f"{name}: {what}, growth for a thousandfold", value=growth, unit="times", at_most=GROWS)


def _on_postgres() -> list[Figure]:
    with community(people=0) as (sparkle, url):
        grown = _grown(sparkle, PostgresBulk(url), lambda: asyncio.run(analyze(url)))
        return list(_figures("PostgreSQL", grown))


def _on_sqlite() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        settings = Settings(key=bytes(32), var=Path(folder))
        with connect(f"sqlite:///{path}", settings=settings, hasher=FastHasher(), mailer=Mailbox()) as sparkle:
            bulk = SqliteBulk(path)
            return list(_figures("SQLite", _grown(sparkle, bulk, bulk.settled)))


@frozen
class PostgresBulk:
    url: str

    def write(self, transfers: Sequence[Any], entries: Sequence[Any], wallets: Sequence[Any]) -> None:
        asyncio.run(self._write(transfers, entries, wallets))

    async def _write(self, transfers: Sequence[Any], entries: Sequence[Any], wallets: Sequence[Any]) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            async with connection.transaction():
                await connection.copy_records_to_table(TRANSFER, records=transfers)
                await connection.copy_records_to_table(ENTRY, records=entries)
                await connection.executemany(
                    "UPDATE ledger_account SET balance = $2, sequence = $3 WHERE id = $1", wallets
                )
        finally:
            await connection.close()


class SqliteBulk:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = Writing(Schema.of(STORED), SQLITE)

    def write(self, transfers: Sequence[Any], entries: Sequence[Any], wallets: Sequence[Any]) -> None:
        connection = sqlite3.connect(self._path)
        for table, rows in ((TRANSFER, transfers), (ENTRY, entries)):
            sql, bind = self._writing.one_by_one(Change("insert", table))
            connection.executemany(sql, map(bind, rows))
        connection.executemany(
            "UPDATE ledger_account SET balance = ?2, sequence = ?3 WHERE id = ?1",
            [(wallet.hex, balance, sequence) for wallet, balance, sequence in wallets],
        )
        connection.commit()
        connection.close()

    def settled(self) -> None:
        connection = sqlite3.connect(self._path)
        connection.execute("ANALYZE")
        connection.commit()
        connection.close()
