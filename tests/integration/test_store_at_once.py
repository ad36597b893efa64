"""What happens when many buy and use at once. Each test says which attack or accident it stops."""

from collections.abc import Iterator

import pytest

from sparkle_core.application.economy import (
    BalanceOf,
    BuyItem,
    ConsumeThing,
    CreateItem,
    EquipThing,
    Inventory,
    ItemById,
    MyBoosts,
    ProveLedger,
    RefundPurchase,
)
from sparkle_core.domain.economy.items import ItemKind, ItemTerms
from tests.communities import STORES
from tests.racing import Call, Track, id_of, outcomes, track


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A community to race in, on each store."""
    with track(request.param) as found:
        yield found


def test_the_last_item_goes_to_exactly_one_of_50_buyers(on: Track) -> None:
    """Stops selling what there is not: reading a stock, and writing it after somebody else did."""
    item = on.run(CreateItem(terms=ItemTerms(name="The last one", kind=ItemKind.BADGE, price=30), stock=1))
    people = [on.joins(f"buyer{n}") for n in range(10)]
    answers = on.race([Call(BuyItem(item_id=item.id), people[n % 10]) for n in range(50)], width=50)
    assert outcomes(answers) == {"ok": 1, "sold_out": 49}
    assert on.run(ItemById(item_id=item.id)).stock == 0
    bought = [t for p in people for t in on.run(Inventory(user_id=id_of(p))).items]
    assert [t.quantity for t in bought] == [1]
    assert sum(on.run(BalanceOf(user_id=id_of(p))).available for p in people) == 1_000 - 30
    assert on.run(ProveLedger()).holds


def test_one_person_buys_no_more_than_the_limit_however_often_they_ask_at_once(on: Track) -> None:
    """Stops getting round a limit by asking many times before any of it is written."""
    item = on.run(CreateItem(terms=ItemTerms(name="Two each", kind=ItemKind.BADGE, price=1, limit_each=2)))
    ada = on.joins("ada")
    answers = on.race([Call(BuyItem(item_id=item.id), ada) for _ in range(20)])
    assert outcomes(answers) == {"ok": 2, "purchase_limit": 18}
    assert on.run(BalanceOf(user_id=id_of(ada))).available == 98


def test_one_key_buys_once_however_often_it_is_used_at_once(on: Track) -> None:
    """Stops an impatient client from paying twice."""
    item = on.run(CreateItem(terms=ItemTerms(name="Star", kind=ItemKind.BADGE, price=30), stock=5))
    ada = on.joins("ada")
    answers = on.race([Call(BuyItem(item_id=item.id), ada, "k") for _ in range(20)])
    assert len({a.id for a in answers}) == 1
    assert on.run(BalanceOf(user_id=id_of(ada))).available == 70


def test_a_boost_used_50_times_at_once_works_once(on: Track) -> None:
    """Stops one thing from being used up more often than there are of it."""
    item = on.run(CreateItem(terms=ItemTerms(name="Fast", kind=ItemKind.BOOST, price=1, boost_minutes=60)))
    ada = on.joins("ada")
    (thing,) = on.run(BuyItem(item_id=item.id), ada).things
    answers = on.race([Call(ConsumeThing(thing_id=thing), ada) for _ in range(50)], width=50)
    assert outcomes(answers) == {"ok": 1, "not_found": 49}
    assert len(on.run(MyBoosts(), ada)) == 1


def test_a_purchase_given_back_50_times_at_once_is_paid_back_once(on: Track) -> None:
    """Stops a refund from paying twice, and from giving back what was used meanwhile."""
    terms = ItemTerms(name="Cake", kind=ItemKind.CONSUMABLE, price=30, refund_hours=1)
    item = on.run(CreateItem(terms=terms, stock=1))
    ada = on.joins("ada")
    bought = on.run(BuyItem(item_id=item.id), ada)
    uses = [Call(ConsumeThing(thing_id=bought.things[0]), ada)]
    answers = on.race([Call(RefundPurchase(purchase_id=bought.id), ada)] * 25 + uses * 25, width=50)
    assert outcomes(answers)["ok"] == 1
    refunded = any(not isinstance(a, Exception) for a in answers[:25])
    assert on.run(BalanceOf(user_id=id_of(ada))).available == (100 if refunded else 70)
    assert on.run(ItemById(item_id=item.id)).stock == (1 if refunded else 0)
    assert on.run(ProveLedger()).holds


def test_one_slot_holds_one_thing_however_many_are_put_on_at_once(on: Track) -> None:
    """Stops two things from being worn in one place."""
    item = on.run(CreateItem(terms=ItemTerms(name="Star", kind=ItemKind.BADGE, price=1)))
    ada = on.joins("ada")
    things = [on.run(BuyItem(item_id=item.id), ada).things[0] for _ in range(6)]
    answers = on.race([Call(EquipThing(thing_id=thing), ada) for thing in things * 2], width=6)
    assert outcomes(answers) == {"ok": 12}
    assert sum(t.slot is not None for t in on.run(Inventory(user_id=id_of(ada))).items) == 1
