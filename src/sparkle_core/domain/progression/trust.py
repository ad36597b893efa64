"""Trust: a level from conduct over time, slow to be lost. Source: docs/contexts/progression.md."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Self

from attrs import frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, UserId, Whole
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.domain.progression.rules import Conduct, TrustRules

TrustLevel = Annotated[int, Whole(0, 4)]


@frozen(kw_only=True)
class TrustChanged(Event):
    """A person's trust level rose or fell, by their conduct or by a moderator."""

    topic: ClassVar[str] = "progression.trust_changed"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    level: int
    before: int


@frozen(kw_only=True)
class TrustGraceSent(Event):
    """Sent ahead to when the grace is over of somebody whose conduct no longer keeps their level.

    `since`: when it began, which tells it from others of theirs; None, of old events.
    """

    topic: ClassVar[str] = "progression.trust_grace_sent"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    since: Instant | None = None


@frozen(kw_only=True)
class PersonTrust(Aggregate):
    """A person's trust level, 0 to 4 (their id is the row's).

    `below_since`: since when conduct has not been enough to keep it. `locked`: moderators set it,
    and conduct does not change it.
    """

    id: UserId
    level: TrustLevel = 0
    below_since: Instant | None = None
    locked: bool = False

    def assessed(self, conduct: Conduct, rules: TrustRules, now: datetime) -> Self:
        """By somebody's conduct: up at once; down when it has not kept the level for the days of grace."""
        if self.locked:
            return self
        earned, kept = rules.earned_by(conduct), rules.kept_by(conduct)
        if earned > self.level:
            return self._at(earned)
        if kept >= self.level:
            return self if self.below_since is None else self.then(below_since=None)
        falls_at = self.falls_at(rules)
        if falls_at is None:
            return self.then(below_since=now)
        return self if now < falls_at else self._at(kept)

    def falls_at(self, rules: TrustRules) -> datetime | None:
        """When the level is lost unless conduct gets better; None while it is kept."""
        return self.below_since + timedelta(days=rules.grace_days) if self.below_since is not None else None

    def held_at(self, level: int) -> Self:
        """Locked at a level."""
        return self._at(level).then(locked=True)

    def released(self) -> Self:
        """Judged by conduct again, from the level where it is."""
        return self.then(locked=False) if self.locked else self

    def _at(self, level: int) -> Self:
        changed = [TrustChanged(user_id=self.id, level=level, before=self.level)] if level != self.level else []
        return self.then(*changed, level=level, below_since=None)


TRUST = Kind(PersonTrust, "trust")
