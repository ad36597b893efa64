"""The `RateLimiter` port on Redis or Valkey: each hit is one script, so parallel takers cannot pass together."""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from sparkle_adapters.redis.server import RedisServer
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import KeyedHash, Verdict

R = TypeVar("R")

PREFIX = "sparkle:limit:"
GRACE_MS = 60_000
"""A window's row outlives it by this: machines whose clocks are behind still count in it."""

A_SCAN = 500
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

TAKE = """
local limit, now, fresh, locks = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'
local found = redis.call('HMGET', KEYS[1], 'hits', 'ends')
local hits, ends = tonumber(found[1]) or 0, found[2] or ARGV[2]
if tonumber(ends) <= now then hits, ends = 0, fresh end
local allowed = hits < limit
if allowed then
  hits = hits + 1
  if locks and hits == limit then ends = fresh end
  redis.call('HSET', KEYS[1], 'hits', hits, 'ends', ends)
  redis.call('PEXPIRE', KEYS[1], math.ceil((tonumber(ends) - now) / 1000) + tonumber(ARGV[5]))
end
return {allowed and 1 or 0, hits, ends}
"""
"""Instants are whole microseconds since 1970, below 2⁵³, and are handed on as the text that they came in."""

EXPIRE = """
local gone = 0
for _, key in ipairs(KEYS) do
  local ends = redis.call('HGET', key, 'ends')
  if ends and tonumber(ends) <= tonumber(ARGV[1]) then gone = gone + redis.call('DEL', key) end
end
return gone
"""


class RedisRateLimiter:
    """Windows on a server, each with its hits and its end.

    Raises `Unavailable` when the server is lost, or has something else in a window's place.

    Keys are hashed: they name addresses of people, whom a dump of the server need not know.
    """

    def __init__(self, server: RedisServer, hashes: KeyedHash) -> None:
        self._server, self._hashes = server, hashes
        self._scripts: dict[str, AsyncScript] = {}

    async def take(self, key: str, tier: RateTier, now: datetime) -> Verdict:
        """Count one hit, unless the window is full; a refused one changes nothing."""
        end = now + timedelta(seconds=tier.window_s)
        arguments = (tier.limit, _microseconds(now), _microseconds(end), int(tier.locks), GRACE_MS)

        def verdict(answer: Any) -> Verdict:
            allowed, hits, ends = answer
            left = EPOCH + int(ends) * MICROSECOND - now
            resets_in_s = max(0, math.ceil(left.total_seconds()))
            return Verdict(bool(allowed), tier.limit, max(0, tier.limit - hits), resets_in_s)

        return await self._run(TAKE, [self._named(key)], arguments, verdict)

    async def clear(self, key: str) -> None:
        name = self._named(key)
        await self._server.ask(lambda client: client.delete(name))

    async def expire(self, now: datetime) -> int:
        """Remove the windows that have ended; how many. The server removes them by itself a minute later."""
        gone, cursor = 0, 0
        while True:
            cursor, names = await self._server.ask(
                lambda client, at=cursor: client.scan(at, match=PREFIX + "*", count=A_SCAN)  # type: ignore[misc]
            )
            if names:
                gone += await self._run(EXPIRE, names, (_microseconds(now),), int)
            if cursor == 0:
                return gone

    async def _run(self, script: str, names: list[str], arguments: Sequence[int], read: Callable[[Any], R]) -> R:
        """What is read of a script's answer."""

        async def run(client: Redis) -> R:
            if script not in self._scripts:  # its digest is worked out once
                self._scripts[script] = client.register_script(script)
            return read(await self._scripts[script](keys=names, args=arguments, client=client))

        return await self._server.ask(run)

    def _named(self, key: str) -> str:
        return PREFIX + self._hashes.of("limit", key.encode("utf-8", "surrogatepass")).hex()


def _microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // MICROSECOND
