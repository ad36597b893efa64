"""What must be true of notifications. Source: docs/contexts/notifications.md."""

from collections import Counter as Tally
from collections.abc import Iterator

from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.moderation import DECISIONS
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.notifications import NOTIFICATIONS, PREFERENCES, NotificationType
from sparkle_core.testing.stories.kept import Kept


def once_each(kept: Kept, rules: Rules) -> Iterator[str]:
    """A person is told once of a type and subject, and reads it after it was told."""
    told = Tally((n.user_id, n.type, n.subject) for n in kept.all_of(NOTIFICATIONS))
    yield from (f"{whom} was told {n} times of {type} {subject}" for (whom, type, subject), n in told.items() if n > 1)
    for row in kept.all_of(NOTIFICATIONS):
        if row.user_id not in kept.by_id(PEOPLE) or (row.read_at is not None and row.read_at < row.created_at):
            yield f"{row} is told to nobody, or was read before"


def moderation(kept: Kept, rules: Rules) -> Iterator[str]:
    """Nobody mutes what moderators decided, and everybody concerned is told of it."""
    told = {(n.user_id, n.subject) for n in kept.all_of(NOTIFICATIONS) if n.type is NotificationType.MODERATION}
    for decision in kept.all_of(DECISIONS):
        if decision.subject_id in kept.erased:
            continue
        subject = f"decision:{decision.id}"
        if decision.action is not Action.DISMISS and (decision.subject_id, subject) not in told:
            yield f"{decision.subject_id} was not told of {subject}"
    for row in kept.all_of(PREFERENCES):
        if any(type.always_told for type in row.muted):
            yield f"{row} mutes what cannot be muted"


INVARIANTS = (once_each, moderation)
