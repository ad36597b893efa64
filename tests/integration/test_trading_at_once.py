"""What happens when many trade at once. Each test says which attack or accident it stops."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from sparkle_core.application.economy import (
    AcceptOffer,
    AuctionById,
    BalanceOf,
    Bid,
    BuyItem,
    BuyListing,
    CancelListing,
    CancelOffer,
    ConsumeThing,
    CreateItem,
    DeclineOffer,
    EquipThing,
    FreezeWallet,
    Inventory,
    ListThing,
    MakeOffer,
    ProveLedger,
    StartAuction,
    UnfreezeWallet,
)
from sparkle_core.domain.accounts import Actor
from sparkle_core.domain.economy.items import ItemKind, ItemTerms
from sparkle_core.domain.economy.trading import Side, Stake
from tests.communities import STORES
from tests.racing import Call, Track, id_of, outcomes, track


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A community to race in, on each store."""
    with track(request.param) as found:
        yield found


def of(*things: UUID, points: int = 0) -> Side:
    return Side(things=tuple(Stake(thing_id=t) for t in things), points=points)


def a_cake(on: Track, who: Actor) -> UUID:
    terms = ItemTerms(name="Cake", kind=ItemKind.CONSUMABLE, price=10)
    bought = on.run(BuyItem(item_id=on.run(CreateItem(terms=terms)).id), who)
    thing: UUID = bought.things[0]
    return thing


def points(on: Track, *people: Actor) -> list[int]:
    return [on.run(BalanceOf(user_id=id_of(p))).available for p in people]


def had(on: Track, *people: Actor) -> list[int]:
    return [sum(t.quantity for t in on.run(Inventory(user_id=id_of(p))).items) for p in people]


def test_an_offer_answered_in_every_way_at_once_has_one_answer(on: Track) -> None:
    """Stops an offer from being swapped and returned, and so doubling what is in it."""
    ada, bob = on.joins("ada"), on.joins("bob")
    offer = on.run(MakeOffer(to=id_of(bob), gives=of(a_cake(on, ada)), asks=of(points=40)), ada).id
    ways = [Call(AcceptOffer(offer_id=offer), bob), Call(DeclineOffer(offer_id=offer), bob)]
    answers = on.race([*ways, Call(CancelOffer(offer_id=offer), ada)] * 10)
    assert outcomes(answers) == {"ok": 1, "trade_closed": 29}
    swapped = had(on, bob) == [1]
    assert had(on, ada, bob) == ([0, 1] if swapped else [1, 0])
    assert points(on, ada, bob) == ([128, 60] if swapped else [90, 100])
    assert on.run(ProveLedger()).holds


def test_a_thing_offered_worn_and_used_at_once_goes_one_way(on: Track) -> None:
    """Stops promising a thing to many people, or using it up and selling it too."""
    ada, bob = on.joins("ada"), on.joins("bob")
    cake = a_cake(on, ada)
    make = Call(MakeOffer(to=id_of(bob), gives=of(cake), asks=of()), ada)
    answers = on.race([make, Call(ConsumeThing(thing_id=cake), ada), Call(EquipThing(thing_id=cake), ada)] * 10)
    assert outcomes(answers)["ok"] == 1


def test_points_promised_to_many_at_once_are_no_more_than_there_are(on: Track) -> None:
    """Stops promising the same points to everybody."""
    ada, bob = on.joins("ada"), on.joins("bob")
    make = Call(MakeOffer(to=id_of(bob), gives=of(points=30), asks=of()), ada)
    answers = on.race([make] * 20)
    assert outcomes(answers) == {"ok": 3, "insufficient_funds": 17}
    assert points(on, ada) == [10]


def test_people_who_swap_with_one_another_at_once_wait_for_nobody_in_a_circle(on: Track) -> None:
    """Stops a deadlock between trades that lock the same things and wallets from both ends."""
    ada, bob = on.joins("ada"), on.joins("bob")
    hers, his = [a_cake(on, ada) for _ in range(4)], [a_cake(on, bob) for _ in range(4)]
    offers = [on.run(MakeOffer(to=id_of(bob), gives=of(t), asks=of(points=5)), ada).id for t in hers]
    others = [on.run(MakeOffer(to=id_of(ada), gives=of(t), asks=of(points=5)), bob).id for t in his]
    calls = [Call(AcceptOffer(offer_id=o), bob) for o in offers] + [Call(AcceptOffer(offer_id=o), ada) for o in others]
    assert outcomes(on.race(calls)) == {"ok": 8}
    assert had(on, ada, bob) == [4, 4]
    assert points(on, ada, bob) == [60, 60]
    assert on.run(ProveLedger()).holds


def test_a_listing_is_sold_to_exactly_one_of_50_buyers(on: Track) -> None:
    """Stops selling one thing to many people."""
    ada, others = on.joins("ada"), [on.joins(f"buyer{n}") for n in range(5)]
    listing = on.run(ListThing(thing=Stake(thing_id=a_cake(on, ada)), price=40), ada).id
    calls = [Call(BuyListing(listing_id=listing), others[n % 5]) for n in range(50)]
    answers = on.race([*calls, Call(CancelListing(listing_id=listing), ada)], width=51)
    assert outcomes(answers) == {"ok": 1, "trade_closed": 50}
    assert sum(had(on, ada, *others)) == 1
    assert sum(points(on, ada, *others)) == 590 - (2 if had(on, ada) == [0] else 0)
    assert on.run(ProveLedger()).holds


def test_of_many_bids_at_once_the_highest_leads_and_all_others_have_their_points(on: Track) -> None:
    """Stops two bids from leading, and a bid that was outbid from staying in escrow."""
    ada, others = on.joins("ada"), [on.joins(f"bidder{n}") for n in range(5)]
    start = StartAuction(thing=Stake(thing_id=a_cake(on, ada)), start_price=1, increment=1)
    auction = on.run(start, ada).id
    answers = on.race([Call(Bid(auction_id=auction, amount=n + 1), others[n % 5]) for n in range(30)])
    assert outcomes(answers).keys() <= {"ok", "bid_too_low"}
    after = on.run(AuctionById(auction_id=auction))
    assert (after.amount, after.leader_id, after.bids) == (30, id_of(others[4]), outcomes(answers)["ok"])
    assert points(on, *others) == [100, 100, 100, 100, 70]
    assert on.run(ProveLedger()).holds


def test_freezing_beside_trading_leaves_everything_in_one_place(on: Track) -> None:
    """Stops a freeze in the middle of a swap from losing a side of it."""
    ada, bob = on.joins("ada"), on.joins("bob")
    offers = [on.run(MakeOffer(to=id_of(bob), gives=of(points=10), asks=of()), ada).id for _ in range(5)]
    freeze = [FreezeWallet(user_id=id_of(ada), reason="odd"), UnfreezeWallet(user_id=id_of(ada), reason="fine")]
    root = Actor(system=True)
    answers = on.race(
        [c for o in offers for c in (Call(AcceptOffer(offer_id=o), bob), *(Call(f, root) for f in freeze))]
    )
    accepted = sum(1 for a in answers[::3] if not isinstance(a, Exception))
    assert outcomes(answers).keys() <= {"ok", "account_frozen"}
    assert points(on, ada, bob) == [50, 100 + 10 * accepted]
    assert on.run(ProveLedger()).holds
