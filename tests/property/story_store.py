"""The story's steps of store and inventory: items, buying, giving back, wearing, using up."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.economy import (
    AcceptOffer,
    AuctionById,
    Auctions,
    Bid,
    BuyItem,
    BuyListing,
    CancelAuction,
    CancelListing,
    CancelOffer,
    Catalogue,
    ChangeItem,
    ConsumeThing,
    CounterOffer,
    CreateItem,
    DeclineOffer,
    EquipThing,
    Inventory,
    ItemById,
    Listings,
    ListThing,
    MakeOffer,
    MyBoosts,
    MyOffers,
    MyPurchases,
    OfferById,
    RefundPurchase,
    StartAuction,
    UnequipThing,
)
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.items import Content, ItemKind, ItemTerms
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.trading import Side, Stake
from tests.property.story import Story, keys, picks

NOWHERE = UUID(int=77)


class StoreSteps(Story):
    """Steps of store and inventory."""

    @rule(
        kind=st.sampled_from(ItemKind),
        price=st.sampled_from((None, 1, 30, 60)),
        stock=st.sampled_from((None, 1, 3)),
        limit=st.sampled_from((None, None, 1)),
        days=st.sampled_from((None, None, 1)),
        tradable=st.sampled_from((True, True, True, False)),
        by=st.sampled_from((39, 39, 2, 1)),
    )
    def create_item(
        self,
        kind: ItemKind,
        price: int | None,
        stock: int | None,
        limit: int | None,
        days: int | None,
        tradable: bool,
        by: int,
    ) -> None:
        terms = ItemTerms(
            name="Star",
            kind=kind,
            price=price,
            premium_price=2 if price is None else None,
            limit_each=limit,
            tradable=tradable,
            giftable=tradable,
            lasts_days=days,
            refund_hours=2,
            boost_minutes=60 if kind is ItemKind.BOOST else None,
            contents=(Content(item_id=self.item(0), quantity=2),) if kind is ItemKind.BUNDLE else (),
        )
        told = self.say(CreateItem(terms=terms, stock=stock), actor=self.actor(by))
        if told.ok:
            self.known.items.append(told.answer.id)

    def item(self, pick: int) -> UUID:
        return self.one_of(self.known.items, pick) or NOWHERE

    def thing(self, pick: int) -> UUID:
        return self.one_of(self.known.things, pick) or NOWHERE

    @rule(which=picks, stock=st.sampled_from((None, 0, 2)), withdrawn=st.booleans())
    def change_item(self, which: int, stock: int | None, withdrawn: bool) -> None:
        shown = self.say(ItemById(item_id=self.item(which)))
        if shown.ok:
            command = ChangeItem(
                item_id=shown.answer.id,
                terms=shown.answer.terms,
                stock=stock,
                withdrawn=withdrawn,
                expected_version=shown.answer.version,
            )
            self.say(command, actor=SYSTEM)

    @rule(
        by=picks,
        which=picks,
        quantity=st.sampled_from((1, 1, 2)),
        currency=st.sampled_from((Currency.SPARKLE, Currency.SPARKLE, Currency.PREMIUM)),
        to=st.one_of(st.none(), picks),
        key=keys,
    )
    def buy_item(self, by: int, which: int, quantity: int, currency: Currency, to: int | None, key: str | None) -> None:
        gift_to = self.person(to).id if to is not None else None
        command = BuyItem(item_id=self.item(which), quantity=quantity, currency=currency, gift_to=gift_to)
        told = self.say(command, actor=self.actor(by), key=key)
        if told.ok:
            self.known.purchases.append(told.answer.id)
            self.known.things += told.answer.things

    @rule(by=picks, which=picks)
    def refund_purchase(self, by: int, which: int) -> None:
        self.say(RefundPurchase(purchase_id=self.one_of(self.known.purchases, which) or NOWHERE), actor=self.actor(by))

    @rule(by=picks, which=picks, what=st.sampled_from((EquipThing, EquipThing, UnequipThing, ConsumeThing)))
    def use_thing(self, by: int, which: int, what: type) -> None:
        self.say(what(thing_id=self.thing(which)), actor=self.actor(by))

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
        told = self.say(command, actor=self.actor(by))
        if told.ok:
            self.known.offers.append(told.answer.id)
            self.known.things += [s.thing_id for s in told.answer.gives.things]

    def side(self, thing: int | None, points: int) -> Side:
        stakes = (Stake(thing_id=self.thing(thing)),) if thing is not None else ()
        return Side(things=stakes, points=points)

    @rule(by=picks, which=picks, what=st.sampled_from((AcceptOffer, AcceptOffer, DeclineOffer, CancelOffer, OfferById)))
    def answer_offer(self, by: int, which: int, what: type) -> None:
        self.say(what(offer_id=self.one_of(self.known.offers, which) or NOWHERE), actor=self.actor(by))

    @rule(by=picks, thing=picks, price=st.sampled_from((1, 30)), auctioned=st.booleans())
    def sell(self, by: int, thing: int, price: int, auctioned: bool) -> None:
        stake = Stake(thing_id=self.thing(thing))
        if auctioned:
            told = self.say(StartAuction(thing=stake, start_price=price, hours=1), actor=self.actor(by))
        else:
            told = self.say(ListThing(thing=stake, price=price, hours=1), actor=self.actor(by))
        if told.ok:
            (self.known.auctions if auctioned else self.known.listings).append(told.answer.id)

    @rule(by=picks, which=picks, what=st.sampled_from((BuyListing, BuyListing, CancelListing)))
    def answer_listing(self, by: int, which: int, what: type) -> None:
        self.say(what(listing_id=self.one_of(self.known.listings, which) or NOWHERE), actor=self.actor(by))

    @rule(by=picks, which=picks, amount=st.sampled_from((1, 2, 30, 40)), cancels=st.sampled_from((False, False, True)))
    def bid(self, by: int, which: int, amount: int, cancels: bool) -> None:
        auction = self.one_of(self.known.auctions, which) or NOWHERE
        self.say(CancelAuction(auction_id=auction) if cancels else Bid(auction_id=auction, amount=amount),
                 actor=self.actor(by))  # fmt: skip
        self.say(AuctionById(auction_id=auction))

    @rule(who=picks, by=picks, limit=st.integers(1, 3))
    def read_store(self, who: int, by: int, limit: int) -> None:
        actor = self.actor(by)
        self.pages(lambda after: Catalogue(after=after, limit=limit), actor=actor)
        self.pages(lambda after: Inventory(user_id=self.person(who).id, after=after, limit=limit), actor=actor)
        self.pages(lambda after: MyPurchases(after=after, limit=limit), actor=actor)
        self.pages(lambda after: MyOffers(sent=bool(who % 2), after=after, limit=limit), actor=actor)
        self.pages(lambda after: Listings(after=after, limit=limit), actor=actor)
        self.pages(lambda after: Auctions(after=after, limit=limit), actor=actor)
        self.say(MyBoosts(), actor=actor)
