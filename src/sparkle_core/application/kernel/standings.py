"""Who was seen to stand how, a moment ago: for what everybody may read anyway.

Somebody who reads a page makes many calls at once, and each would ask for the same row. What is decided by a
memory of half a second is only whether they may read what anybody may, signed in or not; everything else is
decided by the row, in the transaction of the call.

Source: docs/decisions/0021-a-remembered-session-is-held-against-the-person.md.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from attrs import field, frozen

from sparkle_core.domain.kernel.actors import ANONYMOUS_MAY, Actor, Permission, Remembered, Standing
from sparkle_core.domain.kernel.fields import UserId

GOOD_FOR = timedelta(milliseconds=500)
"""Half of the second within which a session that was revoked elsewhere has to be refused everywhere."""

MOST = 10_000


@frozen
class Seen:
    """A standing, the session mark of its row, and when it was read."""

    standing: Standing
    mark: int
    at: datetime


@frozen(eq=False)
class Standings:
    """At most 10,000 people, of whom the one seen longest ago goes first. One process's own."""

    seen: dict[UserId, Seen] = field(factory=dict)

    def of(self, actor: Actor, permission: Permission, now: datetime) -> Standing | None:
        """How a remembered caller stands, when that is known well enough for what they ask; else None."""
        if permission not in ANONYMOUS_MAY or not isinstance(actor, Remembered) or actor.user_id is None:
            return None
        seen = self.seen.get(actor.user_id)
        if seen is None or seen.mark != actor.session_mark or not timedelta() <= now - seen.at < GOOD_FOR:
            return None
        return seen.standing if seen.standing.may(permission) else None

    def keep(self, actor: Actor, standing: Standing, now: datetime) -> None:
        """Remember what was just read, held against the mark that a remembered caller came with.

        Not of moderators and administrators: they may read what others may not.
        """
        if not isinstance(actor, Remembered) or actor.user_id is None or standing.role.rank > 0:
            return
        self.seen.pop(actor.user_id, None)
        self.seen[actor.user_id] = Seen(standing, actor.session_mark, now)
        if len(self.seen) > MOST:
            del self.seen[next(iter(self.seen))]

    def forget(self, ids: Iterable[UUID]) -> None:
        """Rows that say how these people stand change here: they are asked for again."""
        for id in ids:
            self.seen.pop(UserId(id), None)
