"""What somebody with access to the database changes in the audit log behind its back is named, on both databases.

Stops a privileged person from doing something and then making it look as if they had not, or as if somebody else had.
"""

import hmac
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from attrs import frozen
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sparkle_adapters.memory.world import SeededWorld
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.schema import Schema
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import ChangeRole, ChangeStatus, RevokeSessions
from sparkle_core.application.auditing import VerifyAudit
from sparkle_core.application.catalog import STORED
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Origin, Role, Status
from sparkle_core.domain.kernel.auditing import AuditEntry, AuditLink, AuditVerification, Part
from tests.communities import SQL_STORES, connected, fresh_database
from tests.support.people import member

Row = dict[str, Any]

TABLES = Schema.of(STORED).tables
AUDIT, VALUES, LINKS, WAITING, HEADS = (
    TABLES[name] for name in ("audit", "audit_value", "audit_link", "audit_waiting", "audit_head")
)
ALL = (AUDIT, VALUES, LINKS, WAITING, HEADS)
CALLED = {AUDIT: "id", VALUES: "entry_id", LINKS: "number", WAITING: "id", HEADS: "id"}
"""What a row is called by, where it is named."""
MATTERS_NOT = {(HEADS, "version")}
HOME = Origin(address="192.0.2.7", request_id=UUID(int=70))


@frozen
class Log:
    """A community's audit log as it was written; what is done to it in `tampered` is undone again."""

    sparkle: Sparkle
    url: str
    rows: dict[sa.Table, list[Row]]

    def tampered(self, *changes: sa.Executable) -> AuditVerification:
        """What verifying finds once somebody did this, past triggers. Discards what the database refuses even so."""
        try:
            migrate.on_database(self.url, lambda c: self._execute(c, changes))
        except sa.exc.IntegrityError:
            assume(False)
        try:
            return self.sparkle.run(VerifyAudit(), actor=SYSTEM)
        finally:
            migrate.on_database(self.url, lambda c: self._execute(c, self._restoring()))

    def _restoring(self) -> list[sa.Executable]:
        undo: list[sa.Executable] = []
        for table, rows in self.rows.items():
            undo.append(sa.delete(table))
            if rows:
                undo.append(sa.insert(table).values(rows))
        return undo

    def _execute(self, connection: sa.Connection, changes: Sequence[sa.Executable]) -> None:
        for change in changes:
            connection.execute(change)

    def chained(self) -> set[UUID]:
        return {row["id"] for row in self.rows[LINKS]}


def _unprotected(connection: sa.Connection) -> None:
    """Who can change rows can take triggers away."""
    for table in (AUDIT, VALUES, LINKS):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"DROP TRIGGER {table.name}_is_append_only ON {table.name}")
            continue
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table.name}_refuses_{verb}")


def _written(sparkle: Sparkle) -> None:
    """Entries of every sort, with all their values and without: some in the chain, some on their way."""
    rudi, ada = member(sparkle, "rudi", Role.ADMIN), member(sparkle, "ada")
    assert isinstance(sparkle.world, SeededWorld)
    by = Actor(user_id=rudi.id, proved_at=sparkle.world.now)

    def some(days: int) -> None:
        assert isinstance(sparkle.world, SeededWorld)
        suspend = ChangeStatus(user_id=ada.id, status=Status.SUSPENDED, reason="Flooding.", days=days)
        sparkle.run(suspend, actor=by, origin=HOME)
        sparkle.world.advance(timedelta(minutes=1))
        sparkle.run(ChangeRole(user_id=ada.id, role=Role.CREATOR), actor=by)
        sparkle.run(RevokeSessions(user_id=ada.id), actor=by, origin=HOME)

    some(3)
    sparkle.run_coroutine(sparkle.chain_audit())
    some(5)


@pytest.fixture(scope="module", params=SQL_STORES)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    with fresh_database(request.param) as url, connected(url, seed=4, inline=True) as sparkle:
        _written(sparkle)
        migrate.on_database(url, _unprotected)

        def read(connection: sa.Connection) -> dict[sa.Table, list[Row]]:
            return {
                table: [dict(row._mapping) for row in connection.execute(sa.select(table).order_by(table.c.id))]
                for table in ALL
            }

        yield Log(sparkle, url, migrate.on_database(url, read))


def named(found: AuditVerification, table: sa.Table, *rows: Row) -> bool:
    """Whether the verification names one of these rows: by itself, or by the entry it belongs to."""
    names = {str(row[CALLED[table]]) for row in rows} | {str(row["id"]) for row in rows}
    said = [(fault.id, fault.what) for fault in found.faults]
    return not found.holds and any(name == id or name in what for id, what in said for name in names)


def same(table: sa.Table, row: Row) -> Any:
    return table.c.id == row["id"]


def other_values(log: Log, table: sa.Table, column: sa.Column[Any], value: Any) -> list[Any]:
    """What could stand there instead: of another row, close by, or nothing at all."""
    others = [row[column.name] for row in log.rows[table]]
    if isinstance(value, str):
        others += [f"{value}x", value[:-1]]
    elif isinstance(value, int):
        others += [value + 1, value - 1]
    elif isinstance(value, UUID):
        others.append(UUID(int=value.int ^ 1))
    elif value is not None:
        others.append(value + timedelta(microseconds=1))
    if column.nullable:
        others += [None, None if value is not None else others[0]]
    if table is VALUES and column.name == "part":
        others += [part.value for part in Part]
    return [other for other in others if other != value]


tampering = settings(
    max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def examples(log: Log) -> settings:
    """Fewer where each takes longer: the rules are the same ones, the rows are read by the same statements."""
    return tampering if log.url.startswith("sqlite") else settings(tampering, max_examples=6)


def a_row(draw: st.DataObject, log: Log, table: sa.Table) -> Row:
    row: Row = draw.draw(st.sampled_from(log.rows[table]))
    return row


by_table = pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)


def test_a_log_that_nobody_touched_is_as_it_was_written(log: Log) -> None:
    found = log.tampered()
    assert found.holds, found.faults
    assert found.links == len(log.rows[LINKS]) >= 3
    assert found.waiting == len(log.rows[WAITING]) == 3
    assert found.erased == 0


@by_table
def test_a_changed_value_is_named(log: Log, table: sa.Table) -> None:
    columns = [c for c in table.c if (table, c.name) not in MATTERS_NOT]

    @examples(log)
    @given(st.data())
    def changed(draw: st.DataObject) -> None:
        row, column = a_row(draw, log, table), draw.draw(st.sampled_from(columns))
        values = other_values(log, table, column, row[column.name])
        assume(values)
        value = draw.draw(st.sampled_from(values))
        found = log.tampered(sa.update(table).where(same(table, row)).values({column.name: value}))
        assert named(found, table, row, row | {column.name: value}), (row, column.name, value, found)

    changed()


@pytest.mark.parametrize("table", [AUDIT, LINKS, WAITING, HEADS], ids=lambda table: table.name)
def test_a_deleted_row_is_named(log: Log, table: sa.Table) -> None:
    rows = log.rows[table] if log.url.startswith("sqlite") else log.rows[table][-3:]
    for row in rows:
        found = log.tampered(sa.delete(table).where(same(table, row)))
        assert named(found, table, row), (row, found)


def test_a_deleted_value_is_an_erased_one(log: Log) -> None:
    """Its entry still says that it was there, when it was and who did it; `audit` shows it as erased."""
    for row in log.rows[VALUES][:4]:
        found = log.tampered(sa.delete(VALUES).where(same(VALUES, row)))
        assert (found.holds, found.erased) == (True, 1)


def test_a_value_without_its_salt_is_named(log: Log) -> None:
    row = log.rows[VALUES][0]
    found = log.tampered(sa.update(VALUES).where(same(VALUES, row)).values(salt="0" * 22))
    assert named(found, VALUES, row)


@by_table
def test_an_inserted_row_is_named(log: Log, table: sa.Table) -> None:
    """But for an entry with its place in the queue: whoever writes rows can do that until it is chained."""

    @examples(log)
    @given(st.data())
    def inserted(draw: st.DataObject) -> None:
        copied = a_row(draw, log, table)
        fresh = draw.draw(st.sampled_from([uuid4(), *(row["id"] for row in log.rows[AUDIT])]))
        row = copied | {"id": fresh}
        if table is VALUES:
            row["part"] = draw.draw(st.sampled_from([part.value for part in Part]))
            row["entry_id"] = draw.draw(st.sampled_from([copied["entry_id"], fresh]))
        if table is LINKS:
            row["number"] = draw.draw(st.integers(-1, 2 + len(log.rows[LINKS])))
        assume(table is not HEADS)
        found = log.tampered(sa.insert(table).values(row))
        assert named(found, table, row), (row, found)

    if table is not HEADS:
        inserted()


@by_table
def test_two_rows_that_changed_places_are_named(log: Log, table: sa.Table) -> None:
    @examples(log)
    @given(st.data())
    def swapped(draw: st.DataObject) -> None:
        one, other = a_row(draw, log, table), a_row(draw, log, table)
        assume(one is not other)
        first, second = one | {"id": other["id"]}, other | {"id": one["id"]}
        gone = [sa.delete(table).where(same(table, row)) for row in (one, other)]
        found = log.tampered(*gone, *(sa.insert(table).values(row) for row in (first, second)))
        assert named(found, table, one, first), (one, other, found)
        assert named(found, table, other, second), (one, other, found)

    if len(log.rows[table]) > 1:
        swapped()


def test_the_end_of_the_chain_that_was_cut_off_is_missed(log: Log) -> None:
    last = max(log.rows[LINKS], key=lambda row: int(row["number"]))
    gone = [sa.delete(LINKS).where(same(LINKS, last)), sa.delete(AUDIT).where(same(AUDIT, last))]
    found = log.tampered(*gone, sa.delete(VALUES).where(VALUES.c.entry_id == last["id"]))
    assert [(f.table, f.what) for f in found.faults] == [
        ("audit_head", f"says that the chain ends at link {last['number']}; it ends at {last['number'] - 1}")
    ]


def test_a_chain_that_was_made_anew_without_the_key_is_named(log: Log) -> None:
    """Stops who can write every table from changing an entry and then everything that was made from it."""
    last = max(log.rows[LINKS], key=lambda row: int(row["number"]))
    row = next(row for row in log.rows[AUDIT] if row["id"] == last["id"])
    entry = AuditEntry(**row | {"actor": "user:somebody else"})
    link = AuditLink(**last | {"digest": entry.digest})
    mac = hmac.digest(b"a guess", link.says, "sha256").hex()
    found = log.tampered(
        sa.update(AUDIT).where(same(AUDIT, row)).values(actor=entry.actor),
        sa.update(LINKS).where(same(LINKS, last)).values(digest=entry.digest, mac=mac),
        sa.update(HEADS).values(mac=mac),
    )
    assert [(f.table, f.id) for f in found.faults] == [("audit_link", str(last["number"]))], found


def test_a_row_that_cannot_be_read_is_found_all_the_same(log: Log) -> None:
    """Stops who writes nonsense into a row from keeping anybody from verifying the rest."""
    row = log.rows[VALUES][0]
    found = log.tampered(sa.update(VALUES).where(same(VALUES, row)).values(part="nonsense"))
    assert not found.holds
    if log.url.startswith("sqlite"):
        entry = log.rows[AUDIT][0]["id"].hex
        found = log.tampered(sa.text(f"UPDATE audit SET at = 'nonsense' WHERE id = '{entry}'"))
        assert any(str(log.rows[AUDIT][0]["id"]) == fault.id for fault in found.faults), found


def test_the_database_itself_refuses_to_change_the_log(request: pytest.FixtureRequest) -> None:
    for store in SQL_STORES:
        with fresh_database(store) as url, connected(url, seed=4, inline=True) as sparkle:
            _written(sparkle)
            for table, changes in (
                (AUDIT, (sa.update(AUDIT).values(command="x"), sa.delete(AUDIT))),
                (LINKS, (sa.update(LINKS).values(mac="x"), sa.delete(LINKS))),
                (VALUES, (sa.update(VALUES).values(value="x"),)),
            ):
                for change in changes:
                    with pytest.raises(sa.exc.DBAPIError, match=f"{table.name} is append-only"):
                        migrate.on_database(url, lambda c, change=change: c.execute(change))  # type: ignore[misc]
