"""Listings: things for sale at a fixed price. Source: docs/contexts/trading.md."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.economy.escrow import give_back, hand_over, locked, open_trades, paid, set_aside
from sparkle_core.application.economy.limiting import may_open, may_trade, within_limits
from sparkle_core.application.economy.moving import partner, unfrozen
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.wallets import pay
from sparkle_core.domain.economy.ledger import wallet_of
from sparkle_core.domain.economy.listings import Listing, ListingStatus, listing_escrow
from sparkle_core.domain.economy.rules import EconomyRules, Points
from sparkle_core.domain.economy.stored import LISTINGS
from sparkle_core.domain.economy.trading import Stake
from sparkle_core.domain.economy.trading_events import ListingExpirySent
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.notifications import NotificationType


@frozen(kw_only=True)
class ListingView(Record):
    """Something for sale at a fixed price, in SPARKLE."""

    id: UUID
    seller_id: UserId
    item_id: UUID
    thing_id: UUID
    quantity: int
    price: int
    status: ListingStatus
    listed_at: Instant
    expires_at: Instant

    @classmethod
    def of(cls, listing: Listing) -> "ListingView":
        return cls(
            id=listing.id,
            seller_id=listing.seller_id,
            item_id=listing.item_id,
            thing_id=listing.thing_id,
            quantity=listing.quantity,
            price=listing.price,
            status=listing.status,
            listed_at=listing.listed_at,
            expires_at=listing.expires_at,
        )


@frozen(kw_only=True)
class ListThing(Command[ListingView]):
    """Put something up for sale to anybody, for some hours (72 unless said); it goes to escrow.

    Raises `NotTradable`, `AccountFrozen`, `TooManyOpen`, `LimitReached`.
    """

    thing: Stake
    price: Points
    hours: Annotated[int, Whole(1, 720)] | None = None


@frozen(kw_only=True)
class BuyListing(Command[ListingView]):
    """Buy what is listed at its price; the seller gets it less the fee.

    Raises `NotFound`, `TradeClosed`, `OwnTrade`, `InsufficientFunds`, `AccountFrozen`, `NotTradable`,
    `LimitReached`.
    """

    listing_id: UUID


@frozen(kw_only=True)
class CancelListing(Command[ListingView]):
    """Take one's own listing back. Raises `NotFound`, `TradeClosed`."""

    listing_id: UUID


@frozen(kw_only=True)
class ExpireListing(Command[None]):
    """Return what was listed when its time is over; the worker asks for it."""

    listing_id: UUID


@frozen(kw_only=True)
class Listings(Query[Page[ListingView]]):
    """What is for sale, oldest first, of one item if asked."""

    item_id: UUID | None = None
    after: Cursor | None = None
    limit: Limit = 20


async def list_thing(cmd: ListThing, work: Work, *, rules: EconomyRules) -> ListingView:
    await unfrozen(work, work.user_id)
    await may_open(work, LISTINGS, "seller_id", ListingStatus.OPEN, rules)
    id = work.new_id()
    (thing,) = await set_aside(work, work.user_id, (cmd.thing,), listing_escrow(id))
    listing = Listing(
        id=id,
        seller_id=work.user_id,
        thing_id=thing.id,
        item_id=thing.item_id,
        quantity=thing.quantity,
        price=cmd.price,
        listed_at=work.now,
        expires_at=work.now + timedelta(hours=cmd.hours or rules.trading.offer_hours),
    )
    work.record(ListingExpirySent(listing_id=id), delay=listing.expires_at - work.now)
    return ListingView.of(work.save(LISTINGS, listing.opened()))


async def buy_listing(cmd: BuyListing, work: Work, *, rules: EconomyRules) -> ListingView:
    await may_trade(work, rules.limits)
    listing = await _held(work, cmd.listing_id)
    sold = listing.purchased(work.user_id, work.now)
    await partner(work, listing.seller_id)
    things = await locked(work, [listing.thing_id])
    price, percent = listing.price, rules.trading.fee_percent
    source = wallet_of(work.user_id)
    posted = await pay(work, *await paid(work, source, listing.seller_id, price, percent, listing.held_for))
    await within_limits(work, rules.limits, "trades", posted)
    hand_over(work, things.values(), work.user_id, listing.id)
    facts = {"listing_id": str(listing.id), "state": sold.status.value}
    await notify(work, listing.seller_id, NotificationType.TRADE, listing.held_for, facts, fresh=True)
    return ListingView.of(work.save(LISTINGS, sold))


async def cancel_listing(cmd: CancelListing, work: Work) -> ListingView:
    listing = await _held(work, cmd.listing_id)
    cancelled = listing.cancelled(work.user_id, work.now)
    await _close(work, cancelled)
    return ListingView.of(cancelled)


async def expire_listing(cmd: ExpireListing, work: Work) -> None:
    listing = await _held(work, cmd.listing_id)
    if listing.status is ListingStatus.OPEN and work.now >= listing.expires_at:
        await _close(work, listing.returned(ListingStatus.EXPIRED, work.now))


async def listings_returned(work: Work, user_id: UserId) -> None:
    """All that somebody who left had for sale goes back."""
    theirs = await open_trades(work, LISTINGS, "seller_id", user_id, ListingStatus.OPEN)
    held = [await _held(work, id) for id in theirs]
    still = [listing for listing in held if listing.status is ListingStatus.OPEN]
    await _close(work, *(listing.returned(ListingStatus.CANCELLED, work.now) for listing in still))


async def _close(work: Work, *listings: Listing) -> None:
    give_back(work, (await locked(work, (listing.thing_id for listing in listings))).values())
    for listing in listings:
        work.save(LISTINGS, listing)


async def _held(work: Work, listing_id: UUID) -> Listing:
    """A listing, held: who else wants it waits. Raises `NotFound`."""
    return found(await work.store.hold(LISTINGS, listing_id), "listing")


async def listings(query: Listings, work: Work) -> Page[ListingView]:
    place = position_of(query.after, "listings", (query.item_id,), (UUID,))
    where = (
        eq("status", ListingStatus.OPEN),
        *((eq("item_id", query.item_id),) if query.item_id is not None else ()),
    )
    after = (place[0], place[0]) if place else None
    found_ones = await work.store.find(LISTINGS, *where, after=after, limit=query.limit + 1)
    page = page_of(found_ones, query.limit, "listings", (query.item_id,), lambda one: (one.id,))
    return Page(tuple(map(ListingView.of, page.items)), page.next)
