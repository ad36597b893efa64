"""The `Cache` port on Redis or Valkey."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, cast

from redis.asyncio import Redis

from sparkle_adapters.redis.server import RedisServer
from sparkle_core.domain.kernel.errors import Unavailable

PREFIX = "sparkle:cache:"


class RedisCache:
    """Texts under keys of one prefix, each of which the server forgets in time.

    A lost server is a miss, and so is what is no such text.
    """

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def get(self, key: str) -> str | None:
        try:
            found = await self._server.ask(lambda client: client.get(PREFIX + key))
        except Unavailable:
            return None
        return cast(str | None, found)  # decoded: the connections say so

    async def put(self, key: str, value: str, ttl_s: float) -> None:
        ttl_ms = max(1, round(ttl_s * 1_000))
        await self._if_it_answers(lambda client: client.set(PREFIX + key, value, px=ttl_ms))

    async def drop(self, key: str) -> None:
        await self._if_it_answers(lambda client: client.delete(PREFIX + key))

    async def _if_it_answers(self, question: Callable[[Redis], Awaitable[Any]]) -> None:
        with suppress(Unavailable):  # the server itself has said so in the log
            await self._server.ask(question)
