"""The ledger: double entry, append-only. What it decides is `domain/economy/posting.py`; this keeps it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sparkle_core.domain.economy.chain import Head
from sparkle_core.domain.economy.holds import Capture, Hold
from sparkle_core.domain.economy.ledger import Account, Entry, NewAccount, Posted, Proof, Transfer, TransferId
from sparkle_core.domain.economy.posting import Posting
from sparkle_core.domain.economy.verifying import Verification
from sparkle_core.domain.kernel.digests import KeyedDigest


class Ledger(Protocol):
    """Accounts, transfers and entries inside one transaction; takes effect and refuses at once."""

    async def open(self, account: NewAccount) -> None:
        """Open an account unless it is there."""
        ...

    async def post(self, *transfers: Transfer) -> Posted:
        """Post all or none, in order. Accounts are locked in id order.

        A transfer whose id is known with the same content changes nothing and is answered as it
        was stored. Raises `IdempotencyConflict`, `InsufficientFunds`, `AccountFrozen`,
        `CurrencyMismatch`, `SameAccount`, `UnknownAccount`, `AmountOutOfRange`.
        """
        ...

    async def load(self, accounts: Iterable[UUID], transfers: Iterable[TransferId]) -> Posting:
        """Lock accounts, in id order, and load all that decides on transfers among them, whose ids are told.

        Many transfers are posted by loading once, posting part by part, and `keep`ing the whole.
        Transfers to be reversed are named too.
        """
        ...

    def keep(self, posting: Posting) -> None:
        """Write what a posting over what `load` answered has come to."""
        ...

    async def reserve(self, hold: Hold) -> Hold:
        """Set points aside; answers the hold, which has one outcome later: captured, voided or expired.

        The same id with the same content answers the hold as it is now. Raises
        `IdempotencyConflict`, `InsufficientFunds`, `AccountFrozen`, `CurrencyMismatch`,
        `UnknownAccount`, `AmountOutOfRange`.
        """
        ...

    async def capture(self, capture: Capture) -> Posted:
        """Post the transfer that a hold was made for, under the hold's id; what it leaves is available again.

        Captured again alike, it answers the transfer as it was stored. Raises `NotFound`, `HoldClosed`,
        `OverCapture`, and what `post` raises.
        """
        ...

    async def void(self, hold: TransferId, at: datetime) -> Hold:
        """Give up a hold: all of it is available again. Raises `NotFound`, `HoldClosed`."""
        ...

    async def expire(self, at: datetime, limit: int = 200) -> list[Hold]:
        """Close open holds that have run out by `at`, at most 200; answers them."""
        ...

    async def hold(self, id: TransferId) -> Hold | None: ...

    async def seal(self, key: KeyedDigest, at: datetime, limit: int = 1_000) -> int:
        """Take transfers from the queue in order, at most 1,000, write the entries of their hot sides, and link them
        into the hash chain under a seal of this instant.

        Transactions still running may yet post what comes before: nothing that is as young as the
        oldest of them is taken, nor what is no longer what was posted. Answers how many transfers were.
        Raises `Stale` when another has taken them.
        """
        ...

    async def accounts(self, ids: Iterable[UUID]) -> Mapping[UUID, Account]:
        """Accounts as they are now; a hot one is its last checkpoint and what waits to be sealed."""
        ...

    async def transfer(self, id: TransferId) -> Transfer | None: ...

    async def entries(
        self,
        account: UUID,
        *,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> list[Entry]:
        """An account's entries, newest first; `before` a sequence number; `since` included, `until` not."""
        ...

    async def freeze(self, account: UUID, frozen: bool) -> None:
        """Raises `UnknownAccount`."""
        ...

    async def prove(self) -> Proof:
        """Check the whole ledger; every fault is named."""
        ...

    async def verify(self, key: KeyedDigest, known: Head | None = None) -> Verification:
        """Prove the ledger, and hold every row against the hash chain made with this key; each row that was
        changed, deleted, inserted or moved since is named. `known` is a head that was noted elsewhere.
        """
        ...
