"""Listings and auctions: fixed prices, bids in escrow, ends that are put off. Tests say what they stop."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.support.people import Somebody, member
from tests.support.trading import a_thing, an_item, balance, before_the_worker, things

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeStatus, DeleteAccount
from sparkle_core.application.economy import (
    AuctionById,
    Auctions,
    AuctionView,
    BalanceOf,
    Bid,
    BuyListing,
    CancelAuction,
    CancelListing,
    ExpireListing,
    FreezeWallet,
    Listings,
    ListingView,
    ListThing,
    ProveLedger,
    SettleAuction,
    StartAuction,
)
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM, Status
from sparkle_core.domain.economy.auctions import AuctionStatus
from sparkle_core.domain.economy.errors import AccountFrozen, InsufficientFunds
from sparkle_core.domain.economy.listings import ListingStatus
from sparkle_core.domain.economy.rules import EconomyRules, TradingRules
from sparkle_core.domain.economy.trading import Stake
from sparkle_core.domain.economy.trading_errors import (
    BidTooLow,
    HasBids,
    NotTradable,
    OwnTrade,
    TooManyOpen,
    TradeClosed,
)
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.notifications import NotificationType

SECOND = timedelta(seconds=1)


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=3)


def world(sparkle: Sparkle) -> SeededWorld:
    assert isinstance(sparkle.world, SeededWorld)
    return sparkle.world


def advance(sparkle: Sparkle, by: timedelta) -> None:
    world(sparkle).advance(by)
    sparkle.run_coroutine(sparkle.drain())


def proved(sparkle: Sparkle) -> bool:
    return bool(sparkle.run(ProveLedger(), actor=SYSTEM).holds)


def lists(sparkle: Sparkle, who: Somebody, price: int = 40, **terms: Any) -> ListingView:
    thing = a_thing(sparkle, who, an_item(sparkle, **terms))
    return sparkle.run(ListThing(thing=Stake(thing_id=thing), price=price), actor=who.actor)


def auctions(sparkle: Sparkle, who: Somebody, **terms: Any) -> AuctionView:
    thing = a_thing(sparkle, who, an_item(sparkle, **terms))
    start = StartAuction(thing=Stake(thing_id=thing), start_price=10, increment=5, hours=1)
    return sparkle.run(start, actor=who.actor)


def bids(sparkle: Sparkle, who: Somebody, auction: AuctionView, amount: int) -> AuctionView:
    return sparkle.run(Bid(auction_id=auction.id, amount=amount), actor=who.actor)


def told(sparkle: Sparkle, who: Somebody) -> list[str]:
    notes = sparkle.run(MyNotifications(), actor=who.actor).items
    return [n.data["state"] for n in notes if n.type is NotificationType.TRADE]


# listings


def test_what_is_listed_goes_to_whoever_pays_its_price(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    listing = lists(sparkle, ada)
    assert sparkle.run(Listings()).items == (listing,)
    assert sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor).status is ListingStatus.SOLD
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (70 + 38, 60)
    assert [t.id for t in things(sparkle, bob)] == [listing.thing_id]
    assert (sparkle.run(Listings()).items, told(sparkle, ada), proved(sparkle)) == ((), ["SOLD"], True)
    with pytest.raises(TradeClosed, match="SOLD"):
        sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)


def test_nobody_buys_their_own_listing_or_without_points(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    listing = lists(sparkle, ada, price=101)
    with pytest.raises(OwnTrade):
        sparkle.run(BuyListing(listing_id=listing.id), actor=ada.actor)
    with pytest.raises(InsufficientFunds):
        sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)
    assert [t.set_aside for t in things(sparkle, ada)] == [True]


@pytest.mark.parametrize("end", ["cancel", "expire"])
def test_a_listing_that_comes_to_nothing_returns_its_thing(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, end: str
) -> None:
    listing = lists(sparkle, ada)
    sparkle.run(ExpireListing(listing_id=listing.id), actor=SYSTEM)  # too early: nothing happens
    with pytest.raises(NotFound):
        sparkle.run(CancelListing(listing_id=listing.id), actor=bob.actor)
    if end == "cancel":
        sparkle.run(CancelListing(listing_id=listing.id), actor=ada.actor)
    else:
        world(sparkle).advance(timedelta(hours=72))
        with pytest.raises(TradeClosed, match="EXPIRED"):
            sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)
        advance(sparkle, SECOND)
    assert [t.set_aside for t in things(sparkle, ada)] == [False]
    with pytest.raises(TradeClosed):
        sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)


def test_neither_side_of_a_sale_has_a_frozen_wallet(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops moving what is under suspicion out as things."""
    listing, thing = lists(sparkle, ada), a_thing(sparkle, ada, an_item(sparkle))
    sparkle.run(FreezeWallet(user_id=ada.id, reason="looking into it"), actor=SYSTEM)
    stake = Stake(thing_id=thing)
    requests: tuple[Command[Any], ...] = (ListThing(thing=stake, price=1), StartAuction(thing=stake, start_price=1))
    for request in requests:
        with pytest.raises(AccountFrozen):
            sparkle.run(request, actor=ada.actor)
    with pytest.raises(AccountFrozen):
        sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.BANNED])
def test_a_suspension_or_a_ban_returns_listings_auctions_and_bids(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, eve: Somebody, status: Status
) -> None:
    """Stops an account that was stopped from going on trading, and its listings from standing there unsold."""
    listing, auction, led = lists(sparkle, ada), auctions(sparkle, ada), auctions(sparkle, eve)
    bids(sparkle, bob, auction, 20)
    bids(sparkle, ada, led, 10)
    stopped(sparkle, ada, status)
    assert sparkle.run(Listings()).items == ()
    assert [a.id for a in sparkle.run(Auctions()).items] == [led.id]
    with pytest.raises(TradeClosed):
        sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)
    assert (balance(sparkle, bob), sparkle.run(AuctionById(auction_id=led.id)).leader_id) == (100, None)
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=SYSTEM).available == 40
    assert proved(sparkle)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.BANNED])
def test_nobody_buys_from_or_bids_against_somebody_stopped_before_the_worker_comes_to_it(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, status: Status
) -> None:
    listing, auction = lists(sparkle, ada), auctions(sparkle, ada)
    waiting = before_the_worker(sparkle)
    stopped(waiting, ada, status)
    requests: tuple[Command[Any], ...] = (BuyListing(listing_id=listing.id), Bid(auction_id=auction.id, amount=10))
    for request in requests:
        with pytest.raises(NotFound, match="can trade"):
            waiting.run(request, actor=bob.actor)
    assert balance(sparkle, bob) == 100


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.BANNED])
@pytest.mark.parametrize("who", [0, 1])
def test_an_auction_whose_seller_or_leader_was_stopped_at_its_end_hands_nothing_over(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, status: Status, who: int
) -> None:
    """Stops the order in which the worker comes to a ban and to an auction's end from deciding who has the thing."""
    auction = auctions(sparkle, ada)
    bids(sparkle, bob, auction, 10)
    waiting = before_the_worker(sparkle)
    stopped(waiting, (ada, bob)[who], status)
    world(sparkle).advance(timedelta(hours=2))
    waiting.run(SettleAuction(auction_id=auction.id), actor=SYSTEM)
    assert waiting.run(AuctionById(auction_id=auction.id)).status is AuctionStatus.UNSOLD
    for person, points in ((ada, 70), (bob, 100)):
        assert waiting.run(BalanceOf(user_id=person.id), actor=SYSTEM).available == points
    waiting.run_coroutine(waiting.drain())
    assert proved(sparkle)


def test_nobody_bids_for_a_thing_of_a_frozen_wallets_owner(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops moving what is under suspicion out as things, to a bidder who came after the freeze."""
    auction = auctions(sparkle, ada)
    sparkle.run(FreezeWallet(user_id=ada.id, reason="looking into it"), actor=SYSTEM)
    with pytest.raises(AccountFrozen):
        bids(sparkle, bob, auction, 10)
    assert balance(sparkle, bob) == 100


def stopped(sparkle: Sparkle, who: Somebody, status: Status) -> None:
    sparkle.run(ChangeStatus(user_id=who.id, status=status, reason="spam"), actor=SYSTEM)


def test_listings_page_by_item(sparkle: Sparkle, ada: Somebody) -> None:
    first, second = lists(sparkle, ada), lists(sparkle, ada)
    page = sparkle.run(Listings(limit=1))
    assert (page.items, sparkle.run(Listings(limit=1, after=page.next)).items) == ((first,), (second,))
    assert sparkle.run(Listings(item_id=second.item_id)).items == (second,)


def test_one_person_has_so_many_listings_and_auctions_open() -> None:
    sparkle = in_memory(seed=3, rules=Rules(economy=EconomyRules(trading=TradingRules(most_open=1))))
    ada = member(sparkle, "ada")
    lists(sparkle, ada)
    auctions(sparkle, ada, price=1)
    with pytest.raises(TooManyOpen):
        lists(sparkle, ada)
    with pytest.raises(TooManyOpen):
        auctions(sparkle, ada, price=1)


def test_what_runs_out_while_listed_is_not_sold(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    listing = lists(sparkle, ada, lasts_days=1)
    advance(sparkle, timedelta(days=1, seconds=1))
    with pytest.raises(NotTradable, match="gone"):
        sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)
    assert balance(sparkle, bob) == 100


# auctions


def test_the_highest_bid_wins_and_who_is_outbid_has_their_points_back_at_once(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, eve: Somebody
) -> None:
    auction = auctions(sparkle, ada)
    bids(sparkle, bob, auction, 10)
    assert balance(sparkle, bob) == 90
    after = bids(sparkle, eve, auction, 40)
    assert (balance(sparkle, bob), balance(sparkle, eve)) == (100, 60)
    assert (after.leader_id, after.amount, after.minimum, after.bids) == (eve.id, 40, 45, 2)
    advance(sparkle, timedelta(hours=1, seconds=6))
    assert sparkle.run(AuctionById(auction_id=auction.id)).status is AuctionStatus.SOLD
    assert [t.id for t in things(sparkle, eve)] == [auction.thing_id]
    assert (balance(sparkle, ada), balance(sparkle, eve), things(sparkle, ada)) == (70 + 38, 60, ())
    assert (told(sparkle, ada), told(sparkle, bob), told(sparkle, eve)) == (["SOLD"], ["OUTBID"], ["WON"])
    assert proved(sparkle)


def test_a_bid_is_at_least_the_start_and_then_the_increment_higher(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    auction = auctions(sparkle, ada)
    with pytest.raises(BidTooLow, match="at least 10"):
        bids(sparkle, bob, auction, 9)
    bids(sparkle, bob, auction, 10)
    with pytest.raises(BidTooLow) as refused:
        bids(sparkle, bob, auction, 14)
    assert refused.value.minimum == 15
    bids(sparkle, bob, auction, 15)
    assert balance(sparkle, bob) == 85
    assert told(sparkle, bob) == []


def test_nobody_bids_on_their_own_or_more_than_they_have(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops driving a price up against oneself, and with points that are not there."""
    auction = auctions(sparkle, ada)
    with pytest.raises(OwnTrade):
        bids(sparkle, ada, auction, 10)
    with pytest.raises(InsufficientFunds):
        bids(sparkle, bob, auction, 101)
    sparkle.run(FreezeWallet(user_id=bob.id, reason="looking into it"), actor=SYSTEM)
    with pytest.raises(AccountFrozen):
        bids(sparkle, bob, auction, 10)


def test_a_bid_in_the_last_two_minutes_puts_the_end_off(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, eve: Somebody
) -> None:
    """Stops sniping: bidding when nobody can answer any more."""
    auction = auctions(sparkle, ada)
    advance(sparkle, timedelta(minutes=57))
    assert bids(sparkle, bob, auction, 10).ends_at == auction.ends_at
    advance(sparkle, timedelta(minutes=2))
    now = world(sparkle).now
    put_off = bids(sparkle, eve, auction, 20).ends_at - now
    assert timedelta(minutes=2) <= put_off < timedelta(minutes=2, seconds=1)
    advance(sparkle, timedelta(minutes=1, seconds=6))
    assert sparkle.run(AuctionById(auction_id=auction.id)).status is AuctionStatus.OPEN
    bids(sparkle, bob, auction, 30)
    advance(sparkle, timedelta(minutes=2, seconds=6))
    assert [t.id for t in things(sparkle, bob)] == [auction.thing_id]


def test_how_long_a_late_bid_puts_the_end_off_is_a_rule() -> None:
    sparkle = in_memory(seed=3, rules=Rules(economy=EconomyRules(trading=TradingRules(extension_s=600))))
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    auction = auctions(sparkle, ada)
    advance(sparkle, timedelta(minutes=55))
    now = world(sparkle).now
    put_off = bids(sparkle, bob, auction, 10).ends_at - now
    assert timedelta(minutes=10) <= put_off < timedelta(minutes=10, seconds=1)


def test_a_bid_at_the_end_or_later_is_too_late_settled_or_not(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops whoever sees the result from bidding after it."""
    auction = auctions(sparkle, ada)
    world(sparkle).advance(timedelta(hours=1))
    sparkle.run(SettleAuction(auction_id=auction.id), actor=SYSTEM)
    assert sparkle.run(AuctionById(auction_id=auction.id)).status is AuctionStatus.OPEN
    with pytest.raises(TradeClosed, match="ENDED"):
        bids(sparkle, bob, auction, 10)
    advance(sparkle, timedelta(seconds=6))
    with pytest.raises(TradeClosed, match="UNSOLD"):
        bids(sparkle, bob, auction, 10)
    assert [t.set_aside for t in things(sparkle, ada)] == [False]


def test_an_auction_is_taken_back_before_the_first_bid_alone(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops a seller from taking it back when the price is too low for them."""
    first, second = auctions(sparkle, ada), auctions(sparkle, ada)
    bids(sparkle, bob, first, 10)
    with pytest.raises(HasBids):
        sparkle.run(CancelAuction(auction_id=first.id), actor=ada.actor)
    with pytest.raises(NotFound):
        sparkle.run(CancelAuction(auction_id=second.id), actor=bob.actor)
    assert sparkle.run(CancelAuction(auction_id=second.id), actor=ada.actor).status is AuctionStatus.CANCELLED
    assert {t.id: t.set_aside for t in things(sparkle, ada)} == {first.thing_id: True, second.thing_id: False}


def test_what_runs_out_before_the_end_is_not_sold_and_the_bid_goes_back(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    thing = a_thing(sparkle, ada, an_item(sparkle, lasts_days=1))
    start = StartAuction(thing=Stake(thing_id=thing), start_price=10, hours=25)
    auction = sparkle.run(start, actor=ada.actor)
    bids(sparkle, bob, auction, 10)
    advance(sparkle, timedelta(hours=26))
    assert sparkle.run(AuctionById(auction_id=auction.id)).status is AuctionStatus.UNSOLD
    assert (balance(sparkle, bob), things(sparkle, ada), things(sparkle, bob)) == (100, (), ())
    assert proved(sparkle)


def test_when_the_highest_bidder_leaves_their_bid_goes_back_and_the_auction_goes_on(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, eve: Somebody
) -> None:
    auction = auctions(sparkle, ada)
    bids(sparkle, bob, auction, 60)
    sparkle.run(DeleteAccount(), actor=bob.actor)
    sparkle.run_coroutine(sparkle.drain())
    after = sparkle.run(AuctionById(auction_id=auction.id))
    assert (after.leader_id, after.minimum, after.status) == (None, 10, AuctionStatus.OPEN)
    bids(sparkle, eve, auction, 10)
    advance(sparkle, timedelta(hours=1, seconds=6))
    assert [t.id for t in things(sparkle, eve)] == [auction.thing_id]
    assert proved(sparkle)


def test_when_the_seller_leaves_everything_goes_back(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    auction, quiet, listing = auctions(sparkle, ada), auctions(sparkle, ada), lists(sparkle, ada)
    bids(sparkle, bob, auction, 60)
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.DELETED, reason="asked to"), actor=SYSTEM)
    sparkle.run_coroutine(sparkle.drain())
    for one in (auction, quiet):
        assert sparkle.run(AuctionById(auction_id=one.id)).status is AuctionStatus.CANCELLED
    with pytest.raises(TradeClosed, match="CANCELLED"):
        sparkle.run(BuyListing(listing_id=listing.id), actor=bob.actor)
    assert balance(sparkle, bob) == 100
    assert proved(sparkle)


def test_auctions_page_by_their_end(sparkle: Sparkle, ada: Somebody) -> None:
    thing = a_thing(sparkle, ada, an_item(sparkle))
    late = sparkle.run(StartAuction(thing=Stake(thing_id=thing), start_price=1, hours=2), actor=ada.actor)
    soon = auctions(sparkle, ada)
    page = sparkle.run(Auctions(limit=1))
    assert (page.items, sparkle.run(Auctions(limit=1, after=page.next)).items) == ((soon,), (late,))
    with pytest.raises(NotFound):
        sparkle.run(AuctionById(auction_id=UUID(int=3)))
