"""The store: items, buying, gifts, giving back. Each test of money says what it stops."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.support.people import Somebody, member, newcomer
from tests.support.trading import an_item, balance, buys, pays_in_premium, things

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.economy import (
    BalanceOf,
    BuyItem,
    Catalogue,
    ChangeItem,
    ConsumeThing,
    CreateItem,
    EquipThing,
    FreezeWallet,
    ItemById,
    MyPurchases,
    ProveLedger,
    RefundPurchase,
    ReverseTransfer,
    SendTip,
    UnfreezeWallet,
)
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import AwardXp
from sparkle_core.domain.accounts import SYSTEM, Role
from sparkle_core.domain.economy.errors import AccountFrozen, InsufficientFunds, OverReversal
from sparkle_core.domain.economy.inventory import Acquired
from sparkle_core.domain.economy.items import Content, Discount, Item, ItemKind, ItemTerms
from sparkle_core.domain.economy.ledger import (
    PLATFORM,
    Currency,
    Purpose,
    account_id,
)
from sparkle_core.domain.economy.store_errors import (
    LevelTooLow,
    NotGiftable,
    NotOnSale,
    NotRefundable,
    NotSoldFor,
    PurchaseLimit,
    SoldOut,
)
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    IdempotencyConflict,
    Invalid,
    NotFound,
    NotWhile,
    VersionMismatch,
)
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.ports.store import Transaction

SINK = account_id(PLATFORM, Currency.SPARKLE, Purpose.SINK)
DAY = timedelta(days=1)


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=3)


def world(sparkle: Sparkle) -> SeededWorld:
    assert isinstance(sparkle.world, SeededWorld)
    return sparkle.world


def in_the_sink(sparkle: Sparkle) -> int:
    async def body(tx: Transaction) -> int:
        return (await tx.ledger.accounts([SINK]))[SINK].balance

    return sparkle.run_coroutine(sparkle.store.read(body))


# buying


def test_buying_moves_points_to_the_sink_takes_from_the_stock_and_adds_to_the_inventory(
    sparkle: Sparkle, ada: Somebody
) -> None:
    item = an_item(sparkle, stock=5)
    bought = buys(sparkle, ada, item, quantity=2)
    assert (bought.amount, balance(sparkle, ada), in_the_sink(sparkle)) == (60, 40, 60)
    assert sparkle.run(ItemById(item_id=item.id)).stock == 3
    (thing,) = things(sparkle, ada)
    assert (thing.id, thing.item_id, thing.quantity, thing.acquired) == (
        bought.things[0],
        item.id,
        2,
        Acquired.BOUGHT,
    )
    assert sparkle.run(MyPurchases(), actor=ada.actor).items == (bought,)
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_who_cannot_pay_gets_nothing_and_takes_nothing_from_the_stock(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops things from being handed out before they are paid for."""
    item = an_item(sparkle, price=101, stock=5, limit_each=1)
    with pytest.raises(InsufficientFunds) as refused:
        buys(sparkle, ada, item)
    assert (refused.value.available, refused.value.needed) == (100, 101)
    assert things(sparkle, ada) == ()
    assert sparkle.run(ItemById(item_id=item.id)).stock == 5


def test_a_frozen_wallet_buys_nothing(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops points under suspicion from being turned into things."""
    item = an_item(sparkle)
    sparkle.run(FreezeWallet(user_id=ada.id, reason="looking into it"), actor=SYSTEM)
    with pytest.raises(AccountFrozen):
        buys(sparkle, ada, item)
    assert things(sparkle, ada) == ()


def test_what_is_sold_out_says_how_many_are_left(sparkle: Sparkle, ada: Somebody) -> None:
    item = an_item(sparkle, stock=1)
    with pytest.raises(SoldOut, match="There are 1 of this left") as refused:
        buys(sparkle, ada, item, quantity=2)
    assert refused.value.left == 1


def test_the_limit_for_one_person_counts_all_they_ever_bought(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    item = an_item(sparkle, price=1, limit_each=3)
    buys(sparkle, ada, item, quantity=2)
    with pytest.raises(PurchaseLimit, match="at most 3 of this; you have bought 2") as refused:
        buys(sparkle, ada, item, quantity=2)
    assert (refused.value.limit, refused.value.bought) == (3, 2)
    buys(sparkle, ada, item, gift_to=bob.id)
    with pytest.raises(PurchaseLimit):
        buys(sparkle, ada, item, gift_to=bob.id)
    buys(sparkle, bob, item, quantity=3)


def test_an_item_may_need_a_level(sparkle: Sparkle, ada: Somebody) -> None:
    item = an_item(sparkle, min_level=2)
    with pytest.raises(LevelTooLow, match="needs level 2; you are at level 1"):
        buys(sparkle, ada, item)
    sparkle.run(AwardXp(user_id=ada.id, amount=1_000, source="gift", subject="one"), actor=SYSTEM)
    buys(sparkle, ada, item)


def test_an_item_is_sold_within_its_window_and_at_a_discount_within_that_ones(sparkle: Sparkle, ada: Somebody) -> None:
    now = world(sparkle).now
    off = Discount(percent=33, since=now + DAY, until=now + 2 * DAY)
    item = an_item(sparkle, price=10, sale_from=now + DAY, sale_until=now + 3 * DAY, discount=off)
    with pytest.raises(NotOnSale) as refused:
        buys(sparkle, ada, item)
    assert refused.value.since == (now + DAY).isoformat()
    world(sparkle).advance(DAY)
    shown = sparkle.run(ItemById(item_id=item.id))
    assert (shown.on_sale, shown.price_now) == (True, 7)
    assert buys(sparkle, ada, item).amount == 7
    world(sparkle).advance(DAY)
    assert buys(sparkle, ada, item).amount == 10
    world(sparkle).advance(DAY)
    with pytest.raises(NotOnSale):
        buys(sparkle, ada, item)


def test_an_item_without_a_price_in_a_currency_is_not_sold_for_it(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(NotSoldFor, match="not sold for PREMIUM"):
        buys(sparkle, ada, an_item(sparkle), currency=Currency.PREMIUM)
    with pytest.raises(NotSoldFor, match="not sold for USD"):
        buys(sparkle, ada, an_item(sparkle, premium_price=10), currency=Currency.USD)


def test_premium_points_buy_what_has_a_premium_price(sparkle: Sparkle, ada: Somebody) -> None:
    item = an_item(sparkle, premium_price=5)
    with pytest.raises(InsufficientFunds):
        buys(sparkle, ada, item, currency=Currency.PREMIUM)
    pays_in_premium(sparkle, ada, 12)
    assert buys(sparkle, ada, item, currency=Currency.PREMIUM).amount == 5
    assert balance(sparkle, ada) == 100
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_a_freeze_is_of_all_that_somebody_has(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops somebody whose points are frozen from spending, or giving away, what they have in other currencies."""
    item = an_item(sparkle, premium_price=5, giftable=True)
    pays_in_premium(sparkle, ada, 12)
    sparkle.run(FreezeWallet(user_id=ada.id, reason="looking into it"), actor=SYSTEM)
    for more in ({}, {"gift_to": bob.id}):
        with pytest.raises(AccountFrozen):
            buys(sparkle, ada, item, currency=Currency.PREMIUM, **more)
    premium = sparkle.run(BalanceOf(user_id=ada.id, currency=Currency.PREMIUM), actor=ada.actor)
    assert (premium.available, premium.frozen) == (12, True)
    sparkle.run(UnfreezeWallet(user_id=ada.id, reason="all is well"), actor=SYSTEM)
    assert buys(sparkle, ada, item, currency=Currency.PREMIUM).amount == 5


def test_the_same_key_buys_once_also_when_its_receipt_is_long_gone(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a double click, and a replay a month later, from paying twice."""
    item = an_item(sparkle, stock=5)
    buy = BuyItem(item_id=item.id)
    first = sparkle.run(buy, actor=ada.actor, key="k")
    assert sparkle.run(buy, actor=ada.actor, key="k") == first
    world(sparkle).advance(timedelta(days=31))
    assert sparkle.run(buy, actor=ada.actor, key="k") == first
    assert (balance(sparkle, ada), len(things(sparkle, ada))) == (70, 1)
    for days in (0, 31):
        world(sparkle).advance(timedelta(days=days))
        with pytest.raises(IdempotencyConflict):
            sparkle.run(BuyItem(item_id=item.id, quantity=2), actor=ada.actor, key="k")


def test_a_bundle_brings_what_is_in_it(sparkle: Sparkle, ada: Somebody) -> None:
    star, cake = an_item(sparkle), an_item(sparkle, kind=ItemKind.CONSUMABLE, lasts_days=3)
    contents = (Content(item_id=star.id), Content(item_id=cake.id, quantity=5))
    bundle = an_item(sparkle, kind=ItemKind.BUNDLE, price=20, contents=contents, refund_hours=1)
    bought = buys(sparkle, ada, bundle, quantity=2)
    assert {(t.item_id, t.quantity) for t in things(sparkle, ada)} == {(star.id, 2), (cake.id, 10)}
    sparkle.run(ConsumeThing(thing_id=bought.things[1]), actor=ada.actor)
    with pytest.raises(NotRefundable, match="used"):
        sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)


@pytest.mark.parametrize("other", ["nowhere", "bundle"])
def test_a_bundle_holds_items_that_are_there_and_no_bundles(sparkle: Sparkle, other: str) -> None:
    star = an_item(sparkle)
    bundle = an_item(sparkle, kind=ItemKind.BUNDLE, contents=(Content(item_id=star.id),))
    inside = UUID(int=9) if other == "nowhere" else bundle.id
    with pytest.raises(Invalid, match=r"terms.contents.1.item_id"):
        an_item(sparkle, kind=ItemKind.BUNDLE, contents=(Content(item_id=star.id), Content(item_id=inside)))


def test_buying_needs_an_active_account(sparkle: Sparkle) -> None:
    with pytest.raises(NotWhile):
        buys(sparkle, newcomer(sparkle, "zoe"), an_item(sparkle))


# gifts


def test_a_gift_is_paid_by_one_and_got_by_the_other_who_is_told(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    item = an_item(sparkle, refund_hours=1)
    given = buys(sparkle, ada, item, gift_to=bob.id)
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (70, 100)
    assert [(t.acquired, t.quantity) for t in things(sparkle, bob)] == [(Acquired.GIFT, 1)]
    assert things(sparkle, ada) == ()
    told = [n for n in sparkle.run(MyNotifications(), actor=bob.actor).items]
    facts = {"from": str(ada.id), "item_id": str(item.id), "quantity": "1"}
    assert [n.data for n in told if n.type is NotificationType.GIFT_RECEIVED] == [facts]
    with pytest.raises(NotRefundable, match="gift"):
        sparkle.run(RefundPurchase(purchase_id=given.id), actor=ada.actor)


def test_what_is_not_giftable_is_bought_for_oneself_alone(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    item = an_item(sparkle, giftable=False)
    with pytest.raises(NotGiftable):
        buys(sparkle, ada, item, gift_to=bob.id)
    buys(sparkle, ada, item, gift_to=ada.id)


def test_nobody_gives_to_those_who_are_not_there(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(NotFound):
        buys(sparkle, ada, an_item(sparkle), gift_to=UUID(int=5))
    assert balance(sparkle, ada) == 100


# giving back


def test_a_refund_undoes_the_purchase_once(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a purchase from being given back twice, and things from staying with who has the points back."""
    item = an_item(sparkle, stock=1, limit_each=1, refund_hours=24)
    bought = buys(sparkle, ada, item)
    sparkle.run(EquipThing(thing_id=bought.things[0]), actor=ada.actor)
    assert sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor).refunded_at is not None
    assert (balance(sparkle, ada), in_the_sink(sparkle), things(sparkle, ada)) == (100, 0, ())
    with pytest.raises(NotRefundable, match="already"):
        sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)
    assert sparkle.run(ItemById(item_id=item.id)).stock == 1
    buys(sparkle, ada, item)
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_a_refund_of_what_is_sold_without_end_leaves_no_stock(sparkle: Sparkle, ada: Somebody) -> None:
    item = an_item(sparkle, refund_hours=24)
    sparkle.run(RefundPurchase(purchase_id=buys(sparkle, ada, item).id), actor=ada.actor)
    assert sparkle.run(ItemById(item_id=item.id)).stock is None
    assert balance(sparkle, ada) == 100


def test_a_refund_needs_an_item_that_is_taken_back_and_its_window(sparkle: Sparkle, ada: Somebody) -> None:
    kept, taken_back = buys(sparkle, ada, an_item(sparkle)), buys(sparkle, ada, an_item(sparkle, refund_hours=1))
    with pytest.raises(NotRefundable, match="not taken back"):
        sparkle.run(RefundPurchase(purchase_id=kept.id), actor=ada.actor)
    world(sparkle).advance(timedelta(hours=1))
    with pytest.raises(NotRefundable, match="was possible until"):
        sparkle.run(RefundPurchase(purchase_id=taken_back.id), actor=ada.actor)


def test_nobody_gives_back_what_somebody_else_bought(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    bought = buys(sparkle, ada, an_item(sparkle, refund_hours=1))
    with pytest.raises(NotFound):
        sparkle.run(RefundPurchase(purchase_id=bought.id), actor=bob.actor)


def test_what_an_admin_has_reversed_is_not_paid_back_again(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops the same points from coming back by two ways."""
    bought = buys(sparkle, ada, an_item(sparkle, refund_hours=1))
    sparkle.run(ReverseTransfer(namespace="purchase", key=str(bought.id), reason="a mistake"), actor=SYSTEM)
    with pytest.raises(OverReversal):
        sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)
    assert balance(sparkle, ada) == 100


# the catalogue


def test_only_admins_change_the_catalogue_and_by_its_newest_version(sparkle: Sparkle, ada: Somebody) -> None:
    terms = ItemTerms(name="Star", kind=ItemKind.BADGE, price=1)
    with pytest.raises(Forbidden):
        sparkle.run(CreateItem(terms=terms), actor=ada.actor)
    keeper = member(sparkle, "keeper", Role.ADMIN)
    item = sparkle.run(CreateItem(terms=terms, stock=3), actor=keeper.actor)
    change = ChangeItem(item_id=item.id, terms=terms, stock=9, withdrawn=True, expected_version=item.version)
    assert sparkle.run(change, actor=keeper.actor).stock == 9
    with pytest.raises(VersionMismatch):
        sparkle.run(change, actor=keeper.actor)
    with pytest.raises(Invalid, match="stays BADGE"):
        sparkle.run(ChangeItem(item_id=item.id, terms=ItemTerms(name="Star", kind=ItemKind.THEME)), actor=keeper.actor)


def test_a_withdrawn_item_is_neither_shown_nor_sold_and_stays_with_who_has_it(sparkle: Sparkle, ada: Somebody) -> None:
    item = an_item(sparkle)
    buys(sparkle, ada, item)
    sparkle.run(ChangeItem(item_id=item.id, terms=item.terms, withdrawn=True), actor=SYSTEM)
    assert sparkle.run(Catalogue()).items == ()
    assert len(things(sparkle, ada)) == 1
    with pytest.raises(NotOnSale):
        buys(sparkle, ada, item)


def test_the_catalogue_pages_and_filters_by_kind(sparkle: Sparkle) -> None:
    first, second, theme = an_item(sparkle), an_item(sparkle), an_item(sparkle, kind=ItemKind.THEME)
    page = sparkle.run(Catalogue(limit=2))
    assert [i.id for i in page.items] == [first.id, second.id]
    assert [i.id for i in sparkle.run(Catalogue(limit=2, after=page.next)).items] == [theme.id]
    assert [i.id for i in sparkle.run(Catalogue(kind=ItemKind.THEME)).items] == [theme.id]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"kind": ItemKind.BOOST}, "boost_minutes"),
        ({"kind": ItemKind.BADGE, "boost_minutes": 5}, "boost_minutes"),
        ({"kind": ItemKind.BUNDLE}, "contents"),
        ({"kind": ItemKind.BUNDLE, "contents": (Content(item_id=UUID(int=1)),) * 2}, "each item once"),
        ({"kind": ItemKind.BADGE, "price": 0}, "price"),
    ],
)
def test_terms_that_contradict_one_another_are_refused(terms: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid, match=field):
        ItemTerms(name="Star", **terms)


def test_windows_end_after_they_begin(sparkle: Sparkle) -> None:
    now = world(sparkle).now
    with pytest.raises(Invalid, match="sale_until"):
        ItemTerms(name="Star", kind=ItemKind.BADGE, sale_from=now, sale_until=now)
    with pytest.raises(Invalid, match="until"):
        Discount(percent=5, since=now, until=now)


def test_an_items_kind_is_that_of_its_terms() -> None:
    with pytest.raises(Invalid, match="kind"):
        Item(id=UUID(int=1), kind=ItemKind.THEME, terms=ItemTerms(name="Star", kind=ItemKind.BADGE))


def test_points_that_were_tipped_away_buy_nothing(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    sparkle.run(SendTip(to=bob.id, amount=80), actor=ada.actor)
    with pytest.raises(InsufficientFunds):
        buys(sparkle, ada, an_item(sparkle))
