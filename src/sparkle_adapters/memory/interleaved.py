"""The in-memory store with transactions that come between one another, under READ COMMITTED.

`MemoryStore` runs a transaction in one stretch, so that no race can show. Here each operation is a
turn, and other transactions go on in between; who goes on is the caller's choice, by a seed
(`sparkle_core.testing.interleaving`), so that a race is a number that can be told again.

The tables hold what is committed. A transaction keeps what it has done as a list; for each of its
operations that is done again, the operation runs, and all of it is taken back: it sees its own
writes and nobody else's. Rows, unique tuples, relations, numbers and accounts that it writes stay
locked until its end, as in PostgreSQL, and who wants them waits.
"""

from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from attrs import field, frozen, mutable

from sparkle_adapters.memory.ledger import MemoryLedger
from sparkle_adapters.memory.locks import Locks, Turn
from sparkle_adapters.memory.store import MemoryRecords, MemoryTransaction
from sparkle_adapters.memory.tables import MemoryTables, Row, Table, Undo
from sparkle_core.domain.economy.ledger import Account, Entry, NewAccount, Posted, Proof, Transfer, TransferId
from sparkle_core.domain.economy.posting import Posting, named, needed
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Conflict, Stale
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.kernel.stored import (
    NEWEST_FIRST,
    OLDEST_FIRST,
    PAGE_MAX,
    After,
    Clause,
    Counter,
    Edge,
    Kind,
    Log,
    Order,
    Stored,
)
from sparkle_core.ports.driving import drive, one_transaction
from sparkle_core.ports.store import Body

R = TypeVar("R")
A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)

Deed = Callable[[MemoryTransaction], object]
"""Something a transaction has done, which can be done again."""


@frozen
class Write:
    """A buffered write: what it locks, and the deed. Sorted as the SQL stores write: updates first, then by row."""

    order: tuple[int, str, str]
    locks: tuple[Hashable, ...]
    deed: Deed


@mutable(eq=False)
class Interleaved:
    """One transaction: what it has done so far, what it is about to write, and the refusal that dooms it."""

    data: MemoryTables
    locks: Locks
    done: list[Deed] = field(factory=list)
    pending: list[Write] = field(factory=list)
    fault: Conflict | None = None

    async def see(self, look: Callable[[MemoryTransaction], Coroutine[Any, Any, R]]) -> R:
        """Take a turn, write what is pending, and look at what is committed with one's own writes on top."""
        await self.locks.turn()
        await self.settle()
        with self.own() as transaction:
            return drive(look(transaction))

    async def settle(self) -> None:
        """Write what is pending: each lock is waited for, then the row is checked as it is now."""
        if self.fault is not None:
            raise self.fault
        pending, self.pending = sorted(self.pending, key=lambda w: w.order), []
        for write in pending:
            await self.do(write.locks, write.deed)

    async def lock(self, name: Hashable) -> None:
        """Hold something until the end. Raises `Stale` when that would never be one's turn."""
        try:
            await self.locks.take(self, name)
        except Conflict as refusal:
            self.fault = refusal
            raise

    async def do(self, locks: Iterable[Hashable], deed: Deed) -> object:
        """Do something for good, with its locks held. A refusal dooms the transaction."""
        for name in locks:
            await self.lock(name)
        try:
            with self.own() as transaction:
                answer = deed(transaction)
        except Conflict as refusal:
            self.fault = refusal
            raise
        self.done.append(deed)
        return answer

    @contextmanager
    def own(self) -> Iterator[MemoryTransaction]:
        """The tables with one's own writes on top, for as long as the block lasts."""
        undo: Undo = []
        transaction = MemoryTransaction(MemoryRecords(self.data, undo, []), MemoryLedger(self.data.ledger, undo))
        try:
            for deed in self.done:
                deed(transaction)
            yield transaction
        finally:
            for back in reversed(undo):
                back()

    def commit(self) -> None:
        """Let everybody see what was done."""
        transaction = MemoryTransaction(MemoryRecords(self.data, [], []), MemoryLedger(self.data.ledger, []))
        for deed in self.done:
            deed(transaction)


def _row_locks(table: Table, row: Row) -> tuple[Hashable, ...]:
    """A row's own lock, and one for each unique tuple that it takes."""
    id = row[table.id_at]
    taken = [(table.shape.name, unique.fields, key) for unique in table.uniques if None not in (key := unique.key(row))]
    return ((table.shape.name, id), *taken)


@frozen(eq=False)
class InterleavedRecords:
    """The `Records` port inside one interleaved transaction."""

    own: Interleaved

    async def get(self, kind: Kind[A], id: UUID, *, deleted: bool = False) -> A | None:
        return await self.own.see(lambda tx: tx.records.get(kind, id, deleted=deleted))

    async def get_many(self, kind: Kind[A], ids: Iterable[UUID], *, deleted: bool = False) -> dict[UUID, A]:
        wanted = list(ids)
        return await self.own.see(lambda tx: tx.records.get_many(kind, wanted, deleted=deleted))

    async def find(
        self,
        kind: Kind[A],
        *where: Clause,
        order: Order = OLDEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
        deleted: bool = False,
    ) -> list[A]:
        return await self.own.see(
            lambda tx: tx.records.find(kind, *where, order=order, after=after, limit=limit, deleted=deleted)
        )

    async def one(self, kind: Kind[A], *where: Clause, deleted: bool = False) -> A | None:
        return await self.own.see(lambda tx: tx.records.one(kind, *where, deleted=deleted))

    def save(self, kind: Kind[A], aggregate: A) -> A:
        saved = aggregate.as_stored()
        self._write(kind.name, self._table(kind).codec.row(saved), aggregate.version)
        return saved

    def append(self, log: Log[E], entry: E) -> None:
        self._write(log.name, self._table(log).codec.row(entry), 0)

    def _write(self, name: str, row: Row, version: int) -> None:
        table = self.own.data.tables[name]
        locks = _row_locks(table, row)
        earlier = (w.order for w in self.own.pending if w.locks[0] == locks[0])  # of the same row: right after that
        order = next(earlier, (int(version == 0), name, str(row[table.id_at])))
        deed: Deed = lambda tx: table.write(row, version, tx.records.undo)  # noqa: E731
        self.own.pending.append(Write(order, locks, deed))

    async def hold(self, kind: Kind[A], id: UUID) -> A | None:
        await self.own.see(_nothing)
        await self.own.lock((kind.name, id))
        return await self.get(kind, id)

    async def update_where(self, kind: Kind[A], *where: Clause, changes: Mapping[str, Any]) -> int:
        table = self._table(kind)
        plain = {table.at[f]: table.codec.plain(f, v) for f, v in changes.items()}
        changed = 0
        for id in await self._matching(kind, where):
            await self.own.lock((kind.name, id))
            row = await self._still(kind, id, where)
            if row is not None:
                new = [plain.get(i, v) for i, v in enumerate(row)]
                new[table.version_at] += 1
                after = tuple(new)
                await self.own.do(_row_locks(table, after), _putting(table, after))
                changed += 1
        return changed

    async def expire(self, shape: Kind[Any] | Log[Any], field: str, before: datetime, *where: Clause) -> int:
        old, removed = (*where, Clause(field, "<", before)), 0
        for id in await self._matching(shape, old):
            await self.own.lock((shape.name, id))
            if await self._still(shape, id, old) is not None:
                await self.own.do((), _dropping(self._table(shape), id))
                removed += 1
        return removed

    async def _matching(self, shape: Kind[Any] | Log[Any], where: tuple[Clause, ...]) -> list[UUID]:
        """The ids of rows that meet every clause, in the order in which they are locked."""
        table = self._table(shape)

        async def look(tx: MemoryTransaction) -> list[UUID]:
            return sorted(row[table.id_at] for row in table.matching(where))

        return await self.own.see(look)

    async def _still(self, shape: Kind[Any] | Log[Any], id: UUID, where: tuple[Clause, ...]) -> Row | None:
        """A row as it is once it is locked, if it still meets every clause."""
        table = self._table(shape)

        async def look(tx: MemoryTransaction) -> Row | None:
            return next((row for row in table.matching(where) if row[table.id_at] == id), None)

        return await self.own.see(look)

    async def page(
        self,
        log: Log[E],
        *where: Clause,
        order: Order = NEWEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
    ) -> list[E]:
        return await self.own.see(lambda tx: tx.records.page(log, *where, order=order, after=after, limit=limit))

    async def add(self, edge: Edge, source: UUID, target: UUID, kind: str, at: datetime) -> bool:
        await self.own.see(_nothing)
        lock = (edge.name, source, target, kind)
        return bool(await self.own.do((lock,), lambda tx: drive(tx.records.add(edge, source, target, kind, at))))

    async def remove(self, edge: Edge, source: UUID, target: UUID, kind: str) -> bool:
        await self.own.see(_nothing)
        lock = (edge.name, source, target, kind)
        return bool(await self.own.do((lock,), lambda tx: drive(tx.records.remove(edge, source, target, kind))))

    async def has(self, edge: Edge, source: UUID, targets: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
        wanted = list(targets)
        return await self.own.see(lambda tx: tx.records.has(edge, source, wanted))

    async def sources(
        self, edge: Edge, target: UUID, kind: str | None = None, *, after: UUID | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        return await self.own.see(lambda tx: tx.records.sources(edge, target, kind, after=after, limit=limit))

    async def degree(self, edge: Edge, target: UUID, kind: str) -> int:
        return await self.own.see(lambda tx: tx.records.degree(edge, target, kind))

    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        numbers = self.own.data.counters[counter.name]
        order, lock = (2, counter.name, f"{id} {kind}"), (counter.name, id, kind)
        self.own.pending.append(Write(order, (lock,), lambda tx: numbers.write((id, kind), by, tx.records.undo)))

    async def counts(self, counter: Counter, ids: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
        wanted = list(ids)
        return await self.own.see(lambda tx: tx.records.counts(counter, wanted))

    async def flush(self) -> None:
        await self.own.see(_nothing)

    def _table(self, shape: Kind[Any] | Log[Any]) -> Table:
        return self.own.data.tables[shape.name]


async def _nothing(tx: MemoryTransaction) -> None:
    """To settle, and let others go on."""


def _putting(table: Table, row: Row) -> Deed:
    return lambda tx: table.put(row, tx.records.undo)


def _dropping(table: Table, id: UUID) -> Deed:
    return lambda tx: table.drop(id, tx.records.undo)


@frozen(eq=False)
class InterleavedLedger:
    """The `Ledger` port inside one interleaved transaction."""

    own: Interleaved

    async def open(self, account: NewAccount) -> None:
        order, lock = (0, "ledger_account", str(account.id)), ("account", account.id)
        self.own.pending.append(Write(order, (lock,), lambda tx: drive(tx.ledger.open(account))))

    async def post(self, *transfers: Transfer) -> Posted:
        posting = await self.load(needed(transfers), named(transfers))
        posted = posting.post(transfers)
        self.keep(posting)
        return posted

    async def load(self, accounts: Iterable[UUID], transfers: Iterable[TransferId]) -> Posting:
        wanted, names = self.in_order(accounts), list(transfers)
        for id in await self.own.see(lambda tx: tx.ledger.accounts(wanted)):
            await self.own.locks.turn()
            await self.own.lock(("account", id))
        return await self.own.see(lambda tx: tx.ledger.load(wanted, names))

    def in_order(self, accounts: Iterable[UUID]) -> list[UUID]:
        """Accounts in the order in which they are locked: one order for all, so that no two wait for each other."""
        return sorted(set(accounts))

    def keep(self, posting: Posting) -> None:
        accounts = [*posting.held, *(new.id for new in posting.opened)]
        locks = [("account", id) for id in accounts] + [("transfer", t.id) for t in posting.transfers]
        self.own.pending.append(Write((3, "ledger", ""), tuple(locks), lambda tx: _kept(tx.ledger, posting)))

    async def accounts(self, ids: Iterable[UUID]) -> Mapping[UUID, Account]:
        wanted = list(ids)
        return await self.own.see(lambda tx: tx.ledger.accounts(wanted))

    async def transfer(self, id: TransferId) -> Transfer | None:
        return await self.own.see(lambda tx: tx.ledger.transfer(id))

    async def entries(
        self,
        account: UUID,
        *,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = PAGE_MAX,
    ) -> list[Entry]:
        return await self.own.see(
            lambda tx: tx.ledger.entries(account, kind=kind, since=since, until=until, before=before, limit=limit)
        )

    async def freeze(self, account: UUID, frozen: bool) -> None:
        await self.own.see(_nothing)
        await self.own.do((("account", account),), lambda tx: drive(tx.ledger.freeze(account, frozen)))

    async def prove(self) -> Proof:
        return await self.own.see(lambda tx: tx.ledger.prove())


def _kept(ledger: MemoryLedger, posting: Posting) -> None:
    """Keep a posting, if its accounts stand where they stood when it was decided and its ids are still free."""
    data = ledger.data
    for id, sequence in posting.held.items():
        account = data.accounts.get(id)
        if account is not None and account.sequence != sequence:
            raise Stale("ledger_account")
    for transfer in posting.transfers:
        if transfer.id in data.transfers:
            raise Stale("ledger_transfer")
    ledger.keep(posting)


@frozen(eq=False)
class InterleavedTransaction:
    """The `Transaction` port."""

    records: InterleavedRecords
    ledger: InterleavedLedger


class InterleavedStore:
    """The `Store` port: `turn` is awaited before each operation, and others go on meanwhile."""

    waits = True

    def __init__(self, stored: Iterable[Stored], turn: Turn) -> None:
        self.data = MemoryTables.of(stored)
        self.locks = Locks(turn)

    async def transact(self, body: Body[R]) -> R:
        own = Interleaved(self.data, self.locks)
        with one_transaction():
            try:
                answer = await body(self.transaction(own))
                await own.see(_nothing)
                own.commit()
            finally:
                self.locks.release(own)
            return answer

    def transaction(self, own: Interleaved) -> InterleavedTransaction:
        """What a body gets."""
        return InterleavedTransaction(InterleavedRecords(own), InterleavedLedger(own))

    async def read(self, body: Body[R], *, one_statement: bool = False) -> R:
        """In one stretch: a snapshot."""
        with one_transaction():
            await self.locks.turn()
            with Interleaved(self.data, self.locks).own() as transaction:
                return drive(body(transaction))

    async def pause(self, seconds: float) -> None:
        await self.locks.turn()

    async def close(self) -> None:
        """Memory is freed with the object."""
