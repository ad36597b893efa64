"""What only an operator can do to a person: make one, suspend them, give them a role, end their sessions."""

import sys
from getpass import getpass
from typing import Annotated
from uuid import UUID

from cyclopts import Parameter

from sparkle_bootstrap import Sparkle
from sparkle_cli.options import DatabaseUrl, Json, Whole, opened, operator
from sparkle_cli.output import tell, tell_json
from sparkle_cli.whom import Whom, person_named
from sparkle_core.application.accounts import (
    ChangeRole,
    ChangeStatus,
    MakePerson,
    RevokeSessions,
    SessionsOf,
)
from sparkle_core.domain.accounts.people import outrank
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId


def create(
    username: Annotated[str, Parameter(help="3 to 50 of A-Z, a-z, 0-9 and _.")],
    email: Annotated[str, Parameter(help="Their address.")],
    *,
    role: Annotated[Role, Parameter(help="What they are from the start.")] = Role.USER,
    password_stdin: Annotated[
        bool, Parameter("--password-stdin", negative="", help="Read the password from standard input.")
    ] = False,
    unverified: Annotated[
        bool, Parameter("--unverified", negative="", help="Let them prove their address by the mailed code.")
    ] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Make a person, who can sign in at once. Asks for the password, twice, where nobody sees it."""
    outrank(Role.SYSTEM, role)  # before a password is asked for
    password = _password(password_stdin)
    command = MakePerson(email=email, username=username, password=password, role=role, verified=not unverified)
    with opened(database_url) as sparkle:
        joined = sparkle.run(command, actor=operator())
    status = Status.PENDING_VERIFICATION if unverified else Status.ACTIVE
    if json:
        tell_json({"id": joined.id, "username": joined.username, "role": role, "status": status})
    else:
        tell(f"{joined.username} is here, as {role.value}.")


def _password(from_stdin: bool) -> str:
    """Raises `Invalid` where nobody can be asked, or two answers differ."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Invalid.at("password", "cannot be asked for here; give it with --password-stdin")
    first, second = getpass("Password: "), getpass("Again: ")
    if first != second:
        raise Invalid.at("password", "was not the same both times")
    return first


def suspend(
    username: Whom,
    *,
    reason: Annotated[str, Parameter(help="What they are told.")],
    days: Annotated[Whole | None, Parameter(help="For how long; 7 days without it.")] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Suspend a person: until it is over they read, export and appeal, and nothing else."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        command = ChangeStatus(user_id=person.id, status=Status.SUSPENDED, reason=reason, days=days)
        sparkle.run(command, actor=operator())
        until = person_named(sparkle, username).blocked_until
    if json:
        tell_json({"id": person.id, "username": person.username, "before": person.status, "until": until})
    else:
        tell(f"{person.username} was {person.status.value} and is suspended until {until:%Y-%m-%d %H:%M} UTC.")


def promote(
    username: Whom,
    role: Annotated[Role, Parameter(help="To what.")],
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Give a person another role: the way to a first moderator or administrator."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        sparkle.run(ChangeRole(user_id=person.id, role=role), actor=operator())
    if json:
        tell_json({"id": person.id, "username": person.username, "before": person.role, "after": role})
    else:
        tell(f"{person.username} was {person.role.value} and is {role.value} now.")


def sessions(username: Whom, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """List where somebody is signed in, newest first."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        listed = sparkle.run(SessionsOf(user_id=person.id), actor=operator())
    if json:
        fields = ("id", "created_at", "proved_at", "used_at", "expires_at", "device_label", "address", "user_agent")
        tell_json([{field: getattr(one, field) for field in fields} for one in listed])
    elif not listed:
        tell(f"{person.username} is signed in nowhere.")
    else:
        for one in listed:
            where = ", ".join(filter(None, (one.device_label, one.program.label, one.address)))
            when = (
                f"since {one.created_at:%Y-%m-%d %H:%M}  used {one.used_at:%Y-%m-%d}  until {one.expires_at:%Y-%m-%d}"
            )
            tell(f"{one.id}  {when}  {where}".rstrip())


def _signed_in(sparkle: Sparkle, user_id: UserId) -> set[UUID]:
    return {one.id for one in sparkle.run(SessionsOf(user_id=user_id), actor=operator())}


def revoke(
    username: Whom,
    session: Annotated[UUID | None, Parameter(help="Which one, by its id; all of them without it.")] = None,
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """End a session of somebody's, or all of them. What has ended opens nothing any more, at once."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        before = _signed_in(sparkle, person.id)
        sparkle.run(RevokeSessions(user_id=person.id, session_id=session), actor=operator())
        ended = before - _signed_in(sparkle, person.id)
    if json:
        tell_json({"id": person.id, "username": person.username, "ended": sorted(ended)})
    else:
        tell(f"{len(ended)} of {person.username}'s {len(before)} sessions ended.")
