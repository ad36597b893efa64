"""`sparkle audit` and `sparkle audit verify`: filtered, followed, for programs, and what they exit with."""

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from pwd import getpwuid

import pytest

from sparkle_cli.options import account
from sparkle_core.application.accounts import ChangeRole, PersonNamed, Register
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Role
from tests.support.commands import CommandLine, program, surroundings
from tests.support.people import PASSWORD


@pytest.fixture
def sparkle(tmp_path: Path) -> CommandLine:
    """A deployment where an operator made Ada a moderator and suspended Ben."""
    line = CommandLine(tmp_path)
    with line.opened() as community:
        for name in ("ada", "ben"):
            community.run(Register(email=f"{name}@example.org", username=name, password=PASSWORD, agree_to_terms=True))
    line("user", "promote", "ada", "moderator")
    return line


def chained(line: CommandLine) -> None:
    with line.opened() as community:
        community.run_coroutine(community.chain_audit())


def test_the_log_is_printed_and_filtered(sparkle: CommandLine) -> None:
    said = sparkle("audit")
    assert said.code == 0
    assert "ChangeRole" in said.out
    assert '{"role": "USER"} -> {"role": "MODERATOR"}' in said.out
    (entry,) = sparkle("audit", "--subject", "ada", "--json").json
    by = entry["actor"]
    assert by.startswith(f"operator:{getpwuid(os.getuid()).pw_name}")
    assert (entry["command"], entry["erased"]) == ("ChangeRole", [])
    assert sparkle("audit", "--subject", entry["subject"], "--actor", by, "--json").json == [entry]
    assert sparkle("audit", "--actor", "system", "--json").json == []
    assert sparkle("audit", "--subject", "ben").out == "0 entries.\n"
    assert sparkle("audit", "--actor", "ada", "--json").json == []
    assert sparkle("audit", "--command", "ChangeRole", "--until", "2020-01-01", "--json").json == []
    assert sparkle("audit", "--actor", "nobody_here").code == 5


def test_nobody_chooses_the_name_they_are_in_the_log_by(sparkle: CommandLine) -> None:
    """Stops an operator from acting under a colleague's name, and a name from giving orders to a terminal."""
    chosen = {"LOGNAME": "\x1b[2Jcolleague", "USER": "colleague", "SUDO_UID": ""}
    assert sparkle("user", "promote", "ben", "creator", **chosen).code == 0
    newest = sparkle("audit", "--json").json[0]
    assert newest["actor"] == f"operator:{getpwuid(os.getuid()).pw_name}"


def test_an_account_is_told_by_its_number() -> None:
    """Stops whoever is not root from saying that they were somebody else before."""
    root = getpwuid(0).pw_name
    assert account(0, {}) == root
    assert account(0, {"SUDO_UID": "123456789"}) == f"{root} (uid-123456789)"
    assert account(0, {"SUDO_UID": "ada"}) == root
    assert account(123456789, {"SUDO_UID": "0", "LOGNAME": "ada"}) == "uid-123456789"


def test_what_the_log_holds_gives_no_orders_to_a_terminal(sparkle: CommandLine) -> None:
    """Stops an entry from hiding others on the screen of whoever reads the log."""
    with sparkle.opened() as community:
        ada = community.run(PersonNamed(username="ada"), actor=SYSTEM)
        by = Actor(system=True, operator="\x1b[2J\x9b1Amallory")
        community.run(ChangeRole(user_id=ada.id, role=Role.USER), actor=by)
    said = sparkle("audit", "--subject", "ada", "--limit", "1").out
    assert [c for c in said if not c.isprintable()] == ["\n", "\n"]
    assert "operator:\ufffd[2J\ufffd1Amallory  ChangeRole" in said


def test_what_comes_is_followed(sparkle: CommandLine) -> None:
    assert followed(sparkle) == ["MODERATOR", "CREATOR"]


def followed(sparkle: CommandLine, *options: str) -> list[str]:
    """The roles of which the first two entries speak, the second of which is made once the first is printed."""
    with subprocess.Popen(
        program("audit", "--follow", "--json", *options),
        cwd=sparkle.folder,
        env=surroundings(),
        stdout=subprocess.PIPE,
        text=True,
    ) as following:
        assert following.stdout is not None
        first = json.loads(following.stdout.readline())
        sparkle("user", "promote", "ben", "creator")
        second = json.loads(following.stdout.readline())
        os.kill(following.pid, signal.SIGINT)
        assert following.wait(10) == 130
    return [json.loads(one["after"])["role"] for one in (first, second)]


@pytest.mark.parametrize("option", ["--limit", "--since"])
def test_what_was_not_asked_for_does_not_come_later(sparkle: CommandLine, option: str) -> None:
    """Stops entries of the last half minute from being printed as if they had come just now."""
    sparkle("user", "promote", "ada", "admin")
    latest = sparkle("audit", "--json").json[0]["at"].replace("+00:00", "")
    assert followed(sparkle, option, {"--limit": "1", "--since": latest}[option]) == ["ADMIN", "CREATOR"]


def test_a_log_that_was_changed_is_found_by_its_entry(sparkle: CommandLine) -> None:
    chained(sparkle)
    fine = sparkle("audit", "verify", "--json")
    assert (fine.code, fine.json["holds"], fine.json["links"]) == (0, True, 1)
    head = f"{fine.json['head']}:{fine.json['mac']}"
    assert f"Head, to be noted elsewhere: {head}" in sparkle("audit", "verify", "--head", head).out
    assert sparkle("audit", "verify", "--head", "nonsense").code == 2
    with closing(sqlite3.connect(sparkle.folder / "var" / "sparkle.db")) as database:
        database.execute("DROP TRIGGER audit_refuses_UPDATE")
        database.execute("UPDATE audit SET actor = 'user:somebody else'")
        database.commit()
    (entry,) = sparkle("audit", "--json").json
    found = sparkle("audit", "verify")
    assert found.code == 1
    assert f"audit {entry['id']}: is not as it was written" in found.out
    assert "triggers are missing: audit_refuses_UPDATE" in sparkle("doctor").out
