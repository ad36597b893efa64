"""Where things are kept: transactions over the four stored shapes, and the ledger.

A transaction is a function given to the store. Stores that never wait (memory, SQLite) drive its
body without suspending, so that begin, body and commit are one stretch nothing can interleave,
and refuse a body that tries to wait; PostgreSQL awaits it.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sparkle_core.domain.kernel.aggregates import Aggregate
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
)
from sparkle_core.ports.ledger import Ledger

R = TypeVar("R")
A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)


class Records(Protocol):
    """The four shapes inside one transaction. Reads see the transaction's own writes.

    Writes are buffered and flushed together, before a read that could see them and at commit;
    `Taken` (of the first tuple declared that clashes, if it says what) and `Stale` show there, and doom the
    transaction: whatever the body does after, it raises them and rolls back. Edge operations and
    `update_where` take effect at once.
    Queries answer at most 200 rows (`PAGE_MAX`), and soft-deleted ones only with `deleted=True`.
    """

    # Kind: versioned aggregates
    async def get(self, kind: Kind[A], id: UUID, *, deleted: bool = False) -> A | None: ...
    async def get_many(self, kind: Kind[A], ids: Iterable[UUID], *, deleted: bool = False) -> dict[UUID, A]: ...
    async def find(
        self,
        kind: Kind[A],
        *where: Clause,
        order: Order = OLDEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
        deleted: bool = False,
    ) -> list[A]:
        """Rows that meet every clause, in `order` (ties by id in the same direction), from `after` on."""
        ...

    async def one(self, kind: Kind[A], *where: Clause, deleted: bool = False) -> A | None:
        """The first row by id that meets every clause."""
        ...

    def save(self, kind: Kind[A], aggregate: A) -> A:
        """Buffer an insert (version 0) or an update of the version held; answers it at its next version.

        At flush: `Stale` when the stored version is another or an inserted id exists; when a unique
        tuple clashes, `Taken` if it says what, else `Stale`. `recorded` events are the caller's to move.
        """
        ...

    async def update_where(self, kind: Kind[A], *where: Clause, changes: Mapping[str, Any]) -> int:
        """Change fields of all rows that meet every clause, counting up their versions; answers how many."""
        ...

    async def hold(self, kind: Kind[A], id: UUID) -> A | None:
        """Get a row as it is now and hold it as a guard until the transaction ends: who else wants to waits."""
        ...

    # Log: append-only
    def append(self, log: Log[E], entry: E) -> None: ...
    async def page(
        self,
        log: Log[E],
        *where: Clause,
        order: Order = NEWEST_FIRST,
        after: After | None = None,
        limit: int = PAGE_MAX,
    ) -> list[E]: ...
    async def expire(self, shape: Kind[Any] | Log[Any], field: str, before: datetime, *where: Clause) -> int:
        """Remove for good the rows whose `field` is before an instant and that meet every clause; how many."""
        ...

    async def erase(self, shape: Kind[Any] | Log[Any], ids: Iterable[UUID]) -> int:
        """Remove rows for good, soft-deleted ones too, by their ids; how many there were."""
        ...

    # Edge: relations
    async def add(self, edge: Edge, source: UUID, target: UUID, kind: str, at: datetime) -> bool:
        """Whether the relation is new."""
        ...

    async def remove(self, edge: Edge, source: UUID, target: UUID, kind: str) -> bool:
        """Whether there was one."""
        ...

    async def has(self, edge: Edge, source: UUID, targets: Iterable[UUID]) -> frozenset[tuple[UUID, str]]:
        """Which of the targets the source is related to, and how, as (target, kind)."""
        ...

    async def sources(
        self, edge: Edge, target: UUID, kind: str | None = None, *, after: UUID | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        """Who is related to a target, as (source, kind), by source id then kind; `after` a source id."""
        ...

    async def targets(
        self, edge: Edge, source: UUID, *, after: tuple[UUID, str] | None = None, limit: int = PAGE_MAX
    ) -> list[tuple[UUID, str]]:
        """What a source is related to, as (target, kind), by target id then kind; `after` one of these."""
        ...

    async def degree(self, edge: Edge, target: UUID, kind: str) -> int:
        """How many are related to a target."""
        ...

    # Counter
    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        """Add to a number, in this transaction (buffered)."""
        ...

    async def counts(self, counter: Counter, ids: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
        """The numbers of some ids that are not zero, by (id, kind)."""
        ...

    async def flush(self) -> None:
        """Write what is buffered, so that its refusals show now."""
        ...


class Transaction(Protocol):
    """What a body gets: records and ledger in one transaction."""

    @property
    def records(self) -> Records: ...
    @property
    def ledger(self) -> Ledger: ...


Body = Callable[[Transaction], Coroutine[Any, Any, R]]


class Store(Protocol):
    """Owns transactions. `waits` says whether bodies are awaited (True) or driven."""

    waits: bool

    async def transact(self, body: Body[R]) -> R:
        """Run the body in one transaction: committed when it returns, rolled back when it raises.

        Raises what the body raises; `Stale` when it lost a race and may be run again. Transactions
        do not nest: a body that asks for another one is a defect, and told so.
        """
        ...

    async def read(self, body: Body[R], *, one_statement: bool = False) -> R:
        """Run a body that only reads: in one snapshot, or without a transaction for a single statement."""
        ...

    async def pause(self, seconds: float) -> None:
        """Wait before a retry; at once on a store that never waits."""
        ...

    async def close(self) -> None: ...
