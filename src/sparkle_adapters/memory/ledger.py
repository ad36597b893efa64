"""The in-memory ledger: what `posting` decides, kept in dicts."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from attrs import evolve, field, frozen

from sparkle_core.domain.economy.errors import UnknownAccount
from sparkle_core.domain.economy.ledger import Account, Entry, NewAccount, Posted, Proof, Transfer, TransferId
from sparkle_core.domain.economy.posting import Posting, Reversible, named, needed, opened
from sparkle_core.domain.economy.proving import proof_of
from sparkle_core.domain.kernel.stored import PAGE_MAX

Undo = list[Callable[[], object]]


@frozen(eq=False)
class MemoryLedgerTables:
    """Accounts by id, transfers by id in posting order, entries by account in sequence."""

    accounts: dict[UUID, Account] = field(factory=dict)
    transfers: dict[TransferId, Transfer] = field(factory=dict)
    entries: dict[UUID, list[Entry]] = field(factory=dict)
    reversed: dict[TransferId, int] = field(factory=dict)


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
            if transfer.reverses is not None:
                self._reversed(transfer.reverses, transfer.amount)
        for entry in posting.entries:
            entries = data.entries.setdefault(entry.account, [])
            entries.append(entry)
            self.undo.append(lambda entries=entries: entries.pop())  # type: ignore[misc]

    def _reversed(self, id: TransferId, amount: int) -> None:
        before = self.data.reversed.get(id, 0)
        self.data.reversed[id] = before + amount
        self.undo.append(lambda: self.data.reversed.__setitem__(id, before))

    async def accounts(self, ids: Iterable[UUID]) -> Mapping[UUID, Account]:
        return {i: self.data.accounts[i] for i in ids if i in self.data.accounts}

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
            data.accounts.values(), data.transfers.values(), (e for es in data.entries.values() for e in es)
        )
