"""Reports, the evidence they freeze, and what a reporter's word weighs. Source: docs/contexts/moderation.md."""

import hashlib
from datetime import timedelta
from enum import Enum
from typing import Annotated, Self
from uuid import UUID, uuid5

from attrs import frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Text, UserId
from sparkle_core.domain.moderation.events import ReportFiled
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.rules import ReportRules
from sparkle_core.domain.moderation.targets import TargetType, key_of

_EVIDENCE = UUID("5a1e7c00-0000-5000-8000-00000000000e")

Note = Annotated[str, Text(0, 2_000, lines=True)]
Sha256 = Annotated[str, Text(64, 64)]


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@frozen(kw_only=True)
class Evidence(Aggregate):
    """What was there when it was reported, word for word; the same words of the same revision are kept once.

    `subject_id`: whose words they are.
    """

    target_type: TargetType
    target_id: UUID
    subject_id: UserId | None
    revision: int
    text: Annotated[str, Text(0, 1_000_000, lines=True)]
    sha256: Sha256
    taken_at: Instant

    @classmethod
    def of(cls, type: TargetType, id: UUID, subject_id: UserId, revision: int, text: str, now: Instant) -> Self:
        digest = sha256_of(text)
        return cls(
            id=uuid5(_EVIDENCE, f"{key_of(type, id)}:{revision}:{digest}"),
            target_type=type,
            target_id=id,
            subject_id=subject_id,
            revision=revision,
            text=text,
            sha256=digest,
            taken_at=now,
        )


class ReportOutcome(Enum):
    """What became of a report."""

    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"


@frozen(kw_only=True)
class Report(Aggregate):
    """One person's word that something breaks the rules. `open_key` is empty once it is closed."""

    reporter_id: UserId
    target_type: TargetType
    target_id: UUID
    case_id: UUID
    reason: ReportReason
    note: Note
    evidence_id: UUID
    weight: int
    open_key: Annotated[str, Text(1, 120)] | None
    filed_at: Instant
    outcome: ReportOutcome | None = None
    closed_at: Instant | None = None

    @classmethod
    def filed(
        cls,
        *,
        id: UUID,
        reporter_id: UserId,
        evidence: Evidence,
        case_id: UUID,
        reason: ReportReason,
        note: str,
        weight: int,
        now: Instant,
    ) -> Self:
        """A new report on what the evidence shows."""
        report = cls(
            id=id,
            reporter_id=reporter_id,
            target_type=evidence.target_type,
            target_id=evidence.target_id,
            case_id=case_id,
            reason=reason,
            note=note,
            evidence_id=evidence.id,
            weight=weight,
            open_key=report_key(reporter_id, evidence.target_type, evidence.target_id),
            filed_at=now,
        )
        return report.then(ReportFiled(report_id=id, case_id=case_id))


def report_key(reporter_id: UserId, type: TargetType, id: UUID) -> str:
    """No two open reports share it: one open report per reporter and target."""
    return f"{reporter_id}:{key_of(type, id)}"


@frozen
class TrackRecord:
    """How many of somebody's reports were upheld and dismissed."""

    upheld: int = 0
    dismissed: int = 0


def weight_of(rules: ReportRules, reason: ReportReason, age: timedelta, record: TrackRecord) -> int:
    """What a report adds to its case's score: 0 up to `rules.cap`.

    The share of upheld reports is shrunk towards one half, so that three lucky reports are no
    record yet; newcomers count little whatever they say.
    """
    if age < timedelta(days=rules.newcomer_days):
        percent = rules.newcomer_percent
    else:
        upheld = max(0, record.upheld) * 2 + rules.prior_reports
        total = (max(0, record.upheld) + max(0, record.dismissed) + rules.prior_reports) * 2
        percent = rules.least_percent + (rules.most_percent - rules.least_percent) * upheld // total
    return min(rules.cap, rules.weights.of(reason) * percent // 100)
