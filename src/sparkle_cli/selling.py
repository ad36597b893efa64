"""The store's catalogue: what there is, put into it, changed, and taken out."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from attrs import asdict
from cyclopts import Parameter

from sparkle_bootstrap import Sparkle
from sparkle_cli.options import DatabaseUrl, IdempotencyKey, Json, Whole, opened, operator
from sparkle_cli.output import as_json, tell, tell_json, tell_table
from sparkle_cli.paging import Limit, first
from sparkle_core.application.economy import Catalogue, ChangeItem, CreateItem, ItemById, ItemView
from sparkle_core.domain.economy.items import ItemKind, ItemTerms
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.rules import load_rules

Which = Annotated[UUID, Parameter(help="Which item, by its id.")]
Terms = Annotated[Path, Parameter(help="A TOML file with its name, kind, price and other terms.")]
Stock = Annotated[Whole | None, Parameter(help="How many are left to be sold.")]


def listed(
    *,
    kind: Annotated[ItemKind | None, Parameter(help="Only of this kind.")] = None,
    limit: Limit = 100,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """List the items of the store, oldest first; not those that were taken out."""
    with opened(database_url) as sparkle:
        items = list(first(sparkle, Catalogue(kind=kind), limit, operator()))
    if json:
        tell_json([asdict(item) for item in items])
    else:
        _tell_all(items)


def show(item: Which, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Say what an item is and on which terms it is sold, also one that was taken out."""
    with opened(database_url) as sparkle:
        found = sparkle.run(ItemById(item_id=item), actor=operator())
    if json:
        tell_json(asdict(found))
        return
    _tell_all([found])
    tell()
    said = {name: value for name, value in asdict(found.terms).items() if value not in (None, "", ())}
    tell_table(("term", ""), [(name, as_json(v) if isinstance(v, dict | tuple) else v) for name, v in said.items()])


def add(
    terms: Terms,
    *,
    stock: Stock = None,
    idempotency_key: IdempotencyKey = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Put an item into the store; without a stock, as many are sold as anybody wants."""
    command = CreateItem(terms=load_rules(ItemTerms, terms), stock=stock)
    with opened(database_url) as sparkle:
        made = sparkle.run(command, actor=operator(), key=idempotency_key)
    _tell(made, json=json)


def change(
    item: Which,
    terms: Annotated[Path | None, Parameter(help="A TOML file with all its terms; they stay without it.")] = None,
    *,
    stock: Stock = None,
    unlimited: Annotated[bool, Parameter("--unlimited", negative="", help="Sell as many as anybody wants.")] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Give an item other terms, another stock, or both. Who has it keeps it; its kind stays."""
    if stock is not None and unlimited:
        raise Invalid.at("--stock", "and --unlimited contradict each other: choose one")
    if terms is None and stock is None and not unlimited:
        raise Invalid.at("usage", "nothing to change: give a file of terms, --stock or --unlimited")
    wanted = load_rules(ItemTerms, terms) if terms else None
    with opened(database_url) as sparkle:
        now = sparkle.run(ItemById(item_id=item), actor=operator())
        left = None if unlimited else now.stock if stock is None else stock
        after = changed(sparkle, now, terms=wanted or now.terms, stock=left, withdrawn=now.withdrawn)
    _tell(after, json=json)


def retire(item: Which, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Take an item out of the store: neither shown nor sold from now on. Who has it keeps it."""
    _set_withdrawn(item, True, database_url, json=json)


def restore(item: Which, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Put an item that was taken out back into the store, as it was."""
    _set_withdrawn(item, False, database_url, json=json)


def _set_withdrawn(item: UUID, withdrawn: bool, database_url: str | None, *, json: bool) -> None:
    with opened(database_url) as sparkle:
        now = sparkle.run(ItemById(item_id=item), actor=operator())
        after = changed(sparkle, now, terms=now.terms, stock=now.stock, withdrawn=withdrawn)
    _tell(after, json=json)


def changed(sparkle: Sparkle, now: ItemView, *, terms: ItemTerms, stock: int | None, withdrawn: bool) -> ItemView:
    """Raises `VersionMismatch` when somebody bought or changed it meanwhile: what they left would be written over."""
    change = ChangeItem(item_id=now.id, terms=terms, stock=stock, withdrawn=withdrawn, expected_version=now.version)
    return sparkle.run(change, actor=operator())


def _tell(item: ItemView, *, json: bool) -> None:
    if json:
        tell_json(asdict(item))
    else:
        _tell_all([item])


def _tell_all(items: list[ItemView]) -> None:
    tell_table(
        ("item", "kind", "name", "price", "premium", "left", ""),
        [
            (i.id, i.terms.kind.value, i.terms.name, i.price_now, i.premium_price_now, _left(i.stock), _state(i))
            for i in items
        ],
        numbers=("price", "premium", "left"),
    )


def _left(stock: int | None) -> int | str:
    return "unlimited" if stock is None else stock


def _state(item: ItemView) -> str:
    return "retired" if item.withdrawn else "on sale" if item.on_sale else "not on sale now"
