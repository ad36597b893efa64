"""Locks of interleaved transactions: held until the end, waited for in turns, deadlocks found."""

from collections.abc import Awaitable, Callable, Hashable

from attrs import field, mutable

from sparkle_core.domain.kernel.errors import Stale

Turn = Callable[[], Awaitable[None]]
"""Lets others go on; answers when it is one's turn again."""


@mutable(eq=False)
class Locks:
    """Who holds what, and who waits for whom. `deadlocks` counts those found so far."""

    turn: Turn
    holders: dict[Hashable, object] = field(factory=dict)
    waiting_for: dict[object, object] = field(factory=dict)
    deadlocks: int = 0

    async def take(self, owner: object, name: Hashable) -> None:
        """Hold a lock until `release`. Raises `Stale` when waiting for it would never end."""
        while (holder := self.holders.get(name, owner)) is not owner:
            self.waiting_for[owner] = holder
            if self._waits_for_itself(owner):
                del self.waiting_for[owner]
                self.deadlocks += 1
                raise Stale("database (deadlock)")
            try:
                await self.turn()
            finally:
                self.waiting_for.pop(owner, None)
        self.holders[name] = owner

    def release(self, owner: object) -> None:
        """Let go of everything."""
        for name in [n for n, holder in self.holders.items() if holder is owner]:
            del self.holders[name]

    def _waits_for_itself(self, owner: object) -> bool:
        at = self.waiting_for.get(owner)
        while at is not None and at is not owner:
            at = self.waiting_for.get(at)
        return at is owner
