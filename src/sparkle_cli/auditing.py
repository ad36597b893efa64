"""The audit log, for people and for programs: printed, followed as it grows, and held against its chain."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from attrs import asdict, evolve
from cyclopts import Parameter

from sparkle_bootstrap import Sparkle
from sparkle_cli.exits import FINE, UNSOUND
from sparkle_cli.options import DatabaseUrl, Json, Whole, noted, opened, utc
from sparkle_cli.output import printable, tell, tell_json
from sparkle_cli.paging import EVERYTHING, first
from sparkle_cli.whom import person_named
from sparkle_core.application.auditing import AuditLog, AuditView, VerifyAudit
from sparkle_core.domain.kernel.actors import SYSTEM

EVERY_S = 1.0
"""How often `--follow` looks."""

LATE = timedelta(seconds=30)
"""How long a transaction may take and still be seen by `--follow`: entries bear the instant at which they began."""


def audit(
    *,
    actor: Annotated[str | None, Parameter(help="By whom: a username, `system`, `anonymous`, `operator:NAME`.")] = None,
    subject: Annotated[str | None, Parameter(help="On whom: a username or an id.")] = None,
    command: Annotated[str | None, Parameter(help="Only this command, such as ChangeRole.")] = None,
    since: Annotated[datetime | None, Parameter(help="From this instant on; UTC unless it says otherwise.")] = None,
    until: Annotated[datetime | None, Parameter(help="Up to this instant, which is left out.")] = None,
    limit: Annotated[Whole, Parameter(help="At most so many.")] = 100,
    follow: Annotated[bool, Parameter(negative="", help="Go on with what comes, until Ctrl-C.")] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> int:
    """Print who did what on whom, newest first; with --follow the latest, and then what comes, as it comes."""
    with opened(database_url) as sparkle:
        asked = AuditLog(
            actor=_actor(sparkle, actor),
            subject=_subject(sparkle, subject),
            command=command,
            since=utc(since),
            until=utc(until),
        )
        if follow:
            _follow(sparkle, asked, limit, json)
        else:
            _tell_all(list(first(sparkle, asked, limit)), json)
    return FINE


def _actor(sparkle: Sparkle, name: str | None) -> str | None:
    """Raises `NotFound` for no username."""
    if name is None or name in ("system", "anonymous") or ":" in name:
        return name
    return f"user:{person_named(sparkle, name).id}"


def _subject(sparkle: Sparkle, name: str | None) -> UUID | None:
    """Raises `NotFound`."""
    if name is None:
        return None
    try:
        return UUID(name)
    except ValueError:
        return person_named(sparkle, name).id


def _follow(sparkle: Sparkle, asked: AuditLog, limit: int, json: bool) -> None:
    """Print the latest, and then what comes, each entry once.

    Also those that were begun before others and committed after them; what was there before and is not among the
    latest is known from the start.
    """
    newest = max((entry.at for entry in first(sparkle, asked, 1)), default=sparkle.world.moment().now)
    known = {entry.id: entry.at for entry in _lately(sparkle, asked, newest)}
    latest = list(first(sparkle, asked, limit))
    for entry in reversed(latest):
        _tell(entry, json)
    known |= {entry.id: entry.at for entry in latest}
    while True:
        time.sleep(EVERY_S)
        for entry in _lately(sparkle, asked, newest):
            if entry.id not in known:
                _tell(entry, json)
                known[entry.id] = entry.at
        newest = max([newest, *known.values()])
        known = {id: at for id, at in known.items() if at >= newest - LATE}


def _lately(sparkle: Sparkle, asked: AuditLog, newest: datetime) -> Iterator[AuditView]:
    """What is asked for, of so long before the newest entry that anything new can bear it; oldest first."""
    since = newest - LATE if asked.since is None else max(newest - LATE, asked.since)
    return first(sparkle, evolve(asked, since=since, forward=True), EVERYTHING)


def _tell_all(entries: list[AuditView], json: bool) -> None:
    if json:
        tell_json([asdict(entry) for entry in entries])
        return
    for entry in entries:
        _tell(entry, json)
    tell(f"{len(entries):,} entries.")


def _tell(entry: AuditView, json: bool) -> None:
    if json:
        tell_json(asdict(entry))
        return
    on = f" on {entry.subject}" if entry.subject else ""
    changed = f" {entry.before or '{}'} -> {entry.after}" if entry.after else ""
    outcome = "" if entry.outcome == "done" else f" refused: {entry.outcome}"
    origin = f" from {entry.address}" if entry.address else ""
    erased = f" (erased: {', '.join(entry.erased)})" if entry.erased else ""
    line = f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.actor}  {entry.command}{on}{changed}{outcome}{origin}{erased}"
    tell(printable(line))


def verify(
    *,
    head: Annotated[str | None, Parameter(help="What an earlier verification said: NUMBER:MAC.")] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> int:
    """Find every row of the audit log that was changed, deleted, inserted or moved behind its back; exits with 1 and
    names each when there are some. Values that were erased, with their salts, are no fault.
    """
    number, mac = noted(head)
    with opened(database_url) as sparkle:
        found = sparkle.run(VerifyAudit(head=number, mac=mac), actor=SYSTEM)
    if json:
        tell_json(asdict(found))
        return FINE if found.holds else UNSOUND
    for fault in found.faults:
        tell(f"{fault.table} {fault.id}: {fault.what}")
    counted = f"{found.links:,} entries chained, {found.waiting:,} wait, {found.erased:,} values were erased"
    tell(f"The audit log {'is as it was written' if found.holds else 'was changed'}: {counted}.")
    if found.head:
        tell(f"Head, to be noted elsewhere: {found.head}:{found.mac}")
    return FINE if found.holds else UNSOUND
