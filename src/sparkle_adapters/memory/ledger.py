"""The in-memory ledger: what `posting` decides, kept in dicts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeVar
from uuid import UUID

from attrs import evolve, field, frozen

from sparkle_core.domain.economy.chain import Head, Link, Seal, digest_of
from sparkle_core.domain.economy.errors import UnknownAccount
from sparkle_core.domain.economy.holds import Capture, Hold, Holding, HoldState, held_accounts
from sparkle_core.domain.economy.ledger import Account, Entry, NewAccount, Posted, Proof, Transfer, TransferId
from sparkle_core.domain.economy.posting import Posting, Reversible, named, needed, opened
from sparkle_core.domain.economy.proving import proof_of
from sparkle_core.domain.economy.sealing import SEAL_MAX, Sealing, Waiting, hot_among, with_waiting
from sparkle_core.domain.economy.verifying import Verification, verification_of
from sparkle_core.domain.kernel.digests import KeyedDigest
from sparkle_core.domain.kernel.stored import PAGE_MAX

T = TypeVar("T")
Undo = list[Callable[[], object]]


@frozen(eq=False)
class MemoryLedgerTables:
    """Accounts by id, transfers by id in posting order, entries by account in sequence, holds by id.

    `unsealed` are the digests of the transfers that wait to be sealed, in posting order; `links` and `seals`
    are the hash chain over the others.
    """

    accounts: dict[UUID, Account] = field(factory=dict)
    transfers: dict[TransferId, Transfer] = field(factory=dict)
    entries: dict[UUID, list[Entry]] = field(factory=dict)
    reversed: dict[TransferId, int] = field(factory=dict)
    holds: dict[TransferId, Hold] = field(factory=dict)
    unsealed: dict[TransferId, str] = field(factory=dict)
    links: list[Link] = field(factory=list)
    seals: list[Seal] = field(factory=list)


@frozen(eq=False)
class MemoryLedger:
    """The `Ledger` port inside one transaction."""

    data: MemoryLedgerTables
    undo: Undo

    async def open(self, account: NewAccount) -> None:
        self._open(account)

    def _open(self, account: NewAccount) -> None:
        if account.id not in self.data.accounts:
            self._put(opened(account))

    def _put(self, account: Account) -> None:
        accounts, before = self.data.accounts, self.data.accounts.get(account.id)
        accounts[account.id] = account
        if before is None:
            self.undo.append(lambda: accounts.__delitem__(account.id))
        else:
            self.undo.append(lambda: accounts.__setitem__(account.id, before))

    async def post(self, *transfers: Transfer) -> Posted:
        posting = await self.load(needed(transfers), named(transfers))
        posted = posting.post(transfers)
        self.keep(posting)
        return posted

    async def load(self, accounts: Iterable[UUID], transfers: Iterable[TransferId]) -> Posting:
        data = self.data
        found = {id: data.transfers[id] for id in transfers if id in data.transfers}
        return Posting(
            accounts={id: data.accounts[id] for id in accounts if id in data.accounts},
            known=found,
            reversibles={id: Reversible(transfer, data.reversed.get(id, 0)) for id, transfer in found.items()},
        )

    def keep(self, posting: Posting) -> None:
        data = self.data
        for account in posting.opened:
            self._open(account)
        for account_now in posting.touched:
            self._put(account_now)
        for transfer in posting.transfers:
            data.transfers[transfer.id] = transfer
            self.undo.append(lambda id=transfer.id: data.transfers.__delitem__(id))  # type: ignore[misc]
            data.unsealed[transfer.id] = digest_of(transfer)
            self.undo.append(lambda id=transfer.id: data.unsealed.__delitem__(id))  # type: ignore[misc]
            if transfer.reverses is not None:
                self._reversed(transfer.reverses, transfer.amount)
        self._append(posting.entries)

    def _append(self, some: Iterable[Entry]) -> None:
        for entry in some:
            entries = self.data.entries.setdefault(entry.account, [])
            entries.append(entry)
            self.undo.append(lambda entries=entries: entries.pop())  # type: ignore[misc]

    def _reversed(self, id: TransferId, amount: int) -> None:
        before = self.data.reversed.get(id, 0)
        self.data.reversed[id] = before + amount
        self.undo.append(lambda: self.data.reversed.__setitem__(id, before))

    async def reserve(self, hold: Hold) -> Hold:
        holding = await self._holding([hold.account], [hold.id])
        reserved = holding.reserve(hold)
        self._keep_holds(holding)
        return reserved

    async def capture(self, capture: Capture) -> Posted:
        hold = self.data.holds.get(capture.hold)
        holding = await self._holding(held_accounts(hold, capture) if hold else [], [capture.hold])
        posted = holding.capture(capture)
        self._keep_holds(holding)
        return posted

    async def void(self, hold: TransferId, at: datetime) -> Hold:
        found = self.data.holds.get(hold)
        holding = await self._holding([found.account] if found else [], [hold])
        voided = holding.void(hold, at)
        self._keep_holds(holding)
        return voided

    async def expire(self, at: datetime, limit: int = PAGE_MAX) -> list[Hold]:
        due = self.due(at, limit)
        holding = await self._holding([h.account for h in due], [h.id for h in due])
        expired = holding.expire(at)
        self._keep_holds(holding)
        return expired

    def due(self, at: datetime, limit: int) -> list[Hold]:
        """Open holds that have run out, those due first."""
        due = [h for h in self.data.holds.values() if h.state is HoldState.OPEN and h.expires_at <= at]
        return sorted(due, key=lambda h: (h.expires_at, h.id.namespace, h.id.key))[: min(limit, PAGE_MAX)]

    async def hold(self, id: TransferId) -> Hold | None:
        return self.data.holds.get(id)

    async def _holding(self, accounts: Iterable[UUID], ids: Iterable[TransferId]) -> Holding:
        wanted = list(ids)
        posting = await self.load(accounts, wanted)
        return Holding(posting, {id: self.data.holds[id] for id in wanted if id in self.data.holds})

    def _keep_holds(self, holding: Holding) -> None:
        for account in holding.accounts:
            self._put(account)
        for hold in holding.changed.values():
            self.undo.append(partial(_put_back, self.data.holds, hold.id, self.data.holds.get(hold.id)))
            self.data.holds[hold.id] = hold
        self.keep(holding.posting)

    async def accounts(self, ids: Iterable[UUID]) -> Mapping[UUID, Account]:
        found = {i: self.data.accounts[i] for i in ids if i in self.data.accounts}
        if hot := hot_among(found):
            waiting = [self.data.transfers[id] for id in self.data.unsealed if id in self.data.transfers]
            found |= {id: with_waiting(account, waiting) for id, account in hot.items()}
        return found

    async def seal(self, key: KeyedDigest, at: datetime, limit: int = SEAL_MAX) -> int:
        return self.seal_those(self.waiting(limit), key, at)

    def waiting(self, limit: int) -> list[TransferId]:
        """What is to be sealed next; what is not as it was posted is left to `verify`."""
        data = self.data
        first = islice(data.unsealed, min(limit, SEAL_MAX))
        waiting = ((id, Waiting.of(data.transfers.get(id), self._written(id), data.unsealed[id])) for id in first)
        return [id for id, row in waiting if row.can_be_sealed]

    def seal_those(self, ids: Iterable[TransferId], key: KeyedDigest, at: datetime) -> int:
        """Write what sealing them comes to, and take them from the queue; answers how many were."""
        data = self.data
        transfers = [data.transfers[id] for id in ids]
        sides = {side for t in transfers for side in (t.debit, t.credit)}
        hot = {id: account for id in sides if (account := data.accounts[id]).hot}
        sealing = Sealing(hot, Head.after(_last(data.seals), _last(data.links)), key)
        for transfer in transfers:
            sealing.seal(transfer, self._written(transfer.id))
        for transfer in sealing.sealed:
            digest = data.unsealed.pop(transfer.id)
            self.undo.append(partial(data.unsealed.__setitem__, transfer.id, digest))
        for account in sealing.touched:
            self._put(account)
        self._append(sealing.entries)
        self._extend(data.links, sealing.links)
        self._extend(data.seals, sealing.seals(at))
        return len(sealing.sealed)

    def _written(self, id: TransferId) -> list[Entry]:
        """The entries on the cold sides of a transfer that waits, the newest of their accounts or nearly so."""
        data, transfer = self.data, self.data.transfers.get(id)
        sides = () if transfer is None else (transfer.debit, transfer.credit)
        cold = (data.entries.get(side, []) for side in sides if not data.accounts[side].hot)
        found = (next((e for e in reversed(entries) if e.transfer == id), None) for entries in cold)
        return [entry for entry in found if entry is not None]

    def _extend(self, rows: list[T], new: Sequence[T]) -> None:
        before = len(rows)
        rows += new
        self.undo.append(lambda: rows.__delitem__(slice(before, None)))

    async def verify(self, key: KeyedDigest, known: Head | None = None) -> Verification:
        data = self.data
        entries = [entry for entries in data.entries.values() for entry in entries]
        chain = data.links, data.seals
        return verification_of(
            data.accounts.values(), data.transfers, entries, data.holds.values(), data.unsealed, chain, key, known
        )

    async def transfer(self, id: TransferId) -> Transfer | None:
        return self.data.transfers.get(id)

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
        found = (
            e
            for e in reversed(self.data.entries.get(account, []))
            if (kind is None or e.kind == kind)
            and (since is None or e.at >= since)
            and (until is None or e.at < until)
            and (before is None or e.sequence < before)
        )
        return [e for e, _ in zip(found, range(min(limit, PAGE_MAX)), strict=False)]

    async def freeze(self, account: UUID, frozen: bool) -> None:
        if account not in self.data.accounts:
            raise UnknownAccount
        self._put(evolve(self.data.accounts[account], frozen=frozen))

    async def prove(self) -> Proof:
        data = self.data
        return proof_of(
            data.accounts.values(),
            data.transfers.values(),
            (e for es in data.entries.values() for e in es),
            data.holds.values(),
            data.unsealed,
        )


def _put_back(holds: dict[TransferId, Hold], id: TransferId, before: Hold | None) -> None:
    if before is None:
        del holds[id]
    else:
        holds[id] = before


def _last(rows: Sequence[T]) -> T | None:
    return rows[-1] if rows else None
