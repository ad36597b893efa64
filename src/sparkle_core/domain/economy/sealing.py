"""What sealing does to the ledger: pure, so that every adapter decides the same.

Transfers are digested when they are posted and wait in a queue. Sealing takes them from it in order,
and writes then what posting left out: the entries and balances of hot accounts.
Source: docs/contexts/economy.md.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from attrs import evolve, field, mutable

from sparkle_core.domain.economy.ledger import Account, Entry, Transfer
from sparkle_core.domain.economy.posting import moved

SEAL_MAX = 1_000
"""At most so many transfers are sealed in one transaction: others wait for none of it, but recovery reads it all."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def canonical(parts: Iterable[str | int | None]) -> bytes:
    """Values as bytes that no other values have: each with its kind and length before it."""
    return b"".join(_told(part) for part in parts)


def _told(part: str | int | None) -> bytes:
    if part is None:
        return b"n;"
    kind, text = (b"s", part) if isinstance(part, str) else (b"i", str(part))
    told = text.encode()
    return b"%b%d:%b;" % (kind, len(told), told)


def digest_of(transfer: Transfer) -> str:
    """SHA-256 over all that a transfer's row says, in hexadecimal digits."""
    of = transfer.reverses
    parts: tuple[str | int | None, ...] = (
        transfer.id.namespace,
        transfer.id.key,
        transfer.debit.hex,
        transfer.credit.hex,
        transfer.amount,
        transfer.currency.value,
        transfer.kind,
        transfer.reference,
        transfer.actor,
        (transfer.at - _EPOCH) // timedelta(microseconds=1),
        of.namespace if of else None,
        of.key if of else None,
    )
    return sha256(canonical(parts)).hexdigest()


@mutable
class Sealing:
    """Transfers being sealed over the hot accounts among their sides; afterwards it says what to write.

    `held` is the sequence at which each touched account stood before.
    """

    accounts: dict[UUID, Account]
    entries: list[Entry] = field(factory=list)
    held: dict[UUID, int] = field(factory=dict)

    @property
    def touched(self) -> list[Account]:
        """The accounts that moved, as they are now, in id order."""
        return sorted((self.accounts[id] for id in self.held), key=lambda a: a.id)

    def seal(self, transfers: Iterable[Transfer]) -> None:
        """Append the entries that the hot sides of transfers have not yet. Raises `AmountOutOfRange`."""
        for transfer in transfers:
            for id, amount in ((transfer.debit, -transfer.amount), (transfer.credit, transfer.amount)):
                account = self.accounts.get(id)
                if account is not None and account.hot:
                    self.held.setdefault(id, account.sequence)
                    self.accounts[id], entry = moved(account, transfer, amount)
                    self.entries.append(entry)


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
