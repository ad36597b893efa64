"""Offers: things and points on both sides, escrow, swaps. Each test says what it stops, where it stops something."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.support.people import Somebody, member
from tests.support.trading import a_thing, an_item, balance, before_the_worker, buys, things

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeStatus, DeleteAccount
from sparkle_core.application.economy import (
    AcceptOffer,
    BalanceOf,
    CancelOffer,
    ConsumeThing,
    CounterOffer,
    DeclineOffer,
    EquipThing,
    ExpireOffer,
    FreezeWallet,
    ItemById,
    MakeOffer,
    MyOffers,
    OfferById,
    OfferView,
    ProveLedger,
    RefundPurchase,
)
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM, Status
from sparkle_core.domain.economy.errors import AccountFrozen, InsufficientFunds
from sparkle_core.domain.economy.inventory import Acquired
from sparkle_core.domain.economy.items import ItemKind
from sparkle_core.domain.economy.ledger import PLATFORM, Currency, Purpose, account_id
from sparkle_core.domain.economy.rules import EconomyRules, TradingRules
from sparkle_core.domain.economy.store_errors import NotRefundable, NotUsable
from sparkle_core.domain.economy.stored import THINGS
from sparkle_core.domain.economy.trading import OfferStatus, Side, Stake
from sparkle_core.domain.economy.trading_errors import NotTradable, TooManyOpen, TradeClosed
from sparkle_core.domain.kernel.errors import Invalid, NotFound
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.ports.store import Transaction

NOTHING = Side()


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=3)


def of(*things: UUID, points: int = 0, quantity: int = 1) -> Side:
    return Side(things=tuple(Stake(thing_id=t, quantity=quantity) for t in things), points=points)


def offers(sparkle: Sparkle, who: Somebody, to: Somebody, gives: Side, asks: Side = NOTHING, **more: Any) -> OfferView:
    return sparkle.run(MakeOffer(to=to.id, gives=gives, asks=asks, **more), actor=who.actor)


def accepts(sparkle: Sparkle, who: Somebody, offer: OfferView) -> OfferView:
    return sparkle.run(AcceptOffer(offer_id=offer.id), actor=who.actor)


def advance(sparkle: Sparkle, by: timedelta) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(by)
    sparkle.run_coroutine(sparkle.drain())


def in_fees(sparkle: Sparkle) -> int:
    fees = account_id(PLATFORM, Currency.SPARKLE, Purpose.FEES)

    async def body(tx: Transaction) -> int:
        return (await tx.ledger.accounts([fees]))[fees].balance

    return sparkle.run_coroutine(sparkle.store.read(body))


def proved(sparkle: Sparkle) -> bool:
    return bool(sparkle.run(ProveLedger(), actor=SYSTEM).holds)


def test_accepting_swaps_both_sides_and_takes_the_fee(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    star, theme = an_item(sparkle), an_item(sparkle, kind=ItemKind.THEME)
    hers, his = a_thing(sparkle, ada, star), a_thing(sparkle, bob, theme)
    offer = offers(sparkle, ada, bob, of(hers, points=50), of(his))
    assert balance(sparkle, ada) == 20
    assert [t.set_aside for t in things(sparkle, ada)] == [True]
    assert accepts(sparkle, bob, offer).status is OfferStatus.ACCEPTED
    assert [(t.item_id, t.acquired, t.set_aside) for t in things(sparkle, ada)] == [(theme.id, Acquired.TRADED, False)]
    assert [t.item_id for t in things(sparkle, bob)] == [star.id]
    assert (balance(sparkle, ada), balance(sparkle, bob), in_fees(sparkle)) == (20, 70 + 48, 2)
    assert proved(sparkle)


def test_points_asked_are_paid_by_whoever_accepts(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    offer = offers(sparkle, ada, bob, of(a_thing(sparkle, ada, an_item(sparkle))), of(points=40))
    accepts(sparkle, bob, offer)
    assert (balance(sparkle, ada), balance(sparkle, bob), in_fees(sparkle)) == (108, 60, 2)
    assert proved(sparkle)


def test_without_points_or_a_whole_point_of_fee_none_is_taken(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    accepts(sparkle, bob, offers(sparkle, ada, bob, of(points=19)))
    accepts(sparkle, bob, offers(sparkle, ada, bob, of(a_thing(sparkle, ada, an_item(sparkle)))))
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (51, 119)


@pytest.mark.parametrize("end", ["decline", "cancel", "expire"])
def test_an_offer_that_comes_to_nothing_returns_everything(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, end: str
) -> None:
    thing = a_thing(sparkle, ada, an_item(sparkle))
    offer = offers(sparkle, ada, bob, of(thing, points=50), hours=2)
    sparkle.run(ExpireOffer(offer_id=offer.id), actor=SYSTEM)  # too early: nothing happens
    if end == "decline":
        sparkle.run(DeclineOffer(offer_id=offer.id), actor=bob.actor)
    elif end == "cancel":
        sparkle.run(CancelOffer(offer_id=offer.id), actor=ada.actor)
    else:
        advance(sparkle, timedelta(hours=2, seconds=1))
    assert balance(sparkle, ada) == 70
    assert [(t.id, t.set_aside) for t in things(sparkle, ada)] == [(thing, False)]
    for by, request in ((bob, AcceptOffer), (bob, DeclineOffer), (ada, CancelOffer)):
        with pytest.raises(TradeClosed, match="and nothing more can be done"):
            sparkle.run(request(offer_id=offer.id), actor=by.actor)
    sparkle.run(ExpireOffer(offer_id=offer.id), actor=SYSTEM)
    assert balance(sparkle, ada) == 70
    assert proved(sparkle)


def test_an_offer_is_over_at_its_time_even_before_the_worker_comes(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops accepting late, when prices have changed, because a worker was away."""
    offer = offers(sparkle, ada, bob, of(points=50))
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(hours=72))
    with pytest.raises(TradeClosed) as refused:
        accepts(sparkle, bob, offer)
    assert refused.value.state == "EXPIRED"


def test_a_counter_offer_returns_the_first_and_is_to_who_made_it(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    thing = a_thing(sparkle, ada, an_item(sparkle))
    first = offers(sparkle, ada, bob, of(thing), of(points=90))
    counter = CounterOffer(offer_id=first.id, gives=of(points=20), asks=of(thing))
    second = sparkle.run(counter, actor=bob.actor)
    assert (second.to_id, second.counters) == (ada.id, first.id)
    assert sparkle.run(OfferById(offer_id=first.id), actor=ada.actor).status is OfferStatus.COUNTERED
    accepts(sparkle, ada, second)
    assert [t.id for t in things(sparkle, bob)] == [thing]
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (70 + 19, 80)
    with pytest.raises(TradeClosed):
        sparkle.run(counter, actor=bob.actor)


def test_a_thing_is_in_one_open_trade_and_of_no_use_meanwhile(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops promising one thing to two people, and using up or giving back what was promised."""
    item = an_item(sparkle, kind=ItemKind.CONSUMABLE, refund_hours=5)
    bought = buys(sparkle, ada, item)
    (thing,) = bought.things
    offer = offers(sparkle, ada, bob, of(thing))
    with pytest.raises(NotTradable, match="another open trade"):
        offers(sparkle, ada, bob, of(thing))
    asked = offers(sparkle, bob, ada, of(points=1), of(thing))
    with pytest.raises(NotTradable, match="another open trade"):
        accepts(sparkle, ada, asked)
    with pytest.raises(NotUsable, match="set aside"):
        sparkle.run(ConsumeThing(thing_id=thing), actor=ada.actor)
    with pytest.raises(NotRefundable):
        sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)
    accepts(sparkle, bob, offer)
    with pytest.raises(NotRefundable):
        sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)


def test_what_is_soul_bound_worn_gone_or_not_ones_own_is_not_traded(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    bound = a_thing(sparkle, ada, an_item(sparkle, tradable=False, price=1))
    worn = a_thing(sparkle, ada, an_item(sparkle, price=1))
    sparkle.run(EquipThing(thing_id=worn), actor=ada.actor)
    few = a_thing(sparkle, ada, an_item(sparkle, price=1))
    lasting = a_thing(sparkle, ada, an_item(sparkle, price=1, lasts_days=1))
    his = a_thing(sparkle, bob, an_item(sparkle))
    refusals = [
        (of(bound), "soul-bound"),
        (of(worn), "worn"),
        (of(few, quantity=2), "only 1"),
        (of(his), "somebody else"),
        (of(UUID(int=4)), "gone"),
    ]
    for side, why in refusals:
        with pytest.raises(NotTradable, match=why):
            offers(sparkle, ada, bob, side)
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(days=1))
    with pytest.raises(NotTradable, match="gone"):
        offers(sparkle, ada, bob, of(lasting))


def test_a_swap_is_all_or_nothing(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops handing one side over when the other one is not there."""
    thing = a_thing(sparkle, ada, an_item(sparkle))
    offer = offers(sparkle, ada, bob, of(thing), of(points=101))
    with pytest.raises(InsufficientFunds):
        accepts(sparkle, bob, offer)
    assert [(t.id, t.set_aside) for t in things(sparkle, ada)] == [(thing, True)]
    assert sparkle.run(OfferById(offer_id=offer.id), actor=bob.actor).status is OfferStatus.OPEN


def test_some_of_a_thing_can_be_traded(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    cake = an_item(sparkle, kind=ItemKind.CONSUMABLE, price=1, lasts_days=5)
    thing = a_thing(sparkle, ada, cake, quantity=5)
    accepts(sparkle, bob, offers(sparkle, ada, bob, of(thing, quantity=2)))
    accepts(sparkle, ada, offers(sparkle, bob, ada, of(points=5), of(thing, quantity=2)))
    assert sorted(t.quantity for t in things(sparkle, bob)) == [2, 2]
    assert sorted(t.quantity for t in things(sparkle, ada)) == [1]
    advance(sparkle, timedelta(days=5, seconds=1))
    assert things(sparkle, ada) == things(sparkle, bob) == ()


def test_what_runs_out_in_escrow_is_not_handed_over_and_is_gone_when_returned(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops selling something that is gone by now, and things from outliving their time in escrow."""
    thing = a_thing(sparkle, ada, an_item(sparkle, lasts_days=1))
    offer = offers(sparkle, ada, bob, of(thing), of(points=10))
    advance(sparkle, timedelta(days=1, seconds=1))
    with pytest.raises(NotTradable, match="gone"):
        accepts(sparkle, bob, offer)
    sparkle.run(CancelOffer(offer_id=offer.id), actor=ada.actor)
    assert things(sparkle, ada) == ()
    assert balance(sparkle, bob) == 100
    kept = sparkle.run_coroutine(sparkle.store.read(lambda tx: tx.records.get(THINGS, thing)))
    assert kept is None, "nobody asks for it to expire again"


def test_whose_wallet_is_frozen_accepts_nothing_for_their_things(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops moving what is under suspicion out as things, in somebody else's offer."""
    offer = offers(sparkle, ada, bob, of(points=10), of(a_thing(sparkle, bob, an_item(sparkle))))
    sparkle.run(FreezeWallet(user_id=bob.id, reason="looking into it"), actor=SYSTEM)
    with pytest.raises(AccountFrozen):
        accepts(sparkle, bob, offer)
    assert len(things(sparkle, bob)) == 1


def test_a_frozen_wallets_owner_trades_nothing(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops moving what is under suspicion out as things, or out of escrow."""
    thing = a_thing(sparkle, ada, an_item(sparkle))
    offer = offers(sparkle, ada, bob, of(points=10))
    sparkle.run(FreezeWallet(user_id=ada.id, reason="looking into it"), actor=SYSTEM)
    with pytest.raises(AccountFrozen):
        offers(sparkle, ada, bob, of(thing))
    with pytest.raises(AccountFrozen):
        accepts(sparkle, bob, offer)
    sparkle.run(DeclineOffer(offer_id=offer.id), actor=bob.actor)
    assert balance(sparkle, ada) == 70


@pytest.mark.parametrize("who", [0, 1])
def test_what_was_offered_by_or_to_somebody_who_leaves_is_returned(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, who: int
) -> None:
    thing = a_thing(sparkle, ada, an_item(sparkle))
    for side in (of(thing, points=10), of(points=20)):
        offers(sparkle, ada, bob, side)
    sparkle.run(DeleteAccount(), actor=(ada, bob)[who].actor)
    sparkle.run_coroutine(sparkle.drain())
    statement = sparkle.run(MyOffers(sent=who == 1), actor=(bob, ada)[who].actor).items
    assert [o.status for o in statement] == [OfferStatus.CANCELLED] * 2
    assert proved(sparkle)
    if who == 1:
        assert balance(sparkle, ada) == 70
        assert [t.set_aside for t in things(sparkle, ada)] == [False]


def test_nobody_trades_with_the_banned_or_with_themselves(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.BANNED, reason="spam"), actor=SYSTEM)
    with pytest.raises(NotFound):
        offers(sparkle, bob, ada, of(points=10))
    with pytest.raises(Invalid, match="to"):
        offers(sparkle, bob, bob, of(points=10))


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.BANNED])
@pytest.mark.parametrize("who", [0, 1])
def test_a_suspension_or_a_ban_returns_what_was_offered_by_or_to_somebody(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, who: int, status: Status
) -> None:
    """Stops moving points and things on through an account that was stopped, or to it."""
    thing = a_thing(sparkle, ada, an_item(sparkle))
    offers(sparkle, ada, bob, of(thing, points=10))
    sparkle.run(ChangeStatus(user_id=(ada, bob)[who].id, status=status, reason="spam"), actor=SYSTEM)
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=SYSTEM).available == 70
    seen = sparkle.run(MyOffers(sent=who == 1), actor=(bob, ada)[who].actor).items
    assert [offer.status for offer in seen] == [OfferStatus.CANCELLED]
    assert proved(sparkle)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.BANNED])
def test_nobody_takes_what_somebody_stopped_had_offered_before_the_worker_returns_it(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, status: Status
) -> None:
    offer = offers(sparkle, ada, bob, of(points=10))
    waiting = before_the_worker(sparkle)
    waiting.run(ChangeStatus(user_id=ada.id, status=status, reason="spam"), actor=SYSTEM)
    with pytest.raises(NotFound, match="can trade"):
        accepts(waiting, bob, offer)
    waiting.run_coroutine(waiting.drain())
    assert waiting.run(BalanceOf(user_id=ada.id), actor=SYSTEM).available == 100


@pytest.mark.parametrize(
    ("gives", "asks"),
    [(Side(), Side()), (Side(points=1), Side(points=1))],
)
def test_an_offer_says_something_and_has_points_on_one_side(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, gives: Side, asks: Side
) -> None:
    with pytest.raises(Invalid):
        offers(sparkle, ada, bob, gives, asks)


def test_a_side_names_each_thing_once() -> None:
    """Stops counting one thing twice."""
    with pytest.raises(Invalid, match="each thing once"):
        of(UUID(int=1), UUID(int=1))


def test_an_offer_is_its_two_peoples_business(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    eve = member(sparkle, "eve")
    offer = offers(sparkle, ada, bob, of(points=10))
    requests = (AcceptOffer(offer_id=offer.id), DeclineOffer(offer_id=offer.id), CancelOffer(offer_id=offer.id))
    for request in (*requests, OfferById(offer_id=offer.id)):
        with pytest.raises(NotFound):
            sparkle.run(request, actor=eve.actor)
    with pytest.raises(NotFound):
        accepts(sparkle, ada, offer)
    with pytest.raises(NotFound):
        sparkle.run(CancelOffer(offer_id=offer.id), actor=bob.actor)


def test_both_are_told_and_find_their_offers(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    offer = offers(sparkle, ada, bob, of(points=10))
    second = offers(sparkle, ada, bob, of(points=11))
    page = sparkle.run(MyOffers(limit=1), actor=bob.actor)
    assert [o.id for o in page.items] == [second.id]
    assert [o.id for o in sparkle.run(MyOffers(limit=1, after=page.next), actor=bob.actor).items] == [offer.id]
    accepts(sparkle, bob, offer)
    open_ones = MyOffers(sent=True, status=OfferStatus.OPEN)
    assert [o.id for o in sparkle.run(open_ones, actor=ada.actor).items] == [second.id]

    def told(who: Somebody) -> list[str]:
        notes = sparkle.run(MyNotifications(), actor=who.actor).items
        return [n.data["state"] for n in notes if n.type is NotificationType.TRADE]

    assert (told(ada), told(bob)) == (["ACCEPTED"], ["OPEN", "OPEN"])


def test_a_part_that_came_back_is_given_back_with_the_rest(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops an offer that came to nothing from costing somebody their right to give a purchase back."""
    bought = buys(sparkle, ada, an_item(sparkle, price=10, refund_hours=1, stock=5), quantity=5)
    back = RefundPurchase(purchase_id=bought.id)
    offer = offers(sparkle, ada, bob, of(bought.things[0], quantity=2))
    with pytest.raises(NotRefundable, match="set aside for a trade"):
        sparkle.run(back, actor=ada.actor)
    sparkle.run(CancelOffer(offer_id=offer.id), actor=ada.actor)
    assert sorted(thing.quantity for thing in things(sparkle, ada)) == [2, 3]
    sparkle.run(back, actor=ada.actor)
    assert (balance(sparkle, ada), things(sparkle, ada)) == (100, ())
    assert sparkle.run(ItemById(item_id=bought.item_id)).stock == 5


def test_one_person_has_so_many_offers_open() -> None:
    rules = Rules(economy=EconomyRules(trading=TradingRules(most_open=2, fee_percent=0)))
    sparkle = in_memory(seed=3, rules=rules)
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    offer = offers(sparkle, ada, bob, of(points=40))
    offers(sparkle, ada, bob, of(points=1))
    with pytest.raises(TooManyOpen, match="You have 2 of these open") as refused:
        offers(sparkle, ada, bob, of(points=1))
    assert (refused.value.retry_after_s, refused.value.most) == (None, 2), "no time frees it"
    accepts(sparkle, bob, offer)
    assert balance(sparkle, bob) == 140
    offers(sparkle, ada, bob, of(points=1))


def test_however_many_offers_somebody_who_leaves_has_all_are_returned() -> None:
    """Stops what is past the first page from staying in escrow."""
    sparkle = in_memory(seed=3, rules=Rules(economy=EconomyRules(trading=TradingRules(most_open=200))))
    ada, bob, eve = (member(sparkle, name) for name in ("ada", "bob", "eve"))
    for maker in (ada, eve) * 100:
        offers(sparkle, maker, bob, of(points=1))
    for _ in range(5):
        offers(sparkle, ada, bob, NOTHING, of(points=1))
    assert (balance(sparkle, ada), balance(sparkle, eve)) == (0, 0)
    sparkle.run(DeleteAccount(), actor=bob.actor)
    sparkle.run_coroutine(sparkle.drain())
    assert (balance(sparkle, ada), balance(sparkle, eve)) == (100, 100)
    assert sparkle.run(MyOffers(sent=True, status=OfferStatus.OPEN), actor=ada.actor).items == ()
    assert proved(sparkle)
