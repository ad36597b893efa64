"""Appeals: one per decision, in time, judged by somebody else. Source: docs/contexts/moderation.md."""

from enum import Enum
from typing import Annotated, Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import Instant, Text, UserId
from sparkle_core.domain.moderation.decisions import Decision, Reason
from sparkle_core.domain.moderation.errors import AlreadyDecided, NothingToAppeal, TooLateToAppeal
from sparkle_core.domain.moderation.events import AppealDecided, AppealFiled, AppealWithdrawn

AppealText = Annotated[str, Text(1, 2_000, lines=True)]


class AppealStatus(Enum):
    """OPEN until somebody decides: UPHELD leaves the decision as it is, OVERTURNED takes it back."""

    OPEN = "OPEN"
    UPHELD = "UPHELD"
    OVERTURNED = "OVERTURNED"
    WITHDRAWN = "WITHDRAWN"


@frozen(kw_only=True)
class Appeal(Aggregate):
    """What the one concerned says against a decision, and what became of it."""

    decision_id: UUID
    appellant_id: UserId
    text: AppealText
    status: AppealStatus = AppealStatus.OPEN
    filed_at: Instant
    decided_by: UserId | None = None
    decided_at: Instant | None = None
    reason: Reason | None = None

    @classmethod
    def filed(cls, decision: Decision, *, id: UUID, by: UserId, text: str, now: Instant) -> Self:
        """Raises `NotFound` for anybody but the one concerned, `NothingToAppeal`, `TooLateToAppeal`."""
        if by != decision.subject_id:
            raise NotFound("decision")
        if decision.appeal_until is None:
            raise NothingToAppeal
        if now > decision.appeal_until:
            raise TooLateToAppeal(decision.appeal_until.isoformat())
        appeal = cls(id=id, decision_id=decision.id, appellant_id=by, text=text, filed_at=now)
        return appeal.then(AppealFiled(appeal_id=id, decision_id=decision.id))

    def decided(self, *, overturn: bool, reason: str, by: UserId, now: Instant) -> Self:
        """Raises `AlreadyDecided`, also for one withdrawn."""
        return self._open().then(
            AppealDecided(appeal_id=self.id, decision_id=self.decision_id),
            status=AppealStatus.OVERTURNED if overturn else AppealStatus.UPHELD,
            reason=reason,
            decided_by=by,
            decided_at=now,
        )

    def withdrawn(self, now: Instant) -> Self:
        """Raises `AlreadyDecided`."""
        event = AppealWithdrawn(appeal_id=self.id, decision_id=self.decision_id)
        return self._open().then(event, status=AppealStatus.WITHDRAWN, decided_at=now)

    def _open(self) -> Self:
        if self.status is not AppealStatus.OPEN:
            raise AlreadyDecided
        return self
