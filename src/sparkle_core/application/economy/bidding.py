"""Auctions: bids in escrow, outbid ones returned at once, settled by the worker. Source: docs/contexts/trading.md."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.economy.escrow import (
    escrow_of,
    give_back,
    hand_over,
    locked,
    open_trades,
    paid,
    points_aside,
    points_back,
    set_aside,
)
from sparkle_core.application.economy.limiting import may_open, may_trade, within_limits
from sparkle_core.application.economy.moving import partner, trades, unfrozen
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.wallets import pay
from sparkle_core.domain.economy.auctions import Auction, AuctionStatus, auction_escrow
from sparkle_core.domain.economy.ledger import Transfer
from sparkle_core.domain.economy.rules import EconomyRules, Points
from sparkle_core.domain.economy.stored import AUCTIONS
from sparkle_core.domain.economy.trading import Stake
from sparkle_core.domain.economy.trading_events import AuctionEndSent
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import Order, eq
from sparkle_core.domain.notifications import NotificationType


@frozen(kw_only=True)
class AuctionView(Record):
    """An auction: the highest bid and who made it, what the next one has to be, when it ends."""

    id: UUID
    seller_id: UserId
    item_id: UUID
    thing_id: UUID
    quantity: int
    status: AuctionStatus
    ends_at: Instant
    leader_id: UserId | None
    amount: int
    bids: int
    minimum: int

    @classmethod
    def of(cls, auction: Auction) -> "AuctionView":
        return cls(
            id=auction.id,
            seller_id=auction.seller_id,
            item_id=auction.item_id,
            thing_id=auction.thing_id,
            quantity=auction.quantity,
            status=auction.status,
            ends_at=auction.ends_at,
            leader_id=auction.leader_id,
            amount=auction.amount,
            bids=auction.bids,
            minimum=auction.minimum,
        )


@frozen(kw_only=True)
class StartAuction(Command[AuctionView]):
    """Auction something off, for 1 to 720 hours; it goes to escrow.

    Raises `NotTradable`, `AccountFrozen`, `TooManyOpen`, `LimitReached`.
    """

    thing: Stake
    start_price: Points
    increment: Points = 1
    hours: Annotated[int, Whole(1, 720)] = 24


@frozen(kw_only=True)
class Bid(Command[AuctionView]):
    """Bid on something; the points go to escrow, and those of who is outbid return at once.

    A bid in the last 2 minutes puts the end off to 2 minutes after it. Raises `NotFound`, `TradeClosed`,
    `OwnTrade`, `BidTooLow(minimum)`, `InsufficientFunds`, `AccountFrozen`, `LimitReached`.
    """

    auction_id: UUID
    amount: Points


@frozen(kw_only=True)
class CancelAuction(Command[AuctionView]):
    """Take one's own auction back, before the first bid. Raises `NotFound`, `TradeClosed`, `HasBids`."""

    auction_id: UUID


@frozen(kw_only=True)
class SettleAuction(Command[None]):
    """Hand an auction's thing over once it is at its end, not before; the worker asks for it."""

    auction_id: UUID


@frozen(kw_only=True)
class Auctions(Query[Page[AuctionView]]):
    """Open auctions, the one that ends first first."""

    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class AuctionById(Query[AuctionView]):
    """An auction, open or not. Raises `NotFound`."""

    auction_id: UUID


async def start_auction(cmd: StartAuction, work: Work, *, rules: EconomyRules) -> AuctionView:
    await unfrozen(work, work.user_id)
    await may_open(work, AUCTIONS, "seller_id", AuctionStatus.OPEN, rules)
    id = work.new_id()
    (thing,) = await set_aside(work, work.user_id, (cmd.thing,), auction_escrow(id))
    auction = Auction(
        id=id,
        seller_id=work.user_id,
        thing_id=thing.id,
        item_id=thing.item_id,
        quantity=thing.quantity,
        start_price=cmd.start_price,
        increment=cmd.increment,
        started_at=work.now,
        ends_at=work.now + timedelta(hours=cmd.hours),
    )
    _send_end(work, auction)
    return AuctionView.of(work.save(AUCTIONS, auction.opened()))


def _send_end(work: Work, auction: Auction) -> None:
    work.record(AuctionEndSent(auction_id=auction.id), delay=auction.settles_at - work.now)


async def bid(cmd: Bid, work: Work, *, rules: EconomyRules) -> AuctionView:
    await may_trade(work, rules.limits)
    auction = await _held(work, cmd.auction_id)
    await partner(work, auction.seller_id)
    higher = auction.bid(work.user_id, cmd.amount, work.now, timedelta(seconds=rules.trading.extension_s))
    aside = await points_aside(work, work.user_id, cmd.amount, auction.held_for, f"{auction.id}:{higher.bids}")
    await within_limits(work, rules.limits, "trades", await pay(work, *_bid_back(work, auction), aside))
    if higher.ends_at != auction.ends_at:
        _send_end(work, higher)
    if auction.leader_id is not None and auction.leader_id != work.user_id:
        await _tell(work, auction, auction.leader_id, "OUTBID", f"{auction.held_for}:{auction.bids}")
    return AuctionView.of(work.save(AUCTIONS, higher))


def _bid_back(work: Work, auction: Auction) -> list[Transfer]:
    """The highest bid's points, back to whoever made it."""
    if auction.leader_id is None:
        return []
    key = f"{auction.id}:{auction.bids}"
    return [points_back(work, auction.leader_id, auction.amount, auction.held_for, key)]


async def cancel_auction(cmd: CancelAuction, work: Work) -> AuctionView:
    auction = await _held(work, cmd.auction_id)
    cancelled = auction.cancelled(work.user_id, work.now)
    give_back(work, (await locked(work, [auction.thing_id])).values())
    return AuctionView.of(work.save(AUCTIONS, cancelled))


async def settle_auction(cmd: SettleAuction, work: Work, *, rules: EconomyRules) -> None:
    auction = await _held(work, cmd.auction_id)
    if not auction.is_due(work.now):
        return
    (thing,) = (await locked(work, [auction.thing_id])).values()
    leader = auction.leader_id
    if leader is None or not thing.lasts_at(work.now) or not await _both_trade(work, leader, auction.seller_id):
        await pay(work, *_bid_back(work, auction))
        give_back(work, [thing])
        closed = auction.returned(AuctionStatus.UNSOLD, work.now)
    else:
        source, percent = escrow_of(auction.held_for), rules.trading.fee_percent
        await pay(work, *await paid(work, source, auction.seller_id, auction.amount, percent, auction.held_for))
        hand_over(work, [thing], leader, auction.id)
        closed = auction.settled(work.now)
        await _tell(work, closed, leader, "WON", f"{auction.held_for}:won")
    await _tell(work, closed, auction.seller_id, closed.status.value, f"{auction.held_for}:end")
    work.save(AUCTIONS, closed)


async def _both_trade(work: Work, leader: UserId, seller: UserId) -> bool:
    """Whether neither was suspended or banned since: the worker may come to the end before it comes to that."""
    return await trades(work, leader) and await trades(work, seller)


async def auctions_returned(work: Work, user_id: UserId) -> None:
    """The auctions of somebody who left come to nothing, and their highest bids go back."""
    theirs = await open_trades(work, AUCTIONS, "seller_id", user_id, AuctionStatus.OPEN)
    led = await open_trades(work, AUCTIONS, "leader_id", user_id, AuctionStatus.OPEN)
    held = [await _held(work, id) for id in sorted({*theirs, *led})]
    still = [a for a in held if a.status is AuctionStatus.OPEN and user_id in (a.seller_id, a.leader_id)]
    sold = [a for a in still if a.seller_id == user_id]
    things = await locked(work, (a.thing_id for a in sold))
    await pay(work, *(back for a in still for back in _bid_back(work, a)))
    give_back(work, things.values())
    for auction in still:
        ended = auction.seller_id == user_id
        work.save(AUCTIONS, auction.returned(AuctionStatus.CANCELLED, work.now) if ended else auction.without_leader())


async def _held(work: Work, auction_id: UUID) -> Auction:
    """An auction, held: bids are taken one after another. Raises `NotFound`."""
    return found(await work.store.hold(AUCTIONS, auction_id), "auction")


async def _tell(work: Work, auction: Auction, person: UserId, state: str, subject: str) -> None:
    facts = {"auction_id": str(auction.id), "state": state}
    await notify(work, person, NotificationType.TRADE, subject, facts, fresh=True)


async def auctions(query: Auctions, work: Work) -> Page[AuctionView]:
    place = position_of(query.after, "auctions", (), (datetime, UUID))
    after = (place[0], place[1]) if place else None
    found_ones = await work.store.find(
        AUCTIONS, eq("status", AuctionStatus.OPEN), order=Order("ends_at"), after=after, limit=query.limit + 1
    )
    page = page_of(found_ones, query.limit, "auctions", (), lambda a: (a.ends_at, a.id))
    return Page(tuple(map(AuctionView.of, page.items)), page.next)


async def auction_by_id(query: AuctionById, work: Work) -> AuctionView:
    return AuctionView.of(found(await work.store.get(AUCTIONS, query.auction_id), "auction"))
