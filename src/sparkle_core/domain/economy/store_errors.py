"""What the store and the inventory refuse; each refusal names what is missing."""

from typing import ClassVar

from attrs import define

from sparkle_core.domain.kernel.errors import Conflict, Forbidden


@define(eq=False, slots=False)
class NotOnSale(Conflict):
    """The item cannot be bought now; it is on sale from `since` until `until`, where there is such a time."""

    code: ClassVar[str] = "not_on_sale"
    since: str | None = None
    until: str | None = None


@define(eq=False, slots=False)
class NotSoldFor(Conflict):
    """The item has no price in this currency."""

    code: ClassVar[str] = "not_sold_for"
    currency: str

    def message(self) -> str:
        return f"This item is not sold for {self.currency}."


@define(eq=False, slots=False)
class SoldOut(Conflict):
    """There are not as many left."""

    code: ClassVar[str] = "sold_out"
    left: int

    def message(self) -> str:
        return f"There are {self.left:,} of this left."


@define(eq=False, slots=False)
class PurchaseLimit(Conflict):
    """One person buys at most so many of this."""

    code: ClassVar[str] = "purchase_limit"
    limit: int
    bought: int

    def message(self) -> str:
        return f"One person buys at most {self.limit:,} of this; you have bought {self.bought:,}."


@define(eq=False, slots=False)
class LevelTooLow(Forbidden):
    """This needs a higher level."""

    code: ClassVar[str] = "level_too_low"
    level: int
    needed: int

    def message(self) -> str:
        return f"This needs level {self.needed}; you are at level {self.level}."


@define(eq=False, slots=False)
class NotGiftable(Conflict):
    """The item cannot be given away."""

    code: ClassVar[str] = "not_giftable"


@define(eq=False, slots=False)
class NotRefundable(Conflict):
    """The purchase cannot be given back: `reason` says why."""

    code: ClassVar[str] = "not_refundable"
    reason: str

    def message(self) -> str:
        return f"This purchase cannot be given back: {self.reason}."


@define(eq=False, slots=False)
class NotUsable(Conflict):
    """Nothing of that sort can be done with this item: `reason` says why."""

    code: ClassVar[str] = "not_usable"
    reason: str

    def message(self) -> str:
        return f"That cannot be done: {self.reason}."
