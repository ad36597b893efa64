"""Reports, cases and decisions for tests."""

from typing import Any
from uuid import UUID

from sparkle_bootstrap import Sparkle
from sparkle_core.application.moderation import Appeal, Decide, OpenCases, ReportContent, StatementOfReasons
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.domain.notifications import NotificationType
from tests.support.people import Somebody


def report(
    sparkle: Sparkle,
    by: Somebody,
    id: UUID,
    type: TargetType = TargetType.POST,
    reason: ReportReason = ReportReason.SPAM,
    note: str = "",
) -> UUID:
    """A report; answers its case's id."""
    command = ReportContent(target_type=type, target_id=id, reason=reason, note=note)
    return sparkle.run(command, actor=by.actor).case_id


def decide(sparkle: Sparkle, by: Somebody, case_id: UUID, action: Action, **more: Any) -> StatementOfReasons:
    """A decision, on the ground of spam unless it is a dismissal."""
    ground = None if action is Action.DISMISS else ReportReason.SPAM
    command = Decide(case_id=case_id, action=action, **{"ground": ground, "reason": "As seen.", **more})
    return sparkle.run(command, actor=by.actor)


def appeal(sparkle: Sparkle, by: Somebody, decision_id: UUID, text: str = "It was a joke.") -> UUID:
    """An appeal; answers its id."""
    return sparkle.run(Appeal(decision_id=decision_id, text=text), actor=by.actor).id


def queue(sparkle: Sparkle, by: Somebody) -> list[UUID]:
    """The targets of the open cases, in the queue's order."""
    return [case.target_id for case in sparkle.run(OpenCases(limit=100), actor=by.actor).items]


def told(sparkle: Sparkle, somebody: Somebody) -> list[dict[str, str]]:
    """What moderation told somebody, oldest first."""
    notifications = sparkle.run(MyNotifications(), actor=somebody.actor).items
    return [n.data for n in reversed(notifications) if n.type is NotificationType.MODERATION]
