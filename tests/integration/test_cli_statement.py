"""The command line's statement: every entry, for people, for spreadsheets and for programs."""

import csv
import io
from pathlib import Path

import pytest

from sparkle_core.application.accounts import ChangeStatus, PersonNamed, Register
from sparkle_core.application.progression import AwardXp
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.ledger import Currency, Transfer, TransferId, wallet_of
from sparkle_core.domain.kernel.actors import Status
from sparkle_core.domain.kernel.fields import Secret
from tests.support.commands import CommandLine

PASSWORD = Secret("Corr3ct-horse-battery")
FORMULA = "=1+2"


@pytest.fixture
def sparkle(tmp_path: Path) -> CommandLine:
    """Ada has risen by a hundred levels, more than a page of rewards, and paid Bob under a key that is a formula."""
    line = CommandLine(tmp_path)
    with line.opened() as community:
        joins = [
            Register(email=f"{name}@example.org", username=name, password=PASSWORD, agree_to_terms=True)
            for name in ("ada", "bob")
        ]
        ada, bob = (community.run(join) for join in joins)
        community.run(AwardXp(user_id=ada.id, amount=300_000, source="gift", subject="launch"), actor=SYSTEM)
        gift = Transfer(
            id=TransferId("test", FORMULA),
            debit=wallet_of(ada.id),
            credit=wallet_of(bob.id),
            amount=30,
            currency=Currency.SPARKLE,
            kind="tip",
            reference=f"person:{bob.id}",
            actor=ada.actor.name,
            at=community.world.moment().now,
        )
        community.run_coroutine(community.store.transact(lambda tx: tx.ledger.post(gift)))
    return line


def test_every_entry_is_in_it_newest_first(sparkle: CommandLine) -> None:
    rows = sparkle("ledger", "statement", "ada", "--json").json
    assert [row["number"] for row in rows] == list(range(len(rows), 0, -1))
    assert len(rows) > 100
    assert (rows[0]["kind"], rows[0]["amount"], rows[0]["currency"]) == ("tip", "-30", "SPARKLE")
    assert int(rows[0]["balance"]) == sum(int(row["amount"]) for row in rows)
    told = sparkle("ledger", "statement", "ADA")
    assert told.out.splitlines()[-1] == f"{len(rows)} entries of ADA in SPARKLE."
    assert told.out.count("  level_reward  ") == len(rows) - 2


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.BANNED, Status.DELETED])
def test_it_is_there_whatever_somebodys_status_is(sparkle: CommandLine, status: Status) -> None:
    """Stops an operator from being told that the very person whom they look into is not there."""
    with sparkle.opened() as community:
        bob = community.run(PersonNamed(username="bob"), actor=SYSTEM)
        for next_one in (Status.ACTIVE, status):
            community.run(ChangeStatus(user_id=bob.id, status=next_one, reason="Looked into."), actor=SYSTEM)
    assert sparkle("ledger", "statement", "bob").out.splitlines()[-1].endswith(" of bob in SPARKLE.")


def test_as_csv_it_has_a_header_and_says_the_same(sparkle: CommandLine) -> None:
    rows = sparkle("ledger", "statement", "bob", "--json").json
    found = list(csv.DictReader(io.StringIO(sparkle("ledger", "statement", "bob", "--csv").out)))
    assert [{**row, "number": str(row["number"])} for row in rows if row["key"] != FORMULA] == [
        row for row in found if row["key"] != "'" + FORMULA
    ]
    assert len(found) == len(rows)


def test_a_key_that_is_a_formula_is_not_run_by_a_spreadsheet(sparkle: CommandLine) -> None:
    """Stops whoever chose a transfer's key from running something on the machine of who opens the statement."""
    said = sparkle("ledger", "statement", "ada", "--csv").out
    assert f",'{FORMULA}" in said
    assert f",{FORMULA}" not in said


def test_kinds_times_and_currencies_narrow_it(sparkle: CommandLine) -> None:
    every = sparkle("ledger", "statement", "ada", "--json").json
    assert len(sparkle("ledger", "statement", "ada", "--kind", "tip", "--json").json) == 1
    oldest = every[-1]["at"]
    assert sparkle("ledger", "statement", "ada", "--until", oldest, "--json").json == []
    assert sparkle("ledger", "statement", "ada", "--since", oldest[:10], "--json").json == every
    assert sparkle("ledger", "statement", "ada", "--currency", "usd", "--json").json == []


def test_what_makes_no_sense_is_refused(sparkle: CommandLine) -> None:
    wrong = sparkle("ledger", "statement", "ada", "--currency", "DOGE")
    assert wrong.code == 2
    assert "must be one of SPARKLE" in wrong.err
    both = sparkle("ledger", "statement", "ada", "--csv", "--json")
    assert both.code == 2
    assert "choose one" in both.err
    assert sparkle("ledger", "statement", "nobody").code == 5
