"""Many calls at once: threads where the store never waits, tasks where it does, and whole processes."""

import asyncio
import multiprocessing
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from attrs import frozen

from sparkle_adapters.memory.security import FastHasher
from sparkle_adapters.system import SystemWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeRole, Register, VerifyEmail
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import ANONYMOUS, SYSTEM, Actor, Role
from sparkle_core.domain.kernel.errors import SparkleError
from sparkle_core.domain.kernel.fields import UserId
from tests.communities import PASSWORD, connected, fresh_database
from tests.valkey import emptied, shared_valkey


class CountingHasher(FastHasher):
    """Counts how often a password was really compared with somebody's own."""

    def __init__(self) -> None:
        super().__init__()
        self.verified = 0

    async def verify(self, stored: str | None, password: str) -> bool:
        self.verified += stored is not None
        return await super().verify(stored, password)


@frozen
class Call:
    """One call to be made beside others."""

    request: Any
    actor: Actor = ANONYMOUS
    key: str | None = None


@frozen
class Track:
    """A community to race in."""

    sparkle: Sparkle
    hasher: CountingHasher
    url: str | None
    redis_url: str | None = None

    def race(self, calls: Sequence[Call], width: int = 25) -> list[Any]:
        """What each call answers, or the refusal it raises; anything else that is raised fails the test."""
        if not self.sparkle.waits:
            with ThreadPoolExecutor(width) as pool:
                return list(pool.map(self._alone, calls))
        return self.sparkle.run_coroutine(self._together(calls))

    def _alone(self, call: Call) -> Any:
        try:
            return self.sparkle.run(call.request, actor=call.actor, key=call.key)
        except SparkleError as refusal:
            return refusal

    async def _together(self, calls: Sequence[Call]) -> list[Any]:
        async def one(call: Call) -> Any:
            try:
                return await self.sparkle(call.request, actor=call.actor, key=call.key)
            except SparkleError as refusal:
                return refusal

        return await asyncio.gather(*map(one, calls))

    def drain(self, workers: int) -> None:
        """Several workers beside one another, on the same events."""
        sparkle = self.sparkle
        if not sparkle.waits:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(lambda _: sparkle.run_coroutine(sparkle.drain()), range(workers)))
            return

        async def together() -> None:
            await asyncio.gather(*(sparkle.drain() for _ in range(workers)))

        sparkle.run_coroutine(together())

    @contextmanager
    def under(self, rules: Rules) -> Iterator["Track"]:
        """The same community under other rules."""
        if self.url is None:
            sparkle = in_memory(1, rules=rules, hasher=self.hasher, inline=False, through=lambda _: self.sparkle.store)
            yield Track(sparkle, self.hasher, None)
            return
        with connected(
            self.url, world=SystemWorld(), hasher=self.hasher, rules=rules, redis_url=self.redis_url
        ) as sparkle:
            yield Track(sparkle, self.hasher, self.url, self.redis_url)

    def run(self, request: Any, actor: Actor = SYSTEM, key: str | None = None) -> Any:
        return self.sparkle.run(request, actor=actor, key=key)

    def joins(self, name: str, role: Role = Role.USER) -> Actor:
        """Somebody active, in a role."""
        email = f"{name}@example.org"
        joined = self.sparkle.run(Register(email=email, username=name, password=PASSWORD, agree_to_terms=True))
        self.sparkle.run_coroutine(self.sparkle.drain())
        self.sparkle.run(VerifyEmail(email=email, code=self.sparkle.mailbox.latest(email).code))
        if role is not Role.USER:
            self.run(ChangeRole(user_id=joined.id, role=role))
        return Actor(user_id=joined.id)


@contextmanager
def track(store: str, rules: Rules | None = None) -> Iterator[Track]:
    """A fresh community on a store, in the real world."""
    hasher = CountingHasher()
    with ExitStack() as stack:
        database, _, beside = store.partition(" and ")
        url, redis_url = None, emptied(shared_valkey()) if beside else None
        if store == "memory":
            sparkle = in_memory(rules=rules, hasher=hasher, inline=False)
        else:
            url = stack.enter_context(fresh_database(database))
            sparkle = connected(url, world=SystemWorld(), hasher=hasher, rules=rules, redis_url=redis_url)
        yield Track(stack.enter_context(sparkle), hasher, url, redis_url)


def outcomes(answers: Sequence[Any]) -> Tally[str]:
    """How often each refusal came, and "ok"."""
    return Tally(a.code if isinstance(a, SparkleError) else "ok" for a in answers)


def id_of(actor: Actor) -> UserId:
    assert actor.user_id is not None
    return actor.user_id


def in_processes(url: str, calls: Sequence[Sequence[Call]]) -> list[Any]:
    """Each sequence of calls in a process of its own, all starting together; what they answer, one after another."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(len(calls))
    with ProcessPoolExecutor(len(calls), mp_context=context, initializer=_join, initargs=(start,)) as pool:
        return [answer for answers in pool.map(_child, [url] * len(calls), calls) for answer in answers]


_start: Any = None


def _join(start: Any) -> None:
    global _start  # noqa: PLW0603 - a pool's processes are given what they share in this way
    _start = start


def _child(url: str, calls: Sequence[Call]) -> list[Any]:
    with connected(url, world=SystemWorld()) as sparkle:
        _start.wait(60)
        return Track(sparkle, CountingHasher(), url).race(calls, width=8)
