"""The catalogue: what there is to buy, and how admins change it. Source: docs/contexts/store.md."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, at_version, found
from sparkle_core.domain.economy.items import Item, ItemKind, ItemTerms, Stock
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.stored import ITEMS
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import eq


@frozen(kw_only=True)
class ItemView(Record):
    """An item as the store shows it. `price_now` and `premium_price_now` have the discount of this moment."""

    id: UUID
    version: int
    terms: ItemTerms
    stock: Stock | None
    withdrawn: bool
    on_sale: bool
    price_now: int | None
    premium_price_now: int | None

    @classmethod
    def of(cls, item: Item, work: Work) -> "ItemView":
        return cls(
            id=item.id,
            version=item.version,
            terms=item.terms,
            stock=item.stock,
            withdrawn=item.withdrawn,
            on_sale=not item.withdrawn and item.terms.on_sale_at(work.now),
            price_now=item.terms.price_at(Currency.SPARKLE, work.now),
            premium_price_now=item.terms.price_at(Currency.PREMIUM, work.now),
        )


@frozen(kw_only=True)
class CreateItem(Command[ItemView]):
    """Put an item into the catalogue; `stock` None sells as many as anybody wants. Raises `Invalid`."""

    terms: ItemTerms
    stock: Stock | None = None


@frozen(kw_only=True)
class ChangeItem(Command[ItemView]):
    """Give an item other terms and another stock, or withdraw it: it stays with those who have it.

    Raises `NotFound`, `VersionMismatch`, `Invalid` for another kind.
    """

    item_id: UUID
    terms: ItemTerms
    stock: Stock | None = None
    withdrawn: bool = False
    expected_version: int | None = None


@frozen(kw_only=True)
class Catalogue(Query[Page[ItemView]]):
    """The items of the store, oldest first, of one kind if asked; those withdrawn are not shown."""

    kind: ItemKind | None = None
    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class ItemById(Query[ItemView]):
    """An item, withdrawn or not. Raises `NotFound`."""

    item_id: UUID


async def create_item(cmd: CreateItem, work: Work) -> ItemView:
    await _contents_there(work, cmd.terms)
    item = Item.created(id=work.new_id(), terms=cmd.terms, stock=cmd.stock)
    return ItemView.of(work.save(ITEMS, item), work)


async def change_item(cmd: ChangeItem, work: Work) -> ItemView:
    item = at_version(found(await work.store.hold(ITEMS, cmd.item_id), "item"), cmd.expected_version)
    if item.kind is not cmd.terms.kind:
        raise Invalid.at("terms.kind", f"stays {item.kind.value}: people have it as that")
    await _contents_there(work, cmd.terms)
    changed = item.changed(terms=cmd.terms, stock=cmd.stock, withdrawn=cmd.withdrawn)
    return ItemView.of(work.save(ITEMS, changed), work)


async def _contents_there(work: Work, terms: ItemTerms) -> None:
    """What is in a bundle is there, and no bundle itself."""
    items = await work.store.get_many(ITEMS, [c.item_id for c in terms.contents])
    for n, content in enumerate(terms.contents):
        item = items.get(content.item_id)
        if item is None or item.kind is ItemKind.BUNDLE:
            raise Invalid.at(f"terms.contents.{n}.item_id", "must be an item that is there and no bundle")


async def catalogue(query: Catalogue, work: Work) -> Page[ItemView]:
    place = position_of(query.after, "catalogue", (query.kind,), (UUID,))
    shown = (eq("withdrawn", False), *((eq("kind", query.kind),) if query.kind else ()))
    after = (place[0], place[0]) if place else None
    items = await work.store.find(ITEMS, *shown, after=after, limit=query.limit + 1)
    page = page_of(items, query.limit, "catalogue", (query.kind,), lambda i: (i.id,))
    return Page(tuple(ItemView.of(i, work) for i in page.items), page.next)


async def item_by_id(query: ItemById, work: Work) -> ItemView:
    return ItemView.of(found(await work.store.get(ITEMS, query.item_id), "item"), work)
