"""What must be true of all that is kept: one module a context, and all of them together.

faults = at_any_moment(kept, rules) + once_settled(kept, rules)      # empty when all is well
"""

from collections.abc import Callable, Iterable

from sparkle_core.application.rules import Rules
from sparkle_core.testing.stories.invariants import (
    accounts,
    achievements,
    content,
    economy,
    leaderboards,
    moderation,
    notifications,
    progression,
    store,
    trading,
)
from sparkle_core.testing.stories.kept import Kept

Invariant = Callable[[Kept, Rules], Iterable[str]]
"""Says where what is kept is not as it must be; nothing when it is."""

IN_BRIEF: tuple[Invariant, ...] = (*economy.MONEY, *progression.POINTS)
ALWAYS: tuple[Invariant, ...] = (
    *accounts.INVARIANTS,
    *content.INVARIANTS,
    *economy.INVARIANTS,
    *store.INVARIANTS,
    *trading.INVARIANTS,
    *progression.INVARIANTS,
    *achievements.INVARIANTS,
    *moderation.INVARIANTS,
    *notifications.INVARIANTS,
    *leaderboards.INVARIANTS,
)
SETTLED: tuple[Invariant, ...] = (*progression.ONCE_SETTLED, *achievements.ONCE_SETTLED)


def at_any_moment(kept: Kept, rules: Rules) -> list[str]:
    """What is not as it must be between any two commands; of what was read in brief, as far as that tells."""
    return _faults(ALWAYS if kept.whole else IN_BRIEF, kept, rules)


def once_settled(kept: Kept, rules: Rules) -> list[str]:
    """What is not as it must be once every event was acted on; nothing is said of what was read in brief."""
    return _faults(SETTLED if kept.whole else (), kept, rules)


def _faults(invariants: tuple[Invariant, ...], kept: Kept, rules: Rules) -> list[str]:
    """Each by the module and name of what it breaks."""
    return [
        f"{invariant.__module__.rpartition('.')[2]}.{invariant.__name__}: {fault}"
        for invariant in invariants
        for fault in invariant(kept, rules)
    ]


__all__ = ["ALWAYS", "SETTLED", "Invariant", "at_any_moment", "once_settled"]
