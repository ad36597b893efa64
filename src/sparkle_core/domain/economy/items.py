"""Items of the store: what they are, what they cost, when and to whom they are sold. Source: docs/contexts/store.md."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.rules import Points
from sparkle_core.domain.economy.store_errors import LevelTooLow, NotGiftable, NotOnSale, NotSoldFor, SoldOut
from sparkle_core.domain.economy.store_events import ItemChanged, ItemCreated
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Instant, Items, Record, Text, Whole
from sparkle_core.domain.kernel.rarity import Rarity

Stock = Annotated[int, Whole(0, 1_000_000_000)]
Quantity = Annotated[int, Whole(1, 100)]


class ItemKind(Enum):
    """What an item is for. Badges, frames and themes are worn; boosts and consumables are used up."""

    BADGE = "BADGE"
    AVATAR_FRAME = "AVATAR_FRAME"
    THEME = "THEME"
    EMOTE = "EMOTE"
    BOOST = "BOOST"
    CONSUMABLE = "CONSUMABLE"
    BUNDLE = "BUNDLE"
    FAN_MADE = "FAN_MADE"

    @property
    def slot(self) -> "Slot | None":
        """Where it is worn; None when it is not."""
        return Slot(self.value) if self.value in Slot.__members__ else None

    @property
    def is_used_up(self) -> bool:
        return self in (ItemKind.BOOST, ItemKind.CONSUMABLE)


class Slot(Enum):
    """A place in which one thing is worn at a time."""

    BADGE = "BADGE"
    AVATAR_FRAME = "AVATAR_FRAME"
    THEME = "THEME"


@frozen(kw_only=True)
class Discount(Record):
    """So many percent off from `since` (included) until `until` (not included)."""

    percent: Annotated[int, Whole(1, 99)]
    since: Instant
    until: Instant

    def _rules(self) -> tuple[Fault, ...]:
        return (Fault("until", "must be after since"),) if self.until <= self.since else ()


@frozen(kw_only=True)
class Content(Record):
    """So many of an item in a bundle."""

    item_id: UUID
    quantity: Quantity = 1


@frozen(kw_only=True)
class ItemTerms(Record):
    """What an item is and on which terms it is sold.

    `price` is in SPARKLE, `premium_price` in PREMIUM; without either it is not sold. `limit_each`:
    how many one person buys in all. On sale from `sale_from` (included) until `sale_until` (not).
    `tradable` False: soul-bound. `boost_minutes`: how long a boost works once used, in minutes.
    `lasts_days`: how many days after it was got it is gone. `refund_hours`: within how many hours it
    may be given back; 0 for never. `contents`: what a bundle brings.
    """

    name: Annotated[str, Text(1, 80)]
    description: Annotated[str, Text(0, 1_000, lines=True)] = ""
    kind: ItemKind
    rarity: Rarity = Rarity.COMMON
    price: Points | None = None
    premium_price: Points | None = None
    limit_each: Annotated[int, Whole(1, 1_000_000)] | None = None
    min_level: Annotated[int, Whole(1, 1_000)] = 1
    sale_from: Instant | None = None
    sale_until: Instant | None = None
    discount: Discount | None = None
    tradable: bool = True
    giftable: bool = True
    boost_minutes: Annotated[int, Whole(1, 525_600)] | None = None
    lasts_days: Annotated[int, Whole(1, 3_650)] | None = None
    refund_hours: Annotated[int, Whole(0, 8_760)] = 0
    contents: Annotated[tuple[Content, ...], Items(20)] = ()

    def _rules(self) -> list[Fault]:
        found = []
        if (self.kind is ItemKind.BOOST) != (self.boost_minutes is not None):
            found.append(Fault("boost_minutes", "must be there for a boost, and for nothing else"))
        if (self.kind is ItemKind.BUNDLE) != bool(self.contents):
            found.append(Fault("contents", "must be there for a bundle, and for nothing else"))
        if len({c.item_id for c in self.contents}) < len(self.contents):
            found.append(Fault("contents", "must name each item once"))
        if self.sale_from is not None and self.sale_until is not None and self.sale_until <= self.sale_from:
            found.append(Fault("sale_until", "must be after sale_from"))
        return found

    def on_sale_at(self, now: datetime) -> bool:
        return (self.sale_from is None or self.sale_from <= now) and (self.sale_until is None or now < self.sale_until)

    def price_at(self, currency: Currency, now: datetime) -> int | None:
        """The price of one, in the currency's smallest unit; None where it has none. A fraction of a unit that a
        discount leaves is paid.
        """
        full = {Currency.SPARKLE: self.price, Currency.PREMIUM: self.premium_price}.get(currency)
        if full is None or self.discount is None or not self.discount.since <= now < self.discount.until:
            return full
        return full - full * self.discount.percent // 100


@frozen(kw_only=True)
class Item(Aggregate):
    """An item of the catalogue. `stock`: how many are left to be sold; None for as many as anybody wants."""

    kind: ItemKind
    terms: ItemTerms
    stock: Stock | None = None
    withdrawn: bool = False

    @classmethod
    def created(cls, *, id: UUID, terms: ItemTerms, stock: int | None) -> Self:
        return cls(id=id, kind=terms.kind, terms=terms, stock=stock).then(ItemCreated(item_id=id))

    def changed(self, *, terms: ItemTerms, stock: int | None, withdrawn: bool) -> Self:
        """With other terms and stock; a withdrawn item stays with those who have it. Its kind stays."""
        return self.then(ItemChanged(item_id=self.id), terms=terms, kind=terms.kind, stock=stock, withdrawn=withdrawn)

    def _rules(self) -> tuple[Fault, ...]:
        return (Fault("kind", "must be the kind of the terms"),) if self.kind is not self.terms.kind else ()

    def price_for(self, quantity: int, currency: Currency, now: datetime) -> int:
        """What so many cost now. Raises `NotOnSale`, `NotSoldFor`."""
        if self.withdrawn or not self.terms.on_sale_at(now):
            raise NotOnSale(since=_text(self.terms.sale_from), until=_text(self.terms.sale_until))
        price = self.terms.price_at(currency, now)
        if price is None:
            raise NotSoldFor(currency.value)
        return price * quantity

    def open_to(self, level: int, *, gift: bool) -> None:
        """Raises `LevelTooLow`, `NotGiftable`."""
        if level < self.terms.min_level:
            raise LevelTooLow(level=level, needed=self.terms.min_level)
        if gift and not self.terms.giftable:
            raise NotGiftable

    def taken(self, quantity: int) -> Self:
        """With so many sold. Raises `SoldOut`."""
        assert self.stock is not None
        if quantity > self.stock:
            raise SoldOut(self.stock)
        return self.then(stock=self.stock - quantity)

    def put_back(self, quantity: int) -> Self:
        """With so many given back; a stock that is as large as one can be stays so."""
        assert self.stock is not None
        return self.then(stock=min(self.stock + quantity, 1_000_000_000))


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
