"""A statement as CSV (RFC 4180), the same wherever it is told: over HTTP and on the command line."""

import csv
import io
from collections.abc import Iterable

from sparkle_core.application.economy.wallets import StatementLine
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.money import amount_text

COLUMNS = ("number", "at", "kind", "amount", "balance", "currency", "reference", "namespace", "key")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What spreadsheets take for the beginning of a formula, also after what they leave out."""


def cells(line: StatementLine, currency: Currency) -> tuple[int | str, ...]:
    """What a line says, column by column; amounts with the currency's decimals."""
    amount, balance = amount_text(line.amount, currency), amount_text(line.balance, currency)
    told = (line.kind, amount, balance, currency.value, line.reference, line.namespace, line.key)
    return (line.sequence, line.at.isoformat(), *told)


def header() -> str:
    """The first line: the columns' names."""
    return _written([COLUMNS])


def rows(lines: Iterable[StatementLine], currency: Currency) -> str:
    """The lines, without a header. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return _written(_harmless(cells(line, currency)) for line in lines)


def _harmless(told: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Numbers may begin with a minus; what people chose may not."""
    number, at, kind, amount, balance, *texts = told
    return (number, at, _plain(kind), amount, balance, *map(_plain, texts))


def _plain(text: int | str) -> int | str:
    return f"'{text}" if str(text).startswith(_FORMULA) else text


def _written(table: Iterable[tuple[int | str, ...]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    return out.getvalue()
