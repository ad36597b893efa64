"""What must be true of offers, listings and auctions. Source: docs/contexts/trading.md."""

from collections import Counter as Tally
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sparkle_core.application.rules import Rules
from sparkle_core.domain.economy.auctions import AuctionStatus
from sparkle_core.domain.economy.ledger import Currency, Purpose, account_id
from sparkle_core.domain.economy.listings import ListingStatus
from sparkle_core.domain.economy.stored import AUCTIONS, LISTINGS, OFFERS, THINGS
from sparkle_core.domain.economy.trading import OfferStatus
from sparkle_core.testing.stories.kept import Kept


def escrows(kept: Kept, rules: Rules) -> Iterator[str]:
    """An escrow holds what is open, and nothing else: things and points."""
    held = {(t.id, t.held_for, t.quantity) for t in kept.all_of(THINGS) if t.held_for is not None}
    expected: set[tuple[UUID, str, int]] = set()
    for offer in kept.all_of(OFFERS):
        is_open = offer.status is OfferStatus.OPEN
        expected |= {(s.thing_id, offer.held_for, s.quantity) for s in offer.gives.things if is_open}
        yield from _points(kept, offer, offer.gives.points * is_open)
    for listing in kept.all_of(LISTINGS):
        if listing.status is ListingStatus.OPEN:
            expected.add((listing.thing_id, listing.held_for, listing.quantity))
    for auction in kept.all_of(AUCTIONS):
        is_open = auction.status is AuctionStatus.OPEN
        expected |= {(auction.thing_id, auction.held_for, auction.quantity)} if is_open else set()
        yield from _points(kept, auction, auction.amount * is_open)
    yield from (f"{n} of thing {id}, {trade}: only one of thing and trade says so" for id, trade, n in held ^ expected)


def outcomes(kept: Kept, rules: Rules) -> Iterator[str]:
    """What is sold has a buyer, who is not the seller; a bid is the highest there was."""
    for listing in kept.all_of(LISTINGS):
        if (listing.status is ListingStatus.SOLD) != (listing.buyer_id is not None):
            yield f"{listing} is sold to nobody, or has a buyer and is not sold"
    for auction in kept.all_of(AUCTIONS):
        led = auction.leader_id is not None
        if led != (auction.amount >= auction.start_price) or (auction.status is AuctionStatus.SOLD and not led):
            yield f"{auction} has a bid of nobody, or is sold without one"
        if auction.bids < led:
            yield f"{auction} counted {auction.bids} bids"
    for trade in (*kept.all_of(LISTINGS), *kept.all_of(AUCTIONS)):
        other = trade.buyer_id if hasattr(trade, "buyer_id") else trade.leader_id
        if other == trade.seller_id:
            yield f"{trade} is with oneself"


def limits(kept: Kept, rules: Rules) -> Iterator[str]:
    """Nobody has more open trades of a sort than the rules allow."""
    for shape, by in ((OFFERS, "from_id"), (LISTINGS, "seller_id"), (AUCTIONS, "seller_id")):
        open_ones: Tally[UUID] = Tally(getattr(t, by) for t in kept.all_of(shape) if t.status.value == "OPEN")
        most = rules.economy.trading.most_open
        yield from (f"{who} has {n} open in {shape.name}" for who, n in open_ones.items() if n > most)


def _points(kept: Kept, trade: Any, due: int) -> Iterator[str]:
    account = kept.accounts.get(account_id(trade.held_for, Currency.SPARKLE, Purpose.ESCROW))
    there = account.balance if account is not None else 0
    if there != due:
        yield f"{trade.held_for} holds {there} points, and should hold {due}"


INVARIANTS = (escrows, outcomes, limits)
