"""The contract of `Ledger`, held against every store."""

import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sparkle_core.domain.economy.errors import (
    InsufficientFunds,
    OverReversal,
)
from sparkle_core.domain.economy.ledger import (
    Posted,
)
from sparkle_core.domain.kernel.errors import IdempotencyConflict
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import (
    ADA,
    BEN,
    balances,
    opened_with,
    post,
    proof,
    reversal,
    transfer,
    wallet,
)


class ParallelLedgerContract(OnAStore):
    """Points are conserved among postings side by side."""

    @pytest.fixture
    def bank(self, stage: Stage[Store]) -> Stage[Store]:
        """A store where Ada has 100, Ben and Cyd nothing."""
        opened_with(stage, ada=100, ben=0, cyd=0)
        return stage

    def test_a_wallet_that_can_pay_for_37_pays_37_of_100(self, bank: Stage[Store]) -> None:
        opened_with(bank, dee=37 * 7 + 6)

        def spend(n: int) -> Callable[[], Coroutine[Any, Any, Any]]:
            async def body(tx: Transaction) -> Posted:
                return await tx.ledger.post(transfer(f"spend {n}", wallet("dee"), BEN, 7))

            return lambda: bank.retried(body)

        outcomes = bank.together([spend(n) for n in range(100)])
        assert len([o for o in outcomes if isinstance(o, Posted)]) == 37
        assert len([o for o in outcomes if isinstance(o, InsufficientFunds)]) == 63
        assert balances(bank, wallet("dee"), BEN) == [6, 259]
        assert proof(bank).holds

    def test_one_id_posted_fifty_times_in_parallel_takes_effect_once(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)

        async def body(tx: Transaction) -> Posted:
            return await tx.ledger.post(gift)

        outcomes = bank.together([lambda: bank.retried(body)] * 50)
        assert {o.transfers for o in outcomes if isinstance(o, Posted)} == {(gift,)}
        assert sum(len(o.fresh) for o in outcomes if isinstance(o, Posted)) == 1
        assert balances(bank, ADA, BEN) == [70, 30]

    def test_one_id_posted_in_parallel_with_other_content_is_won_by_one(self, bank: Stage[Store]) -> None:
        opened_with(bank, **{f"w{n}": 10 for n in range(20)})

        def spend(n: int) -> Callable[[], Coroutine[Any, Any, Any]]:
            async def body(tx: Transaction) -> Posted:
                return await tx.ledger.post(transfer("one", wallet(f"w{n}"), BEN, 1))

            return lambda: bank.retried(body)

        outcomes = bank.together([spend(n) for n in range(20)])
        assert len([o for o in outcomes if isinstance(o, Posted)]) == 1
        assert len([o for o in outcomes if isinstance(o, IdempotencyConflict)]) == 19
        assert balances(bank, BEN) == [1]

    def test_parallel_reversals_never_give_back_more_than_was_moved(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift)

        def back(n: int) -> Callable[[], Coroutine[Any, Any, Any]]:
            async def body(tx: Transaction) -> Posted:
                return await tx.ledger.post(reversal(gift, f"back {n}", 4))

            return lambda: bank.retried(body)

        outcomes = bank.together([back(n) for n in range(30)])
        assert len([o for o in outcomes if isinstance(o, Posted)]) == 7
        assert {o.remaining for o in outcomes if isinstance(o, OverReversal)} == {2}
        assert balances(bank, ADA, BEN) == [98, 2]

    @pytest.mark.parametrize("times", [600, pytest.param(6_000, marks=pytest.mark.soak)])
    def test_random_transfers_from_sixteen_at_once_add_up(self, stage: Stage[Store], times: int) -> None:
        names = [f"p{n}" for n in range(50)]
        opened_with(stage, **dict.fromkeys(names, 20))
        chance = random.Random(7)  # noqa: S311 # seeded on purpose

        def pay(n: int) -> Callable[[], Coroutine[Any, Any, Any]]:
            pairs = [chance.sample(names, 2) for _ in range(chance.choice([1, 1, 2, 3]))]
            moves = [
                transfer(f"{n} {i}", wallet(a), wallet(b), chance.randint(1, 15)) for i, (a, b) in enumerate(pairs)
            ]

            async def body(tx: Transaction) -> Posted:
                return await tx.ledger.post(*moves)

            return lambda: stage.retried(body)

        outcomes = stage.together([pay(n) for n in range(times)])
        posted = [o for o in outcomes if isinstance(o, Posted)]
        assert {type(o) for o in outcomes} == {Posted, InsufficientFunds}
        found = proof(stage)
        assert found.holds
        assert found.transfers == 50 + sum(len(o.transfers) for o in posted)
        assert sum(balances(stage, *map(wallet, names))) == 1_000
