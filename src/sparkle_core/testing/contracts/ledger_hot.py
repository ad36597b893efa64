"""The contract of hot accounts: posting does not write them, sealing does, and their balance is right all along."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sparkle_core.domain.economy.errors import AccountFrozen, NothingToHold
from sparkle_core.domain.economy.ledger import ISSUANCE, PLATFORM, Account, Currency, NewAccount, Posted, Purpose
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.holding import hold, reserve
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import NOON
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import (
    ADA,
    BEN,
    asked,
    balances,
    entries,
    opened_with,
    post,
    proof,
    reversal,
    transfer,
    wallet,
)

SINK = NewAccount(owner=PLATFORM, currency=Currency.SPARKLE, purpose=Purpose.SINK, overdraft=True)


def sealing(limit: int = 1_000) -> Callable[[Transaction], Coroutine[None, None, int]]:
    async def body(tx: Transaction) -> int:
        return await tx.ledger.seal(key, NOON, limit)

    return body


def key(data: bytes) -> bytes:
    """The keyed hash that the contract's chains are made with."""
    return hmac.digest(b"contract", data, "sha256")


def sealed(stage: Stage[Any], count: int, limit: int = 1_000) -> list[int]:
    """Seal until `count` transfers are sealed; answers how many at a time.

    Where writers run side by side, any transaction on the server holds up what is younger, for as long as it runs.
    """
    taken: list[int] = []
    for _ in range(5_000):
        if sum(taken) >= count:
            break
        if now := stage.transact(sealing(limit)):
            taken.append(now)
        else:
            stage.run(stage.store.pause(0.005))
    assert sum(taken) == count
    return taken


def account(stage: Stage[Store], which: NewAccount) -> Account:
    found: dict[object, Account] = asked(stage, lambda ledger: ledger.accounts([which.id]))
    return found[which.id]


class HotAccountsContract(OnAStore):
    """Issuance, fees and sinks: nobody waits for anybody on them."""

    @pytest.fixture
    def house(self, stage: Stage[Store]) -> Stage[Store]:
        """A store where Ada has 100, Ben nothing, and there is a sink."""
        opened_with(stage, ada=100, ben=0)

        async def body(tx: Transaction) -> None:
            await tx.ledger.open(SINK)

        stage.transact(body)
        return stage

    def test_its_side_is_written_when_it_is_sealed(self, house: Stage[Store]) -> None:
        post(house, transfer("1", ISSUANCE, BEN, 5), transfer("2", ADA, SINK, 30), transfer("3", ADA, BEN, 1))
        assert entries(house, ISSUANCE) == entries(house, SINK) == []
        sealed(house, 4)
        issued = [(e.sequence, e.before, e.after) for e in reversed(entries(house, ISSUANCE))]
        assert issued in ([(1, 0, -100), (2, -100, -105)], [(1, 0, -5), (2, -5, -105)])
        assert [(e.sequence, e.amount, e.after) for e in entries(house, SINK)] == [(1, 30, 30)]
        assert proof(house).holds

    def test_its_balance_is_right_before_and_after(self, house: Stage[Store]) -> None:
        paid = transfer("1", ADA, SINK, 30)
        post(house, paid)
        post(house, reversal(paid, "back", 10))
        before = account(house, SINK)
        assert (before.balance, before.earned, before.spent) == (20, 30, 10)
        assert balances(house, ISSUANCE, ADA) == [-100, 80]
        assert proof(house).holds
        sealed(house, 3)
        after = account(house, SINK)
        assert (after.balance, after.earned, after.spent, after.sequence) == (20, 30, 10, 2)
        post(house, transfer("2", ADA, SINK, 1))
        assert account(house, SINK).balance == 21
        assert proof(house).holds

    def test_what_waits_is_sealed_in_chunks_and_once(self, house: Stage[Store]) -> None:
        post(house, *(transfer(str(n), ADA, SINK, 1) for n in range(6)))
        assert sealed(house, 4, limit=1) == [1, 1, 1, 1]
        assert proof(house).holds
        assert balances(house, SINK, ISSUANCE) == [6, -100]
        assert max(sealed(house, 3, limit=2)) <= 2
        assert house.transact(sealing()) == 0
        assert proof(house).holds
        assert [e.sequence for e in entries(house, SINK)] == [6, 5, 4, 3, 2, 1]

    def test_a_transaction_sees_what_it_has_issued(self, house: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            await tx.ledger.post(transfer("1", ISSUANCE, BEN, 5))
            assert (await tx.ledger.accounts([ISSUANCE.id]))[ISSUANCE.id].balance == -105
            assert (await tx.ledger.prove()).holds
            raise ValueError("on purpose")

        with pytest.raises(ValueError, match="on purpose"):
            house.transact(body)
        assert balances(house, ISSUANCE, BEN) == [-100, 0]

    def test_a_seal_that_is_rolled_back_left_everything_waiting(self, house: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            while not await tx.ledger.seal(key, NOON):
                pass
            assert (await tx.ledger.prove()).holds
            raise ValueError("on purpose")

        with pytest.raises(ValueError, match="on purpose"):
            house.transact(body)
        assert entries(house, ISSUANCE) == []
        sealed(house, 1)
        assert proof(house).holds

    def test_a_frozen_one_pays_nothing_and_is_still_sealed(self, house: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            await tx.ledger.freeze(ISSUANCE.id, True)

        house.transact(body)
        with pytest.raises(AccountFrozen):
            post(house, transfer("1", ISSUANCE, BEN, 5))
        sealed(house, 1)
        assert account(house, ISSUANCE).frozen
        assert balances(house, ISSUANCE) == [-100]

    def test_nothing_can_be_held_on_it(self, house: Stage[Store]) -> None:
        with pytest.raises(NothingToHold):
            reserve(house, hold("1", ISSUANCE, 5))

    def test_sealers_at_once_seal_each_transfer_once(self, house: Stage[Store]) -> None:
        """Stops a second worker from writing the same entries again."""
        post(house, *(transfer(str(n), ADA, SINK, 1) for n in range(40)))
        outcomes = house.together([lambda: house.retried(sealing(7))] * 12)
        sealed(house, 41 - sum(o for o in outcomes if isinstance(o, int)))
        assert house.transact(sealing()) == 0
        assert [e.sequence for e in entries(house, SINK)] == list(range(40, 0, -1))
        assert proof(house).holds

    def test_a_storm_of_issuing_and_spending_and_sealing_adds_up(self, house: Stage[Store]) -> None:
        """Sixteen at once through the same two accounts, with sealers among them."""
        opened_with(house, **{f"w{n}": 20 for n in range(4)})

        def step(n: int) -> Callable[[Transaction], Coroutine[None, None, int | Posted]]:
            if n % 10 == 0:
                return sealing(20)
            here = wallet(f"w{n % 4}")
            moves = (transfer(f"in {n}", ISSUANCE, here, 3), transfer(f"out {n}", here, SINK, 2))

            async def body(tx: Transaction) -> Posted:
                return await tx.ledger.post(*(moves if n % 2 else moves[::-1]))

            return body

        outcomes = house.together([lambda n=n: house.retried(step(n)) for n in range(200)])  # type: ignore[misc]
        assert len([o for o in outcomes if isinstance(o, Posted)]) == 180
        assert not [o for o in outcomes if isinstance(o, Exception)]
        assert balances(house, SINK, ISSUANCE) == [360, -180 - 540]
        sealed(house, 5 + 360 - sum(o for o in outcomes if isinstance(o, int)))
        found = proof(house)
        assert found.holds
        assert found.entries == 2 * found.transfers == 2 * (5 + 360)
        assert balances(house, SINK, ISSUANCE) == [360, -720]
