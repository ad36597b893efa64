"""The schema, up and down."""

from typing import Annotated

from cyclopts import Parameter

from sparkle_bootstrap.operating import down, status, up
from sparkle_cli.exits import EXIT, FINE
from sparkle_cli.options import DatabaseUrl, Json, settings_of
from sparkle_cli.output import tell, tell_json, tell_table
from sparkle_core.domain.kernel.errors import Category, Invalid


def migrate_up(*, to: str = "head", database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Bring the database to the newest schema.

    Parameters
    ----------
    to
        The revision to stop at.
    """
    url = settings_of(database_url).url
    before = status(url)
    up(url, to)
    _tell_where(url, before.found, as_json=json)


def migrate_down(
    to: Annotated[str, Parameter(help="The revision to go back to, or base: an empty database.")],
    *,
    yes: Annotated[bool, Parameter("--yes", negative="", help="Really drop what only later schemas can hold.")] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Take the database back to an earlier schema. What only later ones can hold is lost."""
    if not yes:
        raise Invalid.at("--yes", f"going back to {to} drops data for good; say --yes when you mean it")
    url = settings_of(database_url).url
    before = status(url)
    down(url, to)
    _tell_where(url, before.found, as_json=json)


def migrate_status(*, database_url: DatabaseUrl = None, json: Json = False) -> int:
    """Say at which schema the database is; exits with 8 when it is not this version's."""
    found = status(settings_of(database_url).url)
    if json:
        tell_json({"found": found.found, "wanted": found.wanted, "missing": found.missing, "current": found.is_current})
    else:
        rows = [
            ("at", found.found or "nothing"),
            ("wanted", found.wanted),
            ("missing", ", ".join(found.missing) or "-"),
        ]
        tell_table(("schema", "revision"), rows)
    return FINE if found.is_current else EXIT[Category.UNAVAILABLE]


def _tell_where(url: str, before: str | None, *, as_json: bool) -> None:
    after = status(url)
    if as_json:
        tell_json({"before": before, "after": after.found, "current": after.is_current})
    elif before == after.found:
        tell(f"The database is at schema {after.found or 'none'}: nothing to do.")
    else:
        tell(f"The database went from schema {before or 'none'} to {after.found or 'none'}.")
