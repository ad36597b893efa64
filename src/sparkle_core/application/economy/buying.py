"""Buying, giving and giving back: stock, points and things in one transaction. Source: docs/contexts/store.md.

The item's row is the guard of a finite stock, and is held before any account is locked. The purchase
limit is guarded by the row of what the person bought of the item before.
"""

from datetime import timedelta
from uuid import UUID, uuid5

from attrs import evolve, frozen

from sparkle_core.application.economy.limiting import within_limits
from sparkle_core.application.economy.moving import moved, opened, purse_of, receiver
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.things import keep, things_of
from sparkle_core.application.shared.wallets import pay
from sparkle_core.application.shared.xp import level_of
from sparkle_core.domain.economy.inventory import Acquired, Allowance, Purchase
from sparkle_core.domain.economy.items import Item, Quantity
from sparkle_core.domain.economy.ledger import PLATFORM, Currency, Purpose, TransferId
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.economy.stored import ALLOWANCES, ITEMS, PURCHASES, THINGS
from sparkle_core.domain.kernel.errors import IdempotencyConflict, NotFound
from sparkle_core.domain.kernel.fields import Instant, Record, UserId
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq
from sparkle_core.domain.notifications import NotificationType

_PURCHASES = UUID("5a1e7c00-0000-5000-8000-000000000022")


@frozen(kw_only=True)
class PurchaseView(Record):
    """A purchase. `amount` was paid in all; `things` are what came of it into the recipient's inventory."""

    id: UUID
    item_id: UUID
    buyer_id: UserId
    recipient_id: UserId
    quantity: int
    currency: Currency
    amount: int
    at: Instant
    refundable_until: Instant | None
    refunded_at: Instant | None
    things: tuple[UUID, ...]

    @classmethod
    def of(cls, purchase: Purchase) -> "PurchaseView":
        return cls(
            id=purchase.id,
            item_id=purchase.item_id,
            buyer_id=purchase.buyer_id,
            recipient_id=purchase.recipient_id,
            quantity=purchase.quantity,
            currency=purchase.currency,
            amount=purchase.amount,
            at=purchase.at,
            refundable_until=purchase.refundable_until,
            refunded_at=purchase.refunded_at,
            things=purchase.things,
        )


@frozen(kw_only=True)
class BuyItem(Command[PurchaseView]):
    """Buy so many of an item, for oneself or as a gift. The call's key names the purchase, for ever.

    Raises `NotFound`, `NotOnSale`, `NotSoldFor`, `SoldOut`, `PurchaseLimit`, `LevelTooLow`,
    `NotGiftable`, `InsufficientFunds`, `AccountFrozen`.
    """

    item_id: UUID
    quantity: Quantity = 1
    currency: Currency = Currency.SPARKLE
    gift_to: UserId | None = None


@frozen(kw_only=True)
class RefundPurchase(Command[PurchaseView]):
    """Give a purchase of one's own back: all that it brought goes, all that it cost comes back.

    Raises `NotFound`, `NotRefundable`, `OverReversal` when an admin has reversed the payment already.
    """

    purchase_id: UUID


@frozen(kw_only=True)
class MyPurchases(Query[Page[PurchaseView]]):
    """What one bought, newest first."""

    after: Cursor | None = None
    limit: Limit = 20


async def buy_item(cmd: BuyItem, work: Work, *, rules: EconomyRules) -> PurchaseView:
    id = uuid5(_PURCHASES, f"{work.actor.name}|{work.key}") if work.key is not None else work.new_id()
    before = await work.store.get(PURCHASES, id) if work.key is not None else None
    if before is not None:
        return PurchaseView.of(_repeated(before, cmd, work))
    item = found(await work.store.get(ITEMS, cmd.item_id), "item")
    if item.stock is not None:
        item = found(await work.store.hold(ITEMS, cmd.item_id), "item")
    amount = item.price_for(cmd.quantity, cmd.currency, work.now)
    gift = cmd.gift_to is not None and cmd.gift_to != work.user_id
    item.open_to(await level_of(work, work.user_id), gift=gift)
    recipient = await receiver(work, cmd.gift_to) if cmd.gift_to is not None and gift else work.user_id
    await _count(work, item, cmd.quantity)
    things = await things_of(work, item, cmd.quantity, recipient, id, Acquired.GIFT if gift else Acquired.BOUGHT)
    purchase = _purchase(cmd, work, item, id, amount, recipient, tuple(thing.id for thing in things))
    await _pay(work, purchase, rules)
    for thing in things:
        keep(work, thing)
    if gift:
        facts = {"from": str(work.user_id), "item_id": str(item.id), "quantity": str(cmd.quantity)}
        await notify(work, recipient, NotificationType.GIFT_RECEIVED, f"gift:{id}", facts, fresh=True)
    return PurchaseView.of(work.save(PURCHASES, purchase.made()))


def _repeated(before: Purchase, cmd: BuyItem, work: Work) -> Purchase:
    """The purchase that was made under this key; its receipt may be long gone."""
    asked = (cmd.item_id, cmd.quantity, cmd.currency, cmd.gift_to or work.user_id)
    if asked != (before.item_id, before.quantity, before.currency, before.recipient_id):
        raise IdempotencyConflict(str(work.key))
    return before


async def _count(work: Work, item: Item, quantity: int) -> None:
    """Take from the stock, and from what the person may still buy of it."""
    id = Allowance.id_of(work.user_id, item.id)
    allowance = await work.store.get(ALLOWANCES, id) or Allowance.of(work.user_id, item.id)
    work.save(ALLOWANCES, allowance.used(quantity, item.terms.limit_each))
    if item.stock is not None:
        work.save(ITEMS, item.taken(quantity))


def _purchase(
    cmd: BuyItem, work: Work, item: Item, id: UUID, amount: int, recipient: UserId, things: tuple[UUID, ...]
) -> Purchase:
    hours = item.terms.refund_hours
    return Purchase(
        id=id,
        buyer_id=work.user_id,
        recipient_id=recipient,
        item_id=item.id,
        quantity=cmd.quantity,
        currency=cmd.currency,
        amount=amount,
        at=work.now,
        refundable_until=work.now + timedelta(hours=hours) if hours else None,
        things=things,
    )


async def _pay(work: Work, purchase: Purchase, rules: EconomyRules) -> None:
    currency = purchase.currency
    purse = await purse_of(work, purchase.buyer_id, currency)
    sink = await opened(work, PLATFORM, currency, Purpose.SINK)
    reference = f"item:{purchase.item_id}"
    key = str(purchase.id)
    transfer = moved(work, purse, sink, purchase.amount, currency, kind="purchase", key=key, reference=reference)
    if purchase.recipient_id == purchase.buyer_id:
        await pay(work, transfer)
    else:
        posted = await pay(work, evolve(transfer, kind="gift"))
        await within_limits(work, rules.limits, "gifts", posted, purse)


async def refund_purchase(cmd: RefundPurchase, work: Work) -> PurchaseView:
    purchase = found(await work.store.hold(PURCHASES, cmd.purchase_id), "purchase")
    if purchase.buyer_id != work.user_id:
        raise NotFound("purchase")
    item = found(await work.store.hold(ITEMS, purchase.item_id), "item")
    parts = await work.store.find(THINGS, eq("owner_id", work.user_id), eq("source_id", purchase.id))
    # held before the wallet is: who trades does the same
    held = [await work.store.hold(THINGS, id) for id in sorted({*purchase.things, *(part.id for part in parts)})]
    things = tuple(thing for thing in held if thing is not None)
    refunded = purchase.refunded(things, work.now)
    allowance = found(await work.store.get(ALLOWANCES, Allowance.id_of(work.user_id, item.id)), "purchase")
    await _pay_back(work, purchase)
    work.save(ALLOWANCES, allowance.given_back(purchase.quantity))
    if item.stock is not None:
        work.save(ITEMS, item.put_back(purchase.quantity))
    for thing in things:
        work.save(THINGS, thing.given_back(work.now))
    return PurchaseView.of(work.save(PURCHASES, refunded))


async def _pay_back(work: Work, purchase: Purchase) -> None:
    """The purchase's own transfer is reversed, so that nobody gets more back than was paid."""
    paid = TransferId("purchase", str(purchase.id))
    original = found(await work.ledger.transfer(paid), "transfer")
    back = moved(
        work,
        original.credit,
        original.debit,
        purchase.amount,
        purchase.currency,
        kind="refund",
        key=str(purchase.id),
        reference=original.reference,
    )
    await pay(work, evolve(back, reverses=paid))


async def my_purchases(query: MyPurchases, work: Work) -> Page[PurchaseView]:
    place = position_of(query.after, "purchases", (work.user_id,), (UUID,))
    after = (place[0], place[0]) if place else None
    mine = eq("buyer_id", work.user_id)
    bought = await work.store.find(PURCHASES, mine, order=NEWEST_FIRST, after=after, limit=query.limit + 1)
    page = page_of(bought, query.limit, "purchases", (work.user_id,), lambda p: (p.id,))
    return Page(tuple(map(PurchaseView.of, page.items)), page.next)
