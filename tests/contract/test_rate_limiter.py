"""The contract of `RateLimiter`, held against every adapter."""

from typing import Any

import pytest

from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.falling_back import FallingBackRateLimiter
from sparkle_adapters.memory.security import MemoryRateLimiter
from sparkle_adapters.redis.rate_limiter import RedisRateLimiter
from sparkle_adapters.redis.server import RedisServer
from sparkle_core.ports.security import RateLimiter
from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts import RateLimiterContract
from sparkle_core.testing.contracts.rate_limiter import THREE
from sparkle_core.testing.contracts.shapes import later
from sparkle_core.testing.contracts.staging import Runs, Stage

KEYS = HmacKeys(bytes(32))


class TestEveryLimiter(RateLimiterContract):
    """In memory, and counting in each SQL store's database; the fixture `limiter` is the conftest's."""

    @pytest.fixture
    def runs(self, stage: Stage[Store]) -> Runs:
        return stage

    @pytest.fixture
    def limiter(self, limiter_of_stage: object) -> object:
        return limiter_of_stage


class TestOnValkey(RateLimiterContract):
    @pytest.fixture
    def runs(self, on_a_loop: Runs) -> Runs:
        return on_a_loop

    @pytest.fixture
    def limiter(self, redis_server: RedisServer) -> RateLimiter:
        return RedisRateLimiter(redis_server, KEYS)


class TestFallingBack(TestOnValkey):
    """As long as the first is there, two are as one."""

    @pytest.fixture
    def limiter(self, redis_server: RedisServer) -> RateLimiter:
        return FallingBackRateLimiter(RedisRateLimiter(redis_server, KEYS), MemoryRateLimiter())


def test_windows_on_valkey_end_by_themselves_and_name_nobody(on_a_loop: Runs, redis_server: RedisServer) -> None:
    """Stops limits from filling the server's memory, and a dump of it from telling who tried to log in."""
    limiter = RedisRateLimiter(redis_server, KEYS)
    on_a_loop.run(limiter.take("login:ada@example.org", THREE, later(seconds=0)))

    async def kept(client: Any) -> list[tuple[str, int]]:
        return [(name, await client.pttl(name)) for name in await client.keys("*")]

    ((name, ms_left),) = on_a_loop.run(redis_server.ask(kept))
    assert name.startswith("sparkle:limit:")
    assert "ada" not in name
    assert 60_000 < ms_left <= 120_000
