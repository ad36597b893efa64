"""What happened in moderation. Ids only."""

from typing import ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId


@frozen(kw_only=True)
class CaseOpened(Event):
    """Something waits for a moderator: it was reported, or a rule held or flagged it."""

    topic: ClassVar[str] = "moderation.case_opened"
    about: ClassVar[str] = "case_id"
    case_id: UUID


@frozen(kw_only=True)
class ReportFiled(Event):
    """Somebody reported something."""

    topic: ClassVar[str] = "moderation.report_filed"
    about: ClassVar[str] = "report_id"
    report_id: UUID
    case_id: UUID


@frozen(kw_only=True)
class DecisionMade(Event):
    """A case was decided."""

    topic: ClassVar[str] = "moderation.decision_made"
    about: ClassVar[str] = "decision_id"
    decision_id: UUID
    case_id: UUID
    subject_id: UserId


@frozen(kw_only=True)
class DecisionOverturned(Event):
    """A decision was taken back on appeal, with everything it did."""

    topic: ClassVar[str] = "moderation.decision_overturned"
    about: ClassVar[str] = "decision_id"
    decision_id: UUID
    appeal_id: UUID
    subject_id: UserId


@frozen(kw_only=True)
class AppealFiled(Event):
    """The one concerned asked for a decision to be looked at again."""

    topic: ClassVar[str] = "moderation.appeal_filed"
    about: ClassVar[str] = "appeal_id"
    appeal_id: UUID
    decision_id: UUID


@frozen(kw_only=True)
class AppealDecided(Event):
    """Somebody else looked at a decision again."""

    topic: ClassVar[str] = "moderation.appeal_decided"
    about: ClassVar[str] = "appeal_id"
    appeal_id: UUID
    decision_id: UUID


@frozen(kw_only=True)
class AppealWithdrawn(Event):
    """An appeal was taken back by the one who filed it."""

    topic: ClassVar[str] = "moderation.appeal_withdrawn"
    about: ClassVar[str] = "appeal_id"
    appeal_id: UUID
    decision_id: UUID


EVENTS = (
    CaseOpened,
    ReportFiled,
    DecisionMade,
    DecisionOverturned,
    AppealFiled,
    AppealDecided,
    AppealWithdrawn,
)
