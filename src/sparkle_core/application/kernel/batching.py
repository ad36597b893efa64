"""Many commands in one transaction, each all or nothing, as if one came after the other.

A use case marked `batched` says beforehand what it reads. That is loaded for a whole batch in a
few statements; then its handler, the same as for a single command, runs over what was loaded,
and cannot wait. A command that is refused leaves its neighbours whole. What all have come to is
written at the end, by the statements that write a single command's changes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Never, TypeVar, cast
from uuid import UUID

from attrs import field, frozen, mutable

from sparkle_core.domain.economy.ledger import Account, Posted, Transfer, TransferId
from sparkle_core.domain.economy.posting import Mark, Posting
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Stale
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.kernel.stored import Counter, Kind, Log
from sparkle_core.ports.ledger import Ledger
from sparkle_core.ports.store import Records, Transaction

A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)


@frozen
class Needs:
    """What a batched command reads: rows by id, ledger accounts, transfers whose ids it may use."""

    rows: tuple[tuple[Kind[Any], UUID], ...] = ()
    accounts: tuple[UUID, ...] = ()
    transfers: tuple[TransferId, ...] = ()


class NotDeclared(TypeError):
    """A batched use case asked for something that its needs do not name: a defect of the use case."""

    def __init__(self, what: str) -> None:
        super().__init__(f"a batched use case works with what it declared beforehand; it did not declare {what}")


Key = tuple[str, UUID]

Write = tuple[Any, ...]
"""A verb of the `Records` port, and what it is called with."""


@mutable(eq=False)
class Batch:
    """What was loaded for a batch, and what its commands have changed of it so far."""

    rows: dict[Key, Aggregate | None]
    posting: Posting
    _writes: list["Write"] = field(factory=list, init=False)

    @classmethod
    async def load(cls, tx: Transaction, needs: Iterable[Needs]) -> "Batch":
        """Load what commands need, one statement a kind, and lock their accounts."""
        kinds: dict[str, Kind[Any]] = {}
        ids: dict[str, dict[UUID, None]] = {}
        accounts: dict[UUID, None] = {}
        transfers: dict[TransferId, None] = {}
        for one in needs:
            for kind, id in one.rows:
                kinds[kind.name] = kind
                ids.setdefault(kind.name, {})[id] = None
            accounts.update(dict.fromkeys(one.accounts))
            transfers.update(dict.fromkeys(one.transfers))
        rows: dict[Key, Aggregate | None] = {}
        for name, kind in kinds.items():
            found = await tx.records.get_many(kind, ids[name])
            rows.update({(name, id): found.get(id) for id in ids[name]})
        return cls(rows, await tx.ledger.load(accounts, transfers) if accounts else Posting({}, {}))

    def command(self) -> "CommandInBatch":
        """A transaction within the batch, for one command."""
        return CommandInBatch(BatchRecords(self.rows), BatchLedger(self.posting))

    def absorb(self, command: "CommandInBatch") -> None:
        """Take over what a command has changed: the next one finds it."""
        self.rows.update(command.rows.changed)
        self._writes += command.rows.writes

    def write(self, tx: Transaction) -> None:
        """Hand everything over to the real transaction."""
        records = tx.records
        for verb, *what in self._writes:
            getattr(records, verb)(*what)
        tx.ledger.keep(self.posting)


@mutable(eq=False)
class BatchRecords:
    """The part of the `Records` port that a batched command can use: get what was declared, save, append, count."""

    loaded: Mapping[Key, Aggregate | None]
    changed: dict[Key, Aggregate | None] = field(factory=dict)
    writes: list["Write"] = field(factory=list)

    async def get(self, kind: Kind[A], id: UUID, *, deleted: bool = False) -> A | None:
        key = (kind.name, id)
        rows = self.changed if key in self.changed else self.loaded
        try:
            return rows[key]  # type: ignore[return-value] # rows are kept by the name of their kind
        except KeyError:
            raise NotDeclared(f"{kind.name} {id}") from None

    def save(self, kind: Kind[A], aggregate: A) -> A:
        key = (kind.name, aggregate.id)
        held = self.changed[key] if key in self.changed else self.loaded.get(key)
        if (held.version if held is not None else 0) != aggregate.version:
            raise Stale(kind.name)
        saved = self.changed[key] = aggregate.as_stored()
        self.writes.append(("save", kind, aggregate))
        return saved

    def append(self, log: Log[E], entry: E) -> None:
        self.writes.append(("append", log, entry))

    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        self.writes.append(("bump", counter, id, kind, by))

    async def flush(self) -> None:
        """Nothing is written before the whole batch is."""

    def __getattr__(self, name: str) -> Never:
        raise NotDeclared(f"the use of records.{name}")


@mutable(eq=False)
class BatchLedger:
    """The part of the `Ledger` port that a batched command can use: post, and look at accounts and transfers."""

    posting: Posting
    _before: Mark = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._before = self.posting.mark()

    async def post(self, *transfers: Transfer) -> Posted:
        return self.posting.post(transfers)

    async def accounts(self, ids: Iterable[UUID]) -> Mapping[UUID, Account]:
        return {id: self.posting.accounts[id] for id in ids if id in self.posting.accounts}

    async def transfer(self, id: TransferId) -> Transfer | None:
        return self.posting.known.get(id)

    def undo(self) -> None:
        """Take back what this command has posted, since it failed after that."""
        self.posting.back_to(self._before)

    def __getattr__(self, name: str) -> Never:
        raise NotDeclared(f"the use of ledger.{name}")


@frozen(eq=False)
class CommandInBatch:
    """The `Transaction` port for one command of a batch."""

    rows: BatchRecords
    books: BatchLedger

    @property
    def records(self) -> Records:
        return cast(Records, self.rows)  # what it lacks says so when it is asked for

    @property
    def ledger(self) -> Ledger:
        return cast(Ledger, self.books)
