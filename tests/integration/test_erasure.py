"""Whoever left is nowhere any more: every table, cache, letter box of ours and log is searched for what says who.

On the databases, with Valkey beside them. Source: docs/contexts/accounts.md.
"""

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from attrs import frozen

from sparkle_adapters.memory.world import SeededWorld
from sparkle_adapters.sql.migrate import on_database
from sparkle_bootstrap import Sparkle
from sparkle_core.application import catalog
from sparkle_core.application.accounts import DeleteAccount, EraseAccount
from sparkle_core.application.auditing import VerifyAudit
from sparkle_core.application.economy import VerifyLedger
from sparkle_core.application.erasing import ErasurePlan
from sparkle_core.application.exporting import ExportOf, FetchExport, MyExports
from sparkle_core.application.moderation import ClaimCase, Decide, DecideAppeal
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.stored import Kind, Log
from sparkle_core.domain.moderation.decisions import Action
from tests.communities import SQL_STORES, connected, fresh_database
from tests.dumping import kept_by_valkey, rows_of_database
from tests.support.lives import MARKS, Life
from tests.support.people import member
from tests.valkey import emptied, shared_valkey


@frozen
class Home:
    """A community on a database beside a Valkey, and what is in both."""

    sparkle: Sparkle
    url: str

    def later(self, **by: float) -> None:
        assert isinstance(self.sparkle.world, SeededWorld)
        self.sparkle.world.advance(timedelta(**by))
        self.sparkle.run_coroutine(self.sparkle.drain())
        self.sparkle.run_coroutine(self.sparkle.tidy_up())
        self.sparkle.run_coroutine(self.sparkle.drain())

    def marks(self) -> list[str]:
        dump = on_database(self.url, rows_of_database) + kept_by_valkey().decode("utf-8", "replace")
        return [mark for mark in MARKS if mark in dump]


@contextmanager
def home(store: str) -> Iterator[Home]:
    with fresh_database(store) as url, connected(url, redis_url=emptied(shared_valkey())) as sparkle:
        yield Home(sparkle, url)


SEALED = {"+4930123456"}
"""No dump shows what is sealed."""


@pytest.mark.parametrize("store", SQL_STORES)
def test_after_the_time_of_grace_nothing_anywhere_says_who_somebody_was(
    store: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Stops a backup, a log or a forgotten table from keeping who had themselves erased."""
    caplog.set_level(logging.DEBUG, logger="sparkle")
    with home(store) as at:
        life = Life(at.sparkle).lived()
        there = set(at.marks())
        assert there == set(MARKS) - SEALED, "the search finds every mark while she is here"
        life.say(DeleteAccount(keep_name=False))
        at.later(days=29)
        assert "zoe-mark@example.org" in at.marks()
        at.later(days=2)
        waiting = sum(planned.wait for planned in at.sparkle.run(ErasurePlan(user_id=life.id), actor=SYSTEM))
        assert waiting > 0, "what was reported and is not decided waits"
        *_, cleo = life.others
        assert at.marks() == ["zoes-appeal"]
        at.sparkle.run(DecideAppeal(appeal_id=life.appeal, overturn=False, reason="As seen."), actor=cleo)
        at.sparkle.run(ClaimCase(case_id=life.open_case), actor=cleo)
        at.sparkle.run(Decide(case_id=life.open_case, action=Action.DISMISS, reason="As seen."), actor=cleo)
        at.later(days=2)
        assert at.marks() == []
        assert [mark for mark in MARKS if mark in caplog.text] == []
        plan = at.sparkle.run(ErasurePlan(user_id=life.id), actor=SYSTEM)
        assert [(p.stored, p.go, p.change, p.wait) for p in plan if p.go or p.change or p.wait] == []
        assert at.sparkle.run(VerifyAudit(), actor=SYSTEM).holds
        assert at.sparkle.run(VerifyLedger(), actor=SYSTEM).holds


def test_a_file_of_sqlite_keeps_nobody_in_pages_that_are_free() -> None:
    """Stops who was erased from being read in the database's file, past its tables."""
    with fresh_database("sqlite") as url:
        folder = Path(url.removeprefix("sqlite:///")).parent

        def kept() -> list[str]:
            bytes_kept = b"".join(file.read_bytes() for file in folder.iterdir())
            return [person.email for person in people if person.email.encode() in bytes_kept]

        with connected(url, inline=True) as sparkle:
            people = [member(sparkle, f"zoe{n:02}") for n in range(20)]
            assert len(kept()) == 20
            for person in people[1::2]:
                sparkle.run(EraseAccount(user_id=person.id), actor=SYSTEM)
                sparkle.run_coroutine(sparkle.erase(person.id))
        assert kept() == [person.email for person in people[::2]]


def rows_by_id(connection: sa.Connection) -> dict[str, dict[str, str]]:
    """Every row of every table that has ids, as text."""
    quoted = connection.dialect.identifier_preparer.quote
    found: dict[str, dict[str, str]] = {}
    for table in sa.inspect(connection).get_table_names():
        names = [column["name"] for column in sa.inspect(connection).get_columns(table)]
        if "id" in names:
            rows = connection.execute(sa.text(f"SELECT * FROM {quoted(table)}"))
            found[table] = {_hex(row[names.index("id")]): str(tuple(row)) for row in rows}
    return found


def _hex(id: object) -> str:
    """A UUID as either database has it."""
    return id.hex() if isinstance(id, bytes) else str(id).replace("-", "")


@pytest.mark.parametrize("store", SQL_STORES)
def test_the_export_has_everything_that_erasing_touches_and_nothing_that_opens_anything(store: str) -> None:
    """Stops a copy that leaves something out which we hold, and one that hands its thief the account."""
    with home(store) as at:
        life = Life(at.sparkle).lived()
        before = on_database(at.url, rows_by_id)  # that it was taken is written down, too
        archive = at.sparkle.run(ExportOf(user_id=life.id), actor=SYSTEM)
        with zipfile.ZipFile(io.BytesIO(archive.data)) as files:
            text = files.read("data.json").decode()
            assert set(files.namelist()) == {"README.txt", "data.json", "media.json"}
            assert [one["url"] for one in json.loads(files.read("media.json"))] == [
                "https://zoe-site.example/zoe-pic.png",
                "https://zoe-site.example/zoe-banner.png",
            ]
        told = json.loads(text)["stored"]
        assert [mark for mark in MARKS if mark not in text] == []
        at.sparkle.run(EraseAccount(user_id=life.id), actor=SYSTEM)
        at.sparkle.run_coroutine(at.sparkle.erase(life.id))
        after = on_database(at.url, rows_by_id)
        aside = {"outbox", "receipt", "audit_waiting", "export_part"}  # nobody's, or the export itself
        touched = {
            (table, id)
            for table, rows in before.items()
            for id, row in rows.items()
            if table not in aside and after[table].get(id) != row
        }
        exported = {(table, UUID(row["id"]).hex) for table, rows in told.items() for row in rows}
        assert touched - exported == set()
        assert len({table for table, _ in touched}) > 15, "a life leaves more than a few traces"
        for shape in catalog.STORED:
            secrets = [n for n, p in shape.personal.items() if p.opens] if isinstance(shape, Kind | Log) else []
            assert not [row for row in told.get(shape.name, []) if row.keys() & set(secrets)]


def test_whoever_asked_for_a_copy_fetches_it_for_two_days() -> None:
    with home("sqlite") as at:
        life = Life(at.sparkle).lived()
        (export,) = life.say(MyExports())
        letter = at.sparkle.mailbox.latest("zoe-mark@example.org")
        assert (letter.kind, letter.data["export"]) == ("export_ready", str(export.id))
        archive = life.say(FetchExport(export_id=export.id))
        assert zipfile.ZipFile(io.BytesIO(archive.data)).testzip() is None
        assert len(archive.data) == export.size
        at.later(hours=49)
        assert life.say(MyExports()) == ()
        with pytest.raises(NotFound):
            life.say(FetchExport(export_id=export.id))
        assert on_database(at.url, rows_by_id)["export_part"] == {}
