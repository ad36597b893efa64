"""What happened in trading: ids and numbers."""

from typing import ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId


@frozen(kw_only=True)
class OfferMade(Event):
    """One person offered another a trade."""

    topic: ClassVar[str] = "economy.offer_made"
    about: ClassVar[str] = "offer_id"
    offer_id: UUID
    from_id: UserId
    to_id: UserId


@frozen(kw_only=True)
class OfferAccepted(Event):
    """Both sides of an offer changed hands."""

    topic: ClassVar[str] = "economy.offer_accepted"
    about: ClassVar[str] = "offer_id"
    offer_id: UUID
    from_id: UserId
    to_id: UserId


@frozen(kw_only=True)
class OfferReturned(Event):
    """An offer came to nothing; what was offered went back."""

    topic: ClassVar[str] = "economy.offer_returned"
    about: ClassVar[str] = "offer_id"
    offer_id: UUID
    from_id: UserId
    to_id: UserId


@frozen(kw_only=True)
class OfferExpirySent(Event):
    """Sent ahead to when an offer's time is over."""

    topic: ClassVar[str] = "economy.offer_expiry_sent"
    about: ClassVar[str] = "offer_id"
    offer_id: UUID


@frozen(kw_only=True)
class ListingOpened(Event):
    """Something is for sale at a fixed price."""

    topic: ClassVar[str] = "economy.listing_opened"
    about: ClassVar[str] = "listing_id"
    listing_id: UUID
    seller_id: UserId


@frozen(kw_only=True)
class ListingPurchased(Event):
    """Somebody bought what was listed."""

    topic: ClassVar[str] = "economy.listing_purchased"
    about: ClassVar[str] = "listing_id"
    listing_id: UUID
    seller_id: UserId
    buyer_id: UserId
    price: int


@frozen(kw_only=True)
class ListingReturned(Event):
    """A listing came to nothing; what was listed went back."""

    topic: ClassVar[str] = "economy.listing_returned"
    about: ClassVar[str] = "listing_id"
    listing_id: UUID
    seller_id: UserId


@frozen(kw_only=True)
class ListingExpirySent(Event):
    """Sent ahead to when a listing's time is over."""

    topic: ClassVar[str] = "economy.listing_expiry_sent"
    about: ClassVar[str] = "listing_id"
    listing_id: UUID


@frozen(kw_only=True)
class AuctionOpened(Event):
    """Something goes to the highest bid."""

    topic: ClassVar[str] = "economy.auction_opened"
    about: ClassVar[str] = "auction_id"
    auction_id: UUID
    seller_id: UserId


@frozen(kw_only=True)
class BidMade(Event):
    """Somebody bid more than everybody before."""

    topic: ClassVar[str] = "economy.bid_made"
    about: ClassVar[str] = "auction_id"
    auction_id: UUID
    bidder_id: UserId
    amount: int


@frozen(kw_only=True)
class BidReturned(Event):
    """The highest bidder left, and their bid went back."""

    topic: ClassVar[str] = "economy.bid_returned"
    about: ClassVar[str] = "auction_id"
    auction_id: UUID
    bidder_id: UserId


@frozen(kw_only=True)
class AuctionSettled(Event):
    """An auction's thing went to the highest bidder."""

    topic: ClassVar[str] = "economy.auction_settled"
    about: ClassVar[str] = "auction_id"
    auction_id: UUID
    seller_id: UserId
    winner_id: UserId
    amount: int


@frozen(kw_only=True)
class AuctionReturned(Event):
    """An auction came to nothing; what was in it went back."""

    topic: ClassVar[str] = "economy.auction_returned"
    about: ClassVar[str] = "auction_id"
    auction_id: UUID
    seller_id: UserId


@frozen(kw_only=True)
class AuctionEndSent(Event):
    """Sent ahead to an auction's end."""

    topic: ClassVar[str] = "economy.auction_end_sent"
    about: ClassVar[str] = "auction_id"
    auction_id: UUID


EVENTS: tuple[type[Event], ...] = (
    OfferMade,
    OfferAccepted,
    OfferReturned,
    OfferExpirySent,
    ListingOpened,
    ListingPurchased,
    ListingReturned,
    ListingExpirySent,
    AuctionOpened,
    BidMade,
    BidReturned,
    AuctionSettled,
    AuctionReturned,
    AuctionEndSent,
)
