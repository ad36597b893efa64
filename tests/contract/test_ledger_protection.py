"""What the database itself refuses, and what the proof finds when somebody went round it."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.exc import DBAPIError

from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.dialects import SQLITE
from sparkle_adapters.sql.ledger import LedgerStatements
from sparkle_adapters.sql.ledger_tables import APPEND_ONLY, PROTECT_SQLITE
from sparkle_adapters.sql.store import SqliteStore, SqlStore
from sparkle_core.domain.economy.errors import InsufficientFunds
from sparkle_core.domain.economy.holds import Capture
from sparkle_core.domain.economy.ledger import Posted, TransferId
from sparkle_core.ports.driving import drive
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.contracts.holding import hold
from sparkle_core.testing.contracts.ledger_hot import sealed, sealing
from sparkle_core.testing.contracts.shapes import DECLARED, NOON
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import ADA, BEN, CYD, balances, opened_with, post, proof, transfer, wallet


@pytest.fixture
def bank(sql: Stage[SqlStore]) -> Stage[SqlStore]:
    opened_with(sql, ada=100, ben=0, cyd=0)
    post(sql, transfer("1", ADA, BEN, 30), transfer("2", BEN, CYD, 10))

    async def holds(tx: Transaction) -> None:
        await tx.ledger.reserve(hold("open", CYD, 4))
        await tx.ledger.reserve(hold("done", ADA, 3))
        await tx.ledger.capture(Capture(hold=TransferId("test", "done"), credit=CYD.id, actor="system", at=NOON))

    sql.transact(holds)
    return sql


def by_hand(stage: Stage[SqlStore], *statements: str) -> None:
    """What somebody with access to the database could do."""

    def work(connection: sa.Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    migrate.on_database(stage.url, work)


def written(stage: Stage[SqlStore], account: Any) -> str:
    """An account's id as the database writes it."""
    return f"'{account.id.hex}'" if stage.name == "sqlite" else f"'{account.id}'"


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_what_was_written_cannot_be_changed(bank: Stage[SqlStore], statement: str, table: str) -> None:
    column = bank.store.schema.tables[table].primary_key.columns.keys()[0]
    sealed(bank, 4)
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        by_hand(bank, statement.format(table, column))
    assert proof(bank).transfers == 4


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_hold",
        "UPDATE ledger_hold SET amount = 1 WHERE key = 'open'",
        "UPDATE ledger_hold SET account = {ada} WHERE key = 'open'",
        "UPDATE ledger_hold SET expires_at = at WHERE key = 'open'",
        "UPDATE ledger_hold SET state = 'voided', captured = 0 WHERE key = 'done'",
    ],
)
def test_a_hold_is_closed_once_and_says_what_it_said(bank: Stage[SqlStore], statement: str) -> None:
    with pytest.raises(DBAPIError, match="ledger_hold is append-only"):
        by_hand(bank, statement.format(ada=written(bank, ADA)))
    assert proof(bank).holds


_TRANSFER = "INSERT INTO ledger_transfer SELECT namespace, key || 'new', debit, {}, kind, reference, actor, at, {}"
_ENTRY = "INSERT INTO ledger_entry SELECT account, {}, kind, reference, amount, before, {}, at FROM ledger_entry"


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_was_written_cannot_be_emptied(postgres: Stage[SqlStore], table: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        by_hand(postgres, f"TRUNCATE {table}")


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("ck_ledger_account_floor", "UPDATE ledger_account SET balance = -1 WHERE NOT overdraft"),
        ("ck_ledger_account_floor", "UPDATE ledger_account SET held = balance + 1 WHERE NOT overdraft"),
        ("ck_ledger_account_counts", "UPDATE ledger_account SET sequence = -1"),
        ("ck_ledger_account_counts", "UPDATE ledger_account SET held = -1"),
        ("ck_ledger_hold_state", "UPDATE ledger_hold SET state = 'lost', closed_at = at"),
        ("ck_ledger_hold_captured", "UPDATE ledger_hold SET state = 'captured' WHERE key = 'open'"),
        ("ck_ledger_hold_captured", "UPDATE ledger_hold SET state = 'captured', captured = 9 WHERE key = 'open'"),
        ("ck_ledger_hold_closed", "UPDATE ledger_hold SET state = 'voided' WHERE key = 'open'"),
        ("ck_ledger_transfer_amount", _TRANSFER.format("credit, 0, currency", "NULL, NULL FROM ledger_transfer")),
        ("ck_ledger_transfer_sides", _TRANSFER.format("debit, 1, currency", "NULL, NULL FROM ledger_transfer")),
        ("ck_ledger_transfer_reverses", _TRANSFER.format("credit, 1, currency", "'x', NULL FROM ledger_transfer")),
        ("ck_ledger_entry_chain", _ENTRY.format("sequence + 9, namespace, key || 'new'", "after + 1")),
        ("ck_ledger_entry_sequence", _ENTRY.format("-sequence, namespace, key || 'new'", "after")),
        ("uq_ledger_entry_transfer|ledger_entry.namespace", _ENTRY.format("sequence + 9, namespace, key", "after")),
        ("ledger_entry_pkey|ledger_entry.sequence", _ENTRY.format("sequence, namespace, key || 'new'", "after")),
        ("ledger_transfer_pkey|ledger_transfer.key", "INSERT INTO ledger_transfer SELECT * FROM ledger_transfer"),
    ],
)
def test_the_database_refuses_rows_that_cannot_be(bank: Stage[SqlStore], rule: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match=rule):
        by_hand(bank, statement)
    assert proof(bank).holds


def unprotected(stage: Stage[SqlStore]) -> list[str]:
    if stage.name == "sqlite":
        names = [statement.split()[2] for statement in PROTECT_SQLITE]
        return [*(f"DROP TRIGGER {name}" for name in names), "PRAGMA ignore_check_constraints = ON"]
    checks = [("ledger_entry", "ck_ledger_entry_chain"), ("ledger_account", "ck_ledger_account_floor")]
    return [
        *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in (*APPEND_ONLY, "ledger_hold")),
        *(f"ALTER TABLE {table} DROP CONSTRAINT {check}" for table, check in checks),
    ]


@pytest.mark.parametrize(
    ("tampering", "faults"),
    [
        (
            "UPDATE ledger_account SET balance = balance + 1 WHERE id = {ben}",
            ["balances in SPARKLE sum to 1", "account {ben}: balance 21"],
        ),
        ("UPDATE ledger_account SET sequence = 9 WHERE id = {ben}", ["account {ben}: sequence 9"]),
        (
            "UPDATE ledger_account SET balance = -5 WHERE id = {ben}",
            ["account {ben}: balance -5 is below what is held, 0"],
        ),
        (
            "UPDATE ledger_entry SET amount = amount + 1, after = after + 1 WHERE account = {ben} AND sequence = 1",
            ["account {ben}: entry 2 does not follow", "transfer test 1: its entries are not its two sides"],
        ),
        ("UPDATE ledger_entry SET amount = 1 WHERE account = {ben} AND sequence = 2", ["account {ben}: entry 2"]),
        ("UPDATE ledger_account SET held = 7 WHERE id = {ben}", ["account {ben}: held 7 is not the sum"]),
        (
            "UPDATE ledger_account SET held = 21 WHERE id = {ben}",
            ["account {ben}: balance 20 is below what is held, 21"],
        ),
        ("DELETE FROM ledger_hold WHERE key = 'open'", ["account {cyd}: held 4 is not the sum of its open holds"]),
        ("UPDATE ledger_hold SET amount = 5 WHERE key = 'open'", ["account {cyd}: held 4 is not the sum"]),
        (
            "UPDATE ledger_hold SET account = {ben} WHERE key = 'open'",
            ["account {ben}: held 0", "account {cyd}: held 4"],
        ),
        (
            "UPDATE ledger_hold SET captured = 2 WHERE key = 'done'",
            ["hold test done: what it says was captured was not"],
        ),
        ("DELETE FROM ledger_transfer WHERE key = 'done'", ["hold test done: what it says was captured was not"]),
        (
            "UPDATE ledger_hold SET account = {none} WHERE key = 'open'",
            ["holds of account {none} belong to no account"],
        ),
        (
            "DELETE FROM ledger_entry WHERE account = {ben} AND sequence = 1",
            ["account {ben}: entry 1 is missing", "transfer test 1: its entries", "account {ben}: sequence 2"],
        ),
        ("DELETE FROM ledger_transfer WHERE key = '1'", ["entries of transfer test 1 belong to no transfer"]),
        ("UPDATE ledger_transfer SET amount = 5 WHERE key = '1'", ["transfer test 1: its entries"]),
        ("UPDATE ledger_transfer SET debit = {cyd} WHERE key = '1'", ["transfer test 1: its entries"]),
        ("UPDATE ledger_transfer SET kind = 'sale' WHERE key = '1'", ["transfer test 1: it is not what was posted"]),
        ("UPDATE ledger_unsealed SET digest = '' WHERE key = '1'", ["transfer test 1: it is not what was posted"]),
        (
            "DELETE FROM ledger_unsealed WHERE key = 'start ada'",
            ["transfer test start ada: its entries are not its two sides", "balances in SPARKLE sum to 100"],
        ),
        (
            "UPDATE ledger_unsealed SET key = 'other' WHERE key = '1'",
            ["transfer test other waits to be sealed and is not there"],
        ),
        ("DELETE FROM ledger_account WHERE id = {ben}", ["entries of account {ben} belong to no account"]),
        (
            "UPDATE ledger_account SET balance = 9223372036854775807 WHERE id IN ({ben}, {cyd})",
            ["account {ben}: balance 9223372036854775807", "balances in SPARKLE sum to 18446744073709551581"],
        ),
    ],
)
def test_the_proof_finds_what_was_tampered_with(bank: Stage[SqlStore], tampering: str, faults: list[str]) -> None:
    nobody = wallet("nobody")
    written_ids = {"ben": written(bank, BEN), "cyd": written(bank, CYD), "none": written(bank, nobody)}
    by_hand(bank, *unprotected(bank), tampering.format(**written_ids))
    found = proof(bank)
    assert not found.holds
    for fault in faults:
        expected = fault.format(ben=BEN.id, cyd=CYD.id, none=nobody.id)
        assert any(f.startswith(expected) for f in found.faults), found.faults


def test_what_was_changed_before_it_was_sealed_is_not_sealed(bank: Stage[SqlStore]) -> None:
    """Stops the seal from covering what somebody with access to the database wrote a moment before."""
    by_hand(bank, *unprotected(bank), "UPDATE ledger_transfer SET amount = 90 WHERE key = 'start ada'")
    sealed(bank, 3)
    assert bank.transact(sealing()) == 0
    assert any(f == "transfer test start ada: it is not what was posted" for f in proof(bank).faults)


def test_the_proof_finds_the_same_in_memory(memory: Stage[MemoryStore]) -> None:
    opened_with(memory, ada=100, ben=0)
    post(memory, transfer("1", ADA, BEN, 30))
    ledger = memory.store.data.ledger
    ledger.accounts[BEN.id] = evolve(ledger.accounts[BEN.id], balance=31)
    faults = proof(memory).faults
    assert any(str(BEN.id) in fault for fault in faults)
    assert any("sum to 1" in fault for fault in faults)


def test_in_memory_too_what_was_changed_is_not_sealed(memory: Stage[MemoryStore]) -> None:
    opened_with(memory, ada=100, ben=5)
    ledger = memory.store.data.ledger
    ada, ben = TransferId("test", "start ada"), TransferId("test", "start ben")
    ledger.transfers[ada] = evolve(ledger.transfers[ada], reference="other")
    del ledger.transfers[ben]
    assert memory.transact(sealing()) == 0
    faults = proof(memory).faults
    assert "transfer test start ada: it is not what was posted" in faults
    assert "transfer test start ben waits to be sealed and is not there" in faults


def test_posting_searches_by_index_however_long_the_ledger(sqlite: Stage[SqlStore]) -> None:
    statements = LedgerStatements(sqlite.store.schema.ledger, SQLITE)
    values = {"ids": [ADA.id, BEN.id], "namespace_": ["a", "b"], "key_": ["1", "2"]}

    def plan(connection: sa.Connection) -> list[str]:
        seen = statements.seen()
        return [
            row[3]
            for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + seen.sql, tuple(seen.arguments(values)))
        ]

    steps = migrate.on_database(sqlite.url, plan)
    assert any("ledger_transfer" in step and "(namespace=? AND key=?)" in step for step in steps), steps
    assert not [step for step in steps if "SCAN ledger" in step or "SCAN reversal" in step], steps


def _spend(path: str, first: int, times: int) -> int:
    store = SqliteStore(path, DECLARED)
    spent = 0
    for n in range(first, first + times):

        async def body(tx: Transaction, n: int = n) -> Posted:
            return await tx.ledger.post(transfer(f"spend {n}", wallet("dee"), BEN, 7))

        try:
            drive(store.transact(body))
            spent += 1
        except InsufficientFunds:
            pass
    drive(store.close())
    return spent


def test_processes_spend_one_wallet_as_often_as_it_can_pay(sqlite: Stage[SqlStore]) -> None:
    opened_with(sqlite, dee=37 * 7, ben=0)
    path = sqlite.url.removeprefix("sqlite:///")
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        spent = [pool.submit(_spend, path, n * 50, 50) for n in range(2)]
        assert sum(one.result(60) for one in spent) == 37
    assert balances(sqlite, wallet("dee"), BEN) == [0, 259]
    assert proof(sqlite).holds
