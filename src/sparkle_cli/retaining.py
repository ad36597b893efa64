"""What has had its time: removed at once instead of within the hour, or counted and left where it is."""

from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_cli.options import DatabaseUrl, Json, RulesFile, opened
from sparkle_cli.output import tell, tell_json, tell_table
from sparkle_core.application.upkeep import RetentionDue
from sparkle_core.domain.kernel.actors import SYSTEM


def retention(
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Only count, per stored thing; remove nothing.")] = False,
    rules: RulesFile = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Remove what has had its time under the rules, as a worker does every hour; with --dry-run only count it."""
    with opened(database_url, rules) as sparkle:
        if not dry_run:
            removed = sparkle.run_coroutine(sparkle.tidy_up())
            if json:
                tell_json({"removed": removed})
            else:
                tell(f"Removed {removed:,} rows that have had their time.")
            return
        due = sparkle.run(RetentionDue(), actor=SYSTEM)
    if json:
        tell_json([asdict(one) for one in due])
        return
    tell_table(
        ("stored thing", "since", "days", "rows"),
        [(d.stored, d.since, d.days, d.rows) for d in due],
        numbers=("days", "rows"),
    )
    tell(f"{sum(one.rows for one in due):,} rows have had their time; nothing was removed.")
