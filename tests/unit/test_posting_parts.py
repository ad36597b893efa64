"""Posting again and again over what was loaded once: each time all or nothing, and taken back without a trace."""

import asyncio
from datetime import UTC, datetime

import pytest
from tests.support.people import member

from sparkle_bootstrap import in_memory
from sparkle_core.application.economy import SendTip
from sparkle_core.domain.economy.errors import AmountOutOfRange, InsufficientFunds, OverReversal
from sparkle_core.domain.economy.ledger import (
    Account,
    Currency,
    NewAccount,
    Purpose,
    Transfer,
    TransferId,
    receivable_of,
)
from sparkle_core.domain.economy.posting import Posting, Reversible, moved, opened
from sparkle_core.domain.kernel.actors import SYSTEM
from sparkle_core.domain.kernel.copying import COPY
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADA, BEN = (NewAccount(owner=n, currency=Currency.SPARKLE, purpose=Purpose.WALLET) for n in ("ada", "ben"))


def gift(key: str, debit: NewAccount, credit: NewAccount, amount: int, reverses: TransferId | None = None) -> Transfer:
    return Transfer(
        id=TransferId("test", key),
        debit=debit.id,
        credit=credit.id,
        amount=amount,
        currency=Currency.SPARKLE,
        kind="gift",
        reference="why",
        actor="user:1",
        at=NOON,
        reverses=reverses,
    )


EARLIER = gift("earlier", ADA, BEN, 60)


def loaded(ada: int = 100, ben: int = 50) -> Posting:
    """Ada and Ben, and an earlier gift of hers to him, of which he has spent ten."""
    accounts = [COPY[Account](opened(new), balance=balance) for new, balance in ((ADA, ada), (BEN, ben))]
    return Posting(
        accounts={a.id: a for a in accounts},
        known={EARLIER.id: EARLIER},
        reversibles={EARLIER.id: Reversible(EARLIER, 0)},
    )


def facts(posting: Posting) -> tuple[object, ...]:
    """All that a posting holds."""
    return (
        dict(posting.accounts),
        dict(posting.known),
        dict(posting.reversibles),
        *(list(x) for x in (posting.opened, posting.transfers, posting.entries)),
    )


def test_escrow_owes_nothing() -> None:
    """Stops points out of nothing: the way into escrow given back after the trade paid out of it."""
    escrow = NewAccount(owner="offer:1", currency=Currency.SPARKLE, purpose=Purpose.ESCROW)
    aside = gift("aside", ADA, escrow, 60)
    empty = COPY[Account](opened(escrow), balance=10)
    books = Posting(
        accounts={**loaded().accounts, empty.id: empty},
        known={aside.id: aside},
        reversibles={aside.id: Reversible(aside, 0)},
    )
    before = facts(books)
    with pytest.raises(InsufficientFunds) as refused:
        books.post([gift("back", escrow, ADA, 60, reverses=aside.id)])
    assert (refused.value.available, refused.value.needed) == (10, 60)
    assert facts(books) == before


def test_each_post_is_decided_on_top_of_those_before_it() -> None:
    whole = loaded()
    for key, amount in (("one", 60), ("two", 40)):
        whole.post([gift(key, ADA, BEN, amount)])
    assert (whole.accounts[ADA.id].balance, whole.accounts[BEN.id].balance) == (0, 150)
    assert whole.held == {ADA.id: 0, BEN.id: 0}, "what the database still has"
    with pytest.raises(InsufficientFunds):
        whole.post([gift("three", ADA, BEN, 1)])


def test_a_refused_post_leaves_everything_as_it_was() -> None:
    whole = loaded()
    before = facts(whole)
    with pytest.raises(InsufficientFunds):
        whole.post([gift("w", ADA, BEN, 60), gift("v", BEN, ADA, 1, EARLIER.id), gift("x", ADA, BEN, 101)])
    assert facts(whole) == before


@pytest.mark.parametrize(
    "transfers",
    [
        (gift("one", ADA, BEN, 60),),
        (gift("one", ADA, BEN, 60), gift("two", BEN, ADA, 5)),
        (gift("back", BEN, ADA, 60, reverses=EARLIER.id),),
    ],
    ids=["a gift", "two gifts", "a reversal that opens a receivable"],
)
def test_what_is_taken_back_leaves_no_trace(transfers: tuple[Transfer, ...]) -> None:
    whole = loaded()
    before = facts(whole)
    mark = whole.mark()
    whole.post(transfers)
    assert facts(whole) != before
    assert (receivable_of(BEN.id) in whole.accounts) == any(t.reverses for t in transfers)
    whole.back_to(mark)
    assert facts(whole) == before


@pytest.mark.parametrize(("has", "owes"), [(60, None), (59, -1), (0, -60)])
def test_whoever_has_spent_what_is_taken_back_owes_what_is_missing_to_the_point(has: int, owes: int | None) -> None:
    posting = loaded(ben=has)
    posting.post([gift("back", BEN, ADA, 60, reverses=EARLIER.id)])
    owed = posting.accounts.get(receivable_of(BEN.id))
    assert (posting.accounts[BEN.id].balance, owed.balance if owed else None) == (0, owes)


def test_the_system_has_no_wallet_to_tip_from_in_a_batch_either() -> None:
    with in_memory(seed=7) as sparkle:
        ada = member(sparkle, "ada")

        async def two() -> list[object]:
            tips = (sparkle(SendTip(to=ada.id, amount=1), actor=SYSTEM) for _ in range(2))
            return await asyncio.gather(*tips, return_exceptions=True)

        assert [type(refusal) for refusal in asyncio.run(two())] == [NotFound, NotFound]


def test_what_was_reversed_is_not_reversed_again_by_the_next_post() -> None:
    whole = loaded()
    back = [gift(key, BEN, ADA, amount, EARLIER.id) for key, amount in (("back", 45), ("again", 16), ("rest", 15))]
    mark = whole.mark()
    whole.post([back[0]])
    with pytest.raises(OverReversal) as refusal:
        whole.post([back[1]])
    assert refusal.value.remaining == 15
    whole.post([back[2]])
    whole.back_to(mark)
    assert whole.post([back[1]]).fresh


def test_what_came_in_and_what_went_out_are_counted_apart_for_life() -> None:
    posting = loaded()
    posting.post([gift("out", ADA, BEN, 30), gift("in", BEN, ADA, 1)])
    assert [(posting.accounts[a.id].earned, posting.accounts[a.id].spent) for a in (ADA, BEN)] == [(1, 30), (30, 1)]


@pytest.mark.parametrize(("balance", "amount"), [(INT64_MIN + 1, -1), (INT64_MAX - 1, 1)])
def test_a_balance_goes_to_either_end_of_64_bits_and_not_beyond(balance: int, amount: int) -> None:
    there, _ = moved(COPY[Account](opened(ADA), balance=balance), EARLIER, amount)
    assert there.balance == balance + amount
    with pytest.raises(AmountOutOfRange):
        moved(COPY[Account](there, earned=0, spent=0), EARLIER, amount)


@pytest.mark.parametrize(
    "sums", [{"earned": INT64_MAX}, {"spent": INT64_MAX}, {"earned": INT64_MAX - 1, "spent": INT64_MAX - 1}]
)
def test_neither_of_the_two_outgrows_64_bits(sums: dict[str, int]) -> None:
    posting = loaded()
    posting.accounts[ADA.id] = COPY[Account](posting.accounts[ADA.id], **sums)
    turns = {"earned": gift("in", BEN, ADA, 1), "spent": gift("out", ADA, BEN, 1)}
    for name, total in sums.items():
        mark = posting.mark()
        if total < INT64_MAX:
            assert posting.post([turns[name]]).fresh
        else:
            with pytest.raises(AmountOutOfRange):
                posting.post([turns[name]])
        posting.back_to(mark)
