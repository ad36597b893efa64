"""Wallets and transfers for the suites of ledgers: made, posted and looked at."""

from collections.abc import Callable, Coroutine
from typing import Any

from attrs import evolve

from sparkle_core.domain.economy.ledger import (
    ISSUANCE,
    Currency,
    Entry,
    NewAccount,
    Posted,
    Proof,
    Purpose,
    Transfer,
    TransferId,
)
from sparkle_core.ports.ledger import Ledger
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.contracts.shapes import NOON
from sparkle_core.testing.contracts.staging import Stage

PREMIUM = NewAccount(owner="platform", currency=Currency.PREMIUM, purpose=Purpose.ISSUANCE, overdraft=True)


def wallet(name: str, currency: Currency = Currency.SPARKLE) -> NewAccount:
    return NewAccount(owner=name, currency=currency, purpose=Purpose.WALLET)


ADA, BEN, CYD = wallet("ada"), wallet("ben"), wallet("cyd")


def transfer(key: str, debit: NewAccount, credit: NewAccount, amount: int, **more: Any) -> Transfer:
    fields = {"kind": "gift", "reference": "why", "actor": "user:1", "at": NOON, "currency": debit.currency, **more}
    return Transfer(id=TransferId("test", key), debit=debit.id, credit=credit.id, amount=amount, **fields)


def reversal(of: Transfer, key: str, amount: int | None = None) -> Transfer:
    """Money back, from who got it to who gave it."""
    return evolve(
        of, id=TransferId("test", key), debit=of.credit, credit=of.debit, amount=amount or of.amount, reverses=of.id
    )


def post(stage: Stage[Any], *transfers: Transfer) -> Posted:
    async def body(tx: Transaction) -> Posted:
        return await tx.ledger.post(*transfers)

    return stage.transact(body)


def asked(stage: Stage[Any], question: Callable[[Ledger], Coroutine[Any, Any, Any]]) -> Any:
    return stage.read(lambda tx: question(tx.ledger))


def balances(stage: Stage[Any], *accounts: NewAccount) -> list[int]:
    found = asked(stage, lambda ledger: ledger.accounts([a.id for a in accounts]))
    return [found[a.id].balance for a in accounts]


def entries(stage: Stage[Any], account: NewAccount, **filters: Any) -> list[Entry]:
    found: list[Entry] = asked(stage, lambda ledger: ledger.entries(account.id, **filters))
    return found


def proof(stage: Stage[Any]) -> Proof:
    found: Proof = asked(stage, lambda ledger: ledger.prove())
    return found


def opened_with(stage: Stage[Any], **amounts: int) -> None:
    """Wallets by owner's name, with this much in them."""

    async def body(tx: Transaction) -> None:
        await tx.ledger.open(ISSUANCE)
        for name, amount in amounts.items():
            await tx.ledger.open(wallet(name))
            if amount:
                await tx.ledger.post(transfer(f"start {name}", ISSUANCE, wallet(name), amount))

    stage.transact(body)
