"""Somebody's statement, all of it, as a table for people, CSV for their spreadsheets, or JSON for programs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from attrs import evolve
from cyclopts import Parameter

from sparkle_bootstrap import Sparkle
from sparkle_cli.exits import FINE
from sparkle_cli.options import DatabaseUrl, Json, opened, utc
from sparkle_cli.output import tell, tell_json
from sparkle_core.application.accounts import PersonNamed
from sparkle_core.application.economy import Statement, StatementLine, spreadsheets
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.money import amount_text
from sparkle_core.domain.kernel.actors import SYSTEM
from sparkle_core.domain.kernel.errors import Invalid


def statement(
    username: str,
    /,
    *,
    kind: Annotated[str | None, Parameter(help="Only entries of this kind, such as tip.")] = None,
    since: Annotated[datetime | None, Parameter(help="From this instant on; UTC unless it says otherwise.")] = None,
    until: Annotated[datetime | None, Parameter(help="Up to this instant, which is left out.")] = None,
    currency: Annotated[str, Parameter(help="SPARKLE, PREMIUM, USD, EUR, GBP or JPY.")] = "SPARKLE",
    csv: Annotated[bool, Parameter(negative="", help="Print CSV (RFC 4180).")] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> int:
    """Print what went in and out of somebody's wallet, newest first."""
    if csv and json:
        raise Invalid.at("--csv", "and --json are two formats: choose one")
    of = _currency(currency)
    with opened(database_url) as sparkle:
        person = sparkle.run(PersonNamed(username=username), actor=SYSTEM).id
        asked = Statement(user_id=person, currency=of, kind=kind, since=utc(since), until=utc(until), limit=100)
        lines = list(pages(sparkle, asked))
    if json:
        tell_json([dict(zip(spreadsheets.COLUMNS, spreadsheets.cells(line, of), strict=True)) for line in lines])
    elif csv:
        tell((spreadsheets.header() + spreadsheets.rows(lines, of)).rstrip("\r\n"))
    else:
        for line in lines:
            tell(f"{line.at:%Y-%m-%d %H:%M}  {amount_text(line.amount, of):>16}  {line.kind}  {line.reference}")
        tell(f"{len(lines):,} entries of {username} in {of.value}.")
    return FINE


def pages(sparkle: Sparkle, asked: Statement) -> Iterator[StatementLine]:
    """Every line that a statement has, page by page."""
    page = sparkle.run(asked, actor=SYSTEM)
    yield from page.items
    while page.next is not None:
        page = sparkle.run(evolve(asked, after=page.next), actor=SYSTEM)
        yield from page.items


def _currency(name: str) -> Currency:
    try:
        return Currency(name.upper())
    except ValueError:
        raise Invalid.at("--currency", "must be one of " + ", ".join(c.value for c in Currency)) from None
