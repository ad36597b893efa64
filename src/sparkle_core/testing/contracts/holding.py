"""Holds for contracts of the ledger: made up, reserved, and what resolves them."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from sparkle_core.domain.economy.holds import Capture, Hold
from sparkle_core.domain.economy.ledger import Account, NewAccount, Posted, TransferId
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.contracts.shapes import NOON, later
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import BEN, asked


def hold(key: str, account: NewAccount, amount: int, **more: Any) -> Hold:
    fields = {"kind": "order", "reference": "why", "actor": "user:1", "at": NOON, "currency": account.currency, **more}
    expires_at = fields.pop("expires_at", later(hours=1))
    return Hold(id=TransferId("test", key), account=account.id, amount=amount, expires_at=expires_at, **fields)


def reserve(stage: Stage[Any], held: Hold) -> Hold:
    async def body(tx: Transaction) -> Hold:
        return await tx.ledger.reserve(held)

    return stage.transact(body)


def capturing(
    key: str, credit: NewAccount = BEN, amount: int | None = None, at: datetime = NOON
) -> Callable[[Transaction], Coroutine[Any, Any, Posted]]:
    async def body(tx: Transaction) -> Posted:
        capture = Capture(hold=TransferId("test", key), credit=credit.id, amount=amount, actor="user:2", at=at)
        return await tx.ledger.capture(capture)

    return body


def voiding(key: str, at: datetime = NOON) -> Callable[[Transaction], Coroutine[Any, Any, Hold]]:
    async def body(tx: Transaction) -> Hold:
        return await tx.ledger.void(TransferId("test", key), at)

    return body


def expiring(at: datetime, limit: int = 200) -> Callable[[Transaction], Coroutine[Any, Any, list[Hold]]]:
    async def body(tx: Transaction) -> list[Hold]:
        return await tx.ledger.expire(at, limit)

    return body


def account(stage: Stage[Any], of: NewAccount) -> Account:
    found: Account = asked(stage, lambda ledger: ledger.accounts([of.id]))[of.id]
    return found


def stored(stage: Stage[Any], key: str) -> Hold | None:
    found: Hold | None = asked(stage, lambda ledger: ledger.hold(TransferId("test", key)))
    return found


def freeze(stage: Stage[Any], of: NewAccount, frozen: bool) -> None:
    async def body(tx: Transaction) -> None:
        await tx.ledger.freeze(of.id, frozen)

    stage.transact(body)
