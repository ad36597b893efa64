"""What holding points does to an account: pure, so that every adapter decides the same.

An adapter loads the holds and, locked, their accounts, calls a verb of `Holding`, and writes what it
answers. Source: docs/contexts/economy.md: a hold is reserved, then captured, voided or expired, once.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Annotated
from uuid import UUID

from attrs import evolve, field, frozen, mutable

from sparkle_core.domain.economy.errors import (
    AccountFrozen,
    AmountOutOfRange,
    CurrencyMismatch,
    HoldClosed,
    InsufficientFunds,
    NothingToHold,
    OverCapture,
    UnknownAccount,
)
from sparkle_core.domain.economy.ledger import (
    Account,
    Amount,
    Currency,
    Posted,
    Reference,
    Transfer,
    TransferId,
    TransferKind,
    receivable_of,
)
from sparkle_core.domain.economy.posting import Posting
from sparkle_core.domain.kernel.errors import Fault, IdempotencyConflict, NotFound
from sparkle_core.domain.kernel.fields import INT64_MAX, Instant, Record, Text, Whole


class HoldState(Enum):
    """Open, or which outcome it came to."""

    OPEN = "open"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


@frozen(kw_only=True)
class Hold(Record):
    """Points set aside on an account until `expires_at`. What it says never changes; it is closed once.

    Its id is the id of the transfer that captures it. `captured` is how much that moved.
    """

    id: TransferId
    account: UUID
    amount: Amount
    currency: Currency
    kind: TransferKind
    reference: Reference
    actor: Annotated[str, Text(1, 64)]
    at: Instant
    expires_at: Instant
    state: HoldState = HoldState.OPEN
    captured: Annotated[int, Whole(0, INT64_MAX)] = 0
    closed_at: Instant | None = None

    def _rules(self) -> tuple[Fault, ...]:
        return (Fault("expires_at", "must be after the hold is made"),) if self.expires_at <= self.at else ()

    def content(self) -> tuple[object, ...]:
        """What must be equal for a repeated id to mean the same hold; when it ends is the first one's business."""
        return (self.account, self.amount, self.currency, self.kind, self.reference)


@frozen(kw_only=True)
class Capture(Record):
    """Of which hold, to whom, how much (all of it unless said), by whom and when."""

    hold: TransferId
    credit: UUID
    amount: Amount | None = None
    actor: Annotated[str, Text(1, 64)]
    at: Instant


@mutable
class Holding:
    """Holds being made or closed, over a posting's loaded accounts; afterwards it says what to write.

    `stored` are the holds loaded; `changed` those that are new or closed now.
    """

    posting: Posting
    stored: dict[TransferId, Hold]
    changed: dict[TransferId, Hold] = field(factory=dict)

    @property
    def accounts(self) -> list[Account]:
        """The accounts whose `held` changed and that no entry of the posting changed as well, in id order."""
        ids = {hold.account for hold in self.changed.values()} - {e.account for e in self.posting.entries}
        return sorted((self.posting.accounts[id] for id in ids), key=lambda a: a.id)

    def reserve(self, hold: Hold) -> Hold:
        """Set points aside. The same id with the same content answers the hold as it is now.

        Raises `IdempotencyConflict`, `UnknownAccount`, `CurrencyMismatch`, `NothingToHold`,
        `AccountFrozen`, `InsufficientFunds`, `AmountOutOfRange`.
        """
        before = self.stored.get(hold.id)
        if before is not None:
            if before.content() != hold.content():
                raise IdempotencyConflict(hold.id.key)
            return before
        if hold.id in self.posting.known:  # a capture could never have this id
            raise IdempotencyConflict(hold.id.key)
        account = self.posting.accounts.get(hold.account)
        if account is None:
            raise UnknownAccount
        if account.currency is not hold.currency:
            raise CurrencyMismatch(account.currency.value, hold.currency.value)
        if account.hot:
            raise NothingToHold
        if account.frozen:
            raise AccountFrozen
        if account.available < hold.amount and not account.overdraft:
            raise InsufficientFunds(available=account.available, needed=hold.amount)
        if account.held + hold.amount > INT64_MAX:
            raise AmountOutOfRange
        self._change(hold, hold.amount)
        return hold

    def capture(self, capture: Capture) -> Posted:
        """Move what was held, or part of it, to another account; the rest is available again.

        The same capture again answers the transfer as it was stored. A frozen account pays nothing:
        its hold waits for the freeze to end, or for its own end. Raises `NotFound`, `HoldClosed`,
        `OverCapture`, and what posting raises.
        """
        hold = self._stored(capture.hold)
        amount = capture.amount or hold.amount
        before = self.posting.known.get(hold.id)
        if hold.state is HoldState.CAPTURED and before and (before.credit, before.amount) == (capture.credit, amount):
            return Posted((before,), frozenset())
        self._require_open(hold, capture.at)
        if amount > hold.amount:
            raise OverCapture(hold.amount)
        self._close(hold, HoldState.CAPTURED, capture.at, amount)
        return self.posting.post([_captured(hold, capture, amount)])

    def void(self, id: TransferId, at: Instant) -> Hold:
        """Make what was held available again; also on a frozen account. Voided again, it answers as it was.

        Raises `NotFound`, `HoldClosed`.
        """
        hold = self._stored(id)
        if hold.state is HoldState.VOIDED:
            return hold
        self._require_open(hold, at)
        return self._close(hold, HoldState.VOIDED, at)

    def expire(self, at: Instant) -> list[Hold]:
        """Close those of the loaded holds that have run out; answers them."""
        due = [hold for hold in self.stored.values() if hold.state is HoldState.OPEN and hold.expires_at <= at]
        return [self._close(hold, HoldState.EXPIRED, at) for hold in due]

    def _stored(self, id: TransferId) -> Hold:
        hold = self.stored.get(id)
        if hold is None:
            raise NotFound("hold")
        return hold

    def _require_open(self, hold: Hold, at: Instant) -> None:
        """A hold that has run out is as good as expired, whenever upkeep comes to say so."""
        if hold.state is not HoldState.OPEN:
            raise HoldClosed(hold.state.value)
        if hold.expires_at <= at:
            raise HoldClosed(HoldState.EXPIRED.value)

    def _close(self, hold: Hold, state: HoldState, at: Instant, captured: int = 0) -> Hold:
        closed = evolve(hold, state=state, closed_at=at, captured=captured)
        self._change(closed, -hold.amount)
        return closed

    def _change(self, hold: Hold, held: int) -> None:
        account = self.posting.accounts[hold.account]
        self.posting.accounts[hold.account] = evolve(account, held=account.held + held)
        self.stored[hold.id] = self.changed[hold.id] = hold


def _captured(hold: Hold, capture: Capture, amount: int) -> Transfer:
    return Transfer(
        id=hold.id,
        debit=hold.account,
        credit=capture.credit,
        amount=amount,
        currency=hold.currency,
        kind=hold.kind,
        reference=hold.reference,
        actor=capture.actor,
        at=capture.at,
    )


def held_accounts(hold: Hold, capture: Capture) -> list[UUID]:
    """The ids of the accounts a capture may touch, in the order in which they are locked."""
    return sorted({hold.account, capture.credit, receivable_of(capture.credit)})


def accounts_of(holds: Iterable[Hold]) -> list[UUID]:
    """The ids of the accounts of some holds, in the order in which they are locked."""
    return sorted({hold.account for hold in holds})
