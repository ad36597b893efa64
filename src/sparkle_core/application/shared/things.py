"""Things into inventories: bought, traded or earned. Source: docs/contexts/store.md."""

from datetime import datetime, timedelta
from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.economy.inventory import Acquired, Thing
from sparkle_core.domain.economy.items import Content, Item
from sparkle_core.domain.economy.store_events import ThingExpirySent
from sparkle_core.domain.economy.stored import ITEMS, THINGS
from sparkle_core.domain.kernel.fields import UserId


async def things_of(
    work: Work, item: Item, quantity: int, owner: UserId, source_id: UUID, acquired: Acquired
) -> list[Thing]:
    """What so many of an item come to, not saved yet: the item itself, or what is in the bundle."""
    contents = item.terms.contents or (Content(item_id=item.id),)
    items = {item.id: item} | await work.store.get_many(ITEMS, [c.item_id for c in item.terms.contents])
    return [
        Thing(
            id=work.new_id(),
            owner_id=owner,
            item_id=content.item_id,
            quantity=content.quantity * quantity,
            got=content.quantity * quantity,
            acquired=acquired,
            acquired_at=work.now,
            source_id=source_id,
            expires_at=_days_on(work, items[content.item_id]),
        )
        for content in contents
    ]


def _days_on(work: Work, item: Item) -> datetime | None:
    days = item.terms.lasts_days
    return work.now + timedelta(days=days) if days is not None else None


def keep(work: Work, thing: Thing) -> Thing:
    """Save a new thing, and see to it that it goes when its time is over."""
    if thing.expires_at is not None:
        work.record(ThingExpirySent(thing_id=thing.id), delay=thing.expires_at - work.now)
    return work.save(THINGS, thing)


async def give(work: Work, item_id: UUID, owner: UserId, source_id: UUID) -> None:
    """One of an item as a reward, withdrawn or not, out of no stock; an item that is not there gives nothing."""
    item = await work.store.get(ITEMS, item_id)
    if item is not None:
        for thing in await things_of(work, item, 1, owner, source_id, Acquired.EARNED):
            keep(work, thing)
