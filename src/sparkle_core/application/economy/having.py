"""Inventories: what people have, what they wear, using things up. Source: docs/contexts/store.md."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.economy.inventory import Acquired, Boost, Thing, boosted_until
from sparkle_core.domain.economy.items import Item, Slot
from sparkle_core.domain.economy.stored import BOOSTS, ITEMS, THINGS
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import Instant, Record, UserId
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq, gt


@frozen(kw_only=True)
class ThingView(Record):
    """Something a person has: how many of which item, where it is worn, how it was got, until when it lasts."""

    id: UUID
    owner_id: UserId
    item_id: UUID
    quantity: int
    slot: Slot | None
    acquired: Acquired
    acquired_at: Instant
    expires_at: Instant | None
    set_aside: bool

    @classmethod
    def of(cls, thing: Thing) -> "ThingView":
        return cls(
            id=thing.id,
            owner_id=thing.owner_id,
            item_id=thing.item_id,
            quantity=thing.quantity,
            slot=thing.slot,
            acquired=thing.acquired,
            acquired_at=thing.acquired_at,
            expires_at=thing.expires_at,
            set_aside=thing.held_for is not None,
        )


@frozen(kw_only=True)
class BoostView(Record):
    """A boost at work, until then."""

    item_id: UUID
    since: Instant
    until: Instant


@frozen(kw_only=True)
class Inventory(Query[Page[ThingView]]):
    """What a person has, newest first; members see one another's, so that they can trade."""

    user_id: UserId
    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class MyBoosts(Query[tuple[BoostView, ...]]):
    """One's own boosts that are at work now, at most 100."""


@frozen(kw_only=True)
class EquipThing(Command[ThingView]):
    """Wear something in its item's slot, in place of what was worn there. Raises `NotFound`, `NotUsable`."""

    thing_id: UUID


@frozen(kw_only=True)
class UnequipThing(Command[ThingView]):
    """Stop wearing something. Raises `NotFound`."""

    thing_id: UUID


@frozen(kw_only=True)
class ConsumeThing(Command[ThingView]):
    """Use one of a consumable or a boost up; a boost works from now on. Raises `NotFound`, `NotUsable`."""

    thing_id: UUID


@frozen(kw_only=True)
class ExpireThing(Command[None]):
    """Take away something whose time is over; the worker asks for it."""

    thing_id: UUID


async def inventory(query: Inventory, work: Work) -> Page[ThingView]:
    place = position_of(query.after, "inventory", (query.user_id,), (UUID,))
    after = (place[0], place[0]) if place else None
    theirs = eq("owner_id", query.user_id)
    things = await work.store.find(THINGS, theirs, order=NEWEST_FIRST, after=after, limit=query.limit + 1)
    page = page_of(things, query.limit, "inventory", (query.user_id,), lambda t: (t.id,))
    return Page(tuple(ThingView.of(t) for t in page.items if t.lasts_at(work.now)), page.next)


async def my_boosts(query: MyBoosts, work: Work) -> tuple[BoostView, ...]:
    boosts = await work.store.find(BOOSTS, eq("owner_id", work.user_id), gt("until", work.now), limit=100)
    return tuple(BoostView(item_id=b.item_id, since=b.since, until=b.until) for b in boosts)


async def equip_thing(cmd: EquipThing, work: Work) -> ThingView:
    thing, item = await _own(work, cmd.thing_id)
    equipped = thing.equipped(item, work.now)
    if equipped is thing:
        return ThingView.of(thing)
    worn = await work.store.one(THINGS, eq("owner_id", thing.owner_id), eq("slot", equipped.slot))
    if worn is not None:
        work.save(THINGS, worn.unequipped())
        await work.store.flush()  # the slot is free before the next thing takes it
    return ThingView.of(work.save(THINGS, equipped))


async def unequip_thing(cmd: UnequipThing, work: Work) -> ThingView:
    thing, _ = await _own(work, cmd.thing_id)
    unequipped = thing.unequipped()
    return ThingView.of(thing if unequipped is thing else work.save(THINGS, unequipped))


async def consume_thing(cmd: ConsumeThing, work: Work) -> ThingView:
    thing, item = await _own(work, cmd.thing_id)
    consumed = thing.consumed(item, work.now)
    until = boosted_until(item, work.now)
    if until is not None:
        boost = Boost(id=work.new_id(), owner_id=thing.owner_id, item_id=item.id, since=work.now, until=until)
        work.save(BOOSTS, boost)
    return ThingView.of(work.save(THINGS, consumed))


async def expire_thing(cmd: ExpireThing, work: Work) -> None:
    thing = await work.store.hold(THINGS, cmd.thing_id)
    if thing is not None and thing.held_for is None and not thing.lasts_at(work.now):
        work.save(THINGS, thing.expired(work.now))


async def _own(work: Work, thing_id: UUID) -> tuple[Thing, Item]:
    """Something of one's own, held, so that who else uses it waits, and its item. Raises `NotFound`."""
    thing = found(await work.store.hold(THINGS, thing_id), "thing of yours")
    if thing.owner_id != work.user_id:
        raise NotFound("thing of yours")
    return thing, found(await work.store.get(ITEMS, thing.item_id), "item")
