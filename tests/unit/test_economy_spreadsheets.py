"""A statement as CSV: what people chose in it is never run as a formula, and numbers stay numbers."""

import csv
import io
from datetime import UTC, datetime

import pytest

from sparkle_core.application.economy.spreadsheets import COLUMNS, header, rows
from sparkle_core.application.economy.wallets import StatementLine
from sparkle_core.domain.economy.ledger import Currency

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read(reference: str, currency: Currency = Currency.SPARKLE) -> dict[str, str]:
    """The only line of a statement, by its columns, as a program for spreadsheets reads it."""
    line = StatementLine(
        sequence=7, amount=-30, balance=70, kind="tip", reference=reference, namespace="user:ada", key="coffee", at=AT
    )
    (told,) = csv.DictReader(io.StringIO(header() + rows([line], currency), newline=""))
    return told


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_what_a_spreadsheet_would_run_has_an_apostrophe_before_it(text: str) -> None:
    """Stops somebody's words from being a formula on somebody else's machine."""
    assert read(text)["reference"] == f"'{text}"


def test_all_else_is_told_as_it_is_under_its_columns_name() -> None:
    told = read('person:"Ben", they say')
    assert tuple(told) == COLUMNS
    assert told == {
        "number": "7",
        "at": "2026-11-23T12:00:00+00:00",
        "kind": "tip",
        "amount": "-30",
        "balance": "70",
        "currency": "SPARKLE",
        "reference": 'person:"Ben", they say',
        "namespace": "user:ada",
        "key": "coffee",
    }
    assert read("a rate", Currency.USD)["amount"] == "-0.0030"
