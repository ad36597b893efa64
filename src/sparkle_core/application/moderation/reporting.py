"""Reporting people and content. Source: docs/contexts/moderation.md."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.cases import case_about, freeze, take_down
from sparkle_core.application.shared.people import author_of
from sparkle_core.application.shared.targets import target_of
from sparkle_core.domain.kernel.fields import Record, UserId
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.moderation import CASES, DECISIONS, DISMISSED, REPORTERS, REPORTS, UPHELD
from sparkle_core.domain.moderation.cases import Case
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.errors import AlreadyReported, OwnContent
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.reports import Note, Report, TrackRecord, report_key, weight_of
from sparkle_core.domain.moderation.rules import ModerationRules, ReportRules
from sparkle_core.domain.moderation.targets import TargetType


@frozen(kw_only=True)
class Reported(Record):
    """The report, and the case it is part of."""

    id: UUID
    case_id: UUID


@frozen(kw_only=True)
class ReportContent(Command[Reported]):
    """Report a person, a post or a comment to the moderators, for a reason, with a note of at most 2,000 characters.

    What it says now is kept as evidence; something deleted since can be reported too. Raises
    `NotFound`, `OwnContent`, and `AlreadyReported` while an earlier report of yours about it is open.
    """

    target_type: TargetType
    target_id: UUID
    reason: ReportReason
    note: Note = ""


async def report_content(cmd: ReportContent, work: Work, *, rules: ModerationRules) -> Reported:
    target = await target_of(work, cmd.target_type, cmd.target_id)
    if target.author_id == work.user_id:
        raise OwnContent
    await _not_twice(work, work.user_id, cmd)
    weight = await _weight(work, rules.reports, cmd.reason)
    evidence = await freeze(work, target, target.text)
    case = (await case_about(work, target)).with_report(weight, rules.queue)
    if not case.hidden and case.reported >= rules.reports.hide_at and await _may_hide(work, case, evidence.sha256):
        case = case.holding()
        await take_down(work, case.target_type, case.target_id, case.id)
    case = work.save(CASES, case)
    report = Report.filed(
        id=work.new_id(),
        reporter_id=work.user_id,
        evidence=evidence,
        case_id=case.id,
        reason=cmd.reason,
        note=cmd.note,
        weight=weight,
        now=work.now,
    )
    work.save(REPORTS, report)
    return Reported(id=report.id, case_id=case.id)


async def _not_twice(work: Work, reporter_id: UserId, cmd: ReportContent) -> None:
    before = await work.store.one(REPORTS, eq("open_key", report_key(reporter_id, cmd.target_type, cmd.target_id)))
    if before is not None:
        raise AlreadyReported(before.id)


async def _weight(work: Work, rules: ReportRules, reason: ReportReason) -> int:
    reporter = await author_of(work, work.user_id)
    counts = await work.store.counts(REPORTERS, [work.user_id])
    record = TrackRecord(counts.get((work.user_id, UPHELD), 0), counts.get((work.user_id, DISMISSED), 0))
    return weight_of(rules, reason, work.now - reporter.created_at, record)


async def _may_hide(work: Work, case: Case, sha256: str) -> bool:
    """Whether reports may hide it: not once a moderator has looked at these very words and dismissed them."""
    if not case.target_type.is_content:
        return False
    cleared = (eq("target_id", case.target_id), eq("action", Action.DISMISS), eq("sha256", sha256))
    return await work.store.one(DECISIONS, *cleared) is None
