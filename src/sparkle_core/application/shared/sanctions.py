"""Imposing and lifting sanctions, for accounts and moderation alike."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.people import Sanction, outrank
from sparkle_core.domain.kernel.errors import Forbidden
from sparkle_core.domain.kernel.fields import UserId


async def impose(work: Work, user_id: UserId, sanction: Sanction) -> None:
    """Add a sanction. Raises `NotFound`, and `Outranked` against an equal or higher role."""
    person = found(await work.store.get(PEOPLE, user_id), "person")
    if work.standing is None:
        raise Forbidden
    outrank(work.standing.role, person.role)
    work.save(PEOPLE, person.sanctioned(sanction))


async def lift(work: Work, user_id: UserId, sanction_id: UUID) -> None:
    """Take a sanction back, as if it had never been; others stay. Does nothing when it is gone."""
    person = found(await work.store.get(PEOPLE, user_id), "person")
    lifted = person.lifted(sanction_id)
    if lifted is not person:
        work.save(PEOPLE, lifted)
