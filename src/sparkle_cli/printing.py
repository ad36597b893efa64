"""What needs no database: the OpenAPI document and the XP curve."""

import json as plain_json
from pathlib import Path
from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_bootstrap import in_memory
from sparkle_cli.options import Json, RulesFile, Whole
from sparkle_cli.output import tell, tell_json, tell_table, writing
from sparkle_core.application.catalog import USE_CASES
from sparkle_core.application.progression import LevelTable
from sparkle_core.application.rules import Rules


def openapi(*, output: Annotated[Path | None, Parameter(help="A file to write instead.")] = None) -> None:
    """Print the OpenAPI 3.1 document, the one that a server answers at /openapi.json."""
    from sparkle_web.openapi import document
    from sparkle_web.routes import ROWS

    text = plain_json.dumps(document(ROWS, USE_CASES), indent=2, ensure_ascii=False)
    if output is None:
        tell(text)
    else:
        with writing(output, "--output"):
            output.write_text(text + "\n", encoding="utf-8")


def xp(
    *,
    up_to: Annotated[Whole, Parameter(help="The last level, from 1 to 200.")] = 20,
    rules: RulesFile = None,
    json: Json = False,
) -> None:
    """Print the XP curve as a table: the XP at which each level is reached, and what the next one takes."""
    with in_memory(rules=Rules.load(rules) if rules else None) as sparkle:
        levels = sparkle.run(LevelTable(up_to=up_to))
    if json:
        tell_json([asdict(level) for level in levels])
    else:
        headings = ("level", "total XP", "to next")
        tell_table(
            headings, ((n.level, n.total, "last" if n.to_next is None else n.to_next) for n in levels), numbers=headings
        )
