"""Decisions: statements of reasons, what they do, and its inverse. Source: docs/contexts/moderation.md."""

from datetime import timedelta
from enum import Enum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.moderation.cases import Case
from sparkle_core.domain.moderation.events import DecisionMade, DecisionOverturned
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.reports import Sha256
from sparkle_core.domain.moderation.rules import DecisionRules
from sparkle_core.domain.moderation.targets import TargetType

Reason = Annotated[str, Text(1, 1_000, lines=True)]


class Action(Enum):
    """What is done. Suspending and banning somebody for content takes the content down too."""

    DISMISS = "DISMISS"
    WARN = "WARN"
    REMOVE = "REMOVE"
    SUSPEND = "SUSPEND"
    BAN = "BAN"

    @property
    def takes_down(self) -> bool:
        return self in (Action.REMOVE, Action.SUSPEND, Action.BAN)

    @property
    def sanctions(self) -> bool:
        """Whether it restricts the person."""
        return self in (Action.SUSPEND, Action.BAN)


class DecisionScope(Enum):
    """What a decision touches."""

    NOTHING = "NOTHING"
    CONTENT = "CONTENT"
    ACCOUNT = "ACCOUNT"
    ACCOUNT_AND_CONTENT = "ACCOUNT_AND_CONTENT"


@frozen(kw_only=True)
class Decision(Aggregate):
    """A statement of reasons: what was decided on which ground and facts, by whom, until when, and the redress.

    There is none without a reason. `sha256` is of the words that were judged. `decided_by` is
    empty for an automated decision, `appeal_until` where there is nothing to appeal against.
    """

    case_id: UUID
    target_type: TargetType
    target_id: UUID
    subject_id: UserId
    action: Action
    ground: ReportReason | None
    reason: Reason
    sha256: Sha256
    automated: bool
    decided_by: UserId | None
    starts_at: Instant
    ends_at: Instant | None = None
    appeal_until: Instant | None
    overturned_at: Instant | None = None

    def _rules(self) -> list[Fault]:
        faults = []
        against = self.action is not Action.DISMISS
        if against and self.ground is None:
            faults.append(Fault("ground", "is needed for every action but DISMISS"))
        if self.action is Action.REMOVE and not self.target_type.is_content:
            faults.append(Fault("action", "a person cannot be removed; WARN, SUSPEND or BAN them"))
        if (self.action is Action.SUSPEND) != (self.ends_at is not None):
            faults.append(Fault("days", "only a suspension ends, and every suspension does"))
        if self.automated != (self.decided_by is None):
            faults.append(Fault("decided_by", "either somebody decided it, or it is automated"))
        if against != (self.appeal_until is not None):
            faults.append(Fault("appeal_until", "whatever is decided against somebody can be appealed"))
        return faults

    @classmethod
    def made(
        cls,
        case: Case,
        *,
        id: UUID,
        action: Action,
        ground: ReportReason | None,
        reason: str,
        days: int | None,
        sha256: str,
        by: UserId | None,
        now: Instant,
        rules: DecisionRules,
    ) -> Self:
        """A decision on a case, from now; a suspension lasts `days`, or as long as the rules say."""
        if action is Action.SUSPEND:
            days = days if days is not None else rules.suspension_days
        against = action is not Action.DISMISS
        decision = cls(
            id=id,
            case_id=case.id,
            target_type=case.target_type,
            target_id=case.target_id,
            subject_id=case.subject_id,
            action=action,
            ground=ground,
            reason=reason,
            sha256=sha256,
            automated=by is None,
            decided_by=by,
            starts_at=now,
            ends_at=now + timedelta(days=days) if days is not None else None,
            appeal_until=now + timedelta(days=rules.appeal_within_days) if against else None,
        )
        return decision.then(DecisionMade(decision_id=id, case_id=case.id, subject_id=case.subject_id))

    @property
    def scope(self) -> DecisionScope:
        down = self.action.takes_down and self.target_type.is_content
        if self.action.sanctions:
            return DecisionScope.ACCOUNT_AND_CONTENT if down else DecisionScope.ACCOUNT
        if self.action is Action.WARN:
            return DecisionScope.ACCOUNT
        return DecisionScope.CONTENT if down else DecisionScope.NOTHING

    def overturned(self, appeal_id: UUID, now: Instant) -> Self:
        """Taken back on appeal."""
        event = DecisionOverturned(decision_id=self.id, appeal_id=appeal_id, subject_id=self.subject_id)
        return self.then(event, overturned_at=now)


@frozen(kw_only=True)
class TakeDown(Record):
    """Content is held down in somebody's name: a decision's or a case's."""

    kind: ClassVar[str] = "take_down"
    type: TargetType
    id: UUID
    holder: UUID


@frozen(kw_only=True)
class LetGo(Record):
    """Content is no longer held down in that name; it shows again once nobody holds it."""

    kind: ClassVar[str] = "let_go"
    type: TargetType
    id: UUID
    holder: UUID


@frozen(kw_only=True)
class Impose(Record):
    """A person is suspended until an instant, or banned."""

    kind: ClassVar[str] = "impose"
    user_id: UserId
    decision: Decision


@frozen(kw_only=True)
class Lift(Record):
    """A person's sanction is taken back; their others stay."""

    kind: ClassVar[str] = "lift"
    user_id: UserId
    decision: Decision


Effect = TakeDown | LetGo | Impose | Lift


def effects_of(decision: Decision) -> tuple[Effect, ...]:
    """What a decision does, in order."""
    effects: list[Effect] = []
    if decision.action.takes_down and decision.target_type.is_content:
        effects.append(TakeDown(type=decision.target_type, id=decision.target_id, holder=decision.id))
    if decision.action.sanctions:
        effects.append(Impose(user_id=decision.subject_id, decision=decision))
    return tuple(effects)


def inverse(effect: Effect) -> Effect:
    """What undoes an effect; the inverse of the inverse is the effect."""
    match effect:
        case TakeDown():
            return LetGo(type=effect.type, id=effect.id, holder=effect.holder)
        case LetGo():
            return TakeDown(type=effect.type, id=effect.id, holder=effect.holder)
        case Impose():
            return Lift(user_id=effect.user_id, decision=effect.decision)
        case Lift():
            return Impose(user_id=effect.user_id, decision=effect.decision)


def undoing(decision: Decision) -> tuple[Effect, ...]:
    """What takes a decision back: the inverse of each effect, last first."""
    return tuple(inverse(e) for e in reversed(effects_of(decision)))
