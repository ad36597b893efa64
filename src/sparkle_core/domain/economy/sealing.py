"""What sealing does to the ledger: pure, so that every adapter decides the same.

Transfers are digested when they are posted and wait in a queue. Sealing takes them from it in order,
writes then what posting left out, the entries and balances of hot accounts, and links each transfer
with its two entries into the hash chain. Source: docs/contexts/economy.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from attrs import evolve, field, frozen, mutable

from sparkle_core.domain.economy.chain import Head, Link, Seal, entry_parts, side_fits, transfer_parts
from sparkle_core.domain.economy.ledger import Account, Entry, Transfer
from sparkle_core.domain.economy.posting import moved
from sparkle_core.domain.kernel.digests import KeyedDigest, Parts, digest

SEAL_MAX = 1_000
"""At most so many transfers are sealed in one transaction: others wait for none of it, but recovery reads it all."""


@frozen
class EntryRow:
    """An entry as its row says it: perhaps not as it was written."""

    parts: Parts

    @property
    def account(self) -> str:
        return str(self.parts[0])

    @property
    def sequence(self) -> str:
        return str(self.parts[1])


@frozen
class Waiting:
    """A transfer in the queue, as its row says it (None: there is none), its entries, and the digest of what was
    posted.
    """

    transfer: Parts | None
    entries: Sequence[EntryRow]
    posted: str

    @classmethod
    def of(cls, transfer: Transfer | None, entries: Iterable[Entry], posted: str) -> "Waiting":
        """The same of values, where rows are values."""
        parts = None if transfer is None else transfer_parts(transfer)
        return cls(parts, [EntryRow(entry_parts(entry)) for entry in entries], posted)

    @property
    def is_as_posted(self) -> bool:
        return self.transfer is not None and digest(self.transfer) == self.posted

    @property
    def misfits(self) -> list[EntryRow]:
        """Entries that are not a side of the transfer. Asked only when that is as it was posted."""
        assert self.transfer is not None
        return [entry for entry in self.entries if not side_fits(self.transfer, entry.parts)]

    @property
    def can_be_sealed(self) -> bool:
        """Whether nobody changed its rows; what cannot be sealed is left to `verify`, which names it."""
        return self.is_as_posted and not self.misfits


@mutable
class Sealing:
    """Transfers being sealed, onto a chain's end, over the hot accounts among their sides; afterwards it says what
    to write: `sealed` transfers, their new `entries`, `touched` accounts, `links`.

    `held` is the sequence at which each touched account stood before.
    """

    accounts: dict[UUID, Account]
    head: Head
    key: KeyedDigest
    sealed: list[Transfer] = field(factory=list)
    entries: list[Entry] = field(factory=list)
    links: list[Link] = field(factory=list)
    held: dict[UUID, int] = field(factory=dict)

    @property
    def touched(self) -> list[Account]:
        """The accounts that moved, as they are now, in id order."""
        return sorted((self.accounts[id] for id in self.held), key=lambda a: a.id)

    def seal(self, transfer: Transfer, written: Iterable[Entry]) -> None:
        """Write the sides that are not written yet, and link them all; not when an entry is gone. Raises
        `AmountOutOfRange`.
        """
        sides = {entry.account: entry for entry in written}
        missing = [
            (id, amount)
            for id, amount in ((transfer.debit, -transfer.amount), (transfer.credit, transfer.amount))
            if id not in sides
        ]
        if any(id not in self.accounts or not self.accounts[id].hot for id, _ in missing):
            return
        for id, amount in missing:
            self.held.setdefault(id, self.accounts[id].sequence)
            self.accounts[id], sides[id] = moved(self.accounts[id], transfer, amount)
            self.entries.append(sides[id])
        link = self.head.link(transfer, sides[transfer.debit], sides[transfer.credit], self.key)
        self.head = evolve(self.head, links=link.number, mac=link.mac)
        self.links.append(link)
        self.sealed.append(transfer)

    def seals(self, at: datetime) -> list[Seal]:
        """The seal over the new links, when there are some."""
        return [self.head.seal(self.links, at, self.key)] if self.links else []


def with_waiting(account: Account, waiting: Iterable[Transfer]) -> Account:
    """A hot account as of now: its last checkpoint, and what has moved since and waits to be sealed."""
    received = spent = 0
    for transfer in waiting:
        received += transfer.amount if transfer.credit == account.id else 0
        spent += transfer.amount if transfer.debit == account.id else 0
    return moved_by(account, received, spent)


def moved_by(account: Account, received: int, spent: int) -> Account:
    """An account after so much has come in and gone out."""
    return evolve(
        account,
        balance=account.balance + received - spent,
        earned=account.earned + received,
        spent=account.spent + spent,
    )


def hot_among(accounts: Mapping[UUID, Account]) -> dict[UUID, Account]:
    """Those that are hot."""
    return {id: account for id, account in accounts.items() if account.hot}
