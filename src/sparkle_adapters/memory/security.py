"""In-memory security ports: a fast hasher for tests and simulations, and a rate limiter."""

import hashlib
import hmac
import math
import threading
from datetime import datetime, timedelta

from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import Verdict


class FastHasher:
    """The `PasswordHasher` port without the cost: for tests and simulations, never for real passwords."""

    def __init__(self) -> None:
        self._made = 0

    async def hash(self, password: str) -> str:
        self._made += 1
        return f"fast${self._made}${self._digest(str(self._made), password)}"

    async def verify(self, stored: str | None, password: str) -> bool:
        _, salt, digest = (stored or "fast$0$").split("$")
        return hmac.compare_digest(digest, self._digest(salt, password)) and stored is not None

    def outdated(self, stored: str) -> bool:
        return not stored.startswith("fast$")

    @staticmethod
    def _digest(salt: str, password: str) -> str:
        return hashlib.sha256(f"{salt}${password}".encode("utf-8", "surrogatepass")).hexdigest()


class MemoryRateLimiter:
    """The `RateLimiter` port within one process; forgets windows that ended."""

    def __init__(self) -> None:
        self._sweep_at = 10_000
        self._windows: dict[str, tuple[int, datetime]] = {}
        self._lock = threading.Lock()

    async def take(self, key: str, tier: RateTier, now: datetime) -> Verdict:
        with self._lock:
            count, ends = self._windows.get(key, (0, now))
            window = timedelta(seconds=tier.window_s)
            if ends <= now:
                count, ends = 0, now + window
            allowed = count < tier.limit
            if allowed:
                count += 1
                if tier.locks and count == tier.limit:
                    ends = now + window
                self._windows[key] = (count, ends)
                self._sweep(now)
            resets_in_s = max(0, math.ceil((ends - now).total_seconds()))
            return Verdict(allowed, tier.limit, max(0, tier.limit - count), resets_in_s)

    async def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)

    async def expire(self, now: datetime) -> int:
        with self._lock:
            return self._forget(now)

    def _sweep(self, now: datetime) -> None:
        if len(self._windows) >= self._sweep_at:
            self._forget(now)
            self._sweep_at = max(10_000, 2 * len(self._windows))

    def _forget(self, now: datetime) -> int:
        before = len(self._windows)
        self._windows = {k: w for k, w in self._windows.items() if w[1] > now}
        return before - len(self._windows)
