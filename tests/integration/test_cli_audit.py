"""`sparkle audit` and `sparkle audit verify`: filtered, followed, for programs, and what they exit with."""

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from getpass import getuser
from pathlib import Path

import pytest

from sparkle_core.application.accounts import Register
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
    by = f"operator:{getuser()}"
    assert (entry["command"], entry["actor"], entry["erased"]) == ("ChangeRole", by, [])
    assert sparkle("audit", "--subject", entry["subject"], "--actor", by, "--json").json == [entry]
    assert sparkle("audit", "--actor", "system", "--json").json == []
    assert sparkle("audit", "--subject", "ben").out == "0 entries.\n"
    assert sparkle("audit", "--actor", "ada", "--json").json == []
    assert sparkle("audit", "--command", "ChangeRole", "--until", "2020-01-01", "--json").json == []
    assert sparkle("audit", "--actor", "nobody_here").code == 5


def test_what_comes_is_followed(sparkle: CommandLine) -> None:
    with subprocess.Popen(
        program("audit", "--follow", "--json"),
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
    assert [one["after"] for one in (first, second)] == ['{"role": "MODERATOR"}', '{"role": "CREATOR"}']


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
