"""The contract of `Ledger`, held against every store."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from sparkle_core.domain.economy.errors import (
    AccountFrozen,
    AmountOutOfRange,
    CurrencyMismatch,
    InsufficientFunds,
    OverReversal,
    SameAccount,
    UnknownAccount,
)
from sparkle_core.domain.economy.ledger import (
    ISSUANCE,
    Account,
    Currency,
    Entry,
    NewAccount,
    Posted,
    Proof,
    Purpose,
    Transfer,
    TransferId,
    receivable_of,
)
from sparkle_core.domain.kernel.errors import IdempotencyConflict, NotFound, SparkleError
from sparkle_core.domain.kernel.fields import INT64_MAX
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import MEMBERS, Member, later, uid
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import (
    ADA,
    BEN,
    CYD,
    PREMIUM,
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


def refusals() -> list[tuple[type[SparkleError], Callable[[], list[Transfer]]]]:
    fine = transfer("fine", ADA, BEN, 1)
    return [
        (InsufficientFunds, lambda: [fine, transfer("1", ADA, BEN, 100)]),
        (UnknownAccount, lambda: [fine, transfer("1", ADA, wallet("nobody"), 1)]),
        (UnknownAccount, lambda: [fine, transfer("1", wallet("nobody"), ADA, 1)]),
        (CurrencyMismatch, lambda: [fine, transfer("1", ADA, BEN, 1, currency=Currency.PREMIUM)]),
        (SameAccount, lambda: [fine, transfer("1", ADA, ADA, 1)]),
        (AmountOutOfRange, lambda: [fine, transfer("1", ISSUANCE, BEN, INT64_MAX)]),
        (NotFound, lambda: [fine, reversal(transfer("never", ADA, BEN, 1), "1")]),
    ]


class BooksContract(OnAStore):
    """Transfers, reversals, receivables, statements: each as the rules of posting say."""

    @pytest.fixture
    def bank(self, stage: Stage[Store]) -> Stage[Store]:
        """A store where Ada has 100, Ben and Cyd nothing."""
        opened_with(stage, ada=100, ben=0, cyd=0)
        return stage

    def test_a_transfer_moves_points_and_writes_two_entries(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30, kind="tip", reference="post:1", at=later(days=1))
        posted = post(bank, gift)
        assert posted.transfers == (gift,)
        assert posted.fresh == {gift.id}
        assert balances(bank, ADA, BEN, ISSUANCE) == [70, 30, -100]
        assert asked(bank, lambda ledger: ledger.transfer(gift.id)) == gift
        assert entries(bank, BEN) == [
            Entry(
                account=BEN.id,
                sequence=1,
                transfer=gift.id,
                kind="tip",
                reference="post:1",
                amount=30,
                before=0,
                after=30,
                at=later(days=1),
            )
        ]
        assert [(e.sequence, e.amount, e.before, e.after) for e in entries(bank, ADA)] == [
            (2, -30, 100, 70),
            (1, 100, 0, 100),
        ]
        assert proof(bank) == Proof(4, 2, 3, ())  # the issuance's side of the start is to be sealed yet

    def test_an_account_comes_back_as_it_was_opened(self, bank: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            await tx.ledger.open(ADA)  # again: nothing happens
            await tx.ledger.open(PREMIUM)
            await tx.ledger.open(PREMIUM)

        bank.transact(body)
        found = asked(bank, lambda ledger: ledger.accounts([ADA.id, PREMIUM.id, uid(1)]))
        assert found == {
            ADA.id: Account(
                id=ADA.id,
                owner="ada",
                currency=Currency.SPARKLE,
                purpose=Purpose.WALLET,
                overdraft=False,
                balance=100,
                sequence=1,
                earned=100,
            ),
            PREMIUM.id: Account(
                id=PREMIUM.id,
                owner="platform",
                currency=Currency.PREMIUM,
                purpose=Purpose.ISSUANCE,
                overdraft=True,
                hot=True,
            ),
        }

    def test_a_transaction_reads_what_it_has_posted(self, bank: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            ledger = tx.ledger
            gift = transfer("1", ADA, BEN, 30)
            await ledger.post(gift)
            assert (await ledger.accounts([BEN.id]))[BEN.id].balance == 30
            assert await ledger.transfer(gift.id) == gift
            assert len(await ledger.entries(BEN.id)) == 1
            await ledger.post(transfer("2", BEN, CYD, 30))
            await ledger.open(PREMIUM)
            assert PREMIUM.id in await ledger.accounts([PREMIUM.id])
            assert (await ledger.prove()).holds
            with pytest.raises(InsufficientFunds):
                await ledger.post(transfer("3", BEN, CYD, 1))

        bank.transact(body)
        assert balances(bank, ADA, BEN, CYD) == [70, 0, 30]

    def test_the_same_id_with_the_same_content_changes_nothing(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift)
        again = post(bank, evolve(gift, at=later(days=3), actor="somebody else"))
        assert again.transfers == (gift,)
        assert again.fresh == frozenset()
        assert balances(bank, ADA, BEN) == [70, 30]
        twice = transfer("2", ADA, BEN, 1)
        assert post(bank, twice, twice).fresh == {twice.id}
        assert balances(bank, ADA, BEN) == [69, 31]

    @pytest.mark.parametrize(
        "change",
        [{"amount": 31}, {"credit": CYD.id}, {"kind": "other"}, {"reference": "other"}, {"debit": ISSUANCE.id}],
    )
    def test_the_same_id_with_other_content_is_a_conflict(self, bank: Stage[Store], change: dict[str, Any]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift)
        with pytest.raises(IdempotencyConflict):
            post(bank, evolve(gift, **change))
        assert balances(bank, ADA, BEN, CYD) == [70, 30, 0]

    def test_ids_of_other_namespaces_do_not_meet(self, bank: Stage[Store]) -> None:
        mine = transfer("1", ADA, BEN, 10)
        theirs = evolve(mine, id=TransferId("other", "1"), amount=20)
        crossed = [evolve(mine, id=TransferId("a", "2"), amount=1), evolve(mine, id=TransferId("b", "1"), amount=2)]
        post(bank, mine, *crossed)
        post(
            bank,
            theirs,
            evolve(mine, id=TransferId("a", "1"), amount=3),
            evolve(mine, id=TransferId("b", "2"), amount=4),
        )
        assert balances(bank, BEN) == [40]

    def test_ids_are_told_apart_whatever_characters_are_in_them(self, bank: Stage[Store]) -> None:
        pairs = [("a/b", "c"), ("a", "b/c"), ('a", "b', "c"), ("a", 'b", "c'), ("a:b", "c"), ("a", "b:c"), ("A", "B/C")]
        several = [evolve(transfer("1", ADA, BEN, 1), id=TransferId(*pair)) for pair in pairs]
        assert post(bank, *several) == Posted(tuple(several), frozenset(t.id for t in several))
        assert balances(bank, BEN) == [len(pairs)]

    @pytest.mark.parametrize(("refusal", "asked_for"), refusals())
    def test_a_refused_posting_posts_nothing_and_leaves_its_ids_unused(
        self, bank: Stage[Store], refusal: type[SparkleError], asked_for: Callable[[], list[Transfer]]
    ) -> None:
        with pytest.raises(refusal):
            post(bank, *asked_for())
        assert balances(bank, ADA, BEN) == [100, 0]
        assert post(bank, transfer("1", ADA, BEN, 5), transfer("fine", ADA, CYD, 6)).fresh
        assert proof(bank).holds

    def test_the_refusal_says_what_is_there_and_what_is_needed(self, bank: Stage[Store]) -> None:
        with pytest.raises(InsufficientFunds) as refusal:
            post(bank, transfer("1", ADA, BEN, 101))
        assert (refusal.value.available, refusal.value.needed) == (100, 101)

    def test_a_refusal_leaves_the_transaction_as_it_was(self, bank: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            with pytest.raises(InsufficientFunds):
                await tx.ledger.post(transfer("1", ADA, BEN, 60), transfer("2", ADA, BEN, 60))
            await tx.ledger.post(transfer("3", ADA, BEN, 60))

        bank.transact(body)
        assert balances(bank, ADA, BEN) == [40, 60]

    def test_an_error_after_posting_rolls_everything_back(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        back = reversal(transfer("start ada", ISSUANCE, ADA, 100), "2")

        async def body(tx: Transaction) -> None:
            tx.records.save(MEMBERS, Member(id=uid(1), name="ada"))
            await tx.ledger.open(PREMIUM)
            await tx.ledger.post(gift)
            await tx.ledger.post(back)
            await tx.ledger.freeze(ADA.id, True)
            await tx.records.flush()
            raise ValueError("on purpose")

        before = asked(bank, lambda ledger: ledger.accounts([ADA.id, BEN.id, PREMIUM.id, receivable_of(ADA.id)]))
        with pytest.raises(ValueError, match="on purpose"):
            bank.transact(body)
        assert before == asked(
            bank, lambda ledger: ledger.accounts([ADA.id, BEN.id, PREMIUM.id, receivable_of(ADA.id)])
        )
        assert asked(bank, lambda ledger: ledger.transfer(gift.id)) is None
        assert entries(bank, BEN) == []
        post(bank, gift)
        assert proof(bank).holds

    def test_what_was_reversed_and_rolled_back_can_still_be_reversed(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift)

        async def body(tx: Transaction) -> None:
            await tx.ledger.post(reversal(gift, "back"))
            raise ValueError("after posting")

        with pytest.raises(ValueError, match="after posting"):
            bank.transact(body)
        post(bank, reversal(gift, "back"))
        assert balances(bank, ADA, BEN) == [100, 0]

    def test_frozen_accounts_pay_nothing_and_still_receive(self, bank: Stage[Store]) -> None:
        async def freeze(tx: Transaction, frozen: bool) -> None:
            await tx.ledger.freeze(ADA.id, frozen)
            assert (await tx.ledger.accounts([ADA.id]))[ADA.id].frozen is frozen

        bank.transact(lambda tx: freeze(tx, True))
        with pytest.raises(AccountFrozen):
            post(bank, transfer("1", ADA, BEN, 1))
        post(bank, transfer("2", ISSUANCE, ADA, 5))
        bank.transact(lambda tx: freeze(tx, False))
        post(bank, transfer("1", ADA, BEN, 1))
        assert balances(bank, ADA, BEN) == [104, 1]

    def test_an_account_that_is_not_there_cannot_be_frozen(self, bank: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            await tx.ledger.freeze(uid(1), True)

        with pytest.raises(UnknownAccount):
            bank.transact(body)

    def test_reversals_never_give_back_more_than_was_moved(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift)
        part = reversal(gift, "a", 10)
        post(bank, part)
        assert post(bank, part).fresh == frozenset()
        with pytest.raises(OverReversal) as refusal:
            post(bank, reversal(gift, "b", 21))
        assert refusal.value.remaining == 20
        with pytest.raises(OverReversal):
            post(bank, reversal(gift, "b", 15), reversal(gift, "c", 6))
        post(bank, reversal(gift, "b", 15), reversal(gift, "c", 5))
        assert asked(bank, lambda ledger: ledger.transfer(TransferId("test", "c"))) == reversal(gift, "c", 5)
        assert balances(bank, ADA, BEN) == [100, 0]
        assert proof(bank).holds

    def test_a_transfer_and_its_reversal_can_be_posted_together_after_it_is_known(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift)
        post(bank, transfer("2", BEN, CYD, 5), reversal(gift, "b", 25))
        assert balances(bank, ADA, BEN, CYD) == [95, 0, 5]

    def test_what_a_reversed_wallet_cannot_pay_is_owed_and_netted_from_later_credits(self, bank: Stage[Store]) -> None:
        gift = transfer("1", ADA, BEN, 30)
        post(bank, gift)
        post(bank, transfer("2", BEN, CYD, 25))
        back = reversal(gift, "back")
        assert post(bank, back).fresh > {back.id}
        owed = NewAccount(owner="ben", currency=Currency.SPARKLE, purpose=Purpose.RECEIVABLE, overdraft=True)
        assert balances(bank, ADA, BEN, CYD, owed) == [100, 0, 25, -25]
        post(bank, transfer("3", ADA, BEN, 10))
        assert balances(bank, BEN, owed) == [0, -15]
        post(bank, transfer("4", ADA, BEN, 40))
        assert balances(bank, BEN, owed) == [25, 0]
        assert [e.kind for e in entries(bank, BEN)][:4] == ["netting", "gift", "netting", "gift"]
        post(bank, transfer("5", ADA, BEN, 1))
        assert balances(bank, BEN, owed) == [26, 0]
        assert proof(bank).holds

    def test_entries_page_newest_first_and_filter(self, bank: Stage[Store]) -> None:
        for n in range(1, 8):
            post(bank, transfer(str(n), ADA, BEN, n, kind="tip" if n % 2 else "fee", at=later(days=n)))
        assert [e.amount for e in entries(bank, BEN)] == [7, 6, 5, 4, 3, 2, 1]
        assert [e.amount for e in entries(bank, BEN, limit=2)] == [7, 6]
        assert [e.amount for e in entries(bank, BEN, before=6, limit=2)] == [5, 4]
        assert [e.amount for e in entries(bank, BEN, kind="fee")] == [6, 4, 2]
        assert [e.amount for e in entries(bank, BEN, since=later(days=3), until=later(days=5))] == [4, 3]
        assert [e.amount for e in entries(bank, BEN, kind="tip", since=later(days=2), before=7)] == [5, 3]
        assert entries(bank, wallet("nobody")) == []

    def test_posting_nothing_answers_nothing(self, bank: Stage[Store]) -> None:
        assert post(bank) == Posted((), frozenset())

    def test_amounts_reach_to_the_end_of_64_bits(self, bank: Stage[Store]) -> None:
        rich = wallet("rich")
        source = NewAccount(owner="platform", currency=Currency.SPARKLE, purpose=Purpose.SINK, overdraft=True)

        async def body(tx: Transaction) -> None:
            await tx.ledger.open(rich)
            await tx.ledger.open(source)
            await tx.ledger.post(transfer("1", source, rich, INT64_MAX))

        bank.transact(body)
        assert balances(bank, rich, source) == [INT64_MAX, -INT64_MAX]
        with pytest.raises(AmountOutOfRange):
            post(bank, transfer("2", ADA, rich, 1))
        assert proof(bank).holds
