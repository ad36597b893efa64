"""Items and points are conserved: whatever is bought, used and traded, on a store that fails at any moment.

A failed command leaves everything as it was, and tried again under its key has its effect once.
"""

from collections import Counter as Tally
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from attrs import frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sparkle_adapters.memory.world import SeededWorld
from sparkle_core.application.accounts import DeleteAccount
from sparkle_core.application.economy import (
    AcceptOffer,
    Bid,
    BuyItem,
    BuyListing,
    CancelAuction,
    CancelListing,
    CancelOffer,
    ConsumeThing,
    CounterOffer,
    CreateItem,
    DeclineOffer,
    EquipThing,
    FreezeWallet,
    ListThing,
    MakeOffer,
    ProveLedger,
    RefundPurchase,
    StartAuction,
    UnequipThing,
    UnfreezeWallet,
)
from sparkle_core.domain.accounts import SYSTEM, Actor
from sparkle_core.domain.economy.auctions import AuctionStatus
from sparkle_core.domain.economy.items import ItemKind, ItemTerms
from sparkle_core.domain.economy.ledger import Currency, Purpose, account_id
from sparkle_core.domain.economy.listings import ListingStatus
from sparkle_core.domain.economy.stored import AUCTIONS, LISTINGS, OFFERS, PURCHASES, THINGS
from sparkle_core.domain.economy.trading import OfferStatus, Side, Stake
from sparkle_core.domain.kernel.errors import SparkleError, Unavailable
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.stories import all_of
from tests.communities import community
from tests.faults import fused
from tests.support.people import Somebody, member

picks = st.integers(0, 30)
NOWHERE = UUID(int=77)


@frozen
class Everything:
    """What a community keeps of things and trades, and what is in the accounts of the trades."""

    rows: dict[str, list[Any]]
    escrow: dict[UUID, int]

    def by_id(self, kind: str) -> dict[UUID, Any]:
        return {row.id: row for row in self.rows[kind]}


class Market(RuleBasedStateMachine):
    """Three people who buy and trade; a fuse blows in some of their commands."""

    store: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.sparkle = self.open.enter_context(community(self.store, seed=5))
        self.people: list[Somebody] = []
        self.used: Tally[UUID] = Tally()
        self.known: dict[str, list[UUID]] = {name: [] for name in ("thing", "offer", "listing", "auction", "purchase")}
        self.calls = 0

    def teardown(self) -> None:
        self.open.close()

    @initialize()
    def they_join(self) -> None:
        self.sparkle._inline = True
        self.people = [member(self.sparkle, name) for name in ("ada", "bob", "eve")]
        self.sparkle._inline = False
        terms = ItemTerms(name="Cake", kind=ItemKind.CONSUMABLE, price=3, refund_hours=1)
        star = ItemTerms(name="Star", kind=ItemKind.BADGE, price=5, refund_hours=1)
        self.items = [self.sparkle.run(CreateItem(terms=t, stock=40), actor=SYSTEM).id for t in (terms, star)]
        self.fuse = fused(self.sparkle)
        for n in range(3):
            self.buy(n, 0, 3, None, None)
            self.buy(n, 1, 1, None, None)
        self.auction(0, 0, 1, None)
        self.list_one(0, 2, 30, 1, None)

    def say(self, request: Any, by: int, fails_after: int | None, kind: str | None = None) -> Any:
        """Say it, once or, where the store fails, again; None for a refusal."""
        self.calls += 1
        actor: Actor = SYSTEM if by < 0 else self.people[by % 3].actor
        before = self.everything()
        self.fuse.left, self.fuse.blown = fails_after, False
        answer = self._said(request, actor)
        if self.fuse.blown:
            assert isinstance(answer, Unavailable)
            assert self.everything() == before, f"{request} left something behind"
            answer = self._said(request, actor)
        self.fuse.left = None
        self.sparkle.run_coroutine(self.sparkle.drain())
        if isinstance(answer, SparkleError):
            assert not isinstance(answer, Unavailable)
            return None
        if kind is not None:
            self.known[kind].append(answer.id)
        return answer

    def _said(self, request: Any, actor: Actor) -> Any:
        try:
            return self.sparkle.run(request, actor=actor, key=f"call-{self.calls}")
        except SparkleError as refusal:
            return refusal

    def one(self, kind: str, pick: int) -> UUID:
        known = self.known[kind]
        return known[pick % len(known)] if known else NOWHERE

    def whom(self, pick: int, kind: str, id: UUID, field: str) -> int:
        """Mostly the one who may do something about a thing or trade; now and then somebody else."""
        row = self.everything().by_id(kind).get(id) if pick < 24 else None
        people = [person.id for person in self.people]
        return people.index(getattr(row, field)) if row is not None else pick

    def side(self, thing: int | None, quantity: int, points: int) -> Side:
        stakes = (Stake(thing_id=self.one("thing", thing), quantity=quantity),) if thing is not None else ()
        return Side(things=stakes, points=points)

    fuses = st.one_of(st.none(), st.integers(0, 25))

    @rule(by=picks, item=picks, quantity=st.integers(1, 3), to=st.one_of(st.none(), picks), fails=fuses)
    def buy(self, by: int, item: int, quantity: int, to: int | None, fails: int | None) -> None:
        gift_to = self.people[to % 3].id if to is not None else None
        command = BuyItem(item_id=self.items[item % 2], quantity=quantity, gift_to=gift_to)
        bought = self.say(command, by, fails, "purchase")
        if bought is not None:
            self.known["thing"] += bought.things

    @rule(by=picks, which=picks, fails=fuses)
    def refund(self, by: int, which: int, fails: int | None) -> None:
        purchase = self.one("purchase", which)
        self.say(RefundPurchase(purchase_id=purchase), self.whom(by, "purchase", purchase, "buyer_id"), fails)

    @rule(by=picks, which=picks, what=st.sampled_from((EquipThing, UnequipThing, ConsumeThing)), fails=fuses)
    def use(self, by: int, which: int, what: Any, fails: int | None) -> None:
        thing = self.one("thing", which)
        used = self.say(what(thing_id=thing), self.whom(by, "thing", thing, "owner_id"), fails)
        if used is not None and what is ConsumeThing:
            self.used[used.item_id] += 1

    @rule(
        by=picks,
        to=picks,
        mine=st.one_of(st.none(), picks),
        theirs=st.one_of(st.none(), picks),
        quantity=st.integers(1, 2),
        points=st.sampled_from((0, 0, 10, 33)),
        given=st.booleans(),
        counters=st.one_of(st.none(), picks),
        fails=fuses,
    )
    def offer(
        self,
        by: int,
        to: int,
        mine: int | None,
        theirs: int | None,
        quantity: int,
        points: int,
        given: bool,
        counters: int | None,
        fails: int | None,
    ) -> None:
        if mine is not None:
            by = self.whom(by, "thing", self.one("thing", mine), "owner_id")
        gives = self.side(mine, quantity, points if given else 0)
        asks = self.side(theirs, 1, 0 if given else points)
        command: Any = MakeOffer(to=self.people[to % 3].id, gives=gives, asks=asks, hours=2)
        if counters is not None:
            command = CounterOffer(offer_id=self.one("offer", counters), gives=gives, asks=asks, hours=2)
        made = self.say(command, by, fails, "offer")
        if made is not None:
            self.known["thing"] += [s.thing_id for s in made.gives.things]

    @rule(
        by=picks, which=picks, what=st.sampled_from((AcceptOffer, AcceptOffer, DeclineOffer, CancelOffer)), fails=fuses
    )
    def answer(self, by: int, which: int, what: Any, fails: int | None) -> None:
        offer = self.one("offer", which)
        field = "from_id" if what is CancelOffer else "to_id"
        self.say(what(offer_id=offer), self.whom(by, "offer", offer, field), fails)

    @rule(by=picks, thing=picks, price=st.sampled_from((1, 30)), quantity=st.integers(1, 2), fails=fuses)
    def list_one(self, by: int, thing: int, price: int, quantity: int, fails: int | None) -> None:
        stake = Stake(thing_id=self.one("thing", thing), quantity=quantity)
        by = self.whom(by, "thing", stake.thing_id, "owner_id")
        self.say(ListThing(thing=stake, price=price, hours=2), by, fails, "listing")

    @rule(by=picks, which=picks, what=st.sampled_from((BuyListing, BuyListing, CancelListing)), fails=fuses)
    def buy_listing(self, by: int, which: int, what: Any, fails: int | None) -> None:
        self.say(what(listing_id=self.one("listing", which)), by, fails)

    @rule(by=picks, thing=picks, quantity=st.integers(1, 2), fails=fuses)
    def auction(self, by: int, thing: int, quantity: int, fails: int | None) -> None:
        stake = Stake(thing_id=self.one("thing", thing), quantity=quantity)
        by = self.whom(by, "thing", stake.thing_id, "owner_id")
        self.say(StartAuction(thing=stake, start_price=2, increment=2, hours=1), by, fails, "auction")

    @rule(by=picks, which=picks, amount=st.integers(2, 40), fails=fuses)
    def bid(self, by: int, which: int, amount: int, fails: int | None) -> None:
        self.say(Bid(auction_id=self.one("auction", which), amount=amount), by, fails)

    @rule(by=picks, which=picks, fails=fuses)
    def cancel_auction(self, by: int, which: int, fails: int | None) -> None:
        self.say(CancelAuction(auction_id=self.one("auction", which)), by, fails)

    @rule(who=picks, what=st.sampled_from((FreezeWallet, UnfreezeWallet, UnfreezeWallet)), fails=fuses)
    def freeze(self, who: int, what: Any, fails: int | None) -> None:
        self.say(what(user_id=self.people[who % 3].id, reason="looking into it"), -1, fails)

    @rule(by=st.integers(1, 30), fails=fuses)
    def leave(self, by: int, fails: int | None) -> None:
        """Now and then one of them leaves."""
        if by == 30:
            self.say(DeleteAccount(), 2, fails)

    @rule(by=st.sampled_from((timedelta(minutes=40), timedelta(hours=2))))
    def time_passes(self, by: timedelta) -> None:
        world = self.sparkle.world
        assert isinstance(world, SeededWorld)
        world.advance(by)
        self.sparkle.run_coroutine(self.sparkle.drain())

    def everything(self) -> Everything:
        async def body(tx: Transaction) -> Everything:
            rows = {k.name: await all_of(tx.records, k) for k in (THINGS, PURCHASES, OFFERS, LISTINGS, AUCTIONS)}
            owners = [row.held_for for name in (OFFERS.name, AUCTIONS.name) for row in rows[name]]
            ids = [account_id(owner, Currency.SPARKLE, Purpose.ESCROW) for owner in owners]
            return Everything(rows, {id: a.balance for id, a in (await tx.ledger.accounts(ids)).items()})

        found: Everything = self.sparkle.run_coroutine(self.sparkle.store.read(body))
        return found

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        if not self.people:
            return
        kept = self.everything()
        had: Tally[UUID] = Tally()
        for thing in kept.rows[THINGS.name]:
            had[thing.item_id] += thing.quantity
        bought: Tally[UUID] = Tally()
        for purchase in kept.rows[PURCHASES.name]:
            bought[purchase.item_id] += 0 if purchase.refunded_at else purchase.quantity
        for item in self.items:
            assert had[item] == bought[item] - self.used[item]
        assert self.sparkle.run(ProveLedger(), actor=SYSTEM).holds

    @invariant()
    def escrow_holds_what_is_open_and_nothing_else(self) -> None:
        if not self.people:
            return
        kept = self.everything()
        held = {(t.id, t.held_for) for t in kept.rows[THINGS.name] if t.held_for is not None}
        expected: set[tuple[UUID, str]] = set()
        for offer in kept.rows[OFFERS.name]:
            is_open = offer.status is OfferStatus.OPEN
            expected |= {(s.thing_id, offer.held_for) for s in offer.gives.things if is_open}
            assert self.in_escrow(kept, offer) == offer.gives.points * is_open
        for listing in kept.rows[LISTINGS.name]:
            expected |= {(listing.thing_id, listing.held_for)} if listing.status is ListingStatus.OPEN else set()
        for auction in kept.rows[AUCTIONS.name]:
            is_open = auction.status is AuctionStatus.OPEN
            expected |= {(auction.thing_id, auction.held_for)} if is_open else set()
            assert self.in_escrow(kept, auction) == auction.amount * is_open
        assert held == expected

    @staticmethod
    def in_escrow(kept: Everything, trade: Any) -> int:
        return kept.escrow.get(account_id(trade.held_for, Currency.SPARKLE, Purpose.ESCROW), 0)


class InMemory(Market):
    store = "memory"


class OnSqlite(Market):
    store = "sqlite"


def told(examples: int, steps: int) -> settings:
    """The same runs each time."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        print_blob=True,
        suppress_health_check=tuple(HealthCheck),
    )


TestConservedInMemory = InMemory.TestCase
TestConservedInMemory.settings = told(40, 50)

TestConservedOnSqlite = OnSqlite.TestCase
TestConservedOnSqlite.settings = told(8, 40)
