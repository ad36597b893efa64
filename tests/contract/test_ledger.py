"""The contract of `Ledger`, held against every store."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

import asyncpg
import pytest
from attrs import evolve

from sparkle_adapters.sql.store import PostgresStore
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
from sparkle_core.ports.ledger import Ledger
from sparkle_core.ports.store import Store, Transaction
from tests.contract.conftest import Stage
from tests.contract.shapes import MEMBERS, NOON, Member, later, uid

PREMIUM = NewAccount(owner="platform", currency=Currency.PREMIUM, purpose=Purpose.ISSUANCE, overdraft=True)


def wallet(name: str, currency: Currency = Currency.SPARKLE) -> NewAccount:
    return NewAccount(owner=name, currency=currency, purpose=Purpose.WALLET)


HOW_MANY_WAIT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

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


@pytest.fixture
def bank(stage: Stage[Store]) -> Stage[Store]:
    """A store where Ada has 100, Ben and Cyd nothing."""
    opened_with(stage, ada=100, ben=0, cyd=0)
    return stage


def test_a_transfer_moves_points_and_writes_two_entries(bank: Stage[Store]) -> None:
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
    assert proof(bank) == Proof(4, 2, 4, ())


def test_an_account_comes_back_as_it_was_opened(bank: Stage[Store]) -> None:
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
        ),
    }


def test_a_transaction_reads_what_it_has_posted(bank: Stage[Store]) -> None:
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


def test_the_same_id_with_the_same_content_changes_nothing(bank: Stage[Store]) -> None:
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
    "change", [{"amount": 31}, {"credit": CYD.id}, {"kind": "other"}, {"reference": "other"}, {"debit": ISSUANCE.id}]
)
def test_the_same_id_with_other_content_is_a_conflict(bank: Stage[Store], change: dict[str, Any]) -> None:
    gift = transfer("1", ADA, BEN, 30)
    post(bank, gift)
    with pytest.raises(IdempotencyConflict):
        post(bank, evolve(gift, **change))
    assert balances(bank, ADA, BEN, CYD) == [70, 30, 0]


def test_ids_of_other_namespaces_do_not_meet(bank: Stage[Store]) -> None:
    mine = transfer("1", ADA, BEN, 10)
    theirs = evolve(mine, id=TransferId("other", "1"), amount=20)
    crossed = [evolve(mine, id=TransferId("a", "2"), amount=1), evolve(mine, id=TransferId("b", "1"), amount=2)]
    post(bank, mine, *crossed)
    post(bank, theirs, evolve(mine, id=TransferId("a", "1"), amount=3), evolve(mine, id=TransferId("b", "2"), amount=4))
    assert balances(bank, BEN) == [40]


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


@pytest.mark.parametrize(("refusal", "asked_for"), refusals())
def test_a_refused_posting_posts_nothing_and_leaves_its_ids_unused(
    bank: Stage[Store], refusal: type[SparkleError], asked_for: Callable[[], list[Transfer]]
) -> None:
    with pytest.raises(refusal):
        post(bank, *asked_for())
    assert balances(bank, ADA, BEN) == [100, 0]
    assert post(bank, transfer("1", ADA, BEN, 5), transfer("fine", ADA, CYD, 6)).fresh
    assert proof(bank).holds


def test_the_refusal_says_what_is_there_and_what_is_needed(bank: Stage[Store]) -> None:
    with pytest.raises(InsufficientFunds) as refusal:
        post(bank, transfer("1", ADA, BEN, 101))
    assert (refusal.value.available, refusal.value.needed) == (100, 101)


def test_a_refusal_leaves_the_transaction_as_it_was(bank: Stage[Store]) -> None:
    async def body(tx: Transaction) -> None:
        with pytest.raises(InsufficientFunds):
            await tx.ledger.post(transfer("1", ADA, BEN, 60), transfer("2", ADA, BEN, 60))
        await tx.ledger.post(transfer("3", ADA, BEN, 60))

    bank.transact(body)
    assert balances(bank, ADA, BEN) == [40, 60]


def test_an_error_after_posting_rolls_everything_back(bank: Stage[Store]) -> None:
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
    assert before == asked(bank, lambda ledger: ledger.accounts([ADA.id, BEN.id, PREMIUM.id, receivable_of(ADA.id)]))
    assert asked(bank, lambda ledger: ledger.transfer(gift.id)) is None
    assert entries(bank, BEN) == []
    post(bank, gift)
    assert proof(bank).holds


def test_what_was_reversed_and_rolled_back_can_still_be_reversed(bank: Stage[Store]) -> None:
    gift = transfer("1", ADA, BEN, 30)
    post(bank, gift)

    async def body(tx: Transaction) -> None:
        await tx.ledger.post(reversal(gift, "back"))
        raise ValueError

    with pytest.raises(ValueError):
        bank.transact(body)
    post(bank, reversal(gift, "back"))
    assert balances(bank, ADA, BEN) == [100, 0]


def test_frozen_accounts_pay_nothing_and_still_receive(bank: Stage[Store]) -> None:
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


def test_an_account_that_is_not_there_cannot_be_frozen(bank: Stage[Store]) -> None:
    async def body(tx: Transaction) -> None:
        await tx.ledger.freeze(uid(1), True)

    with pytest.raises(UnknownAccount):
        bank.transact(body)


def test_reversals_never_give_back_more_than_was_moved(bank: Stage[Store]) -> None:
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


def test_a_transfer_and_its_reversal_can_be_posted_together_after_it_is_known(bank: Stage[Store]) -> None:
    gift = transfer("1", ADA, BEN, 30)
    post(bank, gift)
    post(bank, transfer("2", BEN, CYD, 5), reversal(gift, "b", 25))
    assert balances(bank, ADA, BEN, CYD) == [95, 0, 5]


def test_what_a_reversed_wallet_cannot_pay_is_owed_and_netted_from_later_credits(bank: Stage[Store]) -> None:
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


def test_entries_page_newest_first_and_filter(bank: Stage[Store]) -> None:
    for n in range(1, 8):
        post(bank, transfer(str(n), ADA, BEN, n, kind="tip" if n % 2 else "fee", at=later(days=n)))
    assert [e.amount for e in entries(bank, BEN)] == [7, 6, 5, 4, 3, 2, 1]
    assert [e.amount for e in entries(bank, BEN, limit=2)] == [7, 6]
    assert [e.amount for e in entries(bank, BEN, before=6, limit=2)] == [5, 4]
    assert [e.amount for e in entries(bank, BEN, kind="fee")] == [6, 4, 2]
    assert [e.amount for e in entries(bank, BEN, since=later(days=3), until=later(days=5))] == [4, 3]
    assert [e.amount for e in entries(bank, BEN, kind="tip", since=later(days=2), before=7)] == [5, 3]
    assert entries(bank, wallet("nobody")) == []


def test_posting_nothing_answers_nothing(bank: Stage[Store]) -> None:
    assert post(bank) == Posted((), frozenset())


def test_amounts_reach_to_the_end_of_64_bits(bank: Stage[Store]) -> None:
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


def test_a_wallet_that_can_pay_for_37_pays_37_of_100(bank: Stage[Store]) -> None:
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


def test_one_id_posted_fifty_times_in_parallel_takes_effect_once(bank: Stage[Store]) -> None:
    gift = transfer("1", ADA, BEN, 30)

    async def body(tx: Transaction) -> Posted:
        return await tx.ledger.post(gift)

    outcomes = bank.together([lambda: bank.retried(body)] * 50)
    assert {o.transfers for o in outcomes if isinstance(o, Posted)} == {(gift,)}
    assert sum(len(o.fresh) for o in outcomes if isinstance(o, Posted)) == 1
    assert balances(bank, ADA, BEN) == [70, 30]


def test_one_id_posted_in_parallel_with_other_content_is_won_by_one(bank: Stage[Store]) -> None:
    opened_with(bank, **{f"w{n}": 10 for n in range(20)})

    def spend(n: int) -> Callable[[], Coroutine[Any, Any, Any]]:
        async def body(tx: Transaction) -> Posted:
            return await tx.ledger.post(transfer("one", wallet(f"w{n}"), BEN, 1))

        return lambda: bank.retried(body)

    outcomes = bank.together([spend(n) for n in range(20)])
    assert len([o for o in outcomes if isinstance(o, Posted)]) == 1
    assert len([o for o in outcomes if isinstance(o, IdempotencyConflict)]) == 19
    assert balances(bank, BEN) == [1]


def test_parallel_reversals_never_give_back_more_than_was_moved(bank: Stage[Store]) -> None:
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


@pytest.mark.parametrize("times", [600, pytest.param(6_000, marks=pytest.mark.soak)])
def test_random_transfers_from_sixteen_at_once_add_up(stage: Stage[Store], times: int) -> None:
    names = [f"p{n}" for n in range(50)]
    opened_with(stage, **dict.fromkeys(names, 20))
    chance = random.Random(7)

    def pay(n: int) -> Callable[[], Coroutine[Any, Any, Any]]:
        pairs = [chance.sample(names, 2) for _ in range(chance.choice([1, 1, 2, 3]))]
        moves = [transfer(f"{n} {i}", wallet(a), wallet(b), chance.randint(1, 15)) for i, (a, b) in enumerate(pairs)]

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
