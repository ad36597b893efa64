"""What moderation shows: the queue, a case with its evidence, statements of reasons, appeals."""

from datetime import datetime
from typing import Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.fields import Instant, Record, UserId
from sparkle_core.domain.moderation.appeals import Appeal, AppealStatus
from sparkle_core.domain.moderation.cases import Case, CaseStatus
from sparkle_core.domain.moderation.decisions import Action, Decision, DecisionScope
from sparkle_core.domain.moderation.engine import Finding
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.reports import Evidence, Report, ReportOutcome
from sparkle_core.domain.moderation.targets import TargetType


@frozen(kw_only=True)
class CaseSummary(Record):
    """A case as the queue shows it. `claimed_by` is empty once the claim has run out."""

    id: UUID
    target_type: TargetType
    target_id: UUID
    subject_id: UserId
    status: CaseStatus
    score: int
    reports: int
    hidden: bool
    opened_at: Instant
    claimed_by: UserId | None
    claimed_until: Instant | None
    decision_id: UUID | None
    version: int

    @classmethod
    def of(cls, case: Case, now: datetime) -> Self:
        claimant = case.claimant_at(now)
        return cls(
            id=case.id,
            target_type=case.target_type,
            target_id=case.target_id,
            subject_id=case.subject_id,
            status=case.status,
            score=case.score,
            reports=case.reports,
            hidden=case.hidden,
            opened_at=case.opened_at,
            claimed_by=claimant,
            claimed_until=case.claimed_until if claimant is not None else None,
            decision_id=case.decision_id,
            version=case.version,
        )


@frozen(kw_only=True)
class ReportView(Record):
    """One report of a case; `evidence_id` names the words it is about."""

    id: UUID
    reporter_id: UserId
    reason: ReportReason
    note: str
    evidence_id: UUID
    weight: int
    filed_at: Instant
    outcome: ReportOutcome | None

    @classmethod
    def of(cls, report: Report) -> Self:
        return cls(
            id=report.id,
            reporter_id=report.reporter_id,
            reason=report.reason,
            note=report.note,
            evidence_id=report.evidence_id,
            weight=report.weight,
            filed_at=report.filed_at,
            outcome=report.outcome,
        )


@frozen(kw_only=True)
class EvidenceView(Record):
    """Words as they were at a revision, with their SHA-256 in hexadecimal."""

    id: UUID
    revision: int
    text: str
    sha256: str
    taken_at: Instant

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        return cls(
            id=evidence.id,
            revision=evidence.revision,
            text=evidence.text,
            sha256=evidence.sha256,
            taken_at=evidence.taken_at,
        )


@frozen(kw_only=True)
class AppealView(Record):
    """An appeal, and what became of it. `decided_by` is told to moderators only."""

    id: UUID
    decision_id: UUID
    appellant_id: UserId
    text: str
    status: AppealStatus
    filed_at: Instant
    reason: str | None
    decided_at: Instant | None
    decided_by: UserId | None
    version: int

    @classmethod
    def of(cls, appeal: Appeal, *, moderator: bool) -> Self:
        return cls(
            id=appeal.id,
            decision_id=appeal.decision_id,
            appellant_id=appeal.appellant_id,
            text=appeal.text,
            status=appeal.status,
            filed_at=appeal.filed_at,
            reason=appeal.reason,
            decided_at=appeal.decided_at,
            decided_by=appeal.decided_by if moderator else None,
            version=appeal.version,
        )


@frozen(kw_only=True)
class StatementOfReasons(Record):
    """A decision as the one concerned reads it: ground, facts, whether automated, scope, end and redress.

    `appeal_until` is the redress: until when one may appeal. `decided_by` is told to moderators only.
    """

    id: UUID
    case_id: UUID
    target_type: TargetType
    target_id: UUID
    subject_id: UserId
    action: Action
    ground: ReportReason | None
    reason: str
    automated: bool
    scope: DecisionScope
    starts_at: Instant
    ends_at: Instant | None
    appeal_until: Instant | None
    overturned_at: Instant | None
    decided_by: UserId | None
    appeal: AppealView | None

    @classmethod
    def of(cls, decision: Decision, appeal: Appeal | None, *, moderator: bool) -> Self:
        return cls(
            id=decision.id,
            case_id=decision.case_id,
            target_type=decision.target_type,
            target_id=decision.target_id,
            subject_id=decision.subject_id,
            action=decision.action,
            ground=decision.ground,
            reason=decision.reason,
            automated=decision.automated,
            scope=decision.scope,
            starts_at=decision.starts_at,
            ends_at=decision.ends_at,
            appeal_until=decision.appeal_until,
            overturned_at=decision.overturned_at,
            decided_by=decision.decided_by if moderator else None,
            appeal=AppealView.of(appeal, moderator=moderator) if appeal is not None else None,
        )


@frozen(kw_only=True)
class CaseView(Record):
    """A case with all that a moderator needs: words now and as reported, reports, the rules' trace, the history.

    `visible`: whether everybody sees the target now. The newest 20 pieces of evidence (oldest first), the
    newest 100 reports and the last 20 decisions about the same person.
    """

    case: CaseSummary
    text: str
    visible: bool
    evidence: tuple[EvidenceView, ...]
    reports: tuple[ReportView, ...]
    findings: tuple[Finding, ...]
    decisions: tuple[StatementOfReasons, ...]
