"""How far somebody is trusted: looked at, set by hand, and left to their conduct again."""

from typing import Annotated

from attrs import asdict, fields_dict
from cyclopts import Parameter

from sparkle_cli.options import DatabaseUrl, Json, Whole, opened, operator
from sparkle_cli.output import minute, tell, tell_json, tell_table
from sparkle_cli.whom import Whom, person_named
from sparkle_core.application.progression import LockTrust, Trust, TrustOf, UnlockTrust

Reason = Annotated[str, Parameter(help="Why: for the audit log.")]


def show(username: Whom, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Say how far somebody is trusted, by what conduct, and what the next level asks for."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        trust = sparkle.run(TrustOf(user_id=person.id), actor=operator())
    _tell(person.username, trust, json=json)


def lock(
    username: Whom,
    level: Annotated[Whole, Parameter(help="From 0 to 4.")],
    *,
    reason: Reason,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Set somebody's trust level, so that their conduct no longer changes it."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        trust = sparkle.run(LockTrust(user_id=person.id, level=level, reason=reason), actor=operator())
    _tell(person.username, trust, json=json)


def unlock(username: Whom, *, reason: Reason, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Let somebody's trust follow their conduct again, from where it is; without a lock it changes nothing."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        trust = sparkle.run(UnlockTrust(user_id=person.id, reason=reason), actor=operator())
    _tell(person.username, trust, json=json)


def _tell(username: str, trust: Trust, *, json: bool) -> None:
    if json:
        told = asdict(trust)
        tell_json({"id": told.pop("user_id"), "username": username} | told)
        return
    locked = ", locked by hand" if trust.locked else ""
    falls = f", until {minute(trust.falls_at)} UTC unless their conduct gets better" if trust.falls_at else ""
    tell(f"{username} is trusted at level {trust.level}{locked}{falls}.")
    asked = asdict(trust.next) if trust.next else {}
    rows = [(of, getattr(trust.conduct, of), asked.get(of)) for of in fields_dict(type(trust.conduct))]
    tell_table(("conduct", "so far", "next level"), rows, numbers=("so far", "next level"))
