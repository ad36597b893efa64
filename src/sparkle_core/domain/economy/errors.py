"""What the economy refuses, with its facts."""

from datetime import datetime
from typing import ClassVar

from attrs import define

from sparkle_core.domain.kernel.errors import Category, Conflict, Forbidden, NotFound, SparkleError


@define(eq=False, slots=False)
class InsufficientFunds(Conflict):
    """The account cannot cover this."""

    code: ClassVar[str] = "insufficient_funds"
    available: int
    needed: int

    def message(self) -> str:
        return f"There are {self.available:,} available, {self.needed:,} are needed."


@define(eq=False, slots=False)
class AccountFrozen(Forbidden):
    """The wallet is frozen: nothing goes out, credits still come in."""

    code: ClassVar[str] = "account_frozen"


@define(eq=False, slots=False)
class CurrencyMismatch(SparkleError):
    """Both sides of a transfer must be in the same currency."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "currency_mismatch"
    debit: str
    credit: str

    def message(self) -> str:
        return f"A transfer keeps its currency; this one goes from {self.debit} to {self.credit}."


@define(eq=False, slots=False)
class SameAccount(SparkleError):
    """A transfer needs two different accounts."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "same_account"


@define(eq=False, slots=False)
class AmountOutOfRange(SparkleError):
    """Amounts and balances are signed 64-bit whole numbers of the currency's smallest unit."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "amount_out_of_range"


@define(eq=False, slots=False)
class UnknownAccount(NotFound):
    """There is no such account."""

    code: ClassVar[str] = "unknown_account"
    what: str = "account"


@define(eq=False, slots=False)
class OverReversal(Conflict):
    """Reversals never give back more than the transfer moved."""

    code: ClassVar[str] = "over_reversal"
    remaining: int

    def message(self) -> str:
        return f"At most {self.remaining:,} of this transfer can still be reversed."


@define(eq=False, slots=False)
class LimitReached(SparkleError):
    """More than your account may give away: `limit` says what holds, `retry_at` from when, where waiting helps.

    `retry_after_s`: in how many seconds that is.
    """

    category: ClassVar[Category] = Category.LIMITED
    code: ClassVar[str] = "limit_reached"
    limit: str
    retry_at: datetime | None = None
    retry_after_s: int | None = None

    def message(self) -> str:
        when = f"; try again after {self.retry_at:%Y-%m-%d %H:%M} UTC" if self.retry_at else ""
        return f"There is a limit on {self.limit}{when}."


@define(eq=False, slots=False)
class NotReversible(Conflict):
    """This transfer is half of something, and is not given back by itself: `reason` says what to do instead."""

    code: ClassVar[str] = "not_reversible"
    reason: str

    def message(self) -> str:
        return f"This transfer is not given back by itself: {self.reason}."


@define(eq=False, slots=False)
class UnknownRate(NotFound):
    """Nothing is converted at a rate of this name."""

    code: ClassVar[str] = "unknown_rate"
    what: str = "rate"


@define(eq=False, slots=False)
class HoldClosed(Conflict):
    """The hold has its one outcome already, or has run out."""

    code: ClassVar[str] = "hold_closed"
    outcome: str

    def message(self) -> str:
        return f"This hold is closed: it was {self.outcome}."


@define(eq=False, slots=False)
class OverCapture(Conflict):
    """A capture never takes more than was held."""

    code: ClassVar[str] = "over_capture"
    held: int

    def message(self) -> str:
        return f"At most {self.held:,} can be captured of this hold."


@define(eq=False, slots=False)
class NothingToHold(Conflict):
    """A hot account has no floor, so nothing on it can be set aside."""

    code: ClassVar[str] = "nothing_to_hold"
