"""The contract of `Cache`, held against every adapter."""

import pytest

from sparkle_adapters.memory.cache import MemoryCache
from sparkle_adapters.near_cache import NearCache
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


class TestNearby(CacheContract):
    def make(self) -> Cache:
        return NearCache(MemoryCache(), MemoryCache())


def test_what_was_near_is_asked_for_far_away_after_a_second() -> None:
    """Stops a process from going on by its own copy for longer than the calls of one page take."""
    now = [0.0]
    far = MemoryCache(clock=lambda: now[0])
    cache = NearCache(MemoryCache(clock=lambda: now[0]), far)
    drive(cache.put("ada", "as she was", 300))
    drive(far.put("ada", "as she is", 300))
    assert drive(cache.get("ada")) == "as she was"
    now[0] = 1.0
    assert [drive(cache.get("ada")) for _ in "ab"] == ["as she is", "as she is"]
    drive(far.drop("ada"))
    assert drive(cache.get("ada")) == "as she is"
    drive(cache.drop("ada"))
    assert drive(cache.get("ada")) is None


def test_a_copy_nearby_lasts_no_longer_than_the_text_itself() -> None:
    now = [0.0]
    cache = NearCache(MemoryCache(clock=lambda: now[0]), MemoryCache(clock=lambda: now[0]))
    drive(cache.put("ada", "short", 0.5))
    now[0] = 0.5
    assert drive(cache.get("ada")) is None


def test_memory_keeps_so_many_and_forgets_the_one_put_longest_ago() -> None:
    """Stops a cache from filling the process's memory."""
    cache = MemoryCache(most=2)
    for key in ("ada", "ben", "ada", "cem"):
        drive(cache.put(key, key, 60))
    assert [drive(cache.get(key)) for key in ("ada", "ben", "cem")] == ["ada", None, "cem"]
