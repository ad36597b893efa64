"""Inventories: the things people have, worn, used up, set aside. Source: docs/contexts/store.md."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Self
from uuid import UUID, uuid5

from attrs import frozen

from sparkle_core.domain.economy.items import Item, Slot
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.store_errors import NotRefundable, NotUsable, PurchaseLimit
from sparkle_core.domain.economy.store_events import (
    PurchaseMade,
    PurchaseRefunded,
    ThingConsumed,
    ThingEquipped,
    ThingExpired,
    ThingUnequipped,
)
from sparkle_core.domain.economy.trading_errors import NotTradable
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Text, UserId, Whole

_ALLOWANCES = UUID("5a1e7c00-0000-5000-8000-000000000021")

HeldFor = Annotated[str, Text(1, 64)]
"""What a thing or points are in escrow for, such as `offer:{id}`."""


class Acquired(Enum):
    """How somebody came by a thing."""

    BOUGHT = "BOUGHT"
    GIFT = "GIFT"
    TRADED = "TRADED"
    EARNED = "EARNED"


@frozen(kw_only=True)
class Thing(Aggregate):
    """So many of an item that one person has, got together. Nothing of it is left once it is deleted.

    `got`: how many there were at first. `source_id`: the purchase, trade or reward that brought it. `slot`:
    where it is worn. `held_for`: what it is in escrow for; meanwhile nothing else can be done with
    it, so that it is in one open trade at most.
    """

    owner_id: UserId
    item_id: UUID
    quantity: Annotated[int, Whole(0, 1_000_000)]
    got: Annotated[int, Whole(1, 1_000_000)]
    slot: Slot | None = None
    held_for: HeldFor | None = None
    acquired: Acquired
    acquired_at: Instant
    source_id: UUID
    expires_at: Instant | None = None
    deleted_at: Instant | None = None

    def lasts_at(self, now: datetime) -> bool:
        return self.deleted_at is None and (self.expires_at is None or now < self.expires_at)

    def _require_usable(self, now: datetime) -> None:
        """Raises `NotUsable` when its owner can do nothing with it."""
        if not self.lasts_at(now):
            raise NotUsable("it is gone")
        if self.held_for is not None:
            raise NotUsable("it is set aside for an open trade")

    def equipped(self, item: Item, now: datetime) -> Self:
        """Worn in its item's slot. Raises `NotUsable`."""
        self._require_usable(now)
        if item.kind.slot is None:
            raise NotUsable("it cannot be worn")
        if self.slot is not None:
            return self
        return self.then(
            ThingEquipped(thing_id=self.id, item_id=self.item_id, owner_id=self.owner_id), slot=item.kind.slot
        )

    def unequipped(self) -> Self:
        """No longer worn; nothing changes when it is not."""
        if self.slot is None:
            return self
        return self.then(ThingUnequipped(thing_id=self.id, item_id=self.item_id, owner_id=self.owner_id), slot=None)

    def consumed(self, item: Item, now: datetime) -> Self:
        """With one of it used up. Raises `NotUsable`."""
        self._require_usable(now)
        if not item.kind.is_used_up:
            raise NotUsable("it is not something to use up")
        event = ThingConsumed(
            thing_id=self.id, item_id=self.item_id, owner_id=self.owner_id, boosted_until=boosted_until(item, now)
        )
        return self.then(event)._less(1, now)

    def expired(self, now: datetime) -> Self:
        """Gone, worn or not, its time being over."""
        event = ThingExpired(thing_id=self.id, item_id=self.item_id, owner_id=self.owner_id)
        return self.then(event, slot=None)._less(self.quantity, now)

    def given_back(self, now: datetime) -> Self:
        """Gone, back to the store."""
        return self.unequipped()._less(self.quantity, now)

    def set_aside(self, item: Item, owner: UserId, quantity: int, held_for: str, now: datetime) -> Self:
        """So many of this in escrow. Raises `NotTradable`."""
        if self.owner_id != owner:
            raise NotTradable(str(self.id), "its owner is somebody else")
        if not self.lasts_at(now):
            raise NotTradable(str(self.id), "it is gone")
        if self.held_for is not None:
            raise NotTradable(str(self.id), "it is in another open trade")
        if self.slot is not None:
            raise NotTradable(str(self.id), "it is worn")
        if not item.terms.tradable:
            raise NotTradable(str(self.id), "it is soul-bound")
        if quantity > self.quantity:
            raise NotTradable(str(self.id), f"there are only {self.quantity} of it")
        return self.then(quantity=quantity, held_for=held_for)

    def without(self, quantity: int) -> Self:
        """With so many fewer, some being left."""
        return self.then(quantity=self.quantity - quantity)

    def apart(self, id: UUID) -> Self:
        """This as a thing of its own, split off from what it was."""
        return self.then(id=id, version=0, got=self.quantity)

    def released(self) -> Self:
        """Out of escrow, with who had it."""
        return self.then(held_for=None)

    def traded(self, to: UserId, trade_id: UUID, now: datetime) -> Self:
        """Out of escrow, somebody else's. Raises `NotTradable`."""
        if not self.lasts_at(now):
            raise NotTradable(str(self.id), "it is gone")
        return self.then(
            owner_id=to,
            held_for=None,
            got=self.quantity,
            acquired=Acquired.TRADED,
            acquired_at=now,
            source_id=trade_id,
        )

    def _less(self, quantity: int, now: datetime) -> Self:
        left = self.quantity - quantity
        return self.then(quantity=left, deleted_at=None if left else now)


def boosted_until(item: Item, now: datetime) -> datetime | None:
    """Until when a boost used now works."""
    return now + timedelta(minutes=item.terms.boost_minutes) if item.terms.boost_minutes is not None else None


@frozen(kw_only=True)
class Boost(Aggregate):
    """A boost at work; over at `until`."""

    owner_id: UserId
    item_id: UUID
    since: Instant
    until: Instant


@frozen(kw_only=True)
class Allowance(Aggregate):
    """How many of an item one person has bought in all; the guard of `limit_each`."""

    user_id: UserId
    item_id: UUID
    bought: Annotated[int, Whole(0, 2**62)] = 0

    @classmethod
    def id_of(cls, user_id: UserId, item_id: UUID) -> UUID:
        return uuid5(_ALLOWANCES, f"{user_id}|{item_id}")

    @classmethod
    def of(cls, user_id: UserId, item_id: UUID) -> Self:
        return cls(id=cls.id_of(user_id, item_id), user_id=user_id, item_id=item_id)

    def used(self, quantity: int, limit: int | None) -> Self:
        """With so many more bought. Raises `PurchaseLimit`."""
        if limit is not None and self.bought + quantity > limit:
            raise PurchaseLimit(limit=limit, bought=self.bought)
        return self.then(bought=self.bought + quantity)

    def given_back(self, quantity: int) -> Self:
        return self.then(bought=self.bought - quantity)


@frozen(kw_only=True)
class Purchase(Aggregate):
    """What somebody bought, for whom and for how much in all. `things` are those it brought."""

    buyer_id: UserId
    recipient_id: UserId
    item_id: UUID
    quantity: Annotated[int, Whole(1, 100)]
    currency: Currency
    amount: Annotated[int, Whole(1)]
    at: Instant
    refundable_until: Instant | None
    things: tuple[UUID, ...]
    refunded_at: Instant | None = None

    def made(self) -> Self:
        return self.then(
            PurchaseMade(
                purchase_id=self.id,
                item_id=self.item_id,
                buyer_id=self.buyer_id,
                recipient_id=self.recipient_id,
                quantity=self.quantity,
                amount=self.amount,
            )
        )

    def refunded(self, things: tuple[Thing, ...], now: datetime) -> Self:
        """Given back, all that it brought being there; `things` are those, and what was split off from them.

        Raises `NotRefundable`.
        """
        if self.refunded_at is not None:
            raise NotRefundable("it was given back already")
        if self.recipient_id != self.buyer_id:
            raise NotRefundable("it was a gift")
        if self.refundable_until is None:
            raise NotRefundable("this item is not taken back")
        if now >= self.refundable_until:
            raise NotRefundable(f"that was possible until {self.refundable_until.isoformat()}")
        if not self._all_there(things, now):
            raise NotRefundable("not all of it is there: something was used, given away or set aside for a trade")
        event = PurchaseRefunded(purchase_id=self.id, item_id=self.item_id, buyer_id=self.buyer_id, amount=self.amount)
        return self.then(event, refunded_at=now)

    def _all_there(self, things: tuple[Thing, ...], now: datetime) -> bool:
        """Whether as many are free to be given back as there were: parts that came back from escrow count."""
        brought = [thing for thing in things if thing.id in self.things]
        kept = [thing for thing in things if thing.source_id == self.id and thing.owner_id == self.buyer_id]
        there = sum(thing.quantity for thing in kept if thing.held_for is None and thing.lasts_at(now))
        untraded = len(brought) == len(self.things) and all(thing.source_id == self.id for thing in brought)
        return untraded and there == sum(thing.got for thing in brought)
