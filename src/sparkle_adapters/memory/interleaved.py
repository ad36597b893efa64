"""The in-memory store with transactions that come between one another, under READ COMMITTED.

`MemoryStore` runs a transaction in one stretch, so that no race can show. Here each operation is a
turn, and other transactions go on in between; who goes on is the caller's choice, by a seed
(`sparkle_core.testing.interleaving`), so that a race is a number that can be told again.

The tables hold what is committed. A transaction keeps what it has done as a list; for each of its
operations that is done again, the operation runs, and all of it is taken back: it sees its own
writes and nobody else's. Rows, unique tuples, relations, numbers and accounts that it writes stay
locked until its end, as in PostgreSQL, and who wants them waits.
"""

from collections.abc import Iterable
from typing import TypeVar

from attrs import frozen

from sparkle_adapters.memory.interleaved_ledger import InterleavedLedger
from sparkle_adapters.memory.interleaved_records import InterleavedRecords
from sparkle_adapters.memory.interleaving import Interleaved, nothing
from sparkle_adapters.memory.locks import Locks, Turn
from sparkle_adapters.memory.tables import MemoryTables
from sparkle_core.domain.kernel.stored import (
    Stored,
)
from sparkle_core.ports.driving import drive, one_transaction
from sparkle_core.ports.store import Body

R = TypeVar("R")


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
                await own.see(nothing)
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
