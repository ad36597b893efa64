"""Nobody judges their own cause."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.moderation import REPORTS
from sparkle_core.domain.moderation.errors import ConflictOfInterest


async def impartial(work: Work, case_id: UUID, subject_id: UserId) -> None:
    """Raises `ConflictOfInterest` for the one concerned, and for whoever reported in the case."""
    if work.actor.user_id is None:
        return
    if work.user_id == subject_id:
        raise ConflictOfInterest("it is about you")
    if await work.store.one(REPORTS, eq("case_id", case_id), eq("reporter_id", work.user_id)) is not None:
        raise ConflictOfInterest("you reported it")
