"""What trading refuses."""

from typing import ClassVar

from attrs import define

from sparkle_core.domain.kernel.errors import Conflict, Limited


@define(eq=False, slots=False)
class NotTradable(Conflict):
    """This thing cannot be traded now: `reason` says why."""

    code: ClassVar[str] = "not_tradable"
    thing_id: str
    reason: str

    def message(self) -> str:
        return f"The thing {self.thing_id} cannot be traded: {self.reason}."


@define(eq=False, slots=False)
class TradeClosed(Conflict):
    """It is not open any more: `state` says what became of it."""

    code: ClassVar[str] = "trade_closed"
    state: str

    def message(self) -> str:
        return f"This is {self.state}, and nothing more can be done with it."


@define(eq=False, slots=False)
class OwnTrade(Conflict):
    """Nobody buys from, or bids against, themselves."""

    code: ClassVar[str] = "own_trade"


@define(eq=False, slots=False)
class BidTooLow(Conflict):
    """A bid has to be at least `minimum`."""

    code: ClassVar[str] = "bid_too_low"
    minimum: int

    def message(self) -> str:
        return f"A bid has to be at least {self.minimum:,} now."


@define(eq=False, slots=False)
class HasBids(Conflict):
    """Somebody has bid already: the auction goes on to its end."""

    code: ClassVar[str] = "has_bids"


@define(eq=False, slots=False)
class TooManyOpen(Limited):
    """One person has at most `most` trades of a sort open: end one first."""

    code: ClassVar[str] = "too_many_open"

    def message(self) -> str:
        return f"You have {self.most} of these open, as many as one person may: end one first."
