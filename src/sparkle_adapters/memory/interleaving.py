"""One interleaved transaction: what it has done, what it locks, and how it sees its own writes and nobody else's."""

from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from attrs import field, frozen, mutable

from sparkle_adapters.memory.ledger import MemoryLedger
from sparkle_adapters.memory.locks import Locks
from sparkle_adapters.memory.store import MemoryRecords, MemoryTransaction
from sparkle_adapters.memory.tables import MemoryTables, Undo
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Conflict
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.ports.driving import drive

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


async def nothing(tx: MemoryTransaction) -> None:
    """To settle, and let others go on."""
