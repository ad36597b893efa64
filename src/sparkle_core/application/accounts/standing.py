"""Status, by hand: suspending, banning, lifting. Source: docs/contexts/accounts.md."""

from typing import Annotated

from attrs import frozen

from sparkle_core.application.accounts.email_codes import reward_proof
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.sanctions import note_status
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.people import Reason, Sanction, ban, outrank, suspension
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.accounts.usernames import Username, username_key
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.domain.kernel.errors import Forbidden, Invalid
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.progression import ProgressionRules


@frozen(kw_only=True)
class NamedPerson(Record):
    """How somebody stands, for who may change that; `blocked_until` of the suspended and the banned."""

    id: UserId
    username: str
    role: Role
    status: Status
    blocked_until: Instant | None


@frozen(kw_only=True)
class PersonNamed(Query[NamedPerson]):
    """Somebody by username, whatever their status. Raises `NotFound`."""

    username: Username


@frozen(kw_only=True)
class ChangeStatus(Command[None]):
    """Move a person to another status, for a reason; a suspension lasts `days`, 7 unless given.

    DELETED is what they could ask for themselves: they are erased after the time of grace, unless they take it back.

    Raises `InvalidStatusTransition`, `Outranked` against an equal or higher role, `NotFound`.
    """

    user_id: UserId
    status: Status
    reason: Reason
    days: Annotated[int, Whole(1, 3_650)] | None = None


@frozen(kw_only=True)
class ChangeRole(Command[None]):
    """Give a person another role. Raises `Outranked` unless the caller stands above both roles."""

    user_id: UserId
    role: Role


async def person_named(query: PersonNamed, work: Work) -> NamedPerson:
    person = found(await work.store.one(PEOPLE, eq("username_key", username_key(query.username))), "person")
    status = person.status_at(work.now)
    blocked = person.blocked_until if status in (Status.SUSPENDED, Status.BANNED) else None
    return NamedPerson(id=person.id, username=person.username, role=person.role, status=status, blocked_until=blocked)


async def change_status(cmd: ChangeStatus, work: Work, *, rules: AccountsRules, progression: ProgressionRules) -> None:
    person = found(await work.store.get(PEOPLE, cmd.user_id), "person")
    outrank(role_of(work), person.role)
    if cmd.days is not None and cmd.status is not Status.SUSPENDED:
        raise Invalid.at("days", "only a suspension has days")
    sanction: Sanction | None = None
    if cmd.status is Status.SUSPENDED:
        days = cmd.days or rules.default_suspension_days
        sanction = suspension(work.new_id(), work.now, days, cmd.reason)
    elif cmd.status is Status.BANNED:
        sanction = ban(work.new_id(), work.now, cmd.reason)
    changed = work.save(PEOPLE, person.to_status(cmd.status, work.now, sanction, grace=rules.grace))
    note_status(work, person, changed)
    if changed.email_verified_at != person.email_verified_at:
        await reward_proof(work, person.id, rules, progression)


async def change_role(cmd: ChangeRole, work: Work) -> None:
    person = found(await work.store.get(PEOPLE, cmd.user_id), "person")
    outrank(role_of(work), person.role)
    outrank(role_of(work), cmd.role)
    work.save(PEOPLE, person.then(role=cmd.role))
    work.note(person.id, {"role": person.role.value}, {"role": cmd.role.value})


def role_of(work: Work) -> Role:
    """The role of whoever calls. Raises `Forbidden` for nobody in particular."""
    if work.standing is None:
        raise Forbidden
    return work.standing.role
