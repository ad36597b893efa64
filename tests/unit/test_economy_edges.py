"""The edges of items, things and offers: which instant, which number and which reason still counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from sparkle_core.domain.economy.inventory import Acquired, Allowance, Purchase, Thing, boosted_until
from sparkle_core.domain.economy.items import Discount, Item, ItemKind, ItemTerms, Slot
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.store_errors import (
    LevelTooLow,
    NotGiftable,
    NotOnSale,
    NotRefundable,
    NotSoldFor,
    NotUsable,
    PurchaseLimit,
    SoldOut,
)
from sparkle_core.domain.economy.store_events import (
    PurchaseMade,
    PurchaseRefunded,
    ThingConsumed,
    ThingEquipped,
    ThingExpired,
    ThingUnequipped,
)
from sparkle_core.domain.economy.trading import Offer, OfferStatus, Side, Stake
from sparkle_core.domain.economy.trading_errors import NotTradable, TradeClosed
from sparkle_core.domain.economy.trading_events import OfferAccepted, OfferMade, OfferReturned
from sparkle_core.domain.kernel.errors import Invalid, NotFound
from sparkle_core.domain.kernel.fields import UserId

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
JUST_BEFORE, JUST_BEFORE_LATER = (at - timedelta(microseconds=1) for at in (NOON, LATER))
ADA, BEN, CYD = (UserId(UUID(int=n)) for n in (1, 2, 3))
ITEM, THING, OTHER, PART = UUID(int=10), UUID(int=11), UUID(int=14), UUID(int=15)


def terms(kind: ItemKind = ItemKind.BADGE, **more: Any) -> ItemTerms:
    boosts = {"boost_minutes": 30} if kind is ItemKind.BOOST else {}
    return ItemTerms(**{"name": "Ink", "kind": kind, "price": 99, **boosts, **more})


def item(kind: ItemKind = ItemKind.BADGE, stock: int | None = 3, **more: Any) -> Item:
    return Item(id=ITEM, kind=kind, terms=terms(kind, **more), stock=stock)


def thing(**more: Any) -> Thing:
    said = {"quantity": 3, "got": 3, "acquired": Acquired.BOUGHT, "acquired_at": NOON, "source_id": UUID(int=12)}
    return Thing(**{"id": THING, "owner_id": ADA, "item_id": ITEM, **said, **more})


TRADED = thing(quantity=1, got=1, source_id=OTHER)


def purchase(**more: Any) -> Purchase:
    said = {"quantity": 1, "currency": Currency.SPARKLE, "amount": 99, "at": NOON, "refundable_until": LATER}
    who = {"id": UUID(int=12), "buyer_id": ADA, "recipient_id": ADA, "item_id": ITEM, "things": (THING,)}
    return Purchase(**{**who, **said, **more})


def offer(**more: Any) -> Offer:
    said = {"gives": Side(points=5), "asks": Side(things=(Stake(thing_id=THING),)), "made_at": NOON}
    return Offer(**{"id": UUID(int=13), "from_id": ADA, "to_id": BEN, "expires_at": LATER, **said, **more})


@pytest.mark.parametrize(
    ("window", "at", "open_then"),
    [
        ({}, NOON, True),
        ({"sale_from": NOON}, JUST_BEFORE, False),
        ({"sale_from": NOON}, NOON, True),
        ({"sale_until": LATER}, JUST_BEFORE_LATER, True),
        ({"sale_until": LATER}, LATER, False),
        ({"sale_from": NOON, "sale_until": LATER}, NOON, True),
        ({"sale_from": NOON, "sale_until": LATER}, LATER, False),
    ],
)
def test_a_window_begins_with_its_first_instant_and_ends_before_its_last(
    window: dict[str, Any], at: datetime, open_then: bool
) -> None:
    assert terms(**window).on_sale_at(at) is open_then
    if not open_then:
        with pytest.raises(NotOnSale) as refusal:
            item(**window).price_for(1, Currency.SPARKLE, at)
        said = [at.isoformat() if at else None for at in (window.get("sale_from"), window.get("sale_until"))]
        assert [refusal.value.since, refusal.value.until] == said


@pytest.mark.parametrize(
    ("at", "percent", "price"),
    [(JUST_BEFORE, 50, 99), (NOON, 50, 50), (NOON, 10, 90), (JUST_BEFORE_LATER, 50, 50), (LATER, 50, 99)],
)
def test_a_discount_counts_within_its_time_and_what_it_leaves_of_a_point_is_paid(
    at: datetime, percent: int, price: int
) -> None:
    reduced = terms(premium_price=10, discount=Discount(percent=percent, since=NOON, until=LATER))
    assert reduced.price_at(Currency.SPARKLE, at) == price
    assert reduced.price_at(Currency.PREMIUM, at) == (10 if price == 99 else 10 - 10 * percent // 100)


def test_a_window_and_a_discount_last_some_time() -> None:
    for until in (NOON, JUST_BEFORE):
        with pytest.raises(Invalid, match="sale_until"):
            terms(sale_from=NOON, sale_until=until)
        with pytest.raises(Invalid, match="until"):
            Discount(percent=1, since=NOON, until=until)


def test_what_is_paid_is_the_price_of_one_times_how_many_in_a_currency_it_has() -> None:
    assert item().price_for(3, Currency.SPARKLE, NOON) == 297
    with pytest.raises(NotSoldFor):
        item().price_for(1, Currency.PREMIUM, NOON)
    with pytest.raises(NotOnSale):
        evolve(item(), withdrawn=True).price_for(1, Currency.SPARKLE, NOON)


def test_an_item_is_open_from_its_level_on_and_to_be_given_where_it_may_be() -> None:
    item(min_level=5).open_to(5, gift=True)
    with pytest.raises(LevelTooLow) as refusal:
        item(min_level=5).open_to(4, gift=False)
    assert (refusal.value.level, refusal.value.needed) == (4, 5)
    item(giftable=False).open_to(1, gift=False)
    with pytest.raises(NotGiftable):
        item(giftable=False).open_to(1, gift=True)


def test_a_stock_goes_to_its_last_one_and_comes_back_up_to_a_billion() -> None:
    assert item(stock=3).taken(3).stock == 0
    assert item(stock=3).taken(1).stock == 2
    with pytest.raises(SoldOut) as refusal:
        item(stock=3).taken(4)
    assert refusal.value.left == 3
    assert item(stock=3).put_back(2).stock == 5
    assert item(stock=999_999_999).put_back(2).stock == 1_000_000_000


def test_what_is_worn_has_a_slot_and_what_is_used_up_has_none() -> None:
    worn = {kind for kind in ItemKind if kind.slot is not None}
    assert worn == {ItemKind.BADGE, ItemKind.AVATAR_FRAME, ItemKind.THEME}
    assert ItemKind.THEME.slot is Slot.THEME
    assert {kind for kind in ItemKind if kind.is_used_up} == {ItemKind.BOOST, ItemKind.CONSUMABLE}


def test_a_thing_lasts_until_its_instant_or_until_it_is_gone() -> None:
    assert thing().lasts_at(LATER)
    assert thing(expires_at=LATER).lasts_at(JUST_BEFORE_LATER)
    assert not thing(expires_at=LATER).lasts_at(LATER)
    assert not thing(deleted_at=NOON).lasts_at(NOON)
    assert not thing(deleted_at=NOON, expires_at=LATER).lasts_at(NOON)


def test_wearing_says_so_once_and_taking_off_as_well() -> None:
    worn = thing().equipped(item(), NOON)
    assert (worn.slot, worn.recorded) == (Slot.BADGE, (ThingEquipped(thing_id=THING, item_id=ITEM, owner_id=ADA),))
    assert worn.equipped(item(), NOON) is worn
    off = evolve(worn, recorded=()).unequipped()
    assert (off.slot, off.recorded) == (None, (ThingUnequipped(thing_id=THING, item_id=ITEM, owner_id=ADA),))
    assert off.unequipped() is off


@pytest.mark.parametrize(
    ("of", "reason"),
    [({"deleted_at": NOON}, "gone"), ({"expires_at": NOON}, "gone"), ({"held_for": "offer:1"}, "set aside")],
)
def test_nothing_is_done_with_what_is_gone_or_set_aside(of: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotUsable, match=reason):
        thing(**of).equipped(item(), NOON)
    with pytest.raises(NotUsable, match=reason):
        thing(**of).consumed(item(ItemKind.CONSUMABLE), NOON)


def test_what_cannot_be_worn_or_used_up_is_not() -> None:
    with pytest.raises(NotUsable, match="worn"):
        thing().equipped(item(ItemKind.CONSUMABLE), NOON)
    with pytest.raises(NotUsable, match="use up"):
        thing().consumed(item(), NOON)


def test_using_up_takes_one_and_the_last_one_leaves_nothing() -> None:
    used = thing(quantity=2).consumed(item(ItemKind.BOOST), NOON)
    until = NOON + timedelta(minutes=30)
    assert used.recorded == (ThingConsumed(thing_id=THING, item_id=ITEM, owner_id=ADA, boosted_until=until),)
    assert (used.quantity, used.deleted_at) == (1, None)
    last = used.consumed(item(ItemKind.CONSUMABLE), LATER)
    assert (last.quantity, last.deleted_at) == (0, LATER)
    assert boosted_until(item(ItemKind.CONSUMABLE), NOON) is None


def test_what_runs_out_or_is_given_back_is_gone_whole_and_not_worn() -> None:
    expired = thing(slot=Slot.BADGE).expired(NOON)
    assert expired.recorded == (ThingExpired(thing_id=THING, item_id=ITEM, owner_id=ADA),)
    back = thing(slot=Slot.BADGE).given_back(NOON)
    assert back.recorded == (ThingUnequipped(thing_id=THING, item_id=ITEM, owner_id=ADA),)
    for gone in (expired, back):
        assert (gone.quantity, gone.slot, gone.deleted_at) == (0, None, NOON)


def test_all_or_some_of_a_thing_is_set_aside_and_comes_back_or_goes_over() -> None:
    aside = thing().set_aside(item(), ADA, 3, "offer:1", NOON)
    assert (aside.quantity, aside.held_for) == (3, "offer:1")
    some = thing().set_aside(item(), ADA, 2, "offer:1", NOON)
    assert (some.quantity, some.held_for, some.got) == (2, "offer:1", 3)
    apart = some.apart(UUID(int=99))
    assert (apart.id, apart.version, apart.got, apart.quantity) == (UUID(int=99), 0, 2, 2)
    assert (thing().without(2).quantity, thing().without(2).got) == (1, 3)
    assert aside.released().held_for is None
    over = some.traded(BEN, UUID(int=13), LATER)
    assert (over.owner_id, over.held_for, over.got, over.acquired) == (BEN, None, 2, Acquired.TRADED)
    assert (over.acquired_at, over.source_id, over.quantity) == (LATER, UUID(int=13), 2)


@pytest.mark.parametrize(
    ("of", "of_item", "by", "reason"),
    [
        ({}, {}, BEN, "somebody else"),
        ({"deleted_at": NOON}, {}, ADA, "gone"),
        ({"expires_at": NOON}, {}, ADA, "gone"),
        ({"held_for": "offer:2"}, {}, ADA, "another open trade"),
        ({"slot": Slot.BADGE}, {}, ADA, "worn"),
        ({}, {"tradable": False}, ADA, "soul-bound"),
        ({"quantity": 1}, {}, ADA, "only 1"),
    ],
)
def test_what_is_not_set_aside_says_which_and_why(
    of: dict[str, Any], of_item: dict[str, Any], by: UserId, reason: str
) -> None:
    with pytest.raises(NotTradable, match=reason) as refusal:
        thing(**of).set_aside(item(**of_item), by, 2, "offer:1", NOON)
    assert refusal.value.thing_id == str(THING)


def test_what_is_gone_does_not_go_over() -> None:
    with pytest.raises(NotTradable, match="gone"):
        thing(expires_at=NOON).traded(BEN, UUID(int=13), NOON)


def test_a_limit_for_each_is_reached_exactly_and_given_back() -> None:
    used = Allowance.of(ADA, ITEM).used(3, 5)
    assert used.bought == 3
    assert used.used(2, 5).bought == 5
    assert used.used(9, None).bought == 12
    with pytest.raises(PurchaseLimit) as refusal:
        used.used(3, 5)
    assert (refusal.value.limit, refusal.value.bought) == (5, 3)
    assert used.given_back(2).bought == 1
    assert Allowance.of(ADA, ITEM).id == Allowance.id_of(ADA, ITEM) != Allowance.id_of(BEN, ITEM)
    assert (used.user_id, used.item_id) == (ADA, ITEM)


def test_a_purchase_says_what_it_was_and_that_it_was_given_back() -> None:
    made = purchase().made()
    said = {"purchase_id": made.id, "item_id": ITEM, "buyer_id": ADA, "amount": 99}
    assert made.recorded == (PurchaseMade(**said, recipient_id=ADA, quantity=1),)  # type: ignore[arg-type]
    refunded = purchase().refunded((thing(),), JUST_BEFORE_LATER)
    assert refunded.refunded_at == JUST_BEFORE_LATER
    assert refunded.recorded == (PurchaseRefunded(**said),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "things", "at", "reason"),
    [
        ({"refunded_at": NOON}, (thing(),), NOON, "already"),
        ({"recipient_id": BEN}, (thing(),), NOON, "gift"),
        ({"refundable_until": None}, (thing(),), NOON, "not taken back"),
        ({}, (thing(),), LATER, "possible until"),
        ({}, (), NOON, "not all of it is there"),
        ({}, (thing(quantity=2),), NOON, "not all of it is there"),
        ({}, (thing(owner_id=BEN),), NOON, "not all of it is there"),
        ({}, (thing(source_id=OTHER),), NOON, "not all of it is there"),
        ({}, (thing(held_for="offer:1"),), NOON, "not all of it is there"),
        ({}, (thing(expires_at=NOON),), NOON, "not all of it is there"),
        ({"things": (THING, ITEM)}, (thing(), thing(id=ITEM, quantity=1)), NOON, "not all of it is there"),
        ({}, (thing(quantity=2), thing(id=ITEM, quantity=1, held_for="offer:1")), NOON, "not all of it is there"),
        ({}, (TRADED, thing(id=ITEM, quantity=1)), NOON, "not all of it is there"),
        ({"things": (THING, PART)}, (TRADED, thing(id=PART), thing(id=ITEM, quantity=1)), NOON, "not all"),
    ],
)
def test_a_purchase_is_taken_back_whole_in_time_and_once(
    of: dict[str, Any], things: tuple[Thing, ...], at: datetime, reason: str
) -> None:
    with pytest.raises(NotRefundable, match=reason):
        purchase(**of).refunded(things, at)


def test_a_side_with_a_thing_or_a_point_is_not_empty() -> None:
    assert Side().is_empty
    assert not Side(points=1).is_empty
    assert not Side(things=(Stake(thing_id=THING),)).is_empty


@pytest.mark.parametrize(
    ("of", "path"),
    [
        ({"to_id": ADA}, "to"),
        ({"gives": Side(), "asks": Side()}, "gives"),
        ({"gives": Side(points=1), "asks": Side(points=1)}, "asks.points"),
    ],
)
def test_an_offer_is_to_somebody_else_about_something_with_points_on_one_side(of: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        offer(**of)
    assert [fault.path for fault in refusal.value.faults] == [path]
    for fine in ({"gives": Side()}, {"asks": Side()}, {"asks": Side(), "gives": Side(things=(Stake(thing_id=ITEM),))}):
        assert offer(**fine).status is OfferStatus.OPEN


Close = Callable[[Offer, UserId, datetime], Offer]
CLOSED: list[tuple[Close, UserId, OfferStatus, type]] = [
    (lambda o, by, at: o.accepted(by, at), BEN, OfferStatus.ACCEPTED, OfferAccepted),
    (lambda o, by, at: o.declined(by, at), BEN, OfferStatus.DECLINED, OfferReturned),
    (lambda o, by, at: o.declined(by, at, countered=True), BEN, OfferStatus.COUNTERED, OfferReturned),
    (lambda o, by, at: o.cancelled(by, at), ADA, OfferStatus.CANCELLED, OfferReturned),
]


@pytest.mark.parametrize(("close", "whose", "status", "event"), CLOSED)
def test_an_offer_is_closed_once_in_time_by_whose_it_is(
    close: Close, whose: UserId, status: OfferStatus, event: Callable[..., Any]
) -> None:
    closed = close(offer(), whose, JUST_BEFORE_LATER)
    assert (closed.status, closed.closed_at) == (status, JUST_BEFORE_LATER)
    assert closed.recorded == (event(offer_id=closed.id, from_id=ADA, to_id=BEN),)
    with pytest.raises(TradeClosed) as refusal:
        close(closed, whose, JUST_BEFORE_LATER)
    assert refusal.value.state == status.value
    with pytest.raises(TradeClosed) as refusal:
        close(offer(), whose, LATER)
    assert refusal.value.state == "EXPIRED"
    for other in {ADA, BEN, CYD} - {whose}:
        with pytest.raises(NotFound):
            close(offer(), other, NOON)


def test_an_offer_names_its_two_people_and_who_holds_what_is_in_it() -> None:
    made = offer().made()
    assert made.recorded == (OfferMade(offer_id=made.id, from_id=ADA, to_id=BEN),)
    assert made.people == (ADA, BEN)
    assert made.held_for == f"offer:{made.id}"
    assert made.open_at(JUST_BEFORE_LATER) is made
