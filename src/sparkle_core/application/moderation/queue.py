"""The moderators' queue: open cases, a case with its evidence, claims. Source: docs/contexts/moderation.md."""

from datetime import datetime
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.moderation.impartiality import impartial
from sparkle_core.application.moderation.statements import statements
from sparkle_core.application.moderation.views import CaseSummary, CaseView, EvidenceView, ReportView
from sparkle_core.application.shared.targets import target_of
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, Order, eq
from sparkle_core.domain.moderation import CASES, DECISIONS, EVIDENCE, REPORTS
from sparkle_core.domain.moderation.cases import Case, CaseStatus
from sparkle_core.domain.moderation.rules import ModerationRules

_EVIDENCE_SHOWN = 20
_REPORTS_SHOWN = 100
_DECISIONS_SHOWN = 20


@frozen(kw_only=True)
class OpenCases(Query[Page[CaseSummary]]):
    """What waits for a moderator, oldest and highest score first; never what concerns oneself."""

    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class CaseById(Query[CaseView]):
    """A case with its evidence, reports and history. Raises `NotFound`, `ConflictOfInterest`."""

    case_id: UUID


@frozen(kw_only=True)
class ClaimCase(Command[CaseSummary]):
    """Take a case for 10 minutes, so that nobody else decides it meanwhile; claiming again renews it.

    A claim that ran out can be taken over. Raises `NotFound`, `AlreadyClaimed`, `AlreadyDecided`,
    `ConflictOfInterest`.
    """

    case_id: UUID


async def open_cases(query: OpenCases, work: Work) -> Page[CaseSummary]:
    after = position_of(query.after, "cases", (), (datetime, UUID))
    cases = await work.store.find(
        CASES,
        eq("status", CaseStatus.OPEN),
        order=Order("due_at"),
        after=(after[0], after[1]) if after is not None else None,
        limit=query.limit + 1,
    )
    page: Page[Case] = page_of(cases, query.limit, "cases", (), lambda c: (c.due_at, c.id))
    return Page(tuple(CaseSummary.of(c, work.now) for c in page.items if c.subject_id != work.actor.user_id), page.next)


async def case_by_id(query: CaseById, work: Work) -> CaseView:
    case = found(await work.store.get(CASES, query.case_id), "case")
    if case.subject_id == work.actor.user_id:
        await impartial(work, case.id, case.subject_id)
    target = await target_of(work, case.target_type, case.target_id)
    reports = await work.store.find(REPORTS, eq("case_id", case.id), order=NEWEST_FIRST, limit=_REPORTS_SHOWN)
    newest = Order("taken_at", descending=True)
    evidence = await work.store.find(EVIDENCE, eq("target_id", case.target_id), order=newest, limit=_EVIDENCE_SHOWN)
    decisions = await work.store.find(
        DECISIONS, eq("subject_id", case.subject_id), order=NEWEST_FIRST, limit=_DECISIONS_SHOWN
    )
    return CaseView(
        case=CaseSummary.of(case, work.now),
        text=target.text,
        visible=target.visible,
        evidence=tuple(map(EvidenceView.of, reversed(evidence))),
        reports=tuple(map(ReportView.of, reports)),
        findings=case.findings,
        decisions=await statements(work, decisions, moderator=True),
    )


async def claim_case(cmd: ClaimCase, work: Work, *, rules: ModerationRules) -> CaseSummary:
    case = found(await work.store.get(CASES, cmd.case_id), "case")
    await impartial(work, case.id, case.subject_id)
    return CaseSummary.of(work.save(CASES, case.claimed(work.user_id, work.now, rules.queue)), work.now)
