"""The contract of `Ledger`, held against every store."""

import asyncio
from contextvars import Context

import asyncpg
import pytest

from sparkle_adapters.sql.store import PostgresStore
from sparkle_core.domain.economy.ledger import (
    Currency,
    NewAccount,
    Posted,
    Purpose,
)
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts import LedgerContract
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import (
    ADA,
    BEN,
    CYD,
    balances,
    opened_with,
    post,
    proof,
    reversal,
    transfer,
)
from tests.contract.conftest import STAGES

HOW_MANY_WAIT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class TestEveryLedger(LedgerContract):
    @pytest.fixture(params=STAGES)
    def stage(self, request: pytest.FixtureRequest) -> Stage[Store]:
        found: Stage[Store] = request.getfixturevalue(request.param)
        return found


def test_a_credit_that_waits_for_the_lock_sees_the_debt_its_holder_opened(postgres: Stage[PostgresStore]) -> None:
    """The trap of READ COMMITTED: the statement that waits for a lock sees what was before the wait."""
    opened_with(postgres, ada=100, ben=0, cyd=0)
    gift = transfer("1", ADA, BEN, 30)
    post(postgres, gift, transfer("2", BEN, CYD, 30))

    async def credit(tx: Transaction) -> Posted:
        return await tx.ledger.post(transfer("3", CYD, BEN, 10))

    async def both() -> tuple[Posted, Posted]:
        watching = await asyncpg.connect(postgres.url)

        async def reverse(tx: Transaction) -> tuple[Posted, asyncio.Task[Posted]]:
            posted = await tx.ledger.post(reversal(gift, "back"))
            await tx.records.flush()
            waiting = asyncio.create_task(postgres.store.transact(credit), context=Context())
            while not await watching.fetchval(HOW_MANY_WAIT):
                await asyncio.sleep(0)
            return posted, waiting

        posted, waiting = await postgres.store.transact(reverse)
        await watching.close()
        return posted, await waiting

    postgres.run(both())
    owed = NewAccount(owner="ben", currency=Currency.SPARKLE, purpose=Purpose.RECEIVABLE, overdraft=True)
    assert balances(postgres, BEN, owed) == [0, -20]
    assert proof(postgres).holds
