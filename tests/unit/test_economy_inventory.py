"""Inventories: wearing things, using them up, things that last for some time only."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.support.people import Somebody, member
from tests.support.trading import a_thing, an_item, buys, things

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.economy import (
    ConsumeThing,
    EquipThing,
    ExpireThing,
    Inventory,
    MyBoosts,
    RefundPurchase,
    UnequipThing,
)
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.items import ItemKind, Slot
from sparkle_core.domain.economy.store_errors import NotRefundable, NotUsable
from sparkle_core.domain.kernel.errors import NotFound


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=3)


def advance(sparkle: Sparkle, by: timedelta) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(by)
    sparkle.run_coroutine(sparkle.drain())


def test_one_thing_is_worn_in_a_slot_at_a_time(sparkle: Sparkle, ada: Somebody) -> None:
    star, moon, theme = (
        a_thing(sparkle, ada, an_item(sparkle, kind=k)) for k in (ItemKind.BADGE,) * 2 + (ItemKind.THEME,)
    )
    for thing in (star, theme, moon, moon):
        assert sparkle.run(EquipThing(thing_id=thing), actor=ada.actor).slot is not None
    assert {t.id: t.slot for t in things(sparkle, ada)} == {star: None, moon: Slot.BADGE, theme: Slot.THEME}
    for _ in range(2):
        assert sparkle.run(UnequipThing(thing_id=moon), actor=ada.actor).slot is None


def test_only_what_has_a_slot_is_worn_and_only_what_is_for_it_is_used_up(sparkle: Sparkle, ada: Somebody) -> None:
    badge, cake = (
        a_thing(sparkle, ada, an_item(sparkle)),
        a_thing(sparkle, ada, an_item(sparkle, kind=ItemKind.CONSUMABLE)),
    )
    with pytest.raises(NotUsable, match="cannot be worn"):
        sparkle.run(EquipThing(thing_id=cake), actor=ada.actor)
    with pytest.raises(NotUsable, match="not something to use up"):
        sparkle.run(ConsumeThing(thing_id=badge), actor=ada.actor)


def test_what_is_used_up_is_gone_and_not_taken_back(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops using something and having it, or its points, back."""
    item = an_item(sparkle, kind=ItemKind.CONSUMABLE, refund_hours=1)
    bought = buys(sparkle, ada, item, quantity=2)
    use = ConsumeThing(thing_id=bought.things[0])
    assert sparkle.run(use, actor=ada.actor).quantity == 1
    with pytest.raises(NotRefundable):
        sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)
    assert sparkle.run(use, actor=ada.actor).quantity == 0
    assert things(sparkle, ada) == ()
    with pytest.raises(NotFound):
        sparkle.run(use, actor=ada.actor)
    with pytest.raises(NotRefundable):
        sparkle.run(RefundPurchase(purchase_id=bought.id), actor=ada.actor)


def test_a_boost_works_for_its_time_once_used(sparkle: Sparkle, ada: Somebody) -> None:
    thing = a_thing(sparkle, ada, an_item(sparkle, kind=ItemKind.BOOST, boost_minutes=30))
    assert sparkle.run(MyBoosts(), actor=ada.actor) == ()
    sparkle.run(ConsumeThing(thing_id=thing), actor=ada.actor)
    (boost,) = sparkle.run(MyBoosts(), actor=ada.actor)
    assert boost.until - boost.since == timedelta(minutes=30)
    advance(sparkle, timedelta(minutes=30))
    assert sparkle.run(MyBoosts(), actor=ada.actor) == ()


def test_nobody_uses_what_somebody_else_has(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops emptying other people's inventories."""
    bob = member(sparkle, "bob")
    thing = a_thing(sparkle, ada, an_item(sparkle, kind=ItemKind.CONSUMABLE))
    for request in (ConsumeThing(thing_id=thing), EquipThing(thing_id=thing), UnequipThing(thing_id=thing)):
        with pytest.raises(NotFound):
            sparkle.run(request, actor=bob.actor)
    assert [t.id for t in sparkle.run(Inventory(user_id=ada.id), actor=bob.actor).items] == [thing]


def test_what_lasts_for_some_days_is_gone_after_them_worn_or_not(sparkle: Sparkle, ada: Somebody) -> None:
    thing = a_thing(sparkle, ada, an_item(sparkle, lasts_days=2))
    sparkle.run(EquipThing(thing_id=thing), actor=ada.actor)
    sparkle.run(ExpireThing(thing_id=thing), actor=SYSTEM)
    assert [t.slot for t in things(sparkle, ada)] == [Slot.BADGE]
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(days=2))
    assert things(sparkle, ada) == ()
    with pytest.raises(NotUsable, match="gone"):
        sparkle.run(EquipThing(thing_id=thing), actor=ada.actor)
    advance(sparkle, timedelta(seconds=1))
    with pytest.raises(NotFound):
        sparkle.run(EquipThing(thing_id=thing), actor=ada.actor)
    sparkle.run(ExpireThing(thing_id=thing), actor=SYSTEM)


def test_a_thing_that_is_not_there_is_not_found(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(NotFound):
        sparkle.run(EquipThing(thing_id=UUID(int=1)), actor=ada.actor)


def test_an_inventory_pages_newest_first(sparkle: Sparkle, ada: Somebody) -> None:
    bought = [a_thing(sparkle, ada, an_item(sparkle, price=1)) for _ in range(3)]
    page = sparkle.run(Inventory(user_id=ada.id, limit=2), actor=ada.actor)
    assert [t.id for t in page.items] == [bought[2], bought[1]]
    rest = sparkle.run(Inventory(user_id=ada.id, limit=2, after=page.next), actor=ada.actor)
    assert [t.id for t in rest.items] == [bought[0]]
