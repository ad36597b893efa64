"""Appeals: filed by the one concerned, judged by somebody else. Source: docs/contexts/moderation.md."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, at_version, found
from sparkle_core.application.moderation.effects import carry_out, settle_reports
from sparkle_core.application.moderation.impartiality import impartial
from sparkle_core.application.moderation.views import AppealView
from sparkle_core.application.shared.notifications import notify
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.moderation import APPEALS, DECISIONS
from sparkle_core.domain.moderation import appeals as domain
from sparkle_core.domain.moderation.appeals import AppealStatus, AppealText
from sparkle_core.domain.moderation.decisions import Decision, Reason, undoing
from sparkle_core.domain.moderation.errors import AlreadyAppealed, ConflictOfInterest
from sparkle_core.domain.moderation.reports import ReportOutcome
from sparkle_core.domain.notifications import NotificationType


@frozen(kw_only=True)
class Appeal(Command[AppealView]):
    """Ask for a decision against oneself to be looked at again, by somebody else; once, within 20 days.

    Raises `NotFound`, `AlreadyAppealed`, `NothingToAppeal`, `TooLateToAppeal`.
    """

    decision_id: UUID
    text: AppealText


@frozen(kw_only=True)
class WithdrawAppeal(Command[AppealView]):
    """Take one's own appeal back before it is decided; the decision cannot be appealed again.

    Raises `NotFound`, `AlreadyDecided`.
    """

    appeal_id: UUID


@frozen(kw_only=True)
class OpenAppeals(Query[Page[AppealView]]):
    """Appeals that wait for somebody, oldest first; never one's own, nor against one's own decisions."""

    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class DecideAppeal(Command[AppealView]):
    """Uphold the decision, or overturn it: content and standing are then exactly as if it had not been made.

    Whoever made it, is concerned by it or reported what it is about raises `ConflictOfInterest`.
    Raises `NotFound`, `AlreadyDecided`, `VersionMismatch`.
    """

    appeal_id: UUID
    overturn: bool
    reason: Reason
    expected_version: int | None = None


async def appeal(cmd: Appeal, work: Work) -> AppealView:
    decision = found(await work.store.get(DECISIONS, cmd.decision_id), "decision")
    filed = domain.Appeal.filed(decision, id=work.new_id(), by=work.user_id, text=cmd.text, now=work.now)
    if await work.store.one(APPEALS, eq("decision_id", decision.id)) is not None:
        raise AlreadyAppealed
    return AppealView.of(work.save(APPEALS, filed), moderator=False)


async def withdraw_appeal(cmd: WithdrawAppeal, work: Work) -> AppealView:
    filed = found(await work.store.get(APPEALS, cmd.appeal_id), "appeal")
    if filed.appellant_id != work.user_id:
        raise NotFound("appeal")
    return AppealView.of(work.save(APPEALS, filed.withdrawn(work.now)), moderator=False)


async def open_appeals(query: OpenAppeals, work: Work) -> Page[AppealView]:
    after = position_of(query.after, "appeals", (), (UUID,))
    appeals = await work.store.find(
        APPEALS,
        eq("status", AppealStatus.OPEN),
        after=(after[0], after[0]) if after is not None else None,
        limit=query.limit + 1,
    )
    page = page_of(appeals, query.limit, "appeals", (), lambda a: (a.id,))
    decisions = await work.store.get_many(DECISIONS, [a.decision_id for a in page.items])
    others = (a for a in page.items if work.actor.user_id not in _parties(decisions[a.decision_id]))
    return Page(tuple(AppealView.of(a, moderator=True) for a in others), page.next)


async def decide_appeal(cmd: DecideAppeal, work: Work) -> AppealView:
    filed = at_version(found(await work.store.get(APPEALS, cmd.appeal_id), "appeal"), cmd.expected_version)
    decision = found(await work.store.get(DECISIONS, filed.decision_id), "decision")
    await _somebody_else(work, decision)
    decided = filed.decided(overturn=cmd.overturn, reason=cmd.reason, by=work.user_id, now=work.now)
    decided = work.save(APPEALS, decided)
    if cmd.overturn:
        await _overturn(work, decision, filed.id)
    await _tell(work, decision, decided)
    return AppealView.of(decided, moderator=True)


def _parties(decision: Decision) -> tuple[UUID | None, ...]:
    return (decision.subject_id, decision.decided_by)


async def _somebody_else(work: Work, decision: Decision) -> None:
    """A person judges appeals, and none who had a part in it."""
    if work.actor.user_id is None:
        raise ConflictOfInterest("appeals are judged by people")
    if work.user_id == decision.decided_by:
        raise ConflictOfInterest("you made the decision")
    await impartial(work, decision.case_id, decision.subject_id)


async def _overturn(work: Work, decision: Decision, appeal_id: UUID) -> None:
    await carry_out(work, undoing(decision))
    work.save(DECISIONS, decision.overturned(appeal_id, work.now))
    await settle_reports(work, decision.case_id, ReportOutcome.DISMISSED)


async def _tell(work: Work, decision: Decision, decided: domain.Appeal) -> None:
    """Both the one concerned and whoever decided first are told the outcome and the reason."""
    data = {
        "appeal_id": str(decided.id),
        "decision_id": str(decision.id),
        "outcome": decided.status.value,
        "reason": decided.reason or "",
    }
    for person in (decision.subject_id, decision.decided_by):
        if person is not None:
            await notify(work, person, NotificationType.MODERATION, f"appeal:{decided.id}", data, fresh=True)
