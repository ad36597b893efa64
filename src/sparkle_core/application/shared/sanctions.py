"""Imposing and lifting sanctions, for accounts and moderation alike."""

from datetime import datetime
from uuid import UUID

from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.people import Person, Sanction, SanctionKind, outrank
from sparkle_core.domain.kernel.errors import Forbidden
from sparkle_core.domain.kernel.fields import UserId


async def impose(work: Work, user_id: UserId, id: UUID, *, ends_at: datetime | None, reason: str) -> None:
    """Suspend somebody from now until an instant, or ban them without one; the sanction goes by `id`.

    Raises `NotFound`, and `Outranked` against an equal or higher role.
    """
    person = await _outranked(work, user_id)
    kind = SanctionKind.BAN if ends_at is None else SanctionKind.SUSPEND
    sanction = Sanction(id=id, kind=kind, starts_at=work.now, ends_at=ends_at, reason=reason)
    note_status(work, person, work.save(PEOPLE, person.sanctioned(sanction)))


async def outranking(work: Work, user_id: UserId) -> None:
    """Raises `NotFound`, and `Outranked` unless the caller stands above the person."""
    await _outranked(work, user_id)


async def _outranked(work: Work, user_id: UserId) -> Person:
    person = found(await work.store.get(PEOPLE, user_id), "person")
    if work.standing is None:
        raise Forbidden
    outrank(work.standing.role, person.role)
    return person


async def lift(work: Work, user_id: UserId, sanction_id: UUID) -> None:
    """Take a sanction back, as if it had never been; others stay. Does nothing when it is gone."""
    person = found(await work.store.get(PEOPLE, user_id), "person")
    lifted = person.lifted(sanction_id)
    if lifted is not person:
        note_status(work, person, work.save(PEOPLE, lifted))


def note_status(work: Work, before: Person, after: Person) -> None:
    """Have a change of how somebody stands in the audit log."""
    work.note(before.id, _told(before, work.now), _told(after, work.now))


def _told(person: Person, now: datetime) -> dict[str, str]:
    status = person.status_at(now)
    ends = person.standing_at(now).blocked_until  # of the suspended alone
    return {"status": status.value, **({"until": ends.isoformat()} if ends is not None else {})}
