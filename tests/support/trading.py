"""A store with items for tests, and what is asked of it again and again."""

from typing import Any
from uuid import UUID

from sparkle_bootstrap import Sparkle
from sparkle_core.application.economy import (
    BalanceOf,
    BuyItem,
    CreateItem,
    Inventory,
    ItemView,
    PurchaseView,
    ThingView,
)
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.items import ItemKind, ItemTerms
from sparkle_core.domain.economy.ledger import (
    PLATFORM,
    Currency,
    NewAccount,
    Purpose,
    Transfer,
    TransferId,
    owner_of,
)
from sparkle_core.ports.store import Transaction
from tests.support.people import Somebody


def an_item(
    sparkle: Sparkle, *, stock: int | None = None, kind: ItemKind = ItemKind.BADGE, price: int | None = 30, **terms: Any
) -> ItemView:
    """An item in the catalogue: a badge for 30 points unless said."""
    told = ItemTerms(name="Star", kind=kind, price=price, **terms)
    return sparkle.run(CreateItem(terms=told, stock=stock), actor=SYSTEM)


def buys(sparkle: Sparkle, who: Somebody, item: ItemView, **more: Any) -> PurchaseView:
    return sparkle.run(BuyItem(item_id=item.id, **more), actor=who.actor)


def a_thing(sparkle: Sparkle, who: Somebody, item: ItemView, quantity: int = 1) -> UUID:
    """Something somebody has just bought."""
    return buys(sparkle, who, item, quantity=quantity).things[0]


def things(sparkle: Sparkle, who: Somebody) -> tuple[ThingView, ...]:
    return sparkle.run(Inventory(user_id=who.id, limit=100), actor=who.actor).items


def before_the_worker(sparkle: Sparkle) -> Sparkle:
    """The same community, whose events wait for `drain`."""
    return Sparkle(sparkle.dispatcher, sparkle.relay, sparkle.rules, sparkle.mailbox, inline=False)


def balance(sparkle: Sparkle, who: Somebody) -> int:
    return sparkle.run(BalanceOf(user_id=who.id), actor=who.actor).available


def pays_in_premium(sparkle: Sparkle, who: Somebody, amount: int) -> None:
    """Somebody has so many more premium points."""
    issuance = NewAccount(owner=PLATFORM, currency=Currency.PREMIUM, purpose=Purpose.ISSUANCE, overdraft=True)
    purse = NewAccount(owner=owner_of(who.id), currency=Currency.PREMIUM, purpose=Purpose.WALLET)
    given = Transfer(
        id=TransferId("test", "premium"),
        debit=issuance.id,
        credit=purse.id,
        amount=amount,
        currency=Currency.PREMIUM,
        kind="test",
        reference="test",
        actor="system",
        at=sparkle.world.moment().now,
    )

    async def body(tx: Transaction) -> None:
        await tx.ledger.open(issuance)
        await tx.ledger.open(purse)
        await tx.ledger.post(given)

    sparkle.run_coroutine(sparkle.store.transact(body))
