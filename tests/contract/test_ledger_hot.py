"""Hot accounts among transactions that run side by side, on PostgreSQL: who waits, and what is sealed when."""

import asyncio
from contextvars import Context

import pytest

from sparkle_adapters.sql.store import PostgresStore
from sparkle_core.domain.economy.ledger import ISSUANCE
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.contracts.ledger_hot import sealed, sealing
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import ADA, BEN, balances, entries, opened_with, proof, transfer

PATIENCE_S = 10.0
"""How long another transaction may take before it counts as waiting for the one that is open."""


@pytest.fixture
def bank(postgres: Stage[PostgresStore]) -> Stage[PostgresStore]:
    """Ada and Ben have nothing, and nothing waits to be sealed."""
    opened_with(postgres, ada=0, ben=0)
    return postgres


async def beside(bank: Stage[PostgresStore], key: str) -> int:
    """Ben gets 5, and then what can be sealed is, in transactions of their own."""

    async def issue(tx: Transaction) -> None:
        await tx.ledger.post(transfer(key, ISSUANCE, BEN, 5))

    async def both() -> int:
        await bank.store.transact(issue)
        return await bank.store.transact(sealing())

    return await asyncio.wait_for(asyncio.create_task(both(), context=Context()), PATIENCE_S)


def test_an_open_transaction_that_has_issued_keeps_nobody_waiting(bank: Stage[PostgresStore]) -> None:
    """Stops registrations and level rewards from taking turns at the issuance."""

    async def body(tx: Transaction) -> None:
        await tx.ledger.post(transfer("mine", ISSUANCE, ADA, 3))
        await tx.records.flush()
        await beside(bank, "other")

    bank.transact(body)
    assert balances(bank, ISSUANCE, ADA, BEN) == [-8, 3, 5]
    assert proof(bank).holds


def test_what_is_younger_than_a_running_transaction_is_sealed_after_it(bank: Stage[PostgresStore]) -> None:
    """Stops the seal from going past a transfer that is not committed yet, which nobody would come back for."""

    async def body(tx: Transaction) -> int:
        await tx.ledger.post(transfer("z first", ISSUANCE, ADA, 3))
        await tx.records.flush()
        return await beside(bank, "a second")

    assert bank.transact(body) == 0
    assert entries(bank, ISSUANCE) == []
    sealed(bank, 2)
    assert [(e.transfer.key, e.after) for e in reversed(entries(bank, ISSUANCE))] == [("z first", -3), ("a second", -8)]
    assert proof(bank).holds


def test_what_is_older_than_a_running_transaction_need_not_wait(bank: Stage[PostgresStore]) -> None:
    bank.run(bank.store.transact(lambda tx: tx.ledger.post(transfer("old", ISSUANCE, ADA, 1))))

    async def body(tx: Transaction) -> None:
        await tx.ledger.post(transfer("mine", ISSUANCE, ADA, 3))
        await tx.records.flush()
        while not await beside(bank, "other"):
            pass  # a transaction in another database of the server is still running

    bank.transact(body)
    assert [e.transfer.key for e in entries(bank, ISSUANCE)] == ["old"]
