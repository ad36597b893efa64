"""Auctions: a thing goes to the highest bid. Source: docs/contexts/trading.md.

What decides is the instant of each bid, never the order in which late commands arrive: a bid at or after
the end is refused whether or not the auction was settled by then, and it is settled only `GRACE` after its
end, which is longer than any command takes, so that a bid made in time is never too late.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.economy.rules import Points
from sparkle_core.domain.economy.trading_errors import BidTooLow, HasBids, OwnTrade, TradeClosed
from sparkle_core.domain.economy.trading_events import (
    AuctionOpened,
    AuctionReturned,
    AuctionSettled,
    BidMade,
    BidReturned,
)
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import Instant, UserId, Whole

GRACE = timedelta(seconds=5)
"""A command is tried for 2 seconds at most."""


class AuctionStatus(Enum):
    OPEN = "OPEN"
    SOLD = "SOLD"
    UNSOLD = "UNSOLD"
    CANCELLED = "CANCELLED"


@frozen(kw_only=True)
class Auction(Aggregate):
    """A thing in escrow, and the highest bid on it, whose points are in escrow too.

    `bids` counts all that were made. `increment`: how much more than the highest bid the next one must be.
    """

    seller_id: UserId
    thing_id: UUID
    item_id: UUID
    quantity: int
    start_price: Points
    increment: Points
    status: AuctionStatus = AuctionStatus.OPEN
    started_at: Instant
    ends_at: Instant
    leader_id: UserId | None = None
    amount: Annotated[int, Whole(0)] = 0
    bids: int = 0
    closed_at: Instant | None = None

    @property
    def held_for(self) -> str:
        """The owner of its escrow."""
        return auction_escrow(self.id)

    @property
    def minimum(self) -> int:
        """What the next bid has to be at least."""
        return self.start_price if self.leader_id is None else self.amount + self.increment

    @property
    def settles_at(self) -> datetime:
        return self.ends_at + GRACE

    def opened(self) -> Self:
        return self.then(AuctionOpened(auction_id=self.id, seller_id=self.seller_id))

    def require_open(self, now: datetime) -> None:
        """Raises `TradeClosed` once it is closed, and from its end on."""
        if self.status is not AuctionStatus.OPEN:
            raise TradeClosed(self.status.value)
        if now >= self.ends_at:
            raise TradeClosed("ENDED")

    def bid(self, by: UserId, amount: int, now: datetime, extension: timedelta) -> Self:
        """With a higher bid; one shortly before the end puts it off. Raises `TradeClosed`, `OwnTrade`, `BidTooLow`."""
        self.require_open(now)
        if by == self.seller_id:
            raise OwnTrade
        if amount < self.minimum:
            raise BidTooLow(self.minimum)
        event = BidMade(auction_id=self.id, bidder_id=by, amount=amount)
        ends_at = max(self.ends_at, now + extension)
        return self.then(event, leader_id=by, amount=amount, bids=self.bids + 1, ends_at=ends_at)

    def without_leader(self) -> Self:
        """With the highest bid given back, its bidder having left."""
        assert self.leader_id is not None
        return self.then(BidReturned(auction_id=self.id, bidder_id=self.leader_id), leader_id=None, amount=0)

    def cancelled(self, by: UserId, now: datetime) -> Self:
        """Raises `NotFound` for anybody else, `TradeClosed`, `HasBids`."""
        if by != self.seller_id:
            raise NotFound("auction of yours")
        self.require_open(now)
        if self.leader_id is not None:
            raise HasBids
        return self.returned(AuctionStatus.CANCELLED, now)

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be settled."""
        return self.status is AuctionStatus.OPEN and now >= self.settles_at

    def settled(self, now: datetime) -> Self:
        """Sold to the highest bidder."""
        assert self.leader_id is not None
        event = AuctionSettled(
            auction_id=self.id, seller_id=self.seller_id, winner_id=self.leader_id, amount=self.amount
        )
        return self.then(event, status=AuctionStatus.SOLD, closed_at=now)

    def returned(self, status: AuctionStatus, now: datetime) -> Self:
        """Come to nothing."""
        event = AuctionReturned(auction_id=self.id, seller_id=self.seller_id)
        return self.then(event, status=status, closed_at=now)


def auction_escrow(id: UUID) -> str:
    """What an auction's thing is set aside for."""
    return f"auction:{id}"
