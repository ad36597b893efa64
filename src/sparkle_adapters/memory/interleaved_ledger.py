"""The `Ledger` port inside one interleaved transaction."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from attrs import frozen

from sparkle_adapters.memory.interleaving import Interleaved, Write, nothing
from sparkle_adapters.memory.ledger import MemoryLedger
from sparkle_adapters.memory.store import MemoryTransaction
from sparkle_core.domain.economy.chain import Head
from sparkle_core.domain.economy.holds import Capture, Hold, held_accounts
from sparkle_core.domain.economy.ledger import Account, Entry, NewAccount, Posted, Proof, Transfer, TransferId
from sparkle_core.domain.economy.posting import Posting, named, needed
from sparkle_core.domain.economy.sealing import SEAL_MAX
from sparkle_core.domain.economy.verifying import Verification
from sparkle_core.domain.kernel.digests import KeyedDigest
from sparkle_core.domain.kernel.errors import Stale
from sparkle_core.domain.kernel.stored import (
    PAGE_MAX,
)
from sparkle_core.ports.driving import drive

R = TypeVar("R")


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
        for id, account in (await self.own.see(lambda tx: tx.ledger.accounts(wanted))).items():
            if not account.hot:
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

    async def reserve(self, hold: Hold) -> Hold:
        await self._lock([hold])
        return self._decide(lambda ledger: ledger.reserve(hold))

    async def capture(self, capture: Capture) -> Posted:
        found = await self.hold(capture.hold)
        await self._lock([found] if found else [], *(held_accounts(found, capture) if found else ()))
        return self._decide(lambda ledger: ledger.capture(capture))

    async def void(self, hold: TransferId, at: datetime) -> Hold:
        found = await self.hold(hold)
        await self._lock([found] if found else [])
        return self._decide(lambda ledger: ledger.void(hold, at))

    async def expire(self, at: datetime, limit: int = PAGE_MAX) -> list[Hold]:
        locked: set[TransferId] = set()
        while new := [hold for hold in await self._due(at, limit) if hold.id not in locked]:
            await self._lock(new)
            locked |= {hold.id for hold in new}
        return self._decide(lambda ledger: ledger.expire(at, limit))

    async def _due(self, at: datetime, limit: int) -> list[Hold]:
        async def look(tx: MemoryTransaction) -> list[Hold]:
            return tx.ledger.due(at, limit)

        return await self.own.see(look)

    async def hold(self, id: TransferId) -> Hold | None:
        return await self.own.see(lambda tx: tx.ledger.hold(id))

    async def _lock(self, holds: Iterable[Hold], *more: UUID) -> None:
        """Lock holds and the accounts that they touch, accounts first and in their order."""
        some = list(holds)
        await self.own.see(nothing)
        for account in self.in_order([*(hold.account for hold in some), *more]):
            await self.own.lock(("account", account))
        for hold in some:
            await self.own.lock(("transfer", hold.id))

    def _decide(self, decide: Callable[[MemoryLedger], Coroutine[Any, Any, R]]) -> R:
        """Decide under the locks taken, without a turn in between; a refusal changes nothing and dooms nothing."""
        with self.own.own() as transaction:
            answer = drive(decide(transaction.ledger))
        self.own.done.append(lambda tx: drive(decide(tx.ledger)))
        return answer

    async def seal(self, key: KeyedDigest, at: datetime, limit: int = SEAL_MAX) -> int:
        async def waiting(tx: MemoryTransaction) -> list[TransferId]:
            return tx.ledger.waiting(limit)

        await self.own.see(nothing)
        await self.own.lock("sealing")
        taken = await self.own.see(waiting)
        await self.own.do((), lambda tx: tx.ledger.seal_those(taken, key, at))
        return len(taken)

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
        await self.own.see(nothing)
        await self.own.do((("account", account),), lambda tx: drive(tx.ledger.freeze(account, frozen)))

    async def prove(self) -> Proof:
        return await self.own.see(lambda tx: tx.ledger.prove())

    async def verify(self, key: KeyedDigest, known: Head | None = None) -> Verification:
        return await self.own.see(lambda tx: tx.ledger.verify(key, known))


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
