"""Carrying out what a decision does, or its inverse, and telling those who reported."""

from collections.abc import AsyncIterator, Iterable
from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.cases import let_go, take_down
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.sanctions import impose, lift
from sparkle_core.domain.kernel.stored import PAGE_MAX, eq
from sparkle_core.domain.moderation import DISMISSED, REPORTERS, REPORTS, UPHELD
from sparkle_core.domain.moderation.decisions import Decision, Effect, Impose, LetGo, Lift, TakeDown
from sparkle_core.domain.moderation.reports import Report, ReportOutcome
from sparkle_core.domain.notifications import NotificationType

_COUNTED = {ReportOutcome.UPHELD: UPHELD, ReportOutcome.DISMISSED: DISMISSED}


async def carry_out(work: Work, effects: Iterable[Effect]) -> None:
    """In order. Raises `Outranked` against an equal or higher role."""
    for effect in effects:
        match effect:
            case TakeDown():
                await take_down(work, effect.type, effect.id, effect.holder)
            case LetGo():
                await let_go(work, effect.type, effect.id, effect.holder)
            case Impose(decision=decision):
                await impose(work, effect.user_id, decision.id, ends_at=decision.ends_at, reason=decision.reason)
            case Lift(decision=decision):
                await lift(work, effect.user_id, decision.id)


async def settle_reports(work: Work, case_id: UUID, outcome: ReportOutcome) -> None:
    """Close a case's reports with an outcome, count it for each reporter in place of an earlier one, and tell them."""
    async for report in _reports_of(work, case_id):
        if report.outcome is outcome:
            continue
        if report.outcome is not None:
            work.store.bump(REPORTERS, report.reporter_id, _COUNTED[report.outcome], -1)
        work.store.bump(REPORTERS, report.reporter_id, _COUNTED[outcome])
        data = {"report_id": str(report.id), "outcome": outcome.value}
        subject = f"report:{report.id}:{outcome.value}"
        await notify(work, report.reporter_id, NotificationType.MODERATION, subject, data)
    changes = {"open_key": None, "outcome": outcome, "closed_at": work.now}
    await work.store.update_where(REPORTS, eq("case_id", case_id), changes=changes)


async def _reports_of(work: Work, case_id: UUID) -> AsyncIterator[Report]:
    after = None
    while page := await work.store.find(REPORTS, eq("case_id", case_id), after=after, limit=PAGE_MAX):
        for report in page:
            yield report
        after = (page[-1].id, page[-1].id)


def told_of(decision: Decision) -> dict[str, str]:
    """What a notification says of a decision."""
    data = {
        "decision_id": str(decision.id),
        "action": decision.action.value,
        "target_type": decision.target_type.value,
        "target_id": str(decision.target_id),
        "reason": decision.reason,
    }
    if decision.ground is not None:
        data["ground"] = decision.ground.value
    if decision.ends_at is not None:
        data["ends_at"] = decision.ends_at.isoformat()
    return data
