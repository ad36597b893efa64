"""Escrow: things and points set aside for a trade, handed over or given back.

Order of locks, so that nobody waits in a circle: the trade's own row, then things in the order of
their ids, then the ledger's accounts.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any
from uuid import UUID

from sparkle_core.application.economy.moving import moved, opened
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.things import keep
from sparkle_core.domain.economy.inventory import Thing
from sparkle_core.domain.economy.ledger import PLATFORM, Currency, Purpose, Transfer, account_id, wallet_of
from sparkle_core.domain.economy.stored import ITEMS, THINGS
from sparkle_core.domain.economy.trading import Stake
from sparkle_core.domain.economy.trading_errors import NotTradable
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import PAGE_MAX, Kind, eq

SPARKLE = Currency.SPARKLE


def escrow_of(held_for: str) -> UUID:
    """The account that a trade's points are in."""
    return account_id(held_for, SPARKLE, Purpose.ESCROW)


async def locked(work: Work, ids: Iterable[UUID]) -> dict[UUID, Thing]:
    """Things, held in the order of their ids."""
    found = {id: await work.store.hold(THINGS, id) for id in sorted(set(ids))}
    return {id: thing for id, thing in found.items() if thing is not None}


async def open_trades(work: Work, kind: Kind[Any], whose: str, user_id: UserId, status: Enum) -> list[UUID]:
    """The ids of all trades in which somebody has a part, however many; `whose` and `status` say which."""
    ids: list[UUID] = []
    while True:
        after = (ids[-1], ids[-1]) if ids else None
        page = await work.store.find(kind, eq(whose, user_id), eq("status", status), after=after)
        ids += [trade.id for trade in page]
        if len(page) < PAGE_MAX:
            return ids


async def set_aside(work: Work, owner: UserId, stakes: Sequence[Stake], held_for: str) -> list[Thing]:
    """Put things of somebody's in escrow; what is not staked of one stays theirs. Raises `NotTradable`."""
    things = await locked(work, (s.thing_id for s in stakes))
    items = await work.store.get_many(ITEMS, {t.item_id for t in things.values()})
    held = []
    for stake in stakes:
        thing = things.get(stake.thing_id)
        if thing is None:
            raise NotTradable(str(stake.thing_id), "it is gone")
        aside = thing.set_aside(items[thing.item_id], owner, stake.quantity, held_for, work.now)
        if aside.quantity < thing.quantity:
            work.save(THINGS, thing.without(aside.quantity))
            held.append(keep(work, aside.apart(work.new_id())))
        else:
            held.append(work.save(THINGS, aside))
    return held


def hand_over(work: Work, things: Iterable[Thing], to: UserId, trade_id: UUID) -> None:
    """Things in escrow become somebody's. Raises `NotTradable` for one whose time is over."""
    for thing in things:
        work.save(THINGS, thing.traded(to, trade_id, work.now))


def give_back(work: Work, things: Iterable[Thing]) -> None:
    """Things in escrow are their owner's to use again, unless their time is over."""
    for thing in things:
        free = thing.released()
        work.save(THINGS, free if free.lasts_at(work.now) else free.expired(work.now))


async def points_aside(work: Work, who: UserId, amount: int, held_for: str, key: str) -> Transfer:
    """The transfer that puts somebody's points in escrow."""
    escrow = await opened(work, held_for, SPARKLE, Purpose.ESCROW)
    return moved(work, wallet_of(who), escrow, amount, SPARKLE, kind="escrow", key=key, reference=held_for)


def points_back(work: Work, who: UserId, amount: int, held_for: str, key: str) -> Transfer:
    """The transfer that gives them back."""
    escrow = escrow_of(held_for)
    return moved(work, escrow, wallet_of(who), amount, SPARKLE, kind="escrow_return", key=key, reference=held_for)


async def paid(work: Work, source: UUID, to: UserId, amount: int, percent: int, trade: str) -> list[Transfer]:
    """What somebody gets for a trade, less the platform's fee of so many percent, rounded down to a whole point."""
    fee = amount * percent // 100
    transfers = [moved(work, source, wallet_of(to), amount - fee, SPARKLE, kind="trade", key=trade, reference=trade)]
    if fee:
        fees = await opened(work, PLATFORM, SPARKLE, Purpose.FEES)
        transfers.append(moved(work, source, fees, fee, SPARKLE, kind="trade_fee", key=trade, reference=trade))
    return transfers
