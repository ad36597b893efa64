"""What sealing and verifying do about rows that somebody changed, deleted or made behind the ledger's back."""

from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve

from sparkle_adapters.memory.ledger import MemoryLedgerTables
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.store import SqlStore
from sparkle_core.domain.economy.chain import Head, digest_of, marked, stamped
from sparkle_core.domain.economy.ledger import PLATFORM, Currency, NewAccount, Purpose, TransferId
from sparkle_core.domain.economy.verifying import AccountRow, RowFault
from sparkle_core.testing.contracts.ledger_hot import key, sealed, sealing
from sparkle_core.testing.contracts.ledger_sealed import verified
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import ADA, BEN, CYD, opened_with, post, transfer
from tests.contract.test_ledger_protection import by_hand, unprotected, written

FIRST = TransferId("test", "1")


@pytest.fixture
def books(memory: Stage[MemoryStore]) -> MemoryLedgerTables:
    """Five transfers under two seals."""
    opened_with(memory, ada=100, ben=0, cyd=20)
    post(memory, transfer("1", ADA, BEN, 30))
    sealed(memory, 3)
    post(memory, transfer("2", BEN, CYD, 10), transfer("3", ADA, CYD, 5))
    sealed(memory, 2)
    return memory.store.data.ledger


def faults(stage: Stage[MemoryStore]) -> list[tuple[str, str]]:
    return [(fault.table, fault.id) for fault in verified(stage).faults]


def seal_one_more(stage: Stage[MemoryStore]) -> None:
    post(stage, transfer("later", ADA, CYD, 1))
    sealed(stage, 1)


def test_a_last_seal_that_is_gone_is_missed_though_its_number_is_given_again(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    """Stops the newest seal from being removed just before the next one is made."""
    del books.seals[-1]
    assert faults(memory) == [("ledger_seal", "2")]
    seal_one_more(memory)
    assert [seal.number for seal in books.seals] == [1, 2]
    assert [(s.first, s.head) for s in books.seals] == [(1, 3), (6, 6)]
    (fault,) = verified(memory).faults
    assert fault == RowFault("ledger_seal", "2", "one before it is missing: nothing seals link 4 to 5")


def test_last_links_that_are_gone_are_missed_and_their_numbers_not_given_again(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    del books.links[-2:]
    assert ("ledger_link", "4 to 5") in faults(memory)
    seal_one_more(memory)
    assert [link.number for link in books.links] == [1, 2, 3, 6]
    assert ("ledger_link", "4 to 5") in faults(memory)


def test_a_whole_chain_that_is_gone_is_missed(memory: Stage[MemoryStore], books: MemoryLedgerTables) -> None:
    books.links.clear()
    assert ("ledger_link", "1 to 5") in faults(memory)
    books.seals.clear()
    assert {("ledger_transfer", f"test {name}") for name in ("start ada", "1", "2", "3")} <= set(faults(memory))


def test_a_link_made_with_the_key_still_has_to_follow_from_the_one_before(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    """Stops a link of an older copy, or of another database of the same key, from standing in."""
    books.links[2] = marked(evolve(books.links[2], previous=books.links[0].mac), key)
    assert ("ledger_link", "3") in faults(memory)
    assert ("ledger_link", "4") in faults(memory)


def test_a_link_made_with_the_key_still_has_to_be_the_one_that_was_sealed(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    books.links[-1] = marked(evolve(books.links[-1], debit_sequence=9), key)
    assert ("ledger_link", "5") in faults(memory)


def test_a_seal_made_with_the_key_over_another_link_is_not_believed(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    books.seals[-1] = stamped(evolve(books.seals[-1], head_mac="0" * 64), key)
    assert faults(memory) == [("ledger_link", "5")]


def test_what_waits_again_is_named_and_its_transfer_is_sealed_once(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    books.unsealed[FIRST] = digest_of(books.transfers[FIRST])
    assert faults(memory) == [("ledger_unsealed", "test 1")]


def test_a_transfer_whose_entry_is_gone_is_not_sealed(memory: Stage[MemoryStore], books: MemoryLedgerTables) -> None:
    """Stops the chain from covering half a transfer."""
    post(memory, transfer("half", ADA, BEN, 1))
    del books.entries[BEN.id][-1]
    assert memory.transact(sealing()) == 0
    assert not verified(memory).proof.holds


def test_a_transfer_whose_entry_is_another_is_not_sealed(memory: Stage[MemoryStore], books: MemoryLedgerTables) -> None:
    post(memory, transfer("other", ADA, BEN, 1))
    books.entries[BEN.id][-1] = evolve(books.entries[BEN.id][-1], amount=7)
    assert memory.transact(sealing()) == 0
    assert faults(memory) == [("ledger_entry", f"{BEN.id} {books.entries[BEN.id][-1].sequence}")]


def test_an_entry_on_an_account_that_is_no_side_of_its_transfer_is_named(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    post(memory, transfer("elsewhere", ADA, BEN, 1))
    astray = evolve(books.entries[BEN.id].pop(), account=CYD.id)
    books.entries[CYD.id].append(astray)
    assert memory.transact(sealing()) == 0
    assert faults(memory) == [("ledger_entry", f"{CYD.id} {astray.sequence}")]


def test_a_transfer_that_was_changed_while_it_waited_is_not_sealed(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    """Stops the chain from making what somebody changed into what was always so."""
    post(memory, transfer("changed", ADA, BEN, 1))
    id = TransferId("test", "changed")
    books.transfers[id] = evolve(books.transfers[id], actor="user:9")
    assert memory.transact(sealing()) == 0
    assert faults(memory) == [("ledger_transfer", "test changed")]


def test_what_was_sealed_is_missed_in_memory_too(memory: Stage[MemoryStore], books: MemoryLedgerTables) -> None:
    del books.transfers[FIRST]
    assert faults(memory) == [("ledger_transfer", "test 1")]
    books.entries[BEN.id].pop(0)
    assert ("ledger_entry", f"? {1}") in faults(memory)


CHANGED = "it is not what was written when it was sealed"


def test_a_changed_link_is_named_alone_and_not_what_it_says_of_others(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    whole = books.links[1]
    books.links[1] = evolve(whole, transfer_digest="x")
    assert list(verified(memory).faults) == [RowFault("ledger_link", "2", CHANGED)]
    books.links[1], books.links[-1] = whole, evolve(books.links[-1], mac="0" * 64)
    assert list(verified(memory).faults) == [RowFault("ledger_link", "5", CHANGED)]


def test_a_link_that_is_gone_is_missed_alone(memory: Stage[MemoryStore], books: MemoryLedgerTables) -> None:
    del books.links[1]
    missing, *others = verified(memory).faults
    assert missing == RowFault("ledger_link", "2", "it is missing")
    assert {fault.table for fault in others} == {"ledger_transfer"}, "its transfer is neither sealed nor waits"


def test_a_seal_made_with_the_key_still_has_to_begin_where_the_one_before_ended(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    first, second = books.seals
    books.seals[0] = stamped(evolve(first, first=2), key)
    missing = "one before it is missing: nothing seals link {}"
    assert list(verified(memory).faults) == [RowFault("ledger_seal", "1", missing.format(1))]
    books.seals[:] = [first, stamped(evolve(second, first=5), key)]
    assert list(verified(memory).faults) == [RowFault("ledger_seal", "2", missing.format(4))]


def test_a_changed_last_seal_is_named_and_not_missed_as_well(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    books.seals[-1] = evolve(books.seals[-1], at="2020-01-01T00:00:00.000000Z")
    assert list(verified(memory).faults) == [RowFault("ledger_seal", "2", CHANGED)]


def test_seals_that_are_gone_are_missed_whatever_became_of_the_links_under_them(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    books.links[3] = evolve(books.links[3], debit_sequence=9)
    changed = RowFault("ledger_link", "4", CHANGED)
    del books.seals[-1]
    missing = RowFault("ledger_seal", "2", "it is missing: nothing seals link 4 to 5")
    assert list(verified(memory).faults) == [changed, missing]
    books.seals.clear()
    missing = RowFault("ledger_seal", "1", "it is missing: nothing seals link 1 to 5")
    assert list(verified(memory).faults) == [changed, missing]


def test_what_is_gone_while_it_waits_is_missed_and_its_entries_are_of_nothing(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    post(memory, transfer("gone", ADA, BEN, 1))
    del books.transfers[TransferId("test", "gone")]
    missing, *orphans = verified(memory).faults
    assert missing == RowFault("ledger_transfer", "test gone", "it is missing: it was posted and waits to be sealed")
    sides = (books.entries[account.id][-1] for account in (ADA, BEN))
    named = {f"{entry.account} {entry.sequence}" for entry in sides}
    assert set(orphans) == {RowFault("ledger_entry", id, "there is no transfer it could be of") for id in named}


def test_a_sealed_entry_that_was_changed_is_not_missed_as_well(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    books.entries[BEN.id][0] = evolve(books.entries[BEN.id][0], kind="bribe")
    changed = RowFault("ledger_entry", f"{BEN.id} 1", "it is not what was sealed of transfer test 1")
    assert list(verified(memory).faults) == [changed]


def test_an_account_that_may_fall_below_zero_and_is_not_the_platforms_is_named(
    memory: Stage[MemoryStore], books: MemoryLedgerTables
) -> None:
    books.accounts[BEN.id] = evolve(books.accounts[BEN.id], overdraft=True)
    assert faults(memory) == [("ledger_account", str(BEN.id))]


def account_row(owner: str, purpose: Purpose, **more: Any) -> AccountRow:
    new = NewAccount(owner=owner, currency=Currency.SPARKLE, purpose=purpose)
    row = AccountRow(new.id.hex, owner, "SPARKLE", purpose.value, overdraft=owner == PLATFORM, hot=False)
    return evolve(row, **more)


@pytest.mark.parametrize(
    ("row", "is_itself"),
    [
        (account_row("ada", Purpose.WALLET), True),
        (account_row("ada", Purpose.WALLET, id=BEN.id.hex), False),
        (account_row("ada", Purpose.WALLET, currency="NONE"), False),
        (account_row("ada", Purpose.WALLET, overdraft=True), False),
        (account_row("ada", Purpose.RECEIVABLE), False),
        (account_row("ada", Purpose.RECEIVABLE, overdraft=True), True),
        (account_row("ada", Purpose.FEES), True),
        (account_row("ada", Purpose.FEES, hot=True), False),
        (account_row(PLATFORM, Purpose.FEES), False),
        (account_row(PLATFORM, Purpose.FEES, hot=True), True),
        (account_row(PLATFORM, Purpose.ESCROW), True),
        (account_row(PLATFORM, Purpose.ESCROW, hot=True), False),
    ],
)
def test_an_account_is_itself_when_its_limit_and_its_heat_follow_from_whose_it_is_and_for_what(
    row: AccountRow, is_itself: bool
) -> None:
    assert row.is_itself is is_itself


def test_the_head_is_whichever_reaches_further() -> None:
    assert Head.after(None, None) == Head()


@pytest.mark.parametrize(
    ("tampering", "table", "id"),
    [
        ("UPDATE ledger_transfer SET actor = 'x' WHERE key = '1'", "ledger_transfer", "test 1"),
        ("UPDATE ledger_transfer SET at = '2020-01-01 00:00:00Z' WHERE key = '1'", "ledger_transfer", "test 1"),
        ("UPDATE ledger_transfer SET currency = 'NONE' WHERE key = '1'", "ledger_transfer", "test 1"),
        ("DELETE FROM ledger_transfer WHERE key = '1'", "ledger_transfer", "test 1"),
        ("UPDATE ledger_entry SET kind = 'x' WHERE key = '1' AND account = {ben}", "ledger_entry", "{id} 1"),
        ("DELETE FROM ledger_entry WHERE key = '1' AND account = {ben}", "ledger_entry", "{id} 1"),
        ("DELETE FROM ledger_link WHERE number = 2", "ledger_link", "2"),
        ("UPDATE ledger_link SET transfer_digest = 'x' WHERE number = 2", "ledger_link", "2"),
        ("DELETE FROM ledger_seal", "ledger_seal", "1"),
        ("UPDATE ledger_seal SET at = '2020-01-01 00:00:00Z'", "ledger_seal", "1"),
        ("UPDATE ledger_account SET owner = 'eve' WHERE id = {ben}", "ledger_account", "{id}"),
    ],
)
def test_verifying_names_the_row_on_either_database(sql: Stage[SqlStore], tampering: str, table: str, id: str) -> None:
    opened_with(sql, ada=100, ben=0)
    post(sql, transfer("1", ADA, BEN, 30))
    while verified(sql).links < 2:
        sql.transact(sealing())
        sql.run(sql.store.pause(0.005))
    assert verified(sql).holds
    by_hand(sql, *unprotected(sql), tampering.format(ben=written(sql, BEN)))
    assert (table, id.format(id=BEN.id)) in [(fault.table, fault.id) for fault in verified(sql).faults]


def test_a_large_ledger_is_verified_page_by_page(sql: Stage[SqlStore]) -> None:
    opened_with(sql, ada=5_000, ben=0)
    post(sql, *(transfer(str(n), ADA, BEN, 1) for n in range(1_500)))
    sealed(sql, 1_501)
    post(sql, *(transfer(f"more {n}", ADA, BEN, 1) for n in range(1_001)))
    found = verified(sql)
    assert found.holds, found.faults
    assert (found.links, found.waiting) == (1_501, 1_001)


def test_transfers_are_sealed_in_the_order_of_the_queue(sql: Stage[SqlStore]) -> None:
    opened_with(sql, ada=100, ben=0)
    for name in ("b", "a"):
        post(sql, transfer(name, ADA, BEN, 1))
    sealed(sql, 3)

    def order(connection: sa.Connection) -> list[str]:
        return list(connection.scalars(sa.text("SELECT key FROM ledger_link ORDER BY number")))

    keys = migrate.on_database(sql.url, order)
    assert keys == (["a", "b", "start ada"] if sql.name == "sqlite" else ["start ada", "b", "a"])
