"""Counting against a limit, for what is refused past it."""

from datetime import datetime

from sparkle_core.domain.kernel.errors import Limited
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import RateLimiter, Verdict


async def counted(limiter: RateLimiter, key: str, tier: RateTier, now: datetime, *, limit: str) -> Verdict:
    """One more of what `key` stands for. Raises `Limited` when the window is full; `limit` names it to people."""
    verdict = await limiter.take(key, tier, now)
    if not verdict.allowed:
        raise Limited(limit=limit, retry_after_s=verdict.resets_in_s, most=verdict.limit)
    return verdict
