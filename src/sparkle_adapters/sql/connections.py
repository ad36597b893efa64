"""What records, ledger and limiter need of a database: statements in a transaction, and transactions."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sparkle_adapters.sql.changes import Changes
from sparkle_adapters.sql.compiled import Compiled, Row

R = TypeVar("R")

Values = Mapping[str, Any]


class Connection(Protocol):
    """One transaction's connection. A refused write dooms the transaction: it can only roll back."""

    async def rows(self, statement: Compiled, values: Values) -> Sequence[Row]:
        """What a statement answers."""
        ...

    async def count(self, statement: Compiled, values: Values) -> int:
        """How many rows a statement changed."""
        ...

    async def write(self, changes: Changes) -> None:
        """Write buffered changes. Raises `Taken` and `Stale`."""
        ...


Work = Callable[[Connection], Coroutine[Any, Any, R]]


class Database(Protocol):
    """Runs work in transactions. `waits` says whether work is awaited (True) or driven."""

    waits: bool

    async def transact(self, work: Work[R]) -> R: ...

    async def read(self, work: Work[R], *, one_statement: bool) -> R: ...

    async def alone(self, statement: Compiled, values: Values) -> Sequence[Row]:
        """Run one statement in a transaction of its own."""
        ...

    async def pause(self, seconds: float) -> None: ...

    async def close(self) -> None: ...
