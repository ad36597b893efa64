"""What somebody with access to the database changes behind the ledger's back is named: the row where it was sealed,
the row or its account where it was not yet.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.ledger_tables import PROTECT_SQLITE
from sparkle_adapters.sql.store import SqliteStore
from sparkle_core.domain.economy.chain import id_text
from sparkle_core.domain.economy.holds import Capture
from sparkle_core.domain.economy.ledger import TransferId
from sparkle_core.domain.economy.verifying import Verification
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.contracts.holding import hold
from sparkle_core.testing.contracts.ledger_hot import SINK, key, sealed
from sparkle_core.testing.contracts.shapes import DECLARED, NOON
from sparkle_core.testing.contracts.staging import Stage
from sparkle_core.testing.contracts.transfers import ADA, BEN, CYD, opened_with, post, reversal, transfer, wallet

Row = dict[str, Any]

KEYS = {
    "ledger_transfer": ("namespace", "key"),
    "ledger_entry": ("account", "sequence"),
    "ledger_link": ("number",),
    "ledger_seal": ("number",),
    "ledger_account": ("id",),
    "ledger_unsealed": ("namespace", "key"),
}
"""The tables that are verified, and what a row is called by."""

MATTERS_NOT = {
    *(("ledger_account", column) for column in ("frozen", "day", "gone_today")),
    *(("ledger_unsealed", column) for column in ("xid", "whole")),
}
"""Whether a wallet is frozen, and what went out of it today, moves no point; nor does the order of what waits."""


class Enough(Exception):
    """Ends a transaction that was only there to look at."""


@frozen
class Books:
    """A ledger as it was written. What is done to it in `tampered` is rolled back again."""

    stage: Stage[Any]
    rows: dict[str, list[Row]]

    def tampered(self, *changes: "Statement") -> Verification:
        """What verifying finds once somebody did this. Discards what the database itself refuses."""
        found: list[Verification] = []

        async def body(tx: Any) -> None:
            for change in changes:
                tx.ledger.buffer.connection.raw.execute(change.text, change.values)
            found.append(await tx.ledger.verify(key))
            raise Enough

        try:
            self.stage.transact(body)
        except sqlite3.IntegrityError:
            assume(False)
        except Enough:
            pass
        return found[0]

    def is_sealed(self, table: str, row: Row) -> bool:
        """Whether the chain covers a row."""
        if table in ("ledger_link", "ledger_seal"):
            return True
        links = {(link["namespace"], link["key"]) for link in self.rows["ledger_link"]}
        return table in ("ledger_transfer", "ledger_entry") and (row["namespace"], row["key"]) in links


@frozen
class Statement:
    """One statement of SQL."""

    text: str
    values: list[Any] = field(factory=list)


def update(table: str, row: Row, **values: Any) -> Statement:
    assigned = ", ".join(f"{name} = ?" for name in values)
    where = " AND ".join(f"{name} = ?" for name in KEYS[table])
    return Statement(f"UPDATE {table} SET {assigned} WHERE {where}", [*values.values(), *(row[n] for n in KEYS[table])])


def delete(table: str, row: Row) -> Statement:
    where = " AND ".join(f"{name} = ?" for name in KEYS[table])
    return Statement(f"DELETE FROM {table} WHERE {where}", [row[n] for n in KEYS[table]])


def insert(table: str, row: Row) -> Statement:
    marks = ", ".join("?" for _ in row)
    return Statement(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """Every sort of transfer, some sealed under two seals, some waiting; triggers and checks are out of the way."""
    path = tmp_path_factory.mktemp("books") / "ledger.db"
    migrate.create_all(f"sqlite:///{path}", DECLARED)
    stage = Stage("sqlite", SqliteStore(path, DECLARED))
    _written(stage)
    rows: dict[str, list[Row]] = {}

    async def unprotected(tx: Any) -> None:
        raw: sqlite3.Connection = tx.ledger.buffer.connection.raw
        for statement in PROTECT_SQLITE:
            raw.execute(f"DROP TRIGGER {statement.split()[2]}")
        raw.execute("PRAGMA ignore_check_constraints = ON")
        for table in KEYS:
            found = raw.execute(f"SELECT * FROM {table}")
            columns = [column[0] for column in found.description]
            rows[table] = [dict(zip(columns, row, strict=True)) for row in found]

    stage.transact(unprotected)
    yield Books(stage, rows)
    stage.run(stage.store.close())


def _written(stage: Stage[Any]) -> None:
    opened_with(stage, ada=100, ben=0, cyd=20)

    async def more(tx: Transaction) -> None:
        await tx.ledger.open(SINK)
        await tx.ledger.reserve(hold("held", ADA, 9))
        await tx.ledger.capture(Capture(hold=TransferId("test", "held"), credit=SINK.id, actor="system", at=NOON))

    given = transfer("given", ADA, BEN, 30)
    post(stage, given, transfer("on", BEN, CYD, 10))
    sealed(stage, 4)
    stage.transact(more)
    post(stage, reversal(given, "back", 25), transfer("fee", CYD, SINK, 3))
    sealed(stage, 4)
    post(stage, transfer("again", ADA, BEN, 7), transfer("owed", ADA, CYD, 2), transfer("spent", CYD, SINK, 1))


def named(found: Verification, table: str, *rows: Row) -> bool:
    """Whether the verification names one of these rows, by their table."""
    names = {" ".join(id_text(str(row[n])) for n in KEYS[table]) for row in rows}
    return any(fault.table == table and fault.id in names for fault in found.faults)


def touched(found: Verification, *rows: Row) -> bool:
    """Whether anything found names a row's transfer, or an account that it is about."""
    accounts = {id_text(str(row[n])) for row in rows for n in ("id", "account", "debit", "credit") if n in row}
    transfers = {f"{row['namespace']} {row['key']}" for row in rows if "namespace" in row}
    said = [f"{fault.table} {fault.id} {fault.what}" for fault in found.faults] + list(found.proof.faults)
    return any(name in one for one in said for name in accounts | transfers)


def is_named(found: Verification, books: Books, table: str, row: Row, *others: Row) -> bool:
    if found.holds:
        return False
    return named(found, table, row, *others) if books.is_sealed(table, row) else touched(found, row, *others)


def other_values(books: Books, table: str, column: str, value: Any) -> list[Any]:
    """What could stand there instead: close by, of another row, or nothing at all."""
    others = [row[column] for row in books.rows[table]]
    if column in ("overdraft", "hot"):
        return [1 - value]
    close = [value + 1, value - 1, -value, 0] if isinstance(value, int) else [f"{value}x", "", wallet("eve").id.hex]
    return [other for other in (*others, *close) if other != value and other is not None]


tampering = settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
tables = st.sampled_from(sorted(KEYS))


def a_row(draw: st.DataObject, books: Books, table: str) -> Row:
    row: Row = draw.draw(st.sampled_from(books.rows[table]))
    return row


def test_books_that_nobody_touched_are_as_they_were_written(books: Books) -> None:
    found = books.tampered()
    assert found.holds, (found.faults, found.proof.faults)
    assert (found.seals, found.links) == (2, 8)
    assert found.waiting >= 3


@pytest.mark.parametrize("table", sorted(KEYS))
def test_a_changed_value_is_named(books: Books, table: str) -> None:
    columns = [c for c in books.rows[table][0] if (table, c) not in MATTERS_NOT]

    @tampering
    @given(st.data())
    def changed(draw: st.DataObject) -> None:
        row, column = a_row(draw, books, table), draw.draw(st.sampled_from(columns))
        value = draw.draw(st.sampled_from(other_values(books, table, column, row[column])))
        found = books.tampered(update(table, row, **{column: value}))
        assert is_named(found, books, table, row, row | {column: value}), (row, column, value, found)

    changed()


@pytest.mark.parametrize("table", sorted(KEYS))
def test_a_deleted_row_is_named(books: Books, table: str) -> None:
    for row in books.rows[table]:
        found = books.tampered(delete(table, row))
        assert is_named(found, books, table, row), (row, found)


@pytest.mark.parametrize("table", sorted(KEYS))
def test_an_inserted_row_is_named(books: Books, table: str) -> None:
    @tampering
    @given(st.data())
    def inserted(draw: st.DataObject) -> None:
        copied = a_row(draw, books, table)
        fresh: dict[str, Any] = {
            "namespace": draw.draw(st.sampled_from(["test", "other"])),
            "key": draw.draw(st.sampled_from(["new", copied.get("key")])),
            "sequence": draw.draw(st.integers(1, 9)),
            "number": draw.draw(st.integers(-1, 12)),
            "id": wallet("eve").id.hex,
            "account": draw.draw(st.sampled_from([ADA, BEN, wallet("eve")])).id.hex,
        }
        row = copied | {name: value for name, value in fresh.items() if name in copied}
        if table == "ledger_account":
            row["sequence"] = copied["sequence"]
        found = books.tampered(insert(table, row))
        assert is_named(found, books, table, row), (row, found)

    inserted()


@pytest.mark.parametrize("table", sorted(KEYS))
def test_two_rows_that_changed_places_are_named(books: Books, table: str) -> None:
    @tampering
    @given(st.data())
    def swapped(draw: st.DataObject) -> None:
        one, other = a_row(draw, books, table), a_row(draw, books, table)
        names = [n for n in one if n not in KEYS[table] and (table, n) not in MATTERS_NOT]
        assume([one[n] for n in names] != [other[n] for n in names])
        first = {n: one[n] for n in KEYS[table]} | {n: other[n] for n in one if n not in KEYS[table]}
        second = {n: other[n] for n in KEYS[table]} | {n: one[n] for n in one if n not in KEYS[table]}
        found = books.tampered(delete(table, one), delete(table, other), insert(table, first), insert(table, second))
        assert is_named(found, books, table, one, first), (one, other, found)
        assert is_named(found, books, table, other, second), (one, other, found)

    swapped()
