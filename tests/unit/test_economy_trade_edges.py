"""The edges of auctions, holds and limits: which instant, which number and which reason still counts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from sparkle_core.domain.economy.auctions import GRACE, Auction, AuctionStatus
from sparkle_core.domain.economy.errors import LimitReached
from sparkle_core.domain.economy.holds import Hold, Holding, HoldState
from sparkle_core.domain.economy.ledger import Account, Currency, NewAccount, Purpose, TransferId
from sparkle_core.domain.economy.limits import Limit, keep_within, old_enough
from sparkle_core.domain.economy.listings import Listing
from sparkle_core.domain.economy.posting import Posting, opened
from sparkle_core.domain.economy.trading_errors import TradeClosed
from sparkle_core.domain.kernel.copying import COPY
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
ADA, BEN = (UserId(UUID(int=n)) for n in (1, 2))
WALLET = NewAccount(owner="ada", currency=Currency.SPARKLE, purpose=Purpose.WALLET)


def auction(**more: Any) -> Auction:
    said = {"quantity": 1, "start_price": 10, "increment": 5, "started_at": NOON, "ends_at": LATER}
    return Auction(**{"id": ADA, "seller_id": ADA, "thing_id": BEN, "item_id": BEN, **said, **more})


def test_an_auction_takes_bids_and_can_be_cancelled_until_just_before_its_end() -> None:
    just_before = LATER - INSTANT
    assert auction().bid(BEN, 10, just_before, timedelta()).leader_id == BEN
    assert auction().cancelled(ADA, just_before).status is AuctionStatus.CANCELLED
    with pytest.raises(TradeClosed, match="ENDED"):
        auction().bid(BEN, 10, LATER, timedelta())
    with pytest.raises(TradeClosed, match="ENDED"):
        auction().cancelled(ADA, LATER)


def test_a_listing_is_open_until_just_before_it_expires() -> None:
    listing = Listing(
        id=ADA, seller_id=ADA, thing_id=BEN, item_id=BEN, quantity=1, price=10, listed_at=NOON, expires_at=LATER
    )
    assert listing.open_at(LATER - INSTANT) is listing
    with pytest.raises(TradeClosed, match="EXPIRED"):
        listing.open_at(LATER)


def test_an_auction_is_settled_from_the_end_of_its_grace_on_and_once() -> None:
    assert not auction().is_due(LATER + GRACE - INSTANT)
    assert auction().is_due(LATER + GRACE)
    assert not auction(status=AuctionStatus.UNSOLD).is_due(LATER + GRACE)


def test_a_bid_that_is_given_back_leaves_the_start_price_and_no_amount() -> None:
    assert (auction().amount, auction().bids, auction().minimum) == (0, 0, 10)
    led = auction().bid(BEN, 10, NOON, timedelta())
    assert (led.amount, led.minimum) == (10, 15)
    alone = led.without_leader()
    assert (alone.leader_id, alone.amount, alone.minimum, alone.bids) == (None, 0, 10, 1)


def hold(name: str, **more: Any) -> Hold:
    said = {"amount": 10, "kind": "tip", "reference": "why", "actor": "user:1", "at": NOON, "expires_at": LATER}
    of = {"id": TransferId("test", name), "account": WALLET.id, "currency": Currency.SPARKLE}
    return Hold(**{**of, **said, **more})


def test_a_hold_lasts_some_time() -> None:
    assert hold("short", expires_at=NOON + INSTANT).state is HoldState.OPEN
    with pytest.raises(Invalid, match="must be after the hold is made"):
        hold("none", expires_at=NOON)


def test_what_runs_out_is_every_open_hold_whose_end_has_come_and_no_other() -> None:
    due, later, void = hold("due"), hold("later", expires_at=LATER + INSTANT), hold("void", state=HoldState.VOIDED)
    account = COPY[Account](opened(WALLET), balance=20, held=20)
    holding = Holding(Posting({WALLET.id: account}, {}), {one.id: one for one in (due, later, void)})
    assert holding.expire(LATER) == [evolve(due, state=HoldState.EXPIRED, closed_at=LATER)]
    assert [one.held for one in holding.accounts] == [10]


def test_somebody_is_old_enough_from_the_very_instant_on() -> None:
    week = Limit(largest=1, a_day=1, min_age_days=7)
    old_enough(week, "tips", NOON, NOON + timedelta(days=7))
    with pytest.raises(LimitReached) as refusal:
        old_enough(week, "tips", NOON, NOON + timedelta(days=7) - INSTANT)
    assert refusal.value.retry_at == NOON + timedelta(days=7)


def test_a_days_limit_is_reached_to_the_point_and_a_kind_that_nothing_went_for_is_nothing() -> None:
    limit, wallet = Limit(largest=10, a_day=30), COPY[Account](opened(WALLET), day=NOON.toordinal())
    keep_within(limit, "trades", 10, COPY[Account](wallet, gone_today={"trade": 30, "tip": 5}), NOON)
    with pytest.raises(LimitReached, match="a day"):
        keep_within(limit, "trades", 10, COPY[Account](wallet, gone_today={"trade": 30, "trade_fee": 1}), NOON)
