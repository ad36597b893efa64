"""Cases: what waits for a moderator about one target, claimed by one at a time and decided once.

Source: docs/contexts/moderation.md.
"""

from datetime import timedelta
from enum import Enum
from typing import Annotated, Self
from uuid import UUID, uuid5

from attrs import frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Text, UserId
from sparkle_core.domain.moderation.engine import Finding
from sparkle_core.domain.moderation.errors import AlreadyClaimed, AlreadyDecided
from sparkle_core.domain.moderation.events import CaseOpened
from sparkle_core.domain.moderation.rules import QueueRules
from sparkle_core.domain.moderation.targets import TargetType, key_of

_TAKEDOWNS = UUID("5a1e7c00-0000-5000-8000-00000000000d")
_MOST_AHEAD = timedelta(days=3_650)


class CaseStatus(Enum):
    OPEN = "OPEN"
    DECIDED = "DECIDED"


@frozen(kw_only=True)
class Case(Aggregate):
    """All that is open about one target; `open_key` is empty once it is decided, so that there is one at a time.

    `reported` and `screened` are the two parts of its score. `hidden`: whether it holds the content
    down until it is decided. `findings` are the trace of the rules that fired on it last.
    """

    target_type: TargetType
    target_id: UUID
    subject_id: UserId
    status: CaseStatus = CaseStatus.OPEN
    open_key: Annotated[str, Text(1, 80)] | None
    reported: int = 0
    screened: int = 0
    reports: int = 0
    hidden: bool = False
    findings: tuple[Finding, ...] = ()
    opened_at: Instant
    due_at: Instant
    claimed_by: UserId | None = None
    claimed_until: Instant | None = None
    decision_id: UUID | None = None
    decided_at: Instant | None = None

    @classmethod
    def opened(cls, *, id: UUID, type: TargetType, target_id: UUID, subject_id: UserId, now: Instant) -> Self:
        case = cls(
            id=id,
            target_type=type,
            target_id=target_id,
            subject_id=subject_id,
            open_key=key_of(type, target_id),
            opened_at=now,
            due_at=now,
        )
        return case.then(CaseOpened(case_id=id))

    @property
    def score(self) -> int:
        return self.reported + self.screened

    def with_report(self, weight: int, rules: QueueRules) -> Self:
        """With one more report."""
        return self.then(reported=self.reported + weight, reports=self.reports + 1)._queued(rules)

    def with_findings(self, findings: tuple[Finding, ...], score: int, rules: QueueRules) -> Self:
        """With what the rules say of its newest text, in place of what they said before."""
        return self.then(findings=findings, screened=max(score, self.screened))._queued(rules)

    def holding(self) -> Self:
        """Holding the content down until it is decided."""
        return self.then(hidden=True)

    def _queued(self, rules: QueueRules) -> Self:
        """Oldest and highest score first, in one order: each point counts as some minutes of waiting."""
        ahead = min(timedelta(minutes=self.score * rules.minutes_a_point), _MOST_AHEAD)
        return self.then(due_at=self.opened_at - ahead)

    def claimant_at(self, now: Instant) -> UserId | None:
        """Who is looking at it now."""
        return self.claimed_by if self.claimed_until is not None and now < self.claimed_until else None

    def open_to(self, moderator: UserId | None, now: Instant) -> Self:
        """This, when the moderator may claim or decide it. Raises `AlreadyDecided`, `AlreadyClaimed`."""
        if self.status is CaseStatus.DECIDED:
            raise AlreadyDecided
        claimant = self.claimant_at(now)
        if claimant is not None and claimant != moderator:
            assert self.claimed_until is not None
            raise AlreadyClaimed(by=claimant, until=self.claimed_until.isoformat())
        return self

    def claimed(self, by: UserId, now: Instant, rules: QueueRules) -> Self:
        """Claimed for some minutes, from now; claiming again renews it."""
        self.open_to(by, now)
        return self.then(claimed_by=by, claimed_until=now + timedelta(minutes=rules.claim_minutes))

    def decided(self, decision_id: UUID, now: Instant) -> Self:
        """Closed, for good."""
        return self.then(
            status=CaseStatus.DECIDED, open_key=None, hidden=False, decision_id=decision_id, decided_at=now
        )


@frozen(kw_only=True)
class Takedown(Aggregate):
    """What keeps one piece of content down: decisions, and cases not decided yet.

    It is down while anybody holds it, so that taking one decision back leaves another's effect in
    place, and two taken back at once, in either order, show it again.
    """

    target_type: TargetType
    target_id: UUID
    holders: tuple[UUID, ...] = ()

    @classmethod
    def id_of(cls, type: TargetType, id: UUID) -> UUID:
        return uuid5(_TAKEDOWNS, key_of(type, id))

    def held_by(self, holder: UUID) -> Self:
        return self if holder in self.holders else self.then(holders=(*self.holders, holder))

    def released_by(self, holder: UUID) -> Self:
        return self.then(holders=tuple(h for h in self.holders if h != holder)) if holder in self.holders else self
