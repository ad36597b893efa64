"""What happened in the store and to inventories: ids and numbers."""

from typing import ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, UserId


@frozen(kw_only=True)
class ItemCreated(Event):
    """The catalogue has a new item."""

    topic: ClassVar[str] = "economy.item_created"
    about: ClassVar[str] = "item_id"
    item_id: UUID


@frozen(kw_only=True)
class ItemChanged(Event):
    """An item has other terms or another stock, or was withdrawn."""

    topic: ClassVar[str] = "economy.item_changed"
    about: ClassVar[str] = "item_id"
    item_id: UUID


@frozen(kw_only=True)
class PurchaseMade(Event):
    """Somebody bought items, for themselves or for somebody else."""

    topic: ClassVar[str] = "economy.purchase_made"
    about: ClassVar[str] = "purchase_id"
    purchase_id: UUID
    item_id: UUID
    buyer_id: UserId
    recipient_id: UserId
    quantity: int
    amount: int


@frozen(kw_only=True)
class PurchaseRefunded(Event):
    """A purchase was given back, items and points."""

    topic: ClassVar[str] = "economy.purchase_refunded"
    about: ClassVar[str] = "purchase_id"
    purchase_id: UUID
    item_id: UUID
    buyer_id: UserId
    amount: int


@frozen(kw_only=True)
class ThingEquipped(Event):
    """Somebody wears something."""

    topic: ClassVar[str] = "economy.thing_equipped"
    about: ClassVar[str] = "thing_id"
    thing_id: UUID
    item_id: UUID
    owner_id: UserId


@frozen(kw_only=True)
class ThingUnequipped(Event):
    """Somebody no longer wears something."""

    topic: ClassVar[str] = "economy.thing_unequipped"
    about: ClassVar[str] = "thing_id"
    thing_id: UUID
    item_id: UUID
    owner_id: UserId


@frozen(kw_only=True)
class ThingConsumed(Event):
    """Somebody used one of something up; a boost works until `boosted_until`."""

    topic: ClassVar[str] = "economy.thing_consumed"
    about: ClassVar[str] = "thing_id"
    thing_id: UUID
    item_id: UUID
    owner_id: UserId
    boosted_until: Instant | None


@frozen(kw_only=True)
class ThingExpired(Event):
    """Something that lasts for some time only is gone."""

    topic: ClassVar[str] = "economy.thing_expired"
    about: ClassVar[str] = "thing_id"
    thing_id: UUID
    item_id: UUID
    owner_id: UserId


@frozen(kw_only=True)
class ThingExpirySent(Event):
    """Sent ahead to when a thing's time is over."""

    topic: ClassVar[str] = "economy.thing_expiry_sent"
    about: ClassVar[str] = "thing_id"
    thing_id: UUID


EVENTS = (
    ItemCreated,
    ItemChanged,
    PurchaseMade,
    PurchaseRefunded,
    ThingEquipped,
    ThingUnequipped,
    ThingConsumed,
    ThingExpired,
    ThingExpirySent,
)
