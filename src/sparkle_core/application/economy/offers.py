"""Offers: made, countered, accepted, declined, cancelled, run out. Source: docs/contexts/trading.md."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from attrs import evolve, frozen

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
from sparkle_core.application.economy.moving import partner, receiver, unfrozen
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.wallets import pay
from sparkle_core.domain.economy.ledger import wallet_of
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.economy.stored import OFFERS
from sparkle_core.domain.economy.trading import Offer, OfferStatus, Side, Stake
from sparkle_core.domain.economy.trading_events import OfferExpirySent
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq
from sparkle_core.domain.notifications import NotificationType

Hours = Annotated[int, Whole(1, 720)]


@frozen(kw_only=True)
class OfferView(Record):
    """An offer, as its two people see it. `gives` names the things in escrow."""

    id: UUID
    from_id: UserId
    to_id: UserId
    gives: Side
    asks: Side
    status: OfferStatus
    made_at: Instant
    expires_at: Instant
    closed_at: Instant | None
    counters: UUID | None

    @classmethod
    def of(cls, offer: Offer) -> "OfferView":
        return cls(
            id=offer.id,
            from_id=offer.from_id,
            to_id=offer.to_id,
            gives=offer.gives,
            asks=offer.asks,
            status=offer.status,
            made_at=offer.made_at,
            expires_at=offer.expires_at,
            closed_at=offer.closed_at,
            counters=offer.counters,
        )


@frozen(kw_only=True)
class MakeOffer(Command[OfferView]):
    """Offer somebody a trade; what is given goes to escrow. It is open for `hours`, 72 unless said.

    Raises `NotFound`, `NotTradable`, `InsufficientFunds`, `AccountFrozen`, `TooManyOpen`, `LimitReached`,
    `Invalid`.
    """

    to: UserId
    gives: Side
    asks: Side
    hours: Hours | None = None


@frozen(kw_only=True)
class CounterOffer(Command[OfferView]):
    """Answer an offer by another one: the first is returned, the new one is to whoever made it.

    Raises what `MakeOffer` does, and `TradeClosed`.
    """

    offer_id: UUID
    gives: Side
    asks: Side
    hours: Hours | None = None


@frozen(kw_only=True)
class AcceptOffer(Command[OfferView]):
    """Swap both sides, all or nothing; points are paid less the fee.

    Raises `NotFound`, `TradeClosed`, `NotTradable`, `InsufficientFunds`, `AccountFrozen`, `LimitReached`.
    """

    offer_id: UUID


@frozen(kw_only=True)
class DeclineOffer(Command[OfferView]):
    """Refuse an offer; what was given goes back. Raises `NotFound`, `TradeClosed`."""

    offer_id: UUID


@frozen(kw_only=True)
class CancelOffer(Command[OfferView]):
    """Take one's own offer back. Raises `NotFound`, `TradeClosed`."""

    offer_id: UUID


@frozen(kw_only=True)
class ExpireOffer(Command[None]):
    """Return what was given for an offer whose time is over; the worker asks for it."""

    offer_id: UUID


@frozen(kw_only=True)
class MyOffers(Query[Page[OfferView]]):
    """Offers to oneself, newest first, or those one made; of one status if asked."""

    sent: bool = False
    status: OfferStatus | None = None
    after: Cursor | None = None
    limit: Limit = 20


async def make_offer(cmd: MakeOffer, work: Work, *, rules: EconomyRules) -> OfferView:
    await may_open(work, OFFERS, "from_id", OfferStatus.OPEN, rules)
    return await _make(cmd, cmd.to, None, work, rules)


async def counter_offer(cmd: CounterOffer, work: Work, *, rules: EconomyRules) -> OfferView:
    offer = await _held(work, cmd.offer_id)
    await may_open(work, OFFERS, "from_id", OfferStatus.OPEN, rules)
    await _close(work, offer.declined(work.user_id, work.now, countered=True))
    return await _make(cmd, offer.from_id, offer.id, work, rules)


async def _make(
    cmd: MakeOffer | CounterOffer, to: UserId, counters: UUID | None, work: Work, rules: EconomyRules
) -> OfferView:
    offer = Offer(
        id=work.new_id(),
        from_id=work.user_id,
        to_id=to,
        gives=cmd.gives,
        asks=cmd.asks,
        made_at=work.now,
        expires_at=work.now + timedelta(hours=cmd.hours or rules.trading.offer_hours),
        counters=counters,
    )
    await receiver(work, to)
    await unfrozen(work, work.user_id)
    held = await set_aside(work, work.user_id, offer.gives.things, offer.held_for)
    stakes = tuple(Stake(thing_id=thing.id, quantity=thing.quantity) for thing in held)
    offer = offer.then(gives=evolve(offer.gives, things=stakes)).made()
    if offer.gives.points:
        aside = await points_aside(work, offer.from_id, offer.gives.points, offer.held_for, str(offer.id))
        await within_limits(work, rules.limits, "trades", await pay(work, aside))
    work.record(OfferExpirySent(offer_id=offer.id), delay=offer.expires_at - work.now)
    await _tell(work, offer, to)
    return OfferView.of(work.save(OFFERS, offer))


async def accept_offer(cmd: AcceptOffer, work: Work, *, rules: EconomyRules) -> OfferView:
    await may_trade(work, rules.limits)
    offer = await _held(work, cmd.offer_id)
    accepted = offer.accepted(work.user_id, work.now)
    await partner(work, offer.from_id)
    await unfrozen(work, offer.to_id)
    things = await locked(work, (s.thing_id for side in (offer.gives, offer.asks) for s in side.things))
    given = [things[s.thing_id] for s in offer.gives.things]
    taken = await set_aside(work, offer.to_id, offer.asks.things, offer.held_for)
    await _swap_points(work, offer, rules)
    hand_over(work, given, offer.to_id, offer.id)
    hand_over(work, taken, offer.from_id, offer.id)
    await _tell(work, accepted, offer.from_id)
    return OfferView.of(work.save(OFFERS, accepted))


async def _swap_points(work: Work, offer: Offer, rules: EconomyRules) -> None:
    """Points are on one side at most: the maker's out of escrow, the other's out of their wallet."""
    if offer.gives.points:
        source, to, amount = escrow_of(offer.held_for), offer.to_id, offer.gives.points
    elif offer.asks.points:
        source, to, amount = wallet_of(offer.to_id), offer.from_id, offer.asks.points
    else:
        return
    transfers = await paid(work, source, to, amount, rules.trading.fee_percent, offer.held_for)
    await within_limits(work, rules.limits, "trades", await pay(work, *transfers))


async def decline_offer(cmd: DeclineOffer, work: Work) -> OfferView:
    offer = await _held(work, cmd.offer_id)
    closed = offer.declined(work.user_id, work.now)
    await _close(work, closed)
    await _tell(work, closed, offer.from_id)
    return OfferView.of(closed)


async def cancel_offer(cmd: CancelOffer, work: Work) -> OfferView:
    offer = await _held(work, cmd.offer_id)
    closed = offer.cancelled(work.user_id, work.now)
    await _close(work, closed)
    return OfferView.of(closed)


async def expire_offer(cmd: ExpireOffer, work: Work) -> None:
    offer = await _held(work, cmd.offer_id)
    if offer.status is OfferStatus.OPEN and work.now >= offer.expires_at:
        closed = offer.returned(OfferStatus.EXPIRED, work.now)
        await _close(work, closed)
        await _tell(work, closed, offer.from_id)


async def offers_returned(work: Work, user_id: UserId) -> None:
    """All that somebody who left had offered, or was offered, goes back."""
    made = await open_trades(work, OFFERS, "from_id", user_id, OfferStatus.OPEN)
    got = await open_trades(work, OFFERS, "to_id", user_id, OfferStatus.OPEN)
    held = [await _held(work, id) for id in sorted({*made, *got})]
    await _close(work, *(o.returned(OfferStatus.CANCELLED, work.now) for o in held if o.status is OfferStatus.OPEN))


async def _close(work: Work, *offers: Offer) -> None:
    """Give back what was given for offers that have come to nothing."""
    things = await locked(work, (s.thing_id for offer in offers for s in offer.gives.things))
    back = [
        points_back(work, offer.from_id, offer.gives.points, offer.held_for, str(offer.id))
        for offer in offers
        if offer.gives.points
    ]
    if back:
        await pay(work, *back)
    give_back(work, things.values())
    for offer in offers:
        work.save(OFFERS, offer)


async def _held(work: Work, offer_id: UUID) -> Offer:
    """An offer, held: who else answers it waits. Raises `NotFound`."""
    return found(await work.store.hold(OFFERS, offer_id), "offer")


async def _tell(work: Work, offer: Offer, person: UserId) -> None:
    facts = {"offer_id": str(offer.id), "state": offer.status.value}
    subject = f"offer:{offer.id}:{offer.status.value}"
    await notify(work, person, NotificationType.TRADE, subject, facts, fresh=True)


async def my_offers(query: MyOffers, work: Work) -> Page[OfferView]:
    scope = (work.user_id, query.sent, query.status)
    place = position_of(query.after, "offers", scope, (UUID,))
    where = (
        eq("from_id" if query.sent else "to_id", work.user_id),
        *((eq("status", query.status),) if query.status else ()),
    )
    after = (place[0], place[0]) if place else None
    offers = await work.store.find(OFFERS, *where, order=NEWEST_FIRST, after=after, limit=query.limit + 1)
    page = page_of(offers, query.limit, "offers", scope, lambda o: (o.id,))
    return Page(tuple(map(OfferView.of, page.items)), page.next)


@frozen(kw_only=True)
class OfferById(Query[OfferView]):
    """An offer that one made or got. Raises `NotFound`."""

    offer_id: UUID


async def offer_by_id(query: OfferById, work: Work) -> OfferView:
    offer = found(await work.store.get(OFFERS, query.offer_id), "offer")
    if work.user_id not in offer.people:
        raise NotFound("offer")
    return OfferView.of(offer)
