"""`sparkle keys`: from one key to the next on the command line, as docs/security.md has it."""

import base64
import json
import os
import re
import sqlite3
from pathlib import Path

import pytest

from sparkle_adapters.crypto.key_file import KeyFile
from sparkle_core.application.accounts import EditProfile, LogIn, MyProfile, Register, VerifyEmail
from sparkle_core.domain.kernel.sealed import Purpose
from tests.integration.test_cli_doctor import wrong_in
from tests.support.commands import CommandLine
from tests.support.people import PASSWORD

KEY = base64.b64encode(bytes(range(32))).decode()
PHONE = "+4930901820"


@pytest.fixture
def sparkle(tmp_path: Path) -> CommandLine:
    """A deployment in development, with one person who has a phone number."""
    command_line = CommandLine(tmp_path)
    with command_line.opened() as community:
        ada = community.run(
            Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True)
        ).actor
        community.run_coroutine(community.drain())
        (letter,) = (tmp_path / "var" / "mail").glob("*.eml")
        code = re.search(r"^Subject: .*?(\d{6})", letter.read_text(), re.MULTILINE)
        assert code is not None
        community.run(VerifyEmail(email="ada@example.org", code=code[1]))
        community.run(EditProfile(phone=PHONE), actor=ada)
        community.run_coroutine(community.drain())
    return command_line


def phone(sparkle: CommandLine) -> str | None:
    with sparkle.opened() as community:
        session = community.run(LogIn(email="ada@example.org", password=PASSWORD))
        return community.run(MyProfile(), actor=session.actor).phone


def file_of(sparkle: CommandLine) -> KeyFile:
    return KeyFile(sparkle.folder / "var" / "keys.json")


def test_from_one_key_to_the_next(sparkle: CommandLine) -> None:
    (old,) = file_of(sparkle).ids(Purpose.SECRETS)
    added = sparkle("keys", "add", "k2027")
    assert (added.code, "sparkle keys promote k2027" in added.out) == (0, True)
    assert f"k2027 is active; before it was {old}." in sparkle("keys", "promote", "k2027").out
    refused = sparkle("keys", "retire", old)
    assert refused.code == 6
    assert f"The key {old} cannot be retired: 1 rows still need it." in refused.err
    doubtful = sparkle("doctor", "--json")
    assert doubtful.code == 0
    assert [c["found"] for c in doubtful.json["checks"] if c["health"] == "doubtful"] == ["1 rows are under older keys"]
    rotated = sparkle("keys", "rotate")
    assert rotated.code == 0
    assert "Re-encrypted 1 secrets; 0 rows are under older keys." in rotated.out
    retired = sparkle("keys", "retire", old)
    assert retired.code == 0
    secrets = ("profile.phone", "profile.birth_date", "sign_up.birth_date", "second_factor.secret")
    fields = (*secrets, "provider_visit.verifier")
    assert retired.out == "".join(f"{field}: 0 rows under {old}\n" for field in fields) + f"{old} is gone.\n"
    assert phone(sparkle) == PHONE
    assert sparkle("doctor").code == 0


def test_the_list_says_which_keys_and_rows_there_are_and_shows_no_key(sparkle: CommandLine) -> None:
    (first,) = file_of(sparkle).ids(Purpose.SECRETS)
    sparkle("keys", "add", "--passwords", "p1")
    said = sparkle("keys", "list", "--rows", "--json")
    assert [(k["for"], k["id"], k["active"]) for k in said.json["keys"]] == [
        ("secrets", first, True),
        ("passwords", "p1", False),
    ]
    assert {"field": "profile.phone", "key": first, "state": "active", "rows": 1} in said.json["rows"]
    assert {"field": "person.password_hash", "key": None, "state": "none", "rows": 1} in said.json["rows"]
    shown = said.out + sparkle("keys", "list", "--rows").out + sparkle("keys", "list").out
    assert first in shown
    for ring in json.loads(file_of(sparkle).path.read_text()).values():
        for key in ring["keys"].values() if isinstance(ring, dict) else ():
            assert key["secret"] not in shown


def test_peppers_are_promoted_and_kept_while_hashes_need_them(sparkle: CommandLine) -> None:
    for id in ("p1", "p2"):
        sparkle("keys", "add", "--passwords", id)
        sparkle("keys", "promote", "--passwords", id)
        assert phone(sparkle) == PHONE, "signing in upgrades the hash"
        assert {r["key"] for r in rows_of(sparkle) if r["field"] == "person.password_hash"} == {id}
    with sparkle.opened() as community:
        community.run(Register(email="bob@example.org", username="bob", password=PASSWORD, agree_to_terms=True))
    sparkle("keys", "add", "--passwords", "p3")
    sparkle("keys", "promote", "--passwords", "p3")
    assert "p2 cannot be retired: 2 rows" in sparkle("keys", "retire", "--passwords", "p2").err
    retired = sparkle("keys", "retire", "--passwords", "p1", "--json")
    assert retired.json["retired"] == "p1"
    assert {(r["field"], r["rows"]) for r in retired.json["rows"]} == {
        ("person.password_hash", 0),
        ("sign_up.password_hash", 0),
        ("backup_code.code_hash", 0),
    }


def rows_of(sparkle: CommandLine) -> list[dict[str, object]]:
    found: list[dict[str, object]] = sparkle("keys", "list", "--rows", "--json").json["rows"]
    return found


def test_a_number_that_does_not_open_is_named_and_keeps_its_key(sparkle: CommandLine) -> None:
    (old,) = file_of(sparkle).ids(Purpose.SECRETS)
    execute(sparkle, "UPDATE profile SET phone = substr(phone, 1, length(phone) - 4) || 'AAAA'")
    sparkle("keys", "add", "k2")
    sparkle("keys", "promote", "k2")
    said = sparkle("keys", "rotate")
    assert said.code == 1
    assert "does not open, and stays as it is" in said.out
    told = sparkle("keys", "rotate", "--json")
    assert (told.code, told.json["sound"], len(told.json["broken"])) == (1, False, 1)
    assert sparkle("keys", "retire", old).code == 6


@pytest.mark.parametrize(
    ("written", "found", "mend"),
    [("1.lost." + "A" * 40, "under lost, which is not in the file", "restore"), ("+4930901820", "no key", "anew")],
)
def test_the_doctor_finds_rows_that_no_key_opens(sparkle: CommandLine, written: str, found: str, mend: str) -> None:
    execute(sparkle, f"UPDATE profile SET phone = '{written}'")
    said = sparkle("doctor", "--json")
    assert said.code == 1
    assert found in wrong_in(said)["encrypted rows"]["found"]
    assert mend in wrong_in(said)["encrypted rows"]["mend"]


def test_production_begins_with_a_file_that_keys_add_makes(tmp_path: Path) -> None:
    command_line, keys = CommandLine(tmp_path), tmp_path / "secret" / "keys.json"
    production = {"SPARKLE_ENV": "production", "SPARKLE_KEY": KEY, "SPARKLE_KEYS": str(keys)}
    refused = command_line("keys", "list", **production)
    assert refused.code == 2
    assert "there is no file" in refused.err
    assert "`sparkle keys add` makes it" in refused.err
    early = command_line("keys", "promote", "k1", **production)
    assert (early.code, "`sparkle keys add` makes it" in early.err) == (2, True)
    added = command_line("keys", "add", "--json", **production)
    assert added.json["active"]
    assert (os.stat(keys).st_mode & 0o777, os.stat(keys.parent).st_mode & 0o777) == (0o600, 0o700)
    assert command_line("migrate", "up", **production).code == 0
    assert wrong_in(command_line("doctor", "--json", **production)) == {}
    assert "SPARKLE_KEYS: is not set" in command_line("keys", "add", SPARKLE_ENV="production").err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("promote", "k9"), 5, "key k9"),
        (("retire", "k9"), 5, "key k9"),
        (("add", "K.9"), 2, "an id has 1 to 32"),
        (("retire",), 2, "usage"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    sparkle: CommandLine, arguments: tuple[str, ...], code: int, says: str
) -> None:
    said = sparkle("keys", *arguments)
    assert said.code == code
    assert says in said.err


def execute(sparkle: CommandLine, statement: str) -> None:
    raw = sqlite3.connect(sparkle.database)
    with raw:
        raw.execute(statement)
    raw.close()
