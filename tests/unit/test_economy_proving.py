"""The proof of a ledger: it says how much it checked, and every fault that there can be is found and named."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, field, mutable

from sparkle_core.domain.economy.chain import Head, digest_of
from sparkle_core.domain.economy.holds import (
    Capture,
    Hold,
    Holding,
    HoldState,
    accounts_of,
    held_accounts,
)
from sparkle_core.domain.economy.ledger import (
    ISSUANCE,
    Account,
    Currency,
    Entry,
    NewAccount,
    Proof,
    Purpose,
    Transfer,
    TransferId,
    receivable_of,
)
from sparkle_core.domain.economy.posting import Posting, opened
from sparkle_core.domain.economy.proving import proof_of
from sparkle_core.domain.economy.sealing import Sealing
from sparkle_core.domain.kernel.copying import COPY

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ADA, BEN = (NewAccount(owner=n, currency=Currency.SPARKLE, purpose=Purpose.WALLET) for n in ("ada", "ben"))
NOBODY = UUID(int=77)


def gift(key: str, debit: NewAccount, credit: NewAccount, amount: int) -> Transfer:
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
    )


def hold(key: str, amount: int) -> Hold:
    return Hold(
        id=TransferId("test", key),
        account=ADA.id,
        amount=amount,
        currency=Currency.SPARKLE,
        kind="gift",
        reference="why",
        actor="user:1",
        at=NOON,
        expires_at=NOON + timedelta(days=1),
    )


@mutable
class Books:
    """A ledger's rows: Ada got 100 and gave 30; 20 of hers are held, 10 were held and captured."""

    accounts: dict[UUID, Account] = field(factory=dict)
    transfers: dict[TransferId, Transfer] = field(factory=dict)
    entries: list[Entry] = field(factory=list)
    holds: dict[str, Hold] = field(factory=dict)
    unsealed: dict[TransferId, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        posting = Posting(accounts={new.id: opened(new) for new in (ISSUANCE, ADA, BEN)}, known={})
        posting.post([gift("start", ISSUANCE, ADA, 100), gift("gift", ADA, BEN, 30)])
        holding = Holding(posting, {})
        holding.reserve(hold("open", 20))
        holding.reserve(hold("captured", 10))
        captured = Capture(hold=TransferId("test", "captured"), credit=BEN.id, actor="user:1", at=NOON)
        holding.capture(captured)
        sealing = Sealing(posting.accounts, Head(), bytes)
        for transfer in posting.transfers:
            sealing.seal(transfer, [e for e in posting.entries if e.transfer == transfer.id])
        self.accounts = sealing.accounts
        self.transfers = posting.known
        self.entries = posting.entries + sealing.entries
        self.holds = {h.id.key: h for h in holding.changed.values()}

    def proof(self) -> Proof:
        transfers, holds = self.transfers.values(), self.holds.values()
        return proof_of(self.accounts.values(), transfers, self.entries, holds, self.unsealed)

    def change(self, account: NewAccount, **changes: Any) -> None:
        self.accounts[account.id] = evolve(self.accounts[account.id], **changes)

    def change_entry(self, at: int, **changes: Any) -> None:
        self.entries[at] = COPY[Entry](self.entries[at], **changes)

    def at(self, account: NewAccount, sequence: int) -> int:
        """Where an account's entry stands in the list."""
        return next(i for i, e in enumerate(self.entries) if (e.account, e.sequence) == (account.id, sequence))


def test_whole_books_have_no_fault_and_are_counted() -> None:
    proof = Books().proof()
    assert proof == Proof(accounts=3, transfers=3, entries=6, faults=())
    assert proof.holds
    assert Proof(accounts=0, transfers=0, entries=0, faults=("one",)).holds is False


def test_books_are_whole_in_whatever_order_their_rows_come() -> None:
    books = Books()
    books.entries.reverse()
    assert books.proof().holds


def _more_in_a_balance(books: Books) -> None:
    books.change(ADA, balance=61)


def _a_missing_entry(books: Books) -> None:
    del books.entries[books.at(ADA, 2)]


def _a_broken_chain(books: Books) -> None:
    at = books.at(ADA, 2)
    books.change_entry(at, before=99)


def _a_wrong_after(books: Books) -> None:
    at = books.at(ADA, 2)
    books.change_entry(at, after=71)


def _an_entry_of_no_account(books: Books) -> None:
    books.change_entry(books.at(BEN, 1), account=NOBODY)


def _an_entry_of_no_transfer(books: Books) -> None:
    books.change_entry(books.at(BEN, 1), transfer=TransferId("test", "never"))


def _a_wrong_side(books: Books) -> None:
    transfer = books.transfers[TransferId("test", "gift")]
    books.transfers[transfer.id] = evolve(transfer, amount=31)


def _sides_the_wrong_way_round(books: Books) -> None:
    transfer = books.transfers[TransferId("test", "gift")]
    books.transfers[transfer.id] = evolve(transfer, debit=transfer.credit, credit=transfer.debit)


def _earned_too_much(books: Books) -> None:
    books.change(BEN, earned=41)


def _a_sequence_ahead(books: Books) -> None:
    books.change(BEN, sequence=3)


def _more_held_than_there_is(books: Books) -> None:
    books.holds["open"] = evolve(books.holds["open"], amount=61)
    books.change(ADA, held=61)


def _a_hold_that_nobody_set_aside(books: Books) -> None:
    books.change(ADA, held=0)


def _a_closed_hold_still_set_aside(books: Books) -> None:
    books.holds["open"] = evolve(books.holds["open"], state=HoldState.VOIDED, closed_at=NOON)


def _a_hold_on_no_account(books: Books) -> None:
    books.holds["lost"] = evolve(hold("lost", 5), account=NOBODY)


def _captured_without_a_transfer(books: Books) -> None:
    books.holds["never"] = evolve(hold("never", 5), state=HoldState.CAPTURED, captured=5, closed_at=NOON)


def _captured_another_amount(books: Books) -> None:
    books.holds["captured"] = evolve(books.holds["captured"], captured=9)


def _captured_from_another_account(books: Books) -> None:
    books.holds["captured"] = evolve(books.holds["captured"], account=BEN.id)


NOT_CAPTURED = "hold test {}: what it says was captured was not"
WRONG: list[tuple[Callable[[Books], None], list[str]]] = [
    (
        _more_in_a_balance,
        ["balances in SPARKLE sum to 1, not to zero", f"account {ADA.id}: balance 61 is not the sum of its entries"],
    ),
    (
        _a_missing_entry,
        [
            f"account {ADA.id}: entry 2 is missing",
            f"account {ADA.id}: balance 60 is not the sum of its entries",
            f"account {ADA.id}: spent 40 is not the sum of what went out",
            f"account {ADA.id}: sequence 3, but 2 entries",
            f"transfer {TransferId('test', 'gift')}: its entries are not its two sides",
        ],
    ),
    (_a_broken_chain, [f"account {ADA.id}: entry 2 does not follow from the one before"]),
    (
        _a_wrong_after,
        [
            f"account {ADA.id}: entry 2 does not follow from the one before",
            f"account {ADA.id}: entry 3 does not follow from the one before",
        ],
    ),
    (
        _an_entry_of_no_account,
        [
            f"account {BEN.id}: entry 1 is missing",
            f"account {BEN.id}: balance 40 is not the sum of its entries",
            f"account {BEN.id}: earned 40 is not the sum of what came in",
            f"account {BEN.id}: sequence 2, but 1 entries",
            f"entries of account {NOBODY} belong to no account",
            f"transfer {TransferId('test', 'gift')}: its entries are not its two sides",
        ],
    ),
    (
        _an_entry_of_no_transfer,
        [
            f"transfer {TransferId('test', 'gift')}: its entries are not its two sides",
            f"entries of transfer {TransferId('test', 'never')} belong to no transfer",
        ],
    ),
    (_a_wrong_side, [f"transfer {TransferId('test', 'gift')}: its entries are not its two sides"]),
    (_sides_the_wrong_way_round, [f"transfer {TransferId('test', 'gift')}: its entries are not its two sides"]),
    (_earned_too_much, [f"account {BEN.id}: earned 41 is not the sum of what came in"]),
    (_a_sequence_ahead, [f"account {BEN.id}: sequence 3, but 2 entries"]),
    (_more_held_than_there_is, [f"account {ADA.id}: balance 60 is below what is held, 61"]),
    (_a_hold_that_nobody_set_aside, [f"account {ADA.id}: held 0 is not the sum of its open holds"]),
    (_a_closed_hold_still_set_aside, [f"account {ADA.id}: held 20 is not the sum of its open holds"]),
    (_a_hold_on_no_account, [f"holds of account {NOBODY} belong to no account"]),
    (_captured_without_a_transfer, [NOT_CAPTURED.format("never")]),
    (_captured_another_amount, [NOT_CAPTURED.format("captured")]),
    (_captured_from_another_account, [NOT_CAPTURED.format("captured")]),
]


@pytest.mark.parametrize(("wrong", "faults"), WRONG, ids=[wrong.__name__.strip("_") for wrong, _ in WRONG])
def test_whatever_is_wrong_is_named_and_nothing_else(wrong: Callable[[Books], None], faults: list[str]) -> None:
    books = Books()
    wrong(books)
    proof = books.proof()
    assert list(proof.faults) == faults
    assert not proof.holds


def test_an_account_may_be_held_to_its_last_point_and_the_platforms_below_zero() -> None:
    books = Books()
    books.holds["open"] = evolve(books.holds["open"], amount=60)
    books.change(ADA, held=60)
    assert books.proof().holds
    assert books.accounts[ISSUANCE.id].available < 0


def test_what_waits_to_be_sealed_is_there_and_as_it_was_posted() -> None:
    books = Books()
    waiting = books.transfers[TransferId("test", "gift")]
    books.unsealed = {waiting.id: digest_of(waiting)}
    assert books.proof().holds
    books.unsealed = {waiting.id: digest_of(evolve(waiting, actor="user:9")), TransferId("test", "never"): ""}
    assert list(books.proof().faults) == [
        "transfer test never waits to be sealed and is not there",
        "transfer test gift: it is not what was posted",
    ]


def test_currencies_are_summed_apart() -> None:
    books = Books()
    premium = NewAccount(owner="ada", currency=Currency.PREMIUM, purpose=Purpose.ISSUANCE, overdraft=True)
    books.accounts[premium.id] = evolve(opened(premium), balance=-5)
    books.change(ADA, balance=65)
    assert [f for f in books.proof().faults if "sum to" in f] == [
        "balances in SPARKLE sum to 5, not to zero",
        "balances in PREMIUM sum to -5, not to zero",
    ]


def test_what_holds_touch_is_locked_in_the_order_of_ids() -> None:
    of_ada, of_ben = hold("a", 1), evolve(hold("b", 1), account=BEN.id)
    assert accounts_of([of_ada, of_ben, hold("c", 1)]) == sorted([ADA.id, BEN.id])
    assert accounts_of([]) == []
    to_ben = Capture(hold=of_ada.id, credit=BEN.id, actor="user:1", at=NOON)
    assert held_accounts(of_ada, to_ben) == sorted([ADA.id, BEN.id, receivable_of(BEN.id)])
