"""The `Ledger` port over keys and values: what `posting` and `holds` decide is kept, and nothing is decided here."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from attrs import evolve

from sparkle_adapters.codec import JsonCodec
from sparkle_core.domain.economy.chain import Head, Link, Seal, digest_of
from sparkle_core.domain.economy.errors import UnknownAccount
from sparkle_core.domain.economy.holds import Capture, Hold, Holding, HoldState, held_accounts
from sparkle_core.domain.economy.ledger import Account, Entry, NewAccount, Posted, Proof, Transfer, TransferId
from sparkle_core.domain.economy.posting import Posting, Reversible, named, needed, opened
from sparkle_core.domain.economy.proving import proof_of
from sparkle_core.domain.economy.sealing import SEAL_MAX, Sealing, hot_among, with_waiting
from sparkle_core.domain.economy.verifying import Verification, verification_of
from sparkle_core.domain.kernel.digests import KeyedDigest
from sparkle_core.domain.kernel.stored import PAGE_MAX
from sparkle_dbm.files import View

T = TypeVar("T")

_JSON = JsonCodec()


class DbmLedger:
    """The `Ledger` port inside one transaction."""

    def __init__(self, view: View) -> None:
        self._view = view

    def _get(self, kind: type[T], key: str) -> T | None:
        found = self._view.get(key)
        return None if found is None else _JSON.decode(found, kind)

    def _all(self, kind: type[T], start: str) -> list[T]:
        return [_JSON.decode(self._view.get(key) or "", kind) for key in self._view.under(start)]

    def _put(self, key: str, value: Any) -> None:
        self._view.put(key, _JSON.encode(value))

    # Accounts and transfers
    async def open(self, account: NewAccount) -> None:
        self._open(account)

    def _open(self, account: NewAccount) -> None:
        if self._view.get(f"account/{account.id.hex}") is None:
            self._put(f"account/{account.id.hex}", opened(account))

    async def accounts(self, ids: Iterable[UUID]) -> Mapping[UUID, Account]:
        found = self._stored(ids)
        waiting = self._waiting() if hot_among(found) else []
        return found | {id: with_waiting(account, waiting) for id, account in hot_among(found).items()}

    def _stored(self, ids: Iterable[UUID]) -> dict[UUID, Account]:
        found = {id: self._get(Account, f"account/{id.hex}") for id in ids}
        return {id: account for id, account in found.items() if account is not None}

    async def freeze(self, account: UUID, frozen: bool) -> None:
        found = self._get(Account, f"account/{account.hex}")
        if found is None:
            raise UnknownAccount
        self._put(f"account/{account.hex}", evolve(found, frozen=frozen))

    async def transfer(self, id: TransferId) -> Transfer | None:
        return self._get(Transfer, _key("transfer", id))

    async def load(self, accounts: Iterable[UUID], transfers: Iterable[TransferId]) -> Posting:
        found = {id: await self.transfer(id) for id in transfers}
        known = {id: transfer for id, transfer in found.items() if transfer is not None}
        back = {id: Reversible(transfer, int(self._view.get(_key("back", id)) or 0)) for id, transfer in known.items()}
        return Posting(accounts=self._stored(accounts), known=known, reversibles=back)

    async def post(self, *transfers: Transfer) -> Posted:
        posting = await self.load(needed(transfers), named(transfers))
        posted = posting.post(transfers)
        self.keep(posting)
        return posted

    def keep(self, posting: Posting) -> None:
        for new in posting.opened:
            self._open(new)
        for account in posting.touched:
            self._put(f"account/{account.id.hex}", account)
        for transfer in posting.transfers:
            self._put(_key("transfer", transfer.id), transfer)
            self._view.put(_key("unsealed", transfer.id), digest_of(transfer))
            if transfer.reverses is not None:
                back = _key("back", transfer.reverses)
                self._view.put(back, str(int(self._view.get(back) or 0) + transfer.amount))
        for entry in posting.entries:
            self._put(f"entry/{entry.account.hex}/{entry.sequence:020}", entry)

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
        found = [
            e
            for e in reversed(self._all(Entry, f"entry/{account.hex}/"))
            if (kind is None or e.kind == kind)
            and (since is None or e.at >= since)
            and (until is None or e.at < until)
            and (before is None or e.sequence < before)
        ]
        return found[: min(limit, PAGE_MAX)]

    async def prove(self) -> Proof:
        return proof_of(
            self._all(Account, "account/"),
            self._all(Transfer, "transfer/"),
            self._all(Entry, "entry/"),
            self._all(Hold, "hold/"),
            {id: digest for id, digest in self._queue()},
        )

    # Sealing
    def _queue(self) -> list[tuple[TransferId, str]]:
        """The transfers that wait to be sealed, each with the digest that was taken when it was posted."""
        names = [(key, json.loads(key.removeprefix("unsealed/"))) for key in self._view.under("unsealed/")]
        return [(TransferId(*name), self._view.get(key) or "") for key, name in names]

    def _waiting(self) -> list[Transfer]:
        """Those of them that still are what was posted; the proof names the others."""
        found = [(self._get(Transfer, _key("transfer", id)), digest) for id, digest in self._queue()]
        return [t for t, digest in found if t is not None and digest_of(t) == digest]

    def _written(self, transfer: Transfer) -> list[Entry]:
        """The entries that a transfer has already: its hot sides have none yet."""
        sides = (transfer.debit, transfer.credit)
        return [e for side in sides for e in self._all(Entry, f"entry/{side.hex}/") if e.transfer == transfer.id]

    def _chain(self) -> tuple[list[Link], list[Seal]]:
        return self._all(Link, "link/"), self._all(Seal, "seal/")

    async def seal(self, key: KeyedDigest, at: datetime, limit: int = SEAL_MAX) -> int:
        waiting = self._waiting()[: min(limit, SEAL_MAX)]
        hot = hot_among(self._stored(side for t in waiting for side in (t.debit, t.credit)))
        links, seals = self._chain()
        sealing = Sealing(hot, Head.after(seals[-1] if seals else None, links[-1] if links else None), key)
        for transfer in waiting:
            sealing.seal(transfer, self._written(transfer))
        for transfer in sealing.sealed:
            self._view.drop(_key("unsealed", transfer.id))
        for account in sealing.touched:
            self._put(f"account/{account.id.hex}", account)
        for entry in sealing.entries:
            self._put(f"entry/{entry.account.hex}/{entry.sequence:020}", entry)
        for link in sealing.links:
            self._put(f"link/{link.number:020}", link)
        for seal in sealing.seals(at):
            self._put(f"seal/{seal.number:020}", seal)
        return len(sealing.sealed)

    async def verify(self, key: KeyedDigest, known: Head | None = None) -> Verification:
        return verification_of(
            self._all(Account, "account/"),
            {transfer.id: transfer for transfer in self._all(Transfer, "transfer/")},
            self._all(Entry, "entry/"),
            self._all(Hold, "hold/"),
            dict(self._queue()),
            self._chain(),
            key,
            known,
        )

    # Holds
    async def hold(self, id: TransferId) -> Hold | None:
        return self._get(Hold, _key("hold", id))

    async def _decide(self, ids: Iterable[TransferId], accounts: Iterable[UUID], decide: Callable[[Holding], T]) -> T:
        """Let `Holding` decide over what is loaded, and keep what it came to."""
        wanted = list(ids)
        found = {id: await self.hold(id) for id in wanted}
        stored = {id: hold for id, hold in found.items() if hold is not None}
        holding = Holding(await self.load(accounts, wanted), stored)
        answer = decide(holding)
        for account in holding.accounts:
            self._put(f"account/{account.id.hex}", account)
        for hold in holding.changed.values():
            self._put(_key("hold", hold.id), hold)
        self.keep(holding.posting)
        return answer

    async def reserve(self, hold: Hold) -> Hold:
        return await self._decide([hold.id], [hold.account], lambda holding: holding.reserve(hold))

    async def capture(self, capture: Capture) -> Posted:
        hold = await self.hold(capture.hold)
        accounts = held_accounts(hold, capture) if hold else []
        return await self._decide([capture.hold], accounts, lambda holding: holding.capture(capture))

    async def void(self, hold: TransferId, at: datetime) -> Hold:
        found = await self.hold(hold)
        accounts = [found.account] if found else []
        return await self._decide([hold], accounts, lambda holding: holding.void(hold, at))

    async def expire(self, at: datetime, limit: int = PAGE_MAX) -> list[Hold]:
        open_ones = [h for h in self._all(Hold, "hold/") if h.state is HoldState.OPEN and h.expires_at <= at]
        open_ones.sort(key=lambda h: (h.expires_at, h.id.namespace, h.id.key))
        due = open_ones[: min(limit, PAGE_MAX)]
        return await self._decide([h.id for h in due], [h.account for h in due], lambda holding: holding.expire(at))


def _key(of: str, id: TransferId) -> str:
    return f"{of}/{json.dumps([id.namespace, id.key])}"  # told apart whatever characters are in them
