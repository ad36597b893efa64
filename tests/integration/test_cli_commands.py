"""The command line: what it answers, how it refuses, and with which exit code."""

import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sparkle_adapters.sql.errors import SchemaBehind
from sparkle_cli.exits import EXIT, exit_of
from sparkle_cli.main import COMMANDS
from sparkle_core.application.accounts import LogIn, PersonNamed, Register
from sparkle_core.application.catalog import USE_CASES
from sparkle_core.domain.kernel.actors import SYSTEM, Role, Status
from sparkle_core.domain.kernel.errors import (
    Category,
    Forbidden,
    Invalid,
    Limited,
    NotFound,
    SparkleError,
    Taken,
    Unauthenticated,
    Unavailable,
)
from sparkle_core.domain.kernel.fields import Secret
from sparkle_core.domain.progression import ArithmeticCurve
from sparkle_web.openapi import document
from sparkle_web.routes import ROWS
from tests.support.commands import CommandLine

PASSWORD = Secret("Corr3ct-horse-battery")


@pytest.fixture
def sparkle(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_the_overview_names_every_command(sparkle: CommandLine, arguments: tuple[str, ...]) -> None:
    said = sparkle(*arguments)
    assert said.code == 0
    for path, _, about in COMMANDS:
        assert f"  {path} " in said.out
        assert about in said.out


@pytest.mark.parametrize("path", [path for path, _, _ in COMMANDS])
def test_every_command_explains_itself(sparkle: CommandLine, path: str) -> None:
    said = sparkle(*path.split(), "--help")
    assert said.code == 0
    assert f"sparkle {path}" in said.out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Invalid.at("x", "is wrong"), 2),
        (Unauthenticated(), 3),
        (Forbidden(), 4),
        (NotFound("person"), 5),
        (Taken("username"), 6),
        (Limited("write", 3), 7),
        (Unavailable("database"), 8),
        (SchemaBehind(), 8),
        (ConnectionRefusedError("nobody there"), 8),
        (RuntimeError("nobody foresaw"), 1),
    ],
)
def test_the_exit_code_follows_the_kind_of_refusal(error: Exception, code: int) -> None:
    assert exit_of(error) == code


def test_no_two_kinds_of_refusal_share_an_exit_code() -> None:
    kinds = [type(c.value, (SparkleError,), {"category": c, "code": c.value}) for c in Category]
    assert len({exit_of(kind()) for kind in kinds} | {0, 1}) == len(Category) + 2


@pytest.mark.parametrize(
    "arguments",
    [("nope",), ("xp", "--nope"), ("xp", "--up-to", "many"), ("rules", "check"), ("user", "promote", "ada", "KING")],
)
def test_what_is_no_command_is_refused_in_one_line(sparkle: CommandLine, arguments: tuple[str, ...]) -> None:
    said = sparkle(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("sparkle: usage: ")
    assert said.err.count("\n") == 1


def test_more_arguments_than_a_command_takes_are_named(sparkle: CommandLine) -> None:
    said = sparkle("export", "ada", "ada.zip")
    assert (said.code, said.err) == (
        2,
        "sparkle: usage: 'ada.zip' is more than the command takes; --help says what it takes\n",
    )


SET_UP = ("user", "create", "ada", "ada@example.org", "--password-stdin")


def test_every_command_goes_by_the_rules_that_the_environment_names(sparkle: CommandLine) -> None:
    """Stops an operator's commands from going by other rules than the servers beside them."""
    rules = sparkle.folder / "rules.toml"
    rules.write_text("[accounts]\ndefault_suspension_days = 3\n")
    assert sparkle(*SET_UP, stdin=PASSWORD.reveal()).code == 0
    suspend = ("user", "suspend", "ada", "--reason", "Spam.", "--json")
    until = datetime.fromisoformat(sparkle(*suspend, SPARKLE_RULES=str(rules)).json["until"])
    assert timedelta(days=2) < until - datetime.now(UTC) <= timedelta(days=3)


def test_programs_get_refusals_as_json(sparkle: CommandLine) -> None:
    said = sparkle("user", "promote", "nobody", "MODERATOR", "--json")
    assert said.code == 5
    assert said.out == ""
    assert said.error["code"] == "not_found"
    assert said.error["facts"] == {"what": "person"}


def test_a_traceback_is_for_those_who_ask_for_it(sparkle: CommandLine) -> None:
    (sparkle.folder / "var").write_text("a file where the folder should be")
    calm = sparkle.apart("migrate", "up")
    assert calm.code != 0
    assert "Traceback" not in calm.err
    assert calm.err.count("\n") == 1
    assert "Traceback" in sparkle.apart("migrate", "up", SPARKLE_DEBUG="1").err


def test_a_database_goes_up_and_down_and_says_where_it_stands(sparkle: CommandLine) -> None:
    before = sparkle("migrate", "status", "--json")
    assert before.code == 8
    assert not before.json["current"]
    assert before.json["missing"][-1] == before.json["wanted"]
    up = sparkle("migrate", "up", "--json")
    assert up.json == {"before": None, "after": before.json["wanted"], "current": True}
    assert "nothing to do" in sparkle("migrate", "up").out
    after = sparkle("migrate", "status", "--json")
    assert after.code == 0
    assert after.json["missing"] == []
    down = sparkle("migrate", "down", "base", "--yes", "--json")
    assert down.json["after"] is None
    assert tables_of(sparkle.database) <= {"alembic_version"}


def test_asking_where_a_database_stands_makes_none(sparkle: CommandLine) -> None:
    """Stops a typing error in an address from leaving folders and empty databases about."""
    said = sparkle("migrate", "status", "--json", "--database-url", f"sqlite:///{sparkle.folder}/tpyo/x.db")
    assert (said.code, said.json["found"], said.json["missing"][-1]) == (8, None, said.json["wanted"])
    assert list(sparkle.folder.iterdir()) == []


@pytest.mark.parametrize("command", [("migrate", "up"), ("audit",), ("user", "promote", "ada", "admin")])
def test_a_database_that_is_down_is_named_without_its_password(sparkle: CommandLine, command: tuple[str, ...]) -> None:
    """Stops an operator from looking for a fault in the program, and a password from getting into a log."""
    said = sparkle(*command, "--database-url", "postgresql://ada:t0p-secret@127.0.0.1:1/x?application_name=t0p-secret")
    assert (said.code, said.out) == (8, "")
    assert (
        said.err
        == "sparkle: The database at postgresql://127.0.0.1:1/x is not available right now; nothing was changed.\n"
    )


def test_going_down_has_to_be_meant(sparkle: CommandLine) -> None:
    sparkle("migrate", "up")
    before = tables_of(sparkle.database)
    said = sparkle("migrate", "down", "base")
    assert said.code == 2
    assert "--yes" in said.err
    assert tables_of(sparkle.database) == before


@pytest.mark.parametrize(
    "command", [("migrate", "up"), ("migrate", "status"), ("ledger", "prove"), ("ledger", "verify"), ("seed",)]
)
def test_an_address_of_another_kind_of_database_is_refused_and_nothing_made(
    sparkle: CommandLine, command: tuple[str, ...]
) -> None:
    said = sparkle(*command, "--database-url", "mysql://root@localhost/x")
    assert said.code == 2
    assert "must start with sqlite:/// or postgresql://" in said.err
    assert not (sparkle.folder / "mysql:").exists()


def test_what_commands_make_is_private(sparkle: CommandLine) -> None:
    sparkle("ledger", "prove")
    made = [sparkle.folder / "var", *(sparkle.folder / "var").iterdir()]
    assert {path.stat().st_mode & 0o077 for path in made} == {0}


def test_the_curve_as_a_table(sparkle: CommandLine) -> None:
    curve = ArithmeticCurve()
    rows = sparkle("xp", "--up-to", "12", "--json").json
    assert [r["level"] for r in rows] == list(range(1, 13))
    assert all(r["total"] == curve.total_for(r["level"]) for r in rows)
    assert all(r["total"] + r["to_next"] == curve.total_for(r["level"] + 1) for r in rows)
    lines = sparkle("xp", "--up-to", "12").out.splitlines()
    assert lines[0].split() == ["level", "total", "XP", "to", "next"]
    assert lines[-1].split() == ["12", f"{curve.total_for(12):,}", f"{rows[-1]['to_next']:,}"]


def test_the_curve_of_other_rules(sparkle: CommandLine) -> None:
    rules = sparkle.folder / "rules.toml"
    rules.write_text("[progression.curve]\nfirst = 10\nstep = 1\n")
    assert sparkle("xp", "--rules", str(rules), "--up-to", "3", "--json").json[2]["total"] == 21
    rules.write_text('[progression.curve]\nkind = "table"\ntotals = [50, 1200]\n')
    said = sparkle("xp", "--rules", str(rules)).out.splitlines()
    assert [line.split() for line in said[-2:]] == [["2", "50", "1,150"], ["3", "1,200", "last"]]


def test_good_rules_are_fine(sparkle: CommandLine) -> None:
    rules = sparkle.folder / "rules.toml"
    rules.write_text("[economy]\nwelcome_bonus = 50\n[progression.awards]\npost_published = 7\n")
    said = sparkle("rules", "check", str(rules))
    assert said.code == 0
    assert "is fine" in said.out


def test_every_fault_of_a_rules_file_is_named_with_file_key_and_reason(sparkle: CommandLine) -> None:
    rules = sparkle.folder / "rules.toml"
    rules.write_text(
        "[progression]\npoints_per_level = -1\nnope = 3\n[progression.curve]\nfirst = 'x'\n"
        "[security.password]\nmin_length = 8\n"
    )
    said = sparkle("rules", "check", str(rules))
    assert said.code == 2
    faults = said.err.splitlines()
    assert len(faults) == 4
    assert all(f.startswith(f"sparkle: {rules}") for f in faults)
    for key, reason in (
        ("progression.points_per_level", "must be from 0"),
        ("progression.nope", "is not a rule; known here: achievements, awards"),
        ("progression.curve.first", "must be a whole number"),
        ("security.password.min_length", "must be 12 or more"),
    ):
        assert any(f"{key}: {reason}" in fault for fault in faults), key


def test_patterns_that_cannot_be_compiled_are_named_by_their_keys(sparkle: CommandLine) -> None:
    rules = sparkle.folder / "rules.toml"
    rule = """[[moderation.rules]]
id = "{}"
condition = {{ kind = "pattern", pattern = "{}" }}
effect = {{ kind = "flag" }}
"""
    rules.write_text(rule.format("open", "(") + rule.format("fine", "a+") + rule.format("ahead", "(?=x)"))
    said = sparkle("rules", "check", str(rules), "--json")
    assert said.code == 2
    paths = [fault["path"] for fault in said.error["facts"]["faults"]]
    assert [p.rpartition("moderation.")[2] for p in paths] == ["rules.0.condition.pattern", "rules.2.condition.pattern"]


@pytest.mark.parametrize("text", [None, "not [toml", "\x00"])
def test_a_rules_file_that_is_none_is_refused(sparkle: CommandLine, text: str | None) -> None:
    rules = sparkle.folder / "rules.toml"
    if text is not None:
        rules.write_text(text)
    said = sparkle("rules", "check", str(rules))
    assert said.code == 2
    assert str(rules) in said.err


def test_the_openapi_document_is_the_servers(sparkle: CommandLine) -> None:
    served = json.loads(json.dumps(document(ROWS, USE_CASES)))
    assert json.loads(sparkle("openapi").out) == served
    sparkle("openapi", "--output", "api.json")
    assert json.loads((sparkle.folder / "api.json").read_text(encoding="utf-8")) == served


@pytest.mark.parametrize(
    ("command", "option"), [(("openapi",), "--output"), (("mail", "preview"), "--out"), (("simulate",), "--html")]
)
def test_what_cannot_be_written_is_refused_by_name(sparkle: CommandLine, command: tuple[str, ...], option: str) -> None:
    (sparkle.folder / "file").touch()
    said = sparkle(*command, option, "file/x")
    assert (said.code, said.err) == (2, f"sparkle: {option}: file/x cannot be written: Not a directory\n")


def test_an_operator_makes_the_first_moderator(sparkle: CommandLine) -> None:
    with sparkle.opened() as community:
        community.run(Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True))
    said = sparkle("user", "promote", "Ada", "moderator", "--json")
    assert said.code == 0
    assert (said.json["before"], said.json["after"]) == ("USER", "MODERATOR")
    with sparkle.opened() as community:
        assert community.run(PersonNamed(username="ada"), actor=SYSTEM).role is Role.MODERATOR


def test_an_operator_makes_a_person_and_ends_their_sessions(sparkle: CommandLine) -> None:
    options = ("--role", "admin", "--json", "--password-stdin")
    made = sparkle("user", "create", "ada", "ada@example.org", *options, stdin=PASSWORD.reveal())
    assert made.code == 0
    assert (made.json["role"], made.json["status"]) == ("ADMIN", "ACTIVE")
    assert sparkle("sessions", "list", "ada").out == "ada is signed in nowhere.\n"
    with sparkle.opened() as community:
        for _ in range(2):
            community.run(LogIn(email="ada@example.org", password=PASSWORD))
    listed = sparkle("sessions", "list", "ada", "--json").json
    assert len(listed) == 2
    one = sparkle("sessions", "revoke", "ada", listed[1]["id"], "--json")
    assert one.json["ended"] == [listed[1]["id"]]
    assert sparkle("sessions", "revoke", "ADA").out == "1 of ada's 1 sessions ended.\n"
    refused = sparkle("sessions", "revoke", "ada", listed[0]["id"].replace("-", "x"))
    assert refused.code == 2


def test_a_person_is_not_made_without_a_password_or_with_a_weak_one(sparkle: CommandLine) -> None:
    asked = sparkle("user", "create", "ada", "ada@example.org")
    assert (asked.code, "--password-stdin" in asked.err) == (2, True)
    weak = sparkle("user", "create", "ada", "ada@example.org", "--password-stdin", stdin="short")
    assert weak.code == 2
    assert "12 to 128" in weak.err


def test_an_operator_suspends_a_person(sparkle: CommandLine) -> None:
    sparkle("user", "create", "bob", "bob@example.org", "--password-stdin", stdin=PASSWORD.reveal())
    said = sparkle("user", "suspend", "bob", "--reason", "Flooding.", "--days", "3", "--json")
    assert (said.code, said.json["before"]) == (0, "ACTIVE")
    with sparkle.opened() as community:
        assert community.run(PersonNamed(username="bob"), actor=SYSTEM).status is Status.SUSPENDED
    again = sparkle("user", "suspend", "bob", "--reason", "Flooding on.")
    assert "was SUSPENDED and is suspended until" in again.out


def test_nobody_is_made_the_system(sparkle: CommandLine) -> None:
    with sparkle.opened() as community:
        community.run(Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True))
    said = sparkle("user", "promote", "ada", "SYSTEM")
    assert said.code == 4
    made = sparkle("user", "create", "bob", "bob@example.org", "--role", "system", stdin=PASSWORD.reveal())
    assert (made.code, sparkle("audit").out) == (4, "0 entries.\n")
    assert sparkle("sessions", "list", "bob").code == 5, "nobody is made who cannot be made what was asked for"
    with sparkle.opened() as community:
        assert community.run(PersonNamed(username="ada"), actor=SYSTEM).role is Role.USER


def test_the_proof_holds_until_somebody_tampers(sparkle: CommandLine) -> None:
    with sparkle.opened() as community:
        for name in ("ada", "bob"):
            join = Register(email=f"{name}@example.org", username=name, password=PASSWORD, agree_to_terms=True)
            community.run(join)
        community.run_coroutine(community.seal())
    sound = sparkle("ledger", "prove", "--json")
    assert sound.code == 0
    assert sound.json["holds"]
    assert sound.json["entries"] == 2 * sound.json["transfers"] > 0
    with sqlite3.connect(sparkle.database) as raw:
        raw.execute("UPDATE ledger_account SET balance = balance + 5 WHERE balance > 0")
    raw.close()
    unsound = sparkle("ledger", "prove", "--json")
    assert unsound.code == 1
    assert not unsound.json["holds"]
    assert any("is not the sum of its entries" in fault for fault in unsound.json["faults"])
    told = sparkle("ledger", "prove")
    assert "does not hold" in told.out
    assert told.out.count("fault: ") == len(unsound.json["faults"])


def test_verifying_names_the_row_that_somebody_changed(sparkle: CommandLine) -> None:
    with sparkle.opened() as community:
        for name in ("ada", "bob"):
            join = Register(email=f"{name}@example.org", username=name, password=PASSWORD, agree_to_terms=True)
            community.run(join)
        community.run_coroutine(community.seal())
    sound = sparkle("ledger", "verify", "--json")
    assert sound.code == 0
    assert (sound.json["holds"], sound.json["links"], sound.json["waiting"]) == (True, 2, 0)
    noted = f"2:{sound.json['mac']}"
    assert f"Head, to be noted elsewhere: {noted}" in sparkle("ledger", "verify").out
    assert sparkle("ledger", "verify", "--head", noted).code == 0
    with sqlite3.connect(sparkle.database) as raw:
        raw.execute("DROP TRIGGER ledger_transfer_refuses_UPDATE")
        raw.execute("UPDATE ledger_transfer SET reference = 'mine' WHERE key = (SELECT min(key) FROM ledger_transfer)")
        ((key,),) = raw.execute("SELECT min(key) FROM ledger_transfer")
        raw.execute("UPDATE ledger_account SET balance = balance + 5 WHERE balance > 0")
    raw.close()
    changed = sparkle("ledger", "verify", "--json")
    assert changed.code == 1
    (fault,) = changed.json["faults"]
    assert (fault["table"], fault["id"]) == ("ledger_transfer", f"welcome_bonus {key}")
    told = sparkle("ledger", "verify")
    assert f"ledger_transfer welcome_bonus {key}: it is not what was sealed" in told.out
    assert "is not the sum of its entries" in told.out
    assert "The ledger was changed" in told.out


@pytest.mark.parametrize("head", ["5", "five:abc", "5:", "5:abc"])
def test_a_head_is_a_number_and_a_mac(sparkle: CommandLine, head: str) -> None:
    sparkle("migrate", "up")
    refused = sparkle("ledger", "verify", "--head", head, "--json")
    assert refused.code == 2
    assert refused.error["code"] == "invalid"


def tables_of(database: Path) -> set[str]:
    raw = sqlite3.connect(database)
    try:
        rows = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return {name for (name,) in rows}
    finally:
        raw.close()


def test_the_documentation_names_every_command_and_every_exit_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    for path, _, _ in COMMANDS:
        assert f"| `sparkle {path}" in page
    for category, code in EXIT.items():
        assert re.search(rf"^\| {code} \| .*`{category.value}`", page, re.MULTILINE), category
