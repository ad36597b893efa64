"""How a contract's coroutines run on a store: on an event loop where it waits, without one where it does not."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from attrs import field, frozen

from sparkle_core.domain.kernel.errors import Stale
from sparkle_core.ports.driving import drive
from sparkle_core.ports.store import Body, Store

R = TypeVar("R")
S = TypeVar("S", bound=Store)


@frozen(eq=False)
class Runs:
    """Runs coroutines: on an event loop, or without one."""

    _runner: asyncio.Runner | None = field(default=None, alias="runner", kw_only=True)

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """What one coroutine answers or raises."""
        return drive(coroutine) if self._runner is None else self._runner.run(coroutine)

    def together(self, makers: Sequence[Callable[[], Coroutine[Any, Any, R]]], width: int = 16) -> list[R | Exception]:
        """What many coroutines answer or raise, run side by side: by threads, or by tasks where there is a loop."""
        if self._runner is None:
            with ThreadPoolExecutor(width) as pool:
                return list(pool.map(lambda make: _outcome(lambda: drive(make())), makers))
        return self._runner.run(_gathered(makers, width))


@frozen(eq=False)
class Stage(Runs, Generic[S]):
    """A store, and how coroutines run on it."""

    name: str
    store: S
    url: str = ""

    def transact(self, body: Body[R]) -> R:
        return self.run(self.store.transact(body))

    def read(self, body: Body[R], *, one_statement: bool = False) -> R:
        return self.run(self.store.read(body, one_statement=one_statement))

    def retried(self, body: Body[R]) -> Coroutine[Any, Any, R]:
        """The body in a transaction, again for as long as it loses races."""

        async def until_it_wins() -> R:
            while True:
                try:
                    return await self.store.transact(body)
                except Stale:
                    await self.store.pause(0.005)

        return until_it_wins()


def _outcome(call: Callable[[], R]) -> R | Exception:
    try:
        return call()
    except Exception as error:
        return error


async def _gathered(makers: Sequence[Callable[[], Coroutine[Any, Any, R]]], width: int) -> list[R | Exception]:
    turns = asyncio.Semaphore(width)

    async def one(make: Callable[[], Coroutine[Any, Any, R]]) -> R | Exception:
        async with turns:
            try:
                return await make()
            except Exception as error:
                return error

    return await asyncio.gather(*(one(make) for make in makers))


@contextmanager
def running(on_a_loop: bool) -> Iterator[Runs]:
    """What runs coroutines, for as long as the block lasts."""
    if not on_a_loop:
        yield Runs()
        return
    with asyncio.Runner() as runner:
        yield Runs(runner=runner)


@contextmanager
def staged(make: Callable[[], S]) -> Iterator[Stage[S]]:
    """A store, on a loop of its own where it waits, and closed in the end."""
    store = make()
    name = type(store).__name__
    if not store.waits:
        stage = Stage(name, store)
        yield stage
        stage.run(store.close())
        return
    with asyncio.Runner() as runner:
        stage = Stage(name, store, runner=runner)
        yield stage
        stage.run(store.close())
