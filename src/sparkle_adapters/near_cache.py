"""The `Cache` port with a process's own memory in front of another, for what is asked for again at once."""

from sparkle_core.ports.cache import Cache

NEAR_S = 1.0
"""How long a process goes by its own copy, in seconds: as long as the calls take that one page makes."""


class NearCache:
    """Answers from `near` what came by within a second, and from `far` else. What is put or dropped, is in both."""

    def __init__(self, near: Cache, far: Cache) -> None:
        self._near, self._far = near, far

    async def get(self, key: str) -> str | None:
        value = await self._near.get(key)
        if value is None:
            value = await self._far.get(key)
            if value is not None:
                await self._near.put(key, value, NEAR_S)
        return value

    async def put(self, key: str, value: str, ttl_s: float) -> None:
        await self._near.put(key, value, min(ttl_s, NEAR_S))
        await self._far.put(key, value, ttl_s)

    async def drop(self, key: str) -> None:
        await self._near.drop(key)
        await self._far.drop(key)
