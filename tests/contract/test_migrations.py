"""Tables, migrations and declarations, held against each other on both databases."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE
from sparkle_adapters.sql.errors import SchemaBehind
from sparkle_adapters.sql.revising import differences
from sparkle_adapters.sql.sqlite import opened
from sparkle_adapters.sql.store import PostgresStore, SqliteStore
from sparkle_core.application.auditing import AuditLog, VerifyAudit
from sparkle_core.application.catalog import STORED
from sparkle_core.domain.economy.ledger import ISSUANCE, wallet_of
from sparkle_core.domain.kernel.actors import SYSTEM
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.testing.contracts.ledger_hot import sealed
from sparkle_core.testing.contracts.ledger_sealed import verified
from sparkle_core.testing.contracts.shapes import MEMBERS
from sparkle_core.testing.contracts.staging import staged
from sparkle_core.testing.contracts.transfers import balances
from tests.communities import connected


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a folder/new.db"
    make: Callable[[], str] = request.getfixturevalue("postgres_url")
    return make()


@pytest.fixture
def other_url(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Another one of the same kind."""
    if url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/other.db"
    make: Callable[[], str] = request.getfixturevalue("postgres_url")
    return make()


def everything_in(url: str) -> set[tuple[str, ...]]:
    """Tables, indexes, triggers, functions and constraints, with their definitions."""
    queries = (
        [
            "SELECT type, name, tbl_name FROM sqlite_master",
            "SELECT name, sql, '' FROM sqlite_master WHERE type = 'trigger'",
        ]
        if url.startswith("sqlite")
        else [
            "SELECT 'table', tablename, '' FROM pg_tables WHERE schemaname = 'public'",
            "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
            "SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace",
            "SELECT table_name || '.' || column_name, data_type, coalesce(collation_name, '') || is_nullable "
            "FROM information_schema.columns WHERE table_schema = 'public'",
        ]
    )

    def work(connection: sa.Connection) -> set[tuple[str, ...]]:
        rows = [tuple(row) for query in queries for row in connection.exec_driver_sql(query)]
        return {row for row in rows if not any("alembic" in str(value) for value in row)}

    return migrate.on_database(url, work)


def test_the_migrations_make_what_is_declared(url: str, other_url: str) -> None:
    migrate.up(url)
    assert migrate.on_database(url, lambda c: differences(c, STORED)) == []
    migrate.create_all(other_url, STORED)
    assert everything_in(url) == everything_in(other_url)
    assert any("append-only" in str(row) for row in everything_in(url))


def test_a_declaration_without_a_migration_is_found(url: str) -> None:
    migrate.up(url)
    found = migrate.on_database(url, lambda c: differences(c, [*STORED, MEMBERS]))
    assert {change[0] for change in found} == {"add_table", "add_index"}
    found = migrate.on_database(url, lambda c: differences(c, STORED[1:]))
    assert found


def test_every_step_goes_down_and_up_again(url: str) -> None:
    migrate.up(url)
    here, whole = migrate.status(url), everything_in(url)
    assert here.is_current
    assert here.missing == ()
    migrate.down(url, "base")
    assert everything_in(url) == set()
    steps = migrate.status(url).missing
    assert steps[-1] == here.found
    for step in steps:
        migrate.up(url, step)
        before = everything_in(url)
        migrate.down(url, "-1")
        migrate.up(url, step)
        assert everything_in(url) == before
    assert everything_in(url) == whole


def test_who_had_set_a_time_zone_has_a_calendar_that_follows_it(url: str) -> None:
    migrate.up(url)
    names = "id, version, bio, image, banner, location, time_zone, locale, website"
    names += ", social, interests, skills, showcase, theme"
    row = "'{}', 1, '', '', '', '', '{}', 'en', '', '{{}}', '[]', '[]', '{{}}', 'system', false, ''"
    zones = {UUID(int=1): "Europe/Berlin", UUID(int=2): "UTC", UUID(int=3): "Asia/Tokyo"}

    def join(connection: sa.Connection) -> None:
        for id, zone in zones.items():
            values = row.format(id.hex if url.startswith("sqlite") else id, zone)
            connection.exec_driver_sql(
                f"INSERT INTO profile ({names}, sparkle_creator_badge, search_text) VALUES ({values})"
            )

    migrate.on_database(url, join)
    migrate.down(url, "0002")
    migrate.up(url)
    query = "SELECT time_zone, version, day, earned FROM calendar ORDER BY id"
    calendars = migrate.on_database(url, lambda c: [tuple(r) for r in c.exec_driver_sql(query)])
    assert calendars == [("Europe/Berlin", 1, 0, "{}"), ("Asia/Tokyo", 1, 0, "{}")]


def test_where_a_database_stands_is_told(url: str) -> None:
    empty = migrate.status(url)
    assert empty.found is None
    assert not empty.is_current
    migrate.up(url, "0001")
    assert migrate.status(url).found == "0001"
    assert migrate.status(url).missing == empty.missing[1:]


def test_a_database_that_is_behind_is_told_so(url: str) -> None:
    migrate.up(url, "0001")
    with pytest.raises(SchemaBehind, match="sparkle migrate up"):
        migrate.ensure_schema(url)
    migrate.up(url)
    migrate.ensure_schema(url)


def test_a_database_of_a_newer_version_is_told_so(url: str) -> None:
    migrate.up(url)
    migrate.on_database(url, lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaBehind, match="run the newer one"):
        migrate.ensure_schema(url)


def test_an_empty_postgres_is_not_migrated_behind_its_owners_back(postgres_url: Callable[[], str]) -> None:
    url = postgres_url()
    with pytest.raises(SchemaBehind, match="is at schema none"):
        migrate.ensure_schema(url)
    assert everything_in(url) == set()


def test_a_missing_sqlite_schema_is_created_once_by_whoever_comes_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/var/new.db"
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(migrate.ensure_schema, [url] * 4))
    assert migrate.status(url).is_current


def test_of_those_who_open_a_new_file_at_once_nobody_is_refused(tmp_path: Path) -> None:
    """Two that switch a file to its write-ahead log at once are refused by SQLite without a wait."""

    def open_at_once(path: Path) -> None:
        together.wait()
        opened(path).close()

    together = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        for number in range(40):
            list(pool.map(open_at_once, [tmp_path / f"{number}.db"] * 4))


def test_a_database_that_is_being_written_to_is_opened_all_the_same(tmp_path: Path) -> None:
    """Stops a process from failing at its start, since looking at the schema waited for whoever writes."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    migrate.ensure_schema(url)
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        migrate.ensure_schema(url)
        assert migrate.status(url).is_current


def test_two_who_migrate_at_once_take_turns(url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate.up, [url] * 2))
    assert migrate.status(url).is_current


def _columns(kind: TypeEngine[Any], *names: str) -> list[sa.ColumnClause[Any]]:
    return [sa.column(name, kind) for name in names]


def _posted_before(connection: sa.Connection) -> None:
    """A hundred points from the issuance, as the schema before hot accounts had it."""
    wallet, at = wallet_of(UserId(UUID(int=7))), datetime(2026, 1, 1, tzinfo=UTC)
    account = sa.table(
        "ledger_account",
        *_columns(TEXT, "owner", "currency", "purpose"),
        *_columns(FLAG, "overdraft", "frozen"),
        *_columns(WHOLE, "balance", "sequence", "earned", "spent", "held"),
        *_columns(ID, "id"),
    )
    now = {"currency": "SPARKLE", "frozen": False, "sequence": 1, "held": 0}
    house = {"id": ISSUANCE.id, "owner": "platform", "purpose": "issuance", "overdraft": True}
    person = {"id": wallet, "owner": f"user:{UUID(int=7)}", "purpose": "wallet", "overdraft": False}
    gave, got = {"balance": -100, "earned": 0, "spent": 100}, {"balance": 100, "earned": 100, "spent": 0}
    connection.execute(sa.insert(account), [now | house | gave, now | person | got])
    said = _columns(TEXT, "namespace", "key", "kind", "reference", "currency", "actor")
    sides = _columns(ID, "debit", "credit")
    transfer = sa.table("ledger_transfer", *said, *sides, *_columns(WHOLE, "amount"), *_columns(INSTANT, "at"))
    what = {"namespace": "bonus", "key": "7", "kind": "welcome_bonus", "reference": "bonus", "at": at}
    moved = {"debit": ISSUANCE.id, "credit": wallet, "amount": 100, "currency": "SPARKLE", "actor": "system"}
    connection.execute(sa.insert(transfer), [what | moved])
    entry = sa.table(
        "ledger_entry",
        *_columns(TEXT, "namespace", "key", "kind", "reference"),
        *_columns(WHOLE, "sequence", "amount", "before", "after"),
        *_columns(ID, "account"),
        *_columns(INSTANT, "at"),
    )
    for id, amount in ((ISSUANCE.id, -100), (wallet, 100)):
        side = {"account": id, "sequence": 1, "amount": amount, "before": 0, "after": amount}
        connection.execute(sa.insert(entry), [what | side])


def test_what_was_posted_before_the_chain_is_sealed_after_it(url: str) -> None:
    """Its entries are there on both sides: they are neither written nor counted again."""
    migrate.up(url, "0006")
    migrate.on_database(url, _posted_before)
    migrate.up(url)
    on_postgres = url.startswith("postgresql")
    with staged(lambda: PostgresStore(url, STORED) if on_postgres else SqliteStore(url, STORED)) as stage:
        for waiting in (1, 0):
            found = verified(stage)
            assert found.holds, (found.faults, found.proof.faults)
            assert (found.waiting, found.links, found.proof.entries) == (waiting, 1 - waiting, 2)
            assert balances(stage, ISSUANCE) == [-100]
            if waiting:
                sealed(stage, 1)
    migrate.down(url, "-1")
    migrate.up(url)


def test_what_was_audited_before_the_chain_is_chained_after_it(url: str) -> None:
    migrate.up(url, "0021")
    said = _columns(TEXT, "command", "content", "address")
    old = sa.table("audit", *_columns(ID, "id", "actor"), *said, *_columns(INSTANT, "at"))
    row = {"id": UUID(int=1), "actor": UUID(int=2), "command": "AwardXp", "content": "{}", "address": "192.0.2.1"}
    migrate.on_database(url, lambda c: c.execute(sa.insert(old), [row | {"at": datetime(2026, 1, 1, tzinfo=UTC)}]))
    migrate.up(url)
    with connected(url) as sparkle:
        assert sparkle.run_coroutine(sparkle.chain_audit()) == 1
        found = sparkle.run(VerifyAudit(), actor=SYSTEM)
        assert (found.holds, found.links, found.erased) == (True, 1, 0)
        (entry,) = sparkle.run(AuditLog(actor=f"user:{UUID(int=2)}"), actor=SYSTEM).items
        assert (entry.command, entry.content, entry.address) == ("AwardXp", "{}", "192.0.2.1")
    migrate.down(url, "0021")
    kept = migrate.on_database(url, lambda c: dict(c.execute(sa.select(old)).one()._mapping))
    assert {name: kept[name] for name in row} == row
