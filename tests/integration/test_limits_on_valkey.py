"""Limits counted on a real Valkey that is lost in between: never an open door, and used again by itself."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import redis

from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.falling_back import FallingBackRateLimiter
from sparkle_adapters.memory.security import MemoryRateLimiter
from sparkle_adapters.redis.cache import RedisCache
from sparkle_adapters.redis.rate_limiter import RedisRateLimiter
from sparkle_adapters.redis.server import RedisServer
from sparkle_adapters.system import SystemWorld
from sparkle_core.application.accounts import LogIn, SearchPeople
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import Origin
from sparkle_core.domain.kernel.errors import Invalid, Limited, Unavailable
from sparkle_core.domain.kernel.rules import RateTier
from tests.communities import PASSWORD, SQL_STORES, connected, fresh_database
from tests.racing import Call, CountingHasher, Track
from tests.support.people import member
from tests.valkey import Valkey

BUDGET = 5
UNTIL_S = 30.0
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
THREE = RateTier(limit=3, window_s=60)
KEYS = HmacKeys(bytes(32))


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """One to kill."""
    with Valkey() as server:
        yield server


GUESS = LogIn(email="ada@example.org", password="Wr0ng-horse-battery")


@pytest.mark.parametrize("store", SQL_STORES)
def test_wrong_guesses_never_exceed_the_budget_of_each_who_counts(store: str, valkey: Valkey) -> None:
    """Stops taking the limiter away as a way to guess on: 100 at once while it is killed, and 50 after that."""
    hasher = CountingHasher()
    with fresh_database(store) as url:
        with connected(url, world=SystemWorld(), inline=True) as joining:
            member(joining, "ada")
        with connected(url, world=SystemWorld(), hasher=hasher, redis_url=valkey.url) as sparkle:
            track = Track(sparkle, hasher, url)
            assert {type(a) for a in track.race([Call(GUESS)] * 20)} == {InvalidCredentials}
            assert hasher.verified == BUDGET, "counted by Valkey"

            async def while_it_is_killed() -> None:
                guesses = [asyncio.create_task(track._together([Call(GUESS)])) for _ in range(100)]
                await asyncio.sleep(0)
                valkey.kill()
                for (answer,) in await asyncio.gather(*guesses):
                    assert isinstance(answer, InvalidCredentials)

            sparkle.run_coroutine(while_it_is_killed())
            assert hasher.verified <= 2 * BUDGET, "and by the database, once it is gone"
            right = Call(LogIn(email="ada@example.org", password=PASSWORD))
            answers = track.race([Call(GUESS)] * 50)
            assert {type(a) for a in [*answers, *track.race([right])]} == {InvalidCredentials}
            assert hasher.verified == 2 * BUDGET


def test_machines_share_one_budget(valkey_url: str) -> None:
    """Stops somebody from having as much of everything again on each machine."""
    rules = Rules(security=SecurityRules(read=THREE, write=THREE))
    origin = Origin(address="203.0.113.9")
    with fresh_database("sqlite") as url, ExitStack() as machines:
        here, there = (
            machines.enter_context(connected(url, world=SystemWorld(), rules=rules, redis_url=valkey_url))
            for _ in range(2)
        )
        for sparkle in (here, there, here):
            sparkle.run(SearchPeople(text=""), origin=origin)
        for sparkle in (here, there):
            with pytest.raises(Limited):
                sparkle.run(SearchPeople(text=""), origin=origin)
        there.run(SearchPeople(text=""), origin=Origin(address="203.0.113.10"))


def test_a_lost_server_is_left_alone_for_a_second_and_then_used_again(
    valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()

    async def story() -> None:
        server = RedisServer(valkey.url, rest_s=1.0, timeout_s=30, clock=clock)
        first = RedisRateLimiter(server, KEYS)
        limiter = FallingBackRateLimiter(first, MemoryRateLimiter())

        async def left() -> list[int]:
            return [(await limiter.take("ada", THREE, NOON)).remaining for _ in range(2)]

        assert await left() == [2, 1]
        valkey.kill()
        assert await left() == [2, 1], "a window of its own"
        asked = server.round_trips
        valkey.start()
        assert (await limiter.take("ada", THREE, NOON)).remaining == 0
        assert server.round_trips == asked, "left alone, though it is there again"
        clock.now = 1.0
        assert await left() == [2, 1], "this life of it has counted nothing yet"
        assert server.round_trips == asked + 2
        await server.close()

    with caplog.at_level(logging.WARNING, "sparkle.redis"):
        asyncio.run(story())
    told = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert told == ["Redis does not answer, going on without it", "Redis answers again"], "each once"


def test_after_the_rest_one_call_tries_and_the_others_go_on_without(valkey: Valkey) -> None:
    """Stops a server that hangs from making everybody wait, again and again."""
    clock = Clock()

    async def story() -> None:
        server = RedisServer(valkey.url, timeout_s=0.05, rest_s=1.0, clock=clock)
        cache = RedisCache(server)
        await cache.put("ada", "here", 60)
        valkey.freeze()
        asked: list[str] = []

        async def ask(name: str) -> None:
            async def question(_: object) -> None:
                asked.append(name)
                await asyncio.Event().wait()

            with pytest.raises(Unavailable):
                await server.ask(question)

        assert await cache.get("ada") is None
        await asyncio.gather(*(ask(f"at rest {n}") for n in range(50)))
        assert asked == []
        clock.now = 1.0
        await asyncio.gather(*(ask(f"afterwards {n}") for n in range(50)))
        assert asked == ["afterwards 0"]
        valkey.thaw()
        clock.now = 2.0
        await server.close()

    asyncio.run(story())


def test_an_answer_that_comes_too_late_is_nobody_elses(valkey: Valkey) -> None:
    """Stops a call that was given up from leaving its answer to the next one on that connection."""
    clock = Clock()

    async def story() -> None:
        server = RedisServer(valkey.url, timeout_s=1.0, rest_s=1.0, clock=clock)
        cache = RedisCache(server)
        names = [f"fan{n}" for n in range(20)]
        for name in names:
            await cache.put(name, f"of {name}", 60)
        assert await asyncio.gather(*map(cache.get, names)) == [f"of {name}" for name in names]
        valkey.freeze()
        assert await asyncio.gather(*map(cache.get, names)) == [None] * 20, "given up, each on a connection of its own"
        valkey.thaw()
        clock.now = 1.0
        until = time.monotonic() + UNTIL_S
        while None in (found := await asyncio.gather(*(cache.get(name) for name in reversed(names)))):
            assert all(text in (None, f"of {name}") for text, name in zip(found, reversed(names), strict=True))
            assert time.monotonic() < until
            clock.now += 1.0
        assert found == [f"of {name}" for name in reversed(names)]
        await server.close()

    asyncio.run(story())


def test_a_server_that_is_full_counts_as_lost(valkey: Valkey) -> None:
    """Stops a server that takes no more writes from refusing everybody, or from counting nobody."""

    async def story() -> None:
        server = RedisServer(valkey.url, timeout_s=30)
        limiter = FallingBackRateLimiter(RedisRateLimiter(server, KEYS), MemoryRateLimiter())
        with redis.Redis.from_url(valkey.url) as beside:
            beside.config_set("maxmemory", "1")
        verdicts = [await limiter.take("ada", THREE, NOON) for _ in range(4)]
        assert [v.allowed for v in verdicts] == [True, True, True, False]
        await limiter.clear("ada")
        assert await limiter.expire(NOON) == 0
        assert (await limiter.take("ada", THREE, NOON)).remaining == 2
        assert await RedisCache(server).get("ada") is None
        await RedisCache(server).put("ada", "here", 60)
        await RedisCache(server).drop("ada")
        await server.close()

    asyncio.run(story())


def test_as_many_as_come_at_once_are_answered_in_turn(valkey_url: str) -> None:
    """Stops a crowd from being taken for an outage: there are fewer connections than callers."""

    async def story() -> None:
        server = RedisServer(valkey_url, timeout_s=30)
        cache = RedisCache(server)
        await cache.put("ada", "here", 60)
        assert await asyncio.gather(*(cache.get("ada") for _ in range(500))) == ["here"] * 500
        await server.close()

    asyncio.run(story())


def test_each_loop_has_connections_of_its_own(valkey_url: str) -> None:
    server = RedisServer(valkey_url, timeout_s=30)
    cache = RedisCache(server)

    async def put_and_get(text: str) -> str | None:
        await cache.put("ada", text, 60)
        return await cache.get("ada")

    with asyncio.Runner() as one, asyncio.Runner() as other:
        assert one.run(put_and_get("one")) == "one"
        assert other.run(put_and_get("other")) == "other"
        assert one.run(cache.get("ada")) == "other"
        one.run(server.close())
        other.run(server.close())


def put_beside(valkey: Valkey, key: str, value: bytes | dict[str, bytes]) -> None:
    """What is none of ours, where something of ours would be."""
    with redis.Redis.from_url(valkey.url) as beside:
        beside.delete(key)
        if isinstance(value, bytes):
            beside.set(key, value)
        else:
            beside.hset(key, mapping=dict(value))


@pytest.mark.parametrize("value", [b"\xff\xfe", {"a": b"hash"}], ids=["no text", "a hash"])
def test_one_bad_value_is_one_miss_and_the_server_goes_on(valkey: Valkey, value: bytes | dict[str, bytes]) -> None:
    """Stops one broken entry from answering calls with a crash, and from taking the whole server away for a while."""

    async def story() -> None:
        server = RedisServer(valkey.url, timeout_s=30, clock=Clock())
        cache = RedisCache(server)
        await cache.put("ben", "here", 60)
        put_beside(valkey, "sparkle:cache:ada", value)
        assert [await cache.get(name) for name in ("ada", "ben")] == [None, "here"]
        await cache.put("ada", "here again", 60)
        assert await cache.get("ada") == "here again"
        await server.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    "value",
    [b"text", {"ends": b"soon"}, {"ends": b"9e17"}, {"ends": b"9" * 18}, {"hits": b"0.5", "ends": b"9" * 16}],
    ids=str,
)
def test_a_window_that_is_none_is_counted_elsewhere_and_the_server_goes_on(
    valkey: Valkey, value: bytes | dict[str, bytes]
) -> None:
    """Stops one broken window from answering calls with a crash, and from sending everybody's hits elsewhere."""

    async def story() -> None:
        server = RedisServer(valkey.url, timeout_s=30, clock=Clock())
        first = RedisRateLimiter(server, KEYS)
        limiter = FallingBackRateLimiter(first, MemoryRateLimiter())
        await limiter.take("ben", THREE, NOON)
        put_beside(valkey, first._named("ada"), value)
        assert [(await limiter.take(name, THREE, NOON)).remaining for name in ("ada", "ada", "ben")] == [2, 1, 1]
        await server.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    "url",
    [
        "redis://:s3cret@localhost:99999",
        "redis://:s3cret@localhost:abc",
        "redis://:s3cret@localhost?foo=1",
        "redis://:s3cret@[::1",
        "redis://localhost?db=s3cret",
        "rediss://:s3cret@localhost?ssl_cert_reqs=perhaps",
        "unix:///var/run/redis?max_connections=s3cret",
    ],
)
def test_an_address_that_is_none_is_refused_before_anybody_calls(url: str) -> None:
    """Stops a typing error from answering every call with a crash; what is said of it shows no password."""
    with (
        fresh_database("sqlite") as database,
        pytest.raises(Invalid, match="SPARKLE_REDIS_URL: must be like redis://") as refused,
        connected(database, world=SystemWorld(), redis_url=url) as sparkle,
    ):
        sparkle.run(SearchPeople(text=""), origin=Origin(address="203.0.113.9"))
    assert "s3cret" not in str(refused.value)
