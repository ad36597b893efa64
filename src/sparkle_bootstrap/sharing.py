"""What the processes of a deployment share besides the database, where they have a Redis or Valkey server."""

import asyncio
from importlib.util import find_spec
from typing import Protocol, runtime_checkable

from attrs import frozen

from sparkle_adapters.falling_back import FallingBackRateLimiter
from sparkle_adapters.memory.cache import MemoryCache
from sparkle_adapters.memory.security import MemoryRateLimiter
from sparkle_adapters.near_cache import NearCache
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.cache import Cache
from sparkle_core.ports.security import KeyedHash, RateLimiter

EXAMINED_WITHIN_S = 5.0


@runtime_checkable
class Closes(Protocol):
    """Something with connections or threads of its own."""

    async def close(self) -> None: ...


@frozen
class Shared:
    """Where is counted what, where sessions are remembered, and what to close in the end."""

    reads: RateLimiter
    limiter: RateLimiter
    cache: Cache
    servers: tuple[Closes, ...] = ()


def shared(redis_url: str | None, timeout_s: float, keys: KeyedHash, in_database: RateLimiter) -> Shared:
    """With a server, everything is on it, and falls back to what would be there without one.

    Raises `Invalid` at SPARKLE_REDIS_URL where the extra is not installed.
    """
    if redis_url is None:
        return Shared(MemoryRateLimiter(), in_database, MemoryCache())
    _installed()
    from sparkle_adapters.redis.cache import RedisCache
    from sparkle_adapters.redis.rate_limiter import RedisRateLimiter
    from sparkle_adapters.redis.server import RedisServer

    server = RedisServer(redis_url, timeout_s=timeout_s)
    counting = RedisRateLimiter(server, keys)
    return Shared(
        reads=FallingBackRateLimiter(counting, MemoryRateLimiter()),
        limiter=FallingBackRateLimiter(counting, in_database),
        cache=NearCache(MemoryCache(), RedisCache(server)),
        servers=(server,),
    )


@frozen
class ExaminedServer:
    """What a server says of itself: its product and version, and what it does when its memory is full."""

    product: str
    evicts: bool


def examine_server(redis_url: str) -> ExaminedServer:
    """Ask a server. Raises `Unavailable` when it does not answer, from what its driver said, and `Invalid`."""
    _installed()
    from sparkle_adapters.redis.server import RedisServer

    async def ask() -> ExaminedServer:
        server = RedisServer(redis_url, timeout_s=EXAMINED_WITHIN_S)
        try:
            told = await server.ask(lambda client: client.info())
        finally:
            await server.close()
        product = f"Valkey {told['valkey_version']}" if "valkey_version" in told else f"Redis {told['redis_version']}"
        return ExaminedServer(product, told["maxmemory"] > 0 and told["maxmemory_policy"] != "noeviction")

    return asyncio.run(ask())


def _installed() -> None:
    if find_spec("redis") is None:
        raise Invalid.at("SPARKLE_REDIS_URL", "needs the extra: pip install 'sparkle-core[redis]'")
