"""An in-memory cache."""

import threading
import time
from collections.abc import Callable


class MemoryCache:
    """The `Cache` port within one process: at most so many texts, of which the one put longest ago goes first."""

    def __init__(self, most: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    async def get(self, key: str) -> str | None:
        with self._lock:
            value, ends = self._kept.get(key, (None, 0.0))
            if value is not None and ends <= self._clock():
                del self._kept[key]
                return None
            return value

    async def put(self, key: str, value: str, ttl_s: float) -> None:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (value, self._clock() + ttl_s)
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]

    async def drop(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)
