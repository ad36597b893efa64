"""One Redis or Valkey server: its connections, and leaving it alone for a while after it was lost."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from attrs import frozen
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from sparkle_adapters.resting import Rest
from sparkle_core.domain.kernel.errors import Invalid, Unavailable

log = logging.getLogger("sparkle.redis")

R = TypeVar("R")

SETTING = "SPARKLE_REDIS_URL"
CONNECTIONS = 20
REST_S = 1.0


@frozen(eq=False)
class Line:
    """One event loop's connections, and turns to use them: first come, first served, which redis-py's pool is not."""

    client: Redis
    turns: asyncio.Semaphore


class RedisServer:
    """Asks one server. Once it is lost, callers are told so at once for `rest_s` seconds; then one tries again.

    Each event loop that uses it gets connections of its own. An answer takes `timeout_s` seconds at
    most, from the call's turn on. `round_trips` counts what was asked, for tests and benchmarks.
    Raises `Invalid` for an address that is none.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self.round_trips = 0
        self._timeout_s, self._rest = timeout_s, Rest(rest_s, clock)
        self._lines: dict[asyncio.AbstractEventLoop, Line] = {}
        try:
            pool = self._pool()
            pool.connection_class(**pool.connection_kwargs)  # which connects nowhere yet
        except (ValueError, TypeError, RedisError):  # what it says may show a password
            raise Invalid.at(SETTING, "must be like redis://:password@host:6379/0, with options that exist") from None

    async def ask(self, question: Callable[[Redis], Awaitable[R]]) -> R:
        """What the server answers. Raises `Unavailable` when it does not, or cannot (full, read-only, loading).

        Also for a value that is none of ours, which is no reason to leave the server alone.
        """
        line = self._line()
        async with line.turns:
            if not self._rest.over():
                raise Unavailable("Redis")
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer = await question(line.client)
            except (RedisError, OSError, ValueError, OverflowError) as error:  # OSError covers TimeoutError
                if _is_about_one_value(error):
                    log.warning("Redis holds a value that is none of ours: %s", _said(error))
                    raise Unavailable("Redis") from error
                if self._rest.begin():
                    log.warning("Redis does not answer, going on without it: %s", _said(error))
                raise Unavailable("Redis") from error
        self.round_trips += 1
        if self._rest.end():
            log.warning("Redis answers again")
        return answer

    async def close(self) -> None:
        """Close the connections of this loop, and of other running ones in their own thread.

        A loop that does not run just now has to close its own.
        """
        here = asyncio.get_running_loop()
        for loop in [loop for loop in self._lines if loop.is_running()]:
            closing = self._lines.pop(loop).client.aclose()
            await (closing if loop is here else asyncio.wrap_future(asyncio.run_coroutine_threadsafe(closing, loop)))

    def _line(self) -> Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            for gone in [other for other in self._lines if other.is_closed()]:
                del self._lines[gone]
            client = Redis.from_pool(self._pool())
            line = self._lines[loop] = Line(client, asyncio.Semaphore(CONNECTIONS))
        return line

    def _pool(self) -> ConnectionPool:
        """A call is made once: who counts must not count twice, and who is lost must be known to be."""
        options: dict[str, Any] = {
            "max_connections": CONNECTIONS,
            "socket_timeout": None,  # `ask` has an eye on the time; redis-py would make a task a command for it
            "socket_connect_timeout": self._timeout_s,
            "retry": Retry(NoBackoff(), 0),
            "decode_responses": True,
            "protocol": 3,
            "legacy_responses": False,
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        }
        return ConnectionPool.from_url(self.url, **options)


def _is_about_one_value(error: Exception) -> bool:
    """Whether a server that is well was asked for what somebody else put there: another type, no text, no number."""
    if isinstance(error, ValueError | OverflowError):
        return True
    code, in_script = str(error).partition(" ")[0], "@user_script" in str(error)
    return type(error) is ResponseError and (code == "WRONGTYPE" or (in_script and not code.isupper()))


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
