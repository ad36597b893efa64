"""What an admin can give back, and what is half of something and stays. Tests say what they stop."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.people import Somebody, member
from tests.support.trading import a_thing, an_item, balance, buys, things

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.economy import (
    AcceptOffer,
    Bid,
    BuyListing,
    CancelOffer,
    DeclineOffer,
    ListThing,
    MakeOffer,
    OfferView,
    ProveLedger,
    RefundPurchase,
    ReverseTransfer,
    SendTip,
    StartAuction,
    Statement,
)
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.errors import NotReversible
from sparkle_core.domain.economy.trading import Side, Stake


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=3)


def reverse(sparkle: Sparkle, namespace: str, key: object) -> None:
    sparkle.run(ReverseTransfer(namespace=namespace, key=str(key), reason="asked to"), actor=SYSTEM)


def stays(sparkle: Sparkle, namespace: str, key: object, why: str) -> None:
    with pytest.raises(NotReversible, match=why):
        reverse(sparkle, namespace, key)


def proved(sparkle: Sparkle) -> bool:
    return bool(sparkle.run(ProveLedger(), actor=SYSTEM).holds)


def offers(sparkle: Sparkle, maker: Somebody, to: Somebody, points: int) -> OfferView:
    offer = MakeOffer(to=to.id, gives=Side(points=points), asks=Side())
    return sparkle.run(offer, actor=maker.actor)


def test_what_an_open_offer_holds_is_not_given_back_behind_its_back(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops an offer that neither of its two, nor the worker, can ever close, and whose things stay set aside."""
    offer = offers(sparkle, ada, bob, 19)
    stays(sparkle, "escrow", offer.id, "part of a trade")
    sparkle.run(CancelOffer(offer_id=offer.id), actor=ada.actor)
    assert balance(sparkle, ada) == 100
    assert proved(sparkle)


def test_what_a_trade_paid_out_of_escrow_does_not_go_back_into_it(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops points from being lost in the escrow of a closed trade, and from coming out of one that is empty."""
    offer = offers(sparkle, ada, bob, 40)
    sparkle.run(AcceptOffer(offer_id=offer.id), actor=bob.actor)
    for namespace, key in (("trade", f"offer:{offer.id}"), ("trade_fee", f"offer:{offer.id}"), ("escrow", offer.id)):
        stays(sparkle, namespace, key, "part of a trade")
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (60, 138)
    assert proved(sparkle)


def test_what_a_trade_gave_back_does_not_return_into_its_escrow(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    offer = offers(sparkle, ada, bob, 40)
    sparkle.run(DeclineOffer(offer_id=offer.id), actor=bob.actor)
    stays(sparkle, "escrow_return", offer.id, "part of a trade")
    assert balance(sparkle, ada) == 100


def test_a_bid_that_leads_is_not_given_back_under_its_auction(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops an auction on which nobody can bid any more, and that never ends."""
    thing = a_thing(sparkle, ada, an_item(sparkle))
    start = StartAuction(thing=Stake(thing_id=thing), start_price=10, increment=5, hours=1)
    auction = sparkle.run(start, actor=ada.actor)
    sparkle.run(Bid(auction_id=auction.id, amount=10), actor=bob.actor)
    stays(sparkle, "escrow", f"{auction.id}:1", "part of a trade")
    eve = member(sparkle, "eve")
    sparkle.run(Bid(auction_id=auction.id, amount=15), actor=eve.actor)
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(hours=2))
    sparkle.run_coroutine(sparkle.drain())
    assert (balance(sparkle, ada), balance(sparkle, bob), balance(sparkle, eve)) == (85, 100, 85)
    assert len(things(sparkle, eve)) == 1


def test_what_somebody_owes_and_pays_off_is_not_given_back_by_itself(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops points from ending up with somebody's debts, out of which nothing pays them."""
    first = sparkle.run(SendTip(to=bob.id, amount=50), actor=ada.actor)
    sparkle.run(SendTip(to=ada.id, amount=150), actor=bob.actor)
    reverse(sparkle, first.namespace, first.key)
    sparkle.run(SendTip(to=bob.id, amount=70), actor=ada.actor)
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (180, 20)
    lines = sparkle.run(Statement(user_id=bob.id), actor=bob.actor).items
    for kind in ("receivable", "netting"):
        (line,) = (line for line in lines if line.kind == kind)
        stays(sparkle, line.namespace, line.key, "reverse what they owe it for")
    assert proved(sparkle)


def test_a_refund_is_not_taken_back_when_the_thing_is_gone(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops somebody from having neither what they bought nor what they paid for it."""
    bought = buys(sparkle, ada, an_item(sparkle, refund_hours=24))
    sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)
    stays(sparkle, "refund", bought.id, "buy it again")
    assert balance(sparkle, ada) == 100


def test_a_tip_a_purchase_and_what_a_listing_was_sold_for_are_given_back(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    tip = sparkle.run(SendTip(to=bob.id, amount=10), actor=ada.actor)
    bought = buys(sparkle, ada, an_item(sparkle))
    listing = sparkle.run(ListThing(thing=Stake(thing_id=bought.things[0]), price=40), actor=ada.actor)
    sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)
    given: list[tuple[str, Any]] = [(tip.namespace, tip.key), ("purchase", bought.id)]
    given += [("trade", f"listing:{listing.id}"), ("trade_fee", f"listing:{listing.id}")]
    for namespace, key in given:
        reverse(sparkle, namespace, key)
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (100, 100)
    assert proved(sparkle)
