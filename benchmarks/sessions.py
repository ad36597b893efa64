"""Validating a session on PostgreSQL: looked up, and remembered in this process or on a Valkey."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from tests.servers import drop_database, new_database, shared_postgres
from tests.valkey import Valkey

from benchmarks.figures import Figure
from benchmarks.postgres import PASSWORD
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.security import FastHasher
from sparkle_adapters.sql import migrate
from sparkle_adapters.sql.store import PostgresStore
from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_core.application.accounts import Authenticate, LogIn, Register

TIMES, ROUNDS = 300, 7


def figures() -> list[Figure]:
    with Valkey() as valkey, _communities(valkey.url) as (alone, shared):
        token = alone.run(LogIn(email="ada@example.org", password=PASSWORD)).token
        looked_up = Authenticate(token=token)
        remembered = Authenticate(token=token, for_a_call=True)
        with redis.Redis.from_url(valkey.url) as beside:
            return [
                Figure(name="SQL round trips, looked up", value=_statements(alone, looked_up), unit="trips", at_most=4),
                Figure(name="SQL round trips of a hit", value=_statements(shared, remembered), unit="trips", at_most=0),
                Figure(
                    name="Valkey round trips of a hit",
                    value=_commands(beside, shared, remembered),
                    unit="trips",
                    at_most=1,
                ),
                *_times(alone, shared, looked_up, remembered),
            ]


@contextmanager
def _communities(redis_url: str) -> Iterator[tuple[Sparkle, Sparkle]]:
    """One database with Ada in it, without a Valkey and with one."""
    server = shared_postgres(durable=True)
    url = new_database(server)
    try:
        migrate.up(url)
        with _connected(url, None) as alone, _connected(url, redis_url) as shared:
            alone.run(Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True))
            yield alone, shared
    finally:
        drop_database(server, url)


def _connected(url: str, redis_url: str | None) -> Sparkle:
    settings = Settings(key=bytes(32), redis_url=redis_url)
    return connect(url, settings=settings, hasher=FastHasher(), mailer=Mailbox())


def _statements(sparkle: Sparkle, query: Authenticate) -> int:
    assert isinstance(sparkle.store, PostgresStore)
    sparkle.run(query)
    before = sparkle.store.round_trips
    sparkle.run(query)
    return sparkle.store.round_trips - before


def _commands(beside: "redis.Redis", sparkle: Sparkle, query: Authenticate) -> int:
    """What the server itself has counted, without the question for it."""

    def counted() -> int:
        return int(beside.info("stats")["total_commands_processed"])

    before = counted()
    sparkle.run(query)
    return counted() - before - 1


def _times(alone: Sparkle, shared: Sparkle, looked_up: Authenticate, remembered: Authenticate) -> list[Figure]:
    """Each in turn within a round, one after the other on one loop; the ratio is the median of the rounds'."""
    ways = {"looked up": (alone, looked_up), "in memory": (alone, remembered), "on Valkey": (shared, remembered)}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (sparkle, query) in ways.items():
            took[name].append(sparkle.run_coroutine(_took_us(sparkle, query)))
    figures = [
        Figure(name=f"a session {name}", value=statistics.median(each), unit="µs") for name, each in took.items()
    ]
    ratios = [way / sql for way, sql in zip(took["on Valkey"], took["looked up"], strict=True)]
    return [
        *figures,
        Figure(name="on Valkey against looked up", value=statistics.median(ratios), unit="times", at_most=0.7),
    ]


async def _took_us(sparkle: Sparkle, query: Authenticate) -> float:
    started = time.perf_counter()
    for _ in range(TIMES):
        await sparkle(query)
    return (time.perf_counter() - started) / TIMES * 1e6
