"""Listings: a thing for sale to anybody at a fixed price. Source: docs/contexts/trading.md."""

from datetime import datetime
from enum import Enum
from typing import Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.economy.rules import Points
from sparkle_core.domain.economy.trading_errors import OwnTrade, TradeClosed
from sparkle_core.domain.economy.trading_events import ListingOpened, ListingPurchased, ListingReturned
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import Instant, UserId


class ListingStatus(Enum):
    OPEN = "OPEN"
    SOLD = "SOLD"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@frozen(kw_only=True)
class Listing(Aggregate):
    """A thing in escrow, to be had by whoever pays its price first."""

    seller_id: UserId
    thing_id: UUID
    item_id: UUID
    quantity: int
    price: Points
    status: ListingStatus = ListingStatus.OPEN
    listed_at: Instant
    expires_at: Instant
    buyer_id: UserId | None = None
    closed_at: Instant | None = None

    @property
    def held_for(self) -> str:
        return listing_escrow(self.id)

    def opened(self) -> Self:
        return self.then(ListingOpened(listing_id=self.id, seller_id=self.seller_id))

    def open_at(self, now: datetime) -> Self:
        """This, while it is open. Raises `TradeClosed`."""
        if self.status is not ListingStatus.OPEN:
            raise TradeClosed(self.status.value)
        if now >= self.expires_at:
            raise TradeClosed(ListingStatus.EXPIRED.value)
        return self

    def purchased(self, by: UserId, now: datetime) -> Self:
        """Raises `TradeClosed`, `OwnTrade`."""
        self.open_at(now)
        if by == self.seller_id:
            raise OwnTrade
        event = ListingPurchased(listing_id=self.id, seller_id=self.seller_id, buyer_id=by, price=self.price)
        return self.then(event, status=ListingStatus.SOLD, buyer_id=by, closed_at=now)

    def cancelled(self, by: UserId, now: datetime) -> Self:
        """Raises `NotFound` for anybody else, `TradeClosed`."""
        if by != self.seller_id:
            raise NotFound("listing of yours")
        return self.open_at(now).returned(ListingStatus.CANCELLED, now)

    def returned(self, status: ListingStatus, now: datetime) -> Self:
        """Come to nothing."""
        event = ListingReturned(listing_id=self.id, seller_id=self.seller_id)
        return self.then(event, status=status, closed_at=now)


def listing_escrow(id: UUID) -> str:
    """What a listing's thing is set aside for."""
    return f"listing:{id}"
