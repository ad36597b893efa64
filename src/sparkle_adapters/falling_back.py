"""The `RateLimiter` port over two others: one that can be lost, and one that answers while it is."""

from contextlib import suppress
from datetime import datetime

from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import RateLimiter, Verdict


class FallingBackRateLimiter:
    """Counts with the first, and with the second while the first raises `Unavailable`: never an open door.

    Each keeps to the limit by itself, and nothing is carried over. So in one window at most
    `tier.limit` hits are allowed by the second, and as many by each life of the first: twice the
    limit when the first is away for a while and comes back with its counts.
    """

    def __init__(self, first: RateLimiter, second: RateLimiter) -> None:
        self._first, self._second = first, second

    async def take(self, key: str, tier: RateTier, now: datetime) -> Verdict:
        try:
            return await self._first.take(key, tier, now)
        except Unavailable:
            return await self._second.take(key, tier, now)

    async def clear(self, key: str) -> None:
        """Forget what both have counted. A first one that is away keeps its count until that window ends."""
        with suppress(Unavailable):
            await self._first.clear(key)
        await self._second.clear(key)

    async def expire(self, now: datetime) -> int:
        gone = await self._second.expire(now)
        try:
            return gone + await self._first.expire(now)
        except Unavailable:
            return gone
