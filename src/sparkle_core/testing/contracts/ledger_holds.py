"""The contract of holds: points set aside, then captured, voided or expired, exactly once."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from attrs import evolve

from sparkle_core.domain.economy.errors import (
    AccountFrozen,
    AmountOutOfRange,
    CurrencyMismatch,
    HoldClosed,
    InsufficientFunds,
    OverCapture,
    SameAccount,
    UnknownAccount,
)
from sparkle_core.domain.economy.holds import Hold, HoldState
from sparkle_core.domain.economy.ledger import Currency, NewAccount, Posted, Purpose, Transfer, TransferId
from sparkle_core.domain.kernel.errors import IdempotencyConflict, Invalid, NotFound
from sparkle_core.domain.kernel.fields import INT64_MAX
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.holding import (
    account,
    capturing,
    expiring,
    freeze,
    hold,
    reserve,
    stored,
    voiding,
)
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import NOON, later
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import (
    ADA,
    BEN,
    CYD,
    asked,
    balances,
    opened_with,
    post,
    proof,
    reversal,
    transfer,
    wallet,
)


class HoldsContract(OnAStore):
    """A hold is captured, voided or expired, exactly once."""

    @pytest.fixture
    def bank(self, stage: Stage[Store]) -> Stage[Store]:
        """A store where Ada has 100, Ben and Cyd nothing."""
        opened_with(stage, ada=100, ben=0, cyd=0)
        return stage

    def test_what_is_held_stays_in_the_account_and_cannot_be_spent(self, bank: Stage[Store]) -> None:
        held = hold("1", ADA, 60)
        assert reserve(bank, held) == held
        assert stored(bank, "1") == held
        ada = account(bank, ADA)
        assert (ada.balance, ada.held, ada.available, ada.sequence) == (100, 60, 40, 1)
        with pytest.raises(InsufficientFunds) as refusal:
            post(bank, transfer("2", ADA, BEN, 41))
        assert (refusal.value.available, refusal.value.needed) == (40, 41)
        post(bank, transfer("2", ADA, BEN, 40))
        assert balances(bank, ADA, BEN) == [60, 40]
        assert proof(bank).holds

    def test_holds_together_never_take_more_than_there_is(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 60))
        with pytest.raises(InsufficientFunds) as refusal:
            reserve(bank, hold("2", ADA, 41))
        assert (refusal.value.available, refusal.value.needed) == (40, 41)
        assert stored(bank, "2") is None
        reserve(bank, hold("2", ADA, 40))
        assert account(bank, ADA).available == 0

    def test_a_hold_is_captured_in_full_under_its_own_id(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 60))
        posted = bank.transact(capturing("1", at=later(minutes=5)))
        moved = Transfer(
            id=TransferId("test", "1"),
            debit=ADA.id,
            credit=BEN.id,
            amount=60,
            currency=Currency.SPARKLE,
            kind="order",
            reference="why",
            actor="user:2",
            at=later(minutes=5),
        )
        assert posted == Posted((moved,), frozenset({moved.id}))
        ada = account(bank, ADA)
        assert (ada.balance, ada.held, ada.spent) == (40, 0, 60)
        assert balances(bank, BEN) == [60]
        closed = evolve(hold("1", ADA, 60), state=HoldState.CAPTURED, captured=60, closed_at=later(minutes=5))
        assert stored(bank, "1") == closed
        assert proof(bank).holds

    def test_capturing_a_part_makes_the_rest_available(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 60))
        bank.transact(capturing("1", amount=25))
        ada = account(bank, ADA)
        assert (ada.balance, ada.held, ada.available) == (75, 0, 75)
        with pytest.raises(HoldClosed):
            bank.transact(capturing("1", amount=35))

    def test_a_capture_takes_at_most_what_is_held(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 60))
        with pytest.raises(OverCapture) as refusal:
            bank.transact(capturing("1", amount=61))
        assert refusal.value.held == 60
        assert account(bank, ADA).held == 60

    def test_a_voided_hold_is_available_again(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 60))
        voided = bank.transact(voiding("1", later(minutes=5)))
        assert voided == evolve(hold("1", ADA, 60), state=HoldState.VOIDED, closed_at=later(minutes=5))
        assert bank.transact(voiding("1", later(minutes=9))) == voided
        assert account(bank, ADA).available == 100
        with pytest.raises(HoldClosed) as refusal:
            bank.transact(capturing("1"))
        assert refusal.value.outcome == "voided"
        assert proof(bank).holds

    def test_holds_that_have_run_out_expire(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 10, expires_at=later(minutes=1)))
        reserve(bank, hold("2", ADA, 20, expires_at=later(minutes=2)))
        reserve(bank, hold("3", ADA, 30, expires_at=later(minutes=3)))
        assert bank.transact(expiring(NOON)) == []
        expired = bank.transact(expiring(later(minutes=2)))
        assert [h.id.key for h in expired] == ["1", "2"]
        assert {h.state for h in expired} == {HoldState.EXPIRED}
        assert account(bank, ADA).held == 30
        assert bank.transact(expiring(later(minutes=2))) == []
        assert proof(bank).holds

    def test_expiry_takes_as_many_at_a_time_as_it_is_told_those_due_first(self, bank: Stage[Store]) -> None:
        for n in (3, 1, 2):
            reserve(bank, hold(str(n), ADA, n, expires_at=later(minutes=n)))
        found = [[h.id.key for h in bank.transact(expiring(later(hours=1), 2))] for _ in range(3)]
        assert found == [["1", "2"], ["3"], []]

    @pytest.mark.parametrize("resolve", [capturing("1", at=later(hours=1)), voiding("1", later(hours=1))])
    def test_a_hold_that_has_run_out_is_closed_before_upkeep_says_so(
        self, bank: Stage[Store], resolve: Callable[[Transaction], Coroutine[Any, Any, Any]]
    ) -> None:
        """Whether it can be captured must not depend on when the worker comes by."""
        reserve(bank, hold("1", ADA, 60))
        with pytest.raises(HoldClosed) as refusal:
            bank.transact(resolve)
        assert refusal.value.outcome == "expired"
        assert account(bank, ADA).held == 60
        assert len(bank.transact(expiring(later(hours=1)))) == 1
        assert account(bank, ADA).held == 0

    def test_the_same_hold_again_is_the_same_hold(self, bank: Stage[Store]) -> None:
        held = reserve(bank, hold("1", ADA, 60))
        again = evolve(held, at=later(minutes=1), expires_at=later(days=1), actor="somebody else")
        assert reserve(bank, again) == held
        assert account(bank, ADA).held == 60
        bank.transact(capturing("1"))
        closed = reserve(bank, held)
        assert closed.state is HoldState.CAPTURED
        assert account(bank, ADA).held == 0

    @pytest.mark.parametrize(
        "change",
        [{"amount": 61}, {"account": BEN.id}, {"kind": "other"}, {"reference": "x"}, {"currency": Currency.PREMIUM}],
    )
    def test_the_same_id_with_another_hold_is_a_conflict(self, bank: Stage[Store], change: dict[str, Any]) -> None:
        reserve(bank, hold("1", ADA, 60))
        with pytest.raises(IdempotencyConflict):
            reserve(bank, evolve(hold("1", ADA, 60), **change))
        assert account(bank, ADA).held == 60

    def test_a_hold_does_not_take_the_id_of_a_transfer(self, bank: Stage[Store]) -> None:
        post(bank, transfer("1", ADA, BEN, 5))
        with pytest.raises(IdempotencyConflict):
            reserve(bank, hold("1", ADA, 5))

    def test_a_transfer_posted_under_a_holds_id_stops_the_capture_and_not_the_void(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 60))
        post(bank, transfer("1", ADA, CYD, 5))
        with pytest.raises(IdempotencyConflict):
            bank.transact(capturing("1"))
        assert account(bank, ADA).held == 60
        bank.transact(voiding("1"))
        assert balances(bank, ADA, BEN, CYD) == [95, 0, 5]

    def test_the_same_capture_again_answers_the_same_transfer(self, bank: Stage[Store]) -> None:
        """A caller that did not hear the answer asks again."""
        reserve(bank, hold("1", ADA, 60))
        first = bank.transact(capturing("1", amount=60))
        again = bank.transact(capturing("1", at=later(days=1)))
        assert again == Posted(first.transfers, frozenset())
        for other in (capturing("1", CYD), capturing("1", amount=59)):
            with pytest.raises(HoldClosed) as refusal:
                bank.transact(other)
            assert refusal.value.outcome == "captured"
        with pytest.raises(HoldClosed):
            bank.transact(voiding("1"))
        assert balances(bank, ADA, BEN) == [40, 60]

    def test_who_cannot_pay_or_is_not_there_has_nothing_held(self, bank: Stage[Store]) -> None:
        with pytest.raises(UnknownAccount):
            reserve(bank, hold("1", wallet("nobody"), 1))
        with pytest.raises(CurrencyMismatch):
            reserve(bank, hold("1", ADA, 1, currency=Currency.PREMIUM))
        with pytest.raises(Invalid, match="expires_at"):
            hold("1", ADA, 1, expires_at=NOON)
        for resolve in (capturing("1"), voiding("1")):
            with pytest.raises(NotFound, match="hold"):
                bank.transact(resolve)
        assert asked(bank, lambda ledger: ledger.hold(TransferId("test", "1"))) is None

    def test_a_capture_that_cannot_be_posted_leaves_the_hold_open(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 60))
        with pytest.raises(UnknownAccount):
            bank.transact(capturing("1", wallet("nobody")))
        with pytest.raises(SameAccount):
            bank.transact(capturing("1", ADA))
        assert account(bank, ADA).held == 60
        bank.transact(capturing("1"))

    def test_nothing_is_held_on_or_captured_from_a_frozen_account(self, bank: Stage[Store]) -> None:
        """Stops a thief's open orders from draining a wallet that moderators have frozen: the hold waits."""
        reserve(bank, hold("1", ADA, 10))
        reserve(bank, hold("2", ADA, 20))
        freeze(bank, ADA, True)
        with pytest.raises(AccountFrozen):
            reserve(bank, hold("3", ADA, 1))
        with pytest.raises(AccountFrozen):
            bank.transact(capturing("1"))
        bank.transact(voiding("2"))
        assert account(bank, ADA).held == 10
        freeze(bank, ADA, False)
        bank.transact(capturing("1"))
        assert balances(bank, ADA, BEN) == [90, 10]

    def test_a_frozen_accounts_holds_expire(self, bank: Stage[Store]) -> None:
        reserve(bank, hold("1", ADA, 10))
        freeze(bank, ADA, True)
        assert len(bank.transact(expiring(later(days=1)))) == 1
        assert account(bank, ADA).held == 0

    def test_a_reversal_does_not_take_what_is_held(self, bank: Stage[Store]) -> None:
        """What was promised to somebody else stays promised: the reversal is lent."""
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift)
        reserve(bank, hold("2", BEN, 30))
        post(bank, reversal(gift, "back"))
        ben = account(bank, BEN)
        assert (ben.balance, ben.held) == (30, 30)
        assert balances(bank, ADA) == [100]
        bank.transact(capturing("2", CYD))
        assert balances(bank, BEN, CYD) == [0, 30]
        assert proof(bank).holds

    def test_a_capture_pays_what_its_receiver_owes(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift, transfer("2", BEN, CYD, 30))
        post(bank, reversal(gift, "back"))
        reserve(bank, hold("3", ADA, 40))
        bank.transact(capturing("3"))
        assert balances(bank, ADA, BEN) == [60, 10]
        assert proof(bank).holds

    def test_what_is_held_without_limit_stays_within_64_bits(self, bank: Stage[Store]) -> None:
        limitless = NewAccount(owner="platform", currency=Currency.PREMIUM, purpose=Purpose.ESCROW, overdraft=True)

        async def body(tx: Transaction) -> None:
            await tx.ledger.open(limitless)
            await tx.ledger.reserve(hold("1", limitless, INT64_MAX))
            with pytest.raises(AmountOutOfRange):
                await tx.ledger.reserve(hold("2", limitless, 1))

        bank.transact(body)
        assert account(bank, limitless).held == INT64_MAX

    def test_a_transaction_sees_its_own_holds_and_rolls_them_back(self, bank: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            await tx.ledger.reserve(hold("1", ADA, 60))
            await tx.ledger.reserve(hold("2", ADA, 40))
            await tx.ledger.void(TransferId("test", "1"), NOON)
            assert (await tx.ledger.accounts([ADA.id]))[ADA.id].held == 40
            assert (await tx.ledger.prove()).holds
            with pytest.raises(InsufficientFunds):
                await tx.ledger.post(transfer("3", ADA, BEN, 61))
            raise ValueError("on purpose")

        reserve(bank, hold("0", ADA, 5))

        async def closes(tx: Transaction) -> None:
            await tx.ledger.void(TransferId("test", "0"), NOON)
            await body(tx)

        with pytest.raises(ValueError, match="on purpose"):
            bank.transact(closes)
        assert account(bank, ADA).held == 5
        assert stored(bank, "1") is None
        assert stored(bank, "0") == hold("0", ADA, 5)

    @pytest.mark.parametrize("first", [0, 1, 2])
    def test_fifty_who_resolve_one_hold_come_to_one_outcome(self, bank: Stage[Store], first: int) -> None:
        """Stops an order from being paid and cancelled, or paid twice, by calls that cross."""
        reserve(bank, hold("1", ADA, 60, expires_at=later(minutes=1)))

        def resolver(n: int) -> Callable[[Transaction], Coroutine[Any, Any, Any]]:
            if n % 3 == 2:
                return expiring(later(minutes=1))
            return capturing("1", amount=n + 1) if n % 3 else voiding("1", later(seconds=n))

        outcomes = bank.together([lambda n=n: bank.retried(resolver(n)) for n in range(first, first + 50)])  # type: ignore[misc]
        took_effect = [o for o in outcomes if isinstance(o, Posted) and o.fresh]
        took_effect += [o for o in outcomes if isinstance(o, list) and o]  # type: ignore[misc]
        closed = stored(bank, "1")
        assert closed is not None
        assert len(took_effect) == (0 if closed.state is HoldState.VOIDED else 1)
        voided = {o for o in outcomes if isinstance(o, Hold)}
        assert voided <= {closed}
        refused = [o for o in outcomes if isinstance(o, HoldClosed)]
        assert {o.outcome for o in refused} == {closed.state.value}
        assert len(refused) >= 16
        ada = account(bank, ADA)
        assert (ada.held, ada.balance) == (0, 100 - closed.captured)
        assert balances(bank, BEN) == [closed.captured]
        assert proof(bank).holds

    def test_a_hundred_who_reserve_at_once_hold_what_there_is(self, bank: Stage[Store]) -> None:
        def reserving(n: int) -> Callable[[], Coroutine[Any, Any, Hold]]:
            async def body(tx: Transaction) -> Hold:
                return await tx.ledger.reserve(hold(str(n), ADA, 7))

            return lambda: bank.retried(body)

        outcomes = bank.together([reserving(n) for n in range(100)])
        assert len([o for o in outcomes if isinstance(o, Hold)]) == 14
        assert len([o for o in outcomes if isinstance(o, InsufficientFunds)]) == 86
        assert account(bank, ADA).held == 98
        assert proof(bank).holds

    def test_one_hold_reserved_at_once_on_two_accounts_is_one_hold(self, bank: Stage[Store]) -> None:
        """An id is one hold's, whatever locks the two of them have."""
        opened_with(bank, **{f"w{n}": 10 for n in range(20)})

        def reserving(n: int) -> Callable[[], Coroutine[Any, Any, Hold]]:
            async def body(tx: Transaction) -> Hold:
                return await tx.ledger.reserve(hold("one", wallet(f"w{n}"), 1))

            return lambda: bank.retried(body)

        outcomes = bank.together([reserving(n) for n in range(20)])
        assert len([o for o in outcomes if isinstance(o, Hold)]) == 1
        assert len([o for o in outcomes if isinstance(o, IdempotencyConflict)]) == 19
        assert proof(bank).holds
