"""How much may be given away. Each test of a refusal says what it stops."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.support.people import Somebody, member
from tests.support.trading import a_thing, an_item, balance, buys, pays_in_premium, things

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.economy import (
    AcceptOffer,
    Bid,
    BuyListing,
    CounterOffer,
    ListThing,
    MakeOffer,
    SendTip,
    StartAuction,
)
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.progression import LockTrust
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.errors import LimitReached
from sparkle_core.domain.economy.ledger import ISSUANCE, Currency, NewAccount, Purpose, Transfer, TransferId
from sparkle_core.domain.economy.limits import TRUST_LEVELS, Limit, Limits, old_enough
from sparkle_core.domain.economy.posting import moved, opened
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.economy.trading import Side, Stake
from sparkle_core.domain.kernel.errors import Category, Invalid
from sparkle_core.domain.kernel.rules import from_table


def living_under(**limits: Any) -> Sparkle:
    """A community with these limits at every trust level: at most 40 at once and 60 a day, unless said."""
    each = (Limit(largest=limits.pop("largest", 40), a_day=limits.pop("a_day", 60), **limits),) * TRUST_LEVELS
    return in_memory(seed=7, rules=Rules(economy=EconomyRules(limits=Limits(tips=each, trades=each, gifts=each))))


def clock(sparkle: Sparkle) -> SeededWorld:
    assert isinstance(sparkle.world, SeededWorld)
    return sparkle.world


def tip(sparkle: Sparkle, by: Somebody, to: Somebody, amount: int, key: str | None = None) -> None:
    sparkle.run(SendTip(to=to.id, amount=amount), actor=by.actor, key=key)


def test_what_is_given_at_once_is_limited() -> None:
    """Stops a stolen account from being emptied in one go."""
    with living_under() as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        with pytest.raises(LimitReached) as refused:
            tip(sparkle, ada, bob, 41)
        assert (refused.value.limit, refused.value.retry_at) == ("tips: at most 40 at once", None)
        assert refused.value.category is Category.LIMITED
        assert str(refused.value.message()) == "There is a limit on tips: at most 40 at once."
        assert balance(sparkle, ada) == balance(sparkle, bob) == 100
        tip(sparkle, ada, bob, 40)


def test_what_is_given_in_a_day_is_limited_until_the_next() -> None:
    """Stops the same by many small tips; the refusal says from when it is a new day."""
    with living_under() as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        tip(sparkle, ada, bob, 40)
        with pytest.raises(LimitReached) as refused:
            tip(sparkle, ada, bob, 21)
        now, again = clock(sparkle).now, refused.value.retry_at
        assert again is not None
        assert timedelta(0) < again - now <= timedelta(days=1)
        assert (again.hour, again.minute, again.tzinfo) == (0, 0, UTC)
        assert f"{again:%Y-%m-%d} 00:00 UTC" in refused.value.message()
        tip(sparkle, ada, bob, 20)
        clock(sparkle).advance(again - clock(sparkle).now)
        tip(sparkle, ada, bob, 40)
        assert balance(sparkle, ada) == 0


def test_a_repeat_is_answered_whatever_the_limits_are_by_then() -> None:
    """Stops a client that lost the answer from believing that nothing was given."""
    with living_under() as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        tip(sparkle, ada, bob, 40, key="first")
        tip(sparkle, ada, bob, 20, key="second")
        clock(sparkle).advance(timedelta(hours=1))
        tip(sparkle, ada, bob, 40, key="first")
        assert balance(sparkle, ada) == 40


def test_an_account_has_to_be_old_enough() -> None:
    """Stops accounts made by the dozen, each to hand on its welcome bonus."""
    with living_under(min_age_days=3) as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        joined = clock(sparkle).now
        with pytest.raises(LimitReached, match="3 days") as refused:
            tip(sparkle, ada, bob, 1)
        again = refused.value.retry_at
        assert again is not None
        assert timedelta(days=2, hours=23) < again - joined <= timedelta(days=3)
        clock(sparkle).advance(again - clock(sparkle).now)
        tip(sparkle, ada, bob, 1)


def test_who_trades_has_been_here_for_long_enough_whatever_they_give() -> None:
    """Stops accounts made by the dozen, each to hand on what it has as things, or to take part in selling them."""
    with living_under(min_age_days=3) as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        clock(sparkle).advance(timedelta(days=4))
        mine = Stake(thing_id=a_thing(sparkle, ada, an_item(sparkle, price=1), 9))
        offered = sparkle.run(MakeOffer(to=bob.id, gives=Side(things=(mine,)), asks=Side(points=1)), actor=ada.actor)
        listed = sparkle.run(ListThing(thing=mine, price=1), actor=ada.actor)
        auction = sparkle.run(StartAuction(thing=mine, start_price=1), actor=ada.actor)
        eve = member(sparkle, "eve")
        for_eve = sparkle.run(MakeOffer(to=eve.id, gives=Side(points=1), asks=Side()), actor=ada.actor)
        own = Stake(thing_id=a_thing(sparkle, eve, an_item(sparkle, price=1), 9))
        refusals: tuple[Command[Any], ...] = (
            MakeOffer(to=bob.id, gives=Side(things=(own,)), asks=Side(points=5)),
            CounterOffer(offer_id=for_eve.id, gives=Side(things=(own,)), asks=Side(points=5)),
            AcceptOffer(offer_id=for_eve.id),
            ListThing(thing=own, price=5),
            BuyListing(listing_id=listed.id),
            StartAuction(thing=own, start_price=1),
            Bid(auction_id=auction.id, amount=1),
        )
        for refused in refusals:
            with pytest.raises(LimitReached, match="trades: accounts of at least 3 days"):
                sparkle.run(refused, actor=eve.actor)
        assert (things(sparkle, eve)[0].quantity, balance(sparkle, eve)) == (9, 91)
        sparkle.run(AcceptOffer(offer_id=offered.id), actor=bob.actor)


def test_gifts_are_limited_and_ones_own_purchases_are_not() -> None:
    """Stops points from being handed on as things."""
    with living_under() as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        item = an_item(sparkle, price=35)
        buys(sparkle, ada, item, gift_to=bob.id)
        with pytest.raises(LimitReached, match="gifts: at most 60 a day"):
            buys(sparkle, ada, item, gift_to=bob.id)
        buys(sparkle, ada, item)
        with pytest.raises(LimitReached, match="gifts: at most 40 at once"):
            buys(sparkle, bob, item, gift_to=ada.id, quantity=2)


def test_gifts_in_premium_points_are_limited_by_what_went_out_in_them() -> None:
    """Stops premium points from being handed on as things, without end."""
    sparkle = living_under(largest=8, a_day=12)
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    item = an_item(sparkle, premium_price=5)
    pays_in_premium(sparkle, ada, 100)
    gift: dict[str, Any] = {"gift_to": bob.id, "currency": Currency.PREMIUM}
    with pytest.raises(LimitReached, match="gifts: at most 8 at once"):
        buys(sparkle, ada, item, quantity=2, **gift)
    buys(sparkle, ada, item, **gift)
    buys(sparkle, ada, item, **gift)
    with pytest.raises(LimitReached, match="gifts: at most 12 a day"):
        buys(sparkle, ada, item, **gift)


def test_trades_are_limited_on_either_side_and_in_either_market() -> None:
    """Stops points from being handed on as the price of something worthless."""
    with living_under() as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        worthless = an_item(sparkle, price=1, tradable=True)
        mine = Stake(thing_id=a_thing(sparkle, ada, worthless, 4))
        offered = sparkle.run(MakeOffer(to=bob.id, gives=Side(things=(mine,)), asks=Side(points=41)), actor=ada.actor)
        listed = sparkle.run(ListThing(thing=mine, price=41), actor=ada.actor)
        auction = sparkle.run(StartAuction(thing=mine, start_price=1), actor=ada.actor)
        refusals: tuple[Command[Any], ...] = (
            MakeOffer(to=ada.id, gives=Side(points=41), asks=Side(things=(mine,))),
            AcceptOffer(offer_id=offered.id),
            BuyListing(listing_id=listed.id),
            Bid(auction_id=auction.id, amount=41),
        )
        for refused in refusals:
            with pytest.raises(LimitReached, match="trades: at most 40 at once"):
                sparkle.run(refused, actor=bob.actor)
        assert balance(sparkle, bob) == 100
        sparkle.run(Bid(auction_id=auction.id, amount=40), actor=bob.actor)
        with pytest.raises(LimitReached, match="trades: at most 60 a day"):
            sparkle.run(MakeOffer(to=ada.id, gives=Side(points=21), asks=Side(things=(mine,))), actor=bob.actor)


def test_what_is_bought_of_others_counts_towards_the_day_with_its_fee() -> None:
    """Stops handing points on by many small purchases; the buyer pays the seller's part and the platform's."""
    with living_under() as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        stake = Stake(thing_id=a_thing(sparkle, ada, an_item(sparkle, price=1), 4))
        listed = [sparkle.run(ListThing(thing=stake, price=price), actor=ada.actor) for price in (40, 21, 20)]
        buy = [BuyListing(listing_id=listing.id) for listing in listed]
        sparkle.run(buy[0], actor=bob.actor)
        with pytest.raises(LimitReached, match="trades: at most 60 a day"):
            sparkle.run(buy[1], actor=bob.actor)
        sparkle.run(buy[2], actor=bob.actor)


def test_an_account_is_old_enough_from_the_instant_on_that_was_told() -> None:
    since = datetime(2026, 11, 24, 12, tzinfo=UTC)
    limit = Limit(largest=1, a_day=1, min_age_days=3)
    with pytest.raises(LimitReached) as refused:
        old_enough(limit, "tips", since, since + timedelta(days=3, microseconds=-1))
    assert (refused.value.retry_at, refused.value.retry_after_s) == (since + timedelta(days=3), 1)
    old_enough(limit, "tips", since, since + timedelta(days=3))


def test_who_is_trusted_more_may_give_more() -> None:
    levels = tuple(Limit(largest=10 * level, a_day=90) for level in range(1, TRUST_LEVELS + 1))
    with in_memory(seed=7, rules=Rules(economy=EconomyRules(limits=Limits(tips=levels)))) as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        with pytest.raises(LimitReached, match="at most 10 at once"):
            tip(sparkle, ada, bob, 11)
        sparkle.run(LockTrust(user_id=ada.id, level=3, reason="Known for years."), actor=SYSTEM)
        tip(sparkle, ada, bob, 40)
        with pytest.raises(LimitReached, match="at most 40 at once"):
            tip(sparkle, ada, bob, 41)


def test_limits_are_one_for_each_trust_level() -> None:
    row = {"largest": 1, "a_day": 2}
    assert from_table(Limits, {"tips": [row] * TRUST_LEVELS}).tips[4] == Limit(largest=1, a_day=2)
    for rows in ([row], [row] * 6):
        with pytest.raises(Invalid, match="tips"):
            from_table(Limits, {"tips": rows})


def test_a_day_allows_the_largest() -> None:
    """Stops a transfer that is told every day to wait for the next."""
    assert Limit(largest=40, a_day=40).a_day == 40
    with pytest.raises(Invalid, match="a_day: must be at least the largest, 40"):
        Limit(largest=40, a_day=39)


def test_by_default_who_is_trusted_more_may_give_more() -> None:
    for limits in (Limits().tips, Limits().trades, Limits().gifts):
        assert [x.largest for x in limits] == sorted({x.largest for x in limits})
        assert all(x.a_day >= x.largest for x in limits)


def test_a_clock_that_is_behind_does_not_bring_yesterday_back() -> None:
    """Stops a second day's worth by a server whose clock lags over midnight."""
    wallet = NewAccount(owner="ada", currency=Currency.SPARKLE, purpose=Purpose.WALLET)
    tip = Transfer(
        id=TransferId("test", "1"),
        debit=wallet.id,
        credit=ISSUANCE.id,
        amount=40,
        currency=Currency.SPARKLE,
        kind="tip",
        reference="why",
        actor="user:1",
        at=datetime(2026, 11, 24, 0, 1, tzinfo=UTC),
    )
    account, _ = moved(opened(wallet), tip, 100)
    assert (account.day, account.gone_today) == (0, {})
    account, _ = moved(account, tip, -40)
    late = evolve(tip, at=datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
    account, _ = moved(account, late, -7)
    assert (account.day, account.gone_today) == (date(2026, 11, 24).toordinal(), {"tip": 47})
    account, _ = moved(account, evolve(tip, kind="trade"), -1)
    assert account.gone_today == {"tip": 47, "trade": 1}
    account, _ = moved(account, evolve(tip, at=datetime(2026, 11, 25, tzinfo=UTC)), -2)
    assert account.gone_today == {"tip": 2}
