"""What moderation found about somebody, for who weighs it. Source: docs/contexts/moderation.md."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.moderation import CASES, DECISIONS
from sparkle_core.domain.moderation.decisions import Action


async def rightly_reported(work: Work, decision_id: UUID) -> UserId | None:
    """Whom a decision was against because of reports; None where it dismissed them, or where nobody had reported.

    The same before and after the decision is overturned. Raises `NotFound`.
    """
    decision = found(await work.store.get(DECISIONS, decision_id), "decision")
    if decision.action is Action.DISMISS:
        return None
    case = found(await work.store.get(CASES, decision.case_id), "case")
    return decision.subject_id if case.reports else None
