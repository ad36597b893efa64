"""The state machine of store and inventory: items, buying, giving back, wearing, using up."""

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.economy import (
    BuyItem,
    Catalogue,
    ChangeItem,
    ConsumeThing,
    CreateItem,
    EquipThing,
    Inventory,
    ItemById,
    MyBoosts,
    MyPurchases,
    RefundPurchase,
    UnequipThing,
)
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.items import Content, ItemKind, ItemTerms
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.stored import ALLOWANCES, ITEMS
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.testing.stories.kept import Kept
from sparkle_core.testing.stories.story import NOWHERE, Story, keys, picks
from sparkle_core.testing.stories.telling import Told


class StoreStory(Story):
    """Admins sell items; people buy them, give them back, wear them and use them up."""

    def goes_on(self) -> None:
        """There are cakes and stars, and two people have some."""
        super().goes_on()
        for kind, price in ((ItemKind.CONSUMABLE, 3), (ItemKind.BADGE, 5)):
            terms = ItemTerms(name="Thing", kind=kind, price=price, limit_each=3, refund_hours=48)
            self.known.items.append(self.say(CreateItem(terms=terms, stock=9), actor=SYSTEM).answer.id)
            for by in (0, 3):
                actor = self.actor(by)
                self.bought(self.say(BuyItem(item_id=self.known.items[-1], quantity=2), actor=actor), actor)

    def faults_of(self, kept: Kept) -> list[str]:
        return super().faults_of(kept) + (self._bought_beyond(kept) if kept.whole else [])

    def _bought_beyond(self, kept: Kept) -> list[str]:
        """Where somebody bought more of an item than its limit, which no step of this story changes."""
        items = kept.by_id(ITEMS)
        limits = ((row, items[row.item_id].terms.limit_each) for row in kept.all_of(ALLOWANCES))
        return [f"{row} is beyond {most}" for row, most in limits if most is not None and row.bought > most]

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
            refund_hours=48,
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
        actor = self.actor(by)
        self.bought(self.say(command, actor=actor, key=key), actor)

    def bought(self, told: Told, by: Actor) -> None:
        """Keep in mind a purchase, and the things that came of it."""
        self.note(self.known.purchases, told, by)
        if told.ok:
            self.known.things += told.answer.things
            self.known.owners |= dict.fromkeys(told.answer.things, told.answer.recipient_id)

    @rule(by=picks, which=picks)
    def refund_purchase(self, by: int, which: int) -> None:
        purchase = self.one_of(self.known.purchases, which) or NOWHERE
        self.say(RefundPurchase(purchase_id=purchase), actor=self.owner_of(purchase, by))

    @rule(by=picks, which=picks, what=st.sampled_from((EquipThing, EquipThing, UnequipThing, ConsumeThing)))
    def use_thing(self, by: int, which: int, what: type) -> None:
        thing = self.thing(which)
        self.say(what(thing_id=thing), actor=self.owner_of(thing, by))

    @rule(who=picks, by=picks, limit=st.integers(1, 3))
    def read_store(self, who: int, by: int, limit: int) -> None:
        actor = self.actor(by)
        self.pages(lambda after: Catalogue(after=after, limit=limit), actor=actor)
        self.pages(lambda after: Inventory(user_id=self.person(who).id, after=after, limit=limit), actor=actor)
        self.pages(lambda after: MyPurchases(after=after, limit=limit), actor=actor)
        self.say(MyBoosts(), actor=actor)
