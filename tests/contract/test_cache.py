"""The contract of `Cache`, held against every adapter."""

import pytest

from sparkle_adapters.memory.cache import MemoryCache
from sparkle_adapters.redis.cache import RedisCache
from sparkle_adapters.redis.server import RedisServer
from sparkle_core.ports.cache import Cache
from sparkle_core.ports.driving import drive
from sparkle_core.testing.contracts import CacheContract
from sparkle_core.testing.contracts.staging import Runs


class TestInMemory(CacheContract):
    def make(self) -> Cache:
        return MemoryCache()


class TestOnValkey(CacheContract):
    @pytest.fixture
    def runs(self, on_a_loop: Runs) -> Runs:
        return on_a_loop

    @pytest.fixture
    def cache(self, redis_server: RedisServer) -> Cache:
        return RedisCache(redis_server)


def test_memory_keeps_so_many_and_forgets_the_one_put_longest_ago() -> None:
    """Stops a cache from filling the process's memory."""
    cache = MemoryCache(most=2)
    for key in ("ada", "ben", "ada", "cem"):
        drive(cache.put(key, key, 60))
    assert [drive(cache.get(key)) for key in ("ada", "ben", "cem")] == ["ada", None, "cem"]
