"""Cases and takedowns, for screening and reports alike."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.targets import Target, hide, restore
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.moderation import CASES, EVIDENCE, TAKEDOWNS
from sparkle_core.domain.moderation.cases import Case, Takedown
from sparkle_core.domain.moderation.reports import Evidence
from sparkle_core.domain.moderation.targets import TargetType, key_of


async def freeze(work: Work, target: Target, text: str) -> Evidence:
    """Keep the words of a target as they are now, unless they are kept already."""
    evidence = Evidence.of(target.type, target.id, target.author_id, target.revision, text, work.now)
    kept = await work.store.get(EVIDENCE, evidence.id)
    return kept if kept is not None else work.save(EVIDENCE, evidence)


async def case_about(work: Work, target: Target) -> Case:
    """The open case about a target, or a new one that is not saved yet."""
    case = await work.store.one(CASES, eq("open_key", key_of(target.type, target.id)))
    if case is not None:
        return case
    return Case.opened(
        id=work.new_id(), type=target.type, target_id=target.id, subject_id=target.author_id, now=work.now
    )


async def take_down(work: Work, type: TargetType, id: UUID, holder: UUID, *, is_down: bool = False) -> None:
    """Hold content down in somebody's name. `is_down`: it was saved hidden, for moderators to look at."""
    takedown = await _takedown(work, type, id)
    held = takedown.held_by(holder)
    if held is takedown:
        return
    work.save(TAKEDOWNS, held)
    if not is_down:
        await hide(work, type, id)


async def let_go(work: Work, type: TargetType, id: UUID, holder: UUID) -> None:
    """No longer hold it down in that name; it shows again once nobody does."""
    takedown = await _takedown(work, type, id)
    released = takedown.released_by(holder)
    if released is takedown:
        return
    work.save(TAKEDOWNS, released)
    if not released.holders:
        await restore(work, type, id)


async def _takedown(work: Work, type: TargetType, id: UUID) -> Takedown:
    at = Takedown.id_of(type, id)
    found = await work.store.get(TAKEDOWNS, at)
    return found if found is not None else Takedown(id=at, target_type=type, target_id=id)
