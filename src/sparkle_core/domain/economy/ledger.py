"""The ledger's values: accounts, transfers, entries, and what a proof found.

Source: docs/contexts/economy.md. Amounts are signed 64-bit integers in the currency's smallest unit.
"""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Annotated
from uuid import UUID, uuid5

from attrs import Factory, field, frozen

from sparkle_core.domain.economy.errors import SameAccount
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN, Instant, Record, Text, UserId, Whole

Amount = Annotated[int, Whole(1, INT64_MAX)]
Balance64 = Annotated[int, Whole(INT64_MIN, INT64_MAX)]
TransferKind = Annotated[str, Text(1, 50)]
Reference = Annotated[str, Text(1, 128)]
Owner = Annotated[str, Text(1, 64)]

_ACCOUNTS = UUID("5a1e7c00-0000-5000-8000-000000000001")
_CALLS = UUID("5a1e7c00-0000-5000-8000-000000000003")


class Currency(Enum):
    """Points, which have no decimals, and money, which has four (`domain/economy/money.py`)."""

    SPARKLE = "SPARKLE"
    PREMIUM = "PREMIUM"
    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    JPY = "JPY"


class Purpose(Enum):
    """What an account is for."""

    WALLET = "wallet"
    ISSUANCE = "issuance"
    SINK = "sink"
    FEES = "fees"
    ESCROW = "escrow"
    RECEIVABLE = "receivable"
    EARNINGS = "earnings"
    CLEARING = "clearing"


PLATFORM = "platform"
HOT = frozenset({Purpose.ISSUANCE, Purpose.SINK, Purpose.FEES, Purpose.CLEARING})
"""Purposes of the platform's accounts that everybody's points go through."""

TIP = "tip"
"""The kind of a transfer by which one person gives another points."""


def owner_of(user_id: UserId) -> str:
    """A person, as an owner of accounts."""
    return f"user:{user_id}"


def person_of(owner: str) -> UserId | None:
    """The person that an owner of accounts is; None for the platform and for offers."""
    kind, _, id = owner.partition(":")
    return UserId(UUID(id)) if kind == "user" else None


@frozen(kw_only=True)
class NewAccount(Record):
    """An account to open; its id follows from owner, currency and purpose, so it is opened once.

    `overdraft`: whether it may go below zero (the platform's, and receivables).
    """

    owner: Owner
    currency: Currency
    purpose: Purpose
    overdraft: bool = False

    @property
    def id(self) -> UUID:
        return account_id(self.owner, self.currency, self.purpose)

    @property
    def hot(self) -> bool:
        """Whether nobody waits for anybody on it: it has no floor to hold, so posting need not know its balance."""
        return self.overdraft and self.owner == PLATFORM and self.purpose in HOT


@lru_cache(maxsize=65_536)
def account_id(owner: str, currency: Currency, purpose: Purpose) -> UUID:
    """The id of an account, from what it is."""
    if purpose is Purpose.RECEIVABLE:
        return receivable_of(account_id(owner, currency, Purpose.WALLET))
    return uuid5(_ACCOUNTS, f"{owner}|{currency.value}|{purpose.value}")


@lru_cache(maxsize=65_536)
def receivable_of(wallet: UUID) -> UUID:
    """The id of the account that holds what a wallet's owner owes."""
    return uuid5(_ACCOUNTS, f"receivable|{wallet}")


@lru_cache(maxsize=65_536)
def wallet_of(user_id: UserId, currency: Currency = Currency.SPARKLE) -> UUID:
    """The id of a person's wallet."""
    return account_id(owner_of(user_id), currency, Purpose.WALLET)


ISSUANCE = NewAccount(owner=PLATFORM, currency=Currency.SPARKLE, purpose=Purpose.ISSUANCE, overdraft=True)
"""Where points come from: its balance is minus all points in circulation."""


@frozen(kw_only=True)
class Account(Record):
    """An account as it stands. `sequence` counts its entries; `earned` and `spent` are lifetime sums.

    `held` is what open holds have set aside; what is left of the balance is `available`. A `hot`
    account is neither locked nor written by posting: its entries come when transfers are sealed.
    `gone_today` sums by kind what went out on `day` (UTC, as a proleptic ordinal), the last on which anything did.
    """

    id: UUID
    owner: Owner
    currency: Currency
    purpose: Purpose
    overdraft: bool
    frozen: bool = False
    balance: Balance64 = 0
    sequence: int = 0
    earned: int = 0
    spent: int = 0
    held: Balance64 = 0
    hot: bool = False
    day: Annotated[int, Whole(0, 3_652_059)] = 0
    gone_today: dict[str, int] = Factory(dict)

    @property
    def available(self) -> int:
        """What can be spent."""
        return self.balance - self.held


def owed_of(wallet: UUID, accounts: Mapping[UUID, Account]) -> int:
    """What a wallet's owner owes, by what is on the receivable among these accounts; 0 when it is not there."""
    receivable = accounts.get(receivable_of(wallet))
    return max(0, -receivable.balance) if receivable is not None else 0


@frozen
class TransferId(Record):
    """Namespace (the actor or, internally, the rule) and key: the idempotency key, kept for ever."""

    namespace: Annotated[str, Text(1, 64)]
    key: Annotated[str, Text(1, 128)]

    @classmethod
    def of_call(cls, actor: str, key: str) -> "TransferId":
        """The id of what an actor's call under a key moves. The key is a text of the caller's, and statements show
        the ledger's to others: a digest of it means the same call as long, and tells nobody anything.
        """
        return cls(actor, str(uuid5(_CALLS, f"{actor}|{key}")))


@frozen(kw_only=True)
class Transfer(Record):
    """Points moved from the debited to the credited account. Immutable, and free of personal text.

    Raises `SameAccount` when both sides are one.
    """

    id: TransferId
    debit: UUID
    credit: UUID
    amount: Amount
    currency: Currency
    kind: TransferKind
    reference: Reference
    actor: Annotated[str, Text(1, 64)]
    at: Instant
    reverses: TransferId | None = None

    def __attrs_post_init__(self) -> None:
        if self.debit == self.credit:
            raise SameAccount
        super().__attrs_post_init__()

    def content(self) -> tuple[object, ...]:
        """What must be equal for a repeated id to mean the same transfer."""
        return (self.debit, self.credit, self.amount, self.currency, self.kind, self.reference, self.reverses)


@frozen(kw_only=True)
class Entry(Record):
    """One side of a transfer on one account; sequences per account run without gaps."""

    account: UUID
    sequence: int
    transfer: TransferId
    kind: TransferKind
    reference: Reference
    amount: Balance64
    before: Balance64
    after: Balance64
    at: Instant

    def __attrs_post_init__(self) -> None:
        """Made by `posting` and read back from rows: of parts that were checked already, twice a transfer."""


@frozen
class Posted:
    """The transfers as stored, in the order asked; `fresh` are those that were not there before.

    `accounts` are those they may have touched, as they are now.
    """

    transfers: tuple[Transfer, ...]
    fresh: frozenset[TransferId]
    accounts: Mapping[UUID, Account] = field(factory=dict, eq=False)


@frozen
class Proof:
    """What checking the whole ledger found: how much was checked, and every fault."""

    accounts: int
    transfers: int
    entries: int
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Sums are zero, balances equal their entries and holds, sequences have no gaps, floors hold."""
        return not self.faults
