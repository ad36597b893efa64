"""The state machine of trading: offers, listings, auctions."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.economy import (
    AcceptOffer,
    AuctionById,
    Auctions,
    Bid,
    BuyListing,
    CancelAuction,
    CancelListing,
    CancelOffer,
    CounterOffer,
    DeclineOffer,
    Listings,
    ListThing,
    MakeOffer,
    MyOffers,
    OfferById,
    ReverseTransfer,
    StartAuction,
)
from sparkle_core.domain.economy.trading import Side, Stake
from sparkle_core.domain.kernel.actors import SYSTEM, Actor
from sparkle_core.testing.stories.store import StoreStory
from sparkle_core.testing.stories.story import NOWHERE, picks


class TradingStory(StoreStory):
    """People offer one another what they bought, list it, and bid for it."""

    def goes_on(self) -> None:
        """An offer, a listing and an auction are open."""
        super().goes_on()
        _, second, third, *_ = self.known.things
        self.offered(MakeOffer(to=self.person(3).id, gives=self.side(0, 0), asks=self.side(None, 5)), self.actor(0))
        self.put_up(ListThing(thing=Stake(thing_id=third), price=4, hours=30), self.known.listings, self.actor(0))
        self.put_up(
            StartAuction(thing=Stake(thing_id=second), start_price=2, hours=30), self.known.auctions, self.actor(3)
        )
        self.done(Bid(auction_id=self.known.auctions[0], amount=2), actor=self.actor(2))

    @rule(
        by=picks,
        to=picks,
        mine=st.one_of(st.none(), picks),
        theirs=st.one_of(st.none(), picks),
        points=st.sampled_from((0, 0, 30)),
        asked=st.sampled_from((0, 0, 25)),
        hours=st.sampled_from((None, 1)),
        counters=st.one_of(st.none(), picks),
    )
    def make_offer(
        self,
        by: int,
        to: int,
        mine: int | None,
        theirs: int | None,
        points: int,
        asked: int,
        hours: int | None,
        counters: int | None,
    ) -> None:
        gives, asks = self.side(mine, points), self.side(theirs, asked)
        command: Any = MakeOffer(to=self.person(to).id, gives=gives, asks=asks, hours=hours)
        if counters is not None and self.known.offers:
            answered = self.one_of(self.known.offers, counters) or NOWHERE
            command = CounterOffer(offer_id=answered, gives=gives, asks=asks, hours=hours)
        self.offered(command, self.owner_of(self.thing(mine), by) if mine is not None else self.actor(by))

    def offered(self, command: Any, by: Actor) -> None:
        """Offer something, and keep in mind whose answer is awaited, and what was split off for it."""
        told = self.say(command, actor=by)
        self.note(self.known.offers, told, by)
        if told.ok:
            self.known.owners[told.answer.id] = told.answer.to_id
            self.split_off([stake.thing_id for stake in told.answer.gives.things], by)

    def split_off(self, things: list[UUID], by: Actor) -> None:
        """Keep in mind things that came of a part of another one."""
        for thing in things:
            if thing not in self.known.things and by.user_id is not None:
                self.known.things.append(thing)
                self.known.owners[thing] = by.user_id

    def side(self, thing: int | None, points: int) -> Side:
        stakes = (Stake(thing_id=self.thing(thing)),) if thing is not None else ()
        return Side(things=stakes, points=points)

    @rule(by=picks, which=picks, what=st.sampled_from((AcceptOffer, AcceptOffer, DeclineOffer, CancelOffer, OfferById)))
    def answer_offer(self, by: int, which: int, what: type) -> None:
        offer = self.one_of(self.known.offers, which) or NOWHERE
        self.say(what(offer_id=offer), actor=self.actor(by) if what is CancelOffer else self.owner_of(offer, by))

    @rule(
        by=picks, thing=picks, price=st.sampled_from((1, 30)), quantity=st.sampled_from((1, 1, 2)), bids=st.booleans()
    )
    def sell(self, by: int, thing: int, price: int, quantity: int, bids: bool) -> None:
        """At a fixed price, or to the highest bid."""
        stake, actor = Stake(thing_id=self.thing(thing), quantity=quantity), self.owner_of(self.thing(thing), by)
        if bids:
            self.put_up(StartAuction(thing=stake, start_price=price, hours=1), self.known.auctions, actor)
        else:
            self.put_up(ListThing(thing=stake, price=price, hours=1), self.known.listings, actor)

    def put_up(self, command: Any, known: list[UUID], by: Actor) -> None:
        """Put something up for sale, and keep it in mind with what was split off for it."""
        told = self.say(command, actor=by)
        self.note(known, told, by)
        if told.ok:
            self.split_off([told.answer.thing_id], by)

    @rule(by=picks, which=picks, what=st.sampled_from((BuyListing, BuyListing, CancelListing)))
    def answer_listing(self, by: int, which: int, what: type) -> None:
        listing = self.one_of(self.known.listings, which) or NOWHERE
        self.say(
            what(listing_id=listing), actor=self.owner_of(listing, by) if what is CancelListing else self.actor(by)
        )

    @rule(by=picks, which=picks, amount=st.sampled_from((1, 2, 5, 30, 40)))
    def bid(self, by: int, which: int, amount: int) -> None:
        auction = self.one_of(self.known.auctions, which) or NOWHERE
        self.say(Bid(auction_id=auction, amount=amount), actor=self.actor(by))
        self.say(AuctionById(auction_id=auction))

    @rule(by=picks, which=picks)
    def cancel_auction(self, by: int, which: int) -> None:
        auction = self.one_of(self.known.auctions, which) or NOWHERE
        self.say(CancelAuction(auction_id=auction), actor=self.owner_of(auction, by))

    @rule(which=picks, kind=st.sampled_from(("escrow", "escrow_return", "trade", "trade_fee")), bids=st.integers(0, 2))
    def reverse_half_a_trade(self, which: int, kind: str, bids: int) -> None:
        """By hand, what a trade moved; `bids`: of which bid, or 0 for what an offer moved."""
        trade = self.one_of(self.known.auctions if bids else self.known.offers, which) or NOWHERE
        aside = f"{trade}:{bids}" if bids else str(trade)
        paid = f"{'auction' if bids else 'offer'}:{trade}"
        key = aside if kind.startswith("escrow") else paid
        self.say(ReverseTransfer(namespace=kind, key=key, reason="asked to"), actor=SYSTEM)

    @rule(who=picks, by=picks, limit=st.integers(1, 3))
    def read_market(self, who: int, by: int, limit: int) -> None:
        actor = self.actor(by)
        self.pages(lambda after: MyOffers(sent=bool(who % 2), after=after, limit=limit), actor=actor)
        self.pages(lambda after: Listings(after=after, limit=limit), actor=actor)
        self.pages(lambda after: Auctions(after=after, limit=limit), actor=actor)
