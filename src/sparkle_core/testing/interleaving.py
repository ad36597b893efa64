"""Coroutines that take turns by a seed, so that a race is a number that can be told again.

>>> said = []
>>> async def count(name):
...     for n in (1, 2):
...         said.append(f"{name}{n}")
...         await turn()
>>> _ = Interleaving(seed=4).all(count("a"), count("b")); said
['a1', 'b1', 'a2', 'b2']
>>> said.clear(); _ = Interleaving(seed=2).all(count("a"), count("b")); said
['a1', 'a2', 'b1', 'b2']
"""

import random
import types
from collections.abc import Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, TypeVar

R = TypeVar("R")

MOST_TURNS = 1_000_000


@types.coroutine
def turn() -> Generator[None, None, None]:
    """Let others go on. Awaited on an event loop, it lets the loop's other tasks go on."""
    yield


class Endless(AssertionError):
    """The coroutines never came to an end: they wait for one another, or try again for ever."""


class Interleaving:
    """Runs coroutines side by side: after each turn, the seed says who goes on. `turns` counts them."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 # seeded on purpose
        self.turns = 0

    def all(self, *coroutines: Coroutine[Any, Any, R]) -> list[R | Exception]:
        """What each answers or raises, in the order given. Raises `Endless` after a million turns."""
        ends: list[R | Exception | None] = [None] * len(coroutines)
        going: list[tuple[int, Coroutine[Any, Any, R], Context]] = [
            (n, coroutine, copy_context()) for n, coroutine in enumerate(coroutines)
        ]
        while going:
            at = self._chance.randrange(len(going))
            n, coroutine, context = going[at]
            self.turns += 1
            if self.turns > MOST_TURNS:
                raise Endless(f"{len(going)} of {len(coroutines)} still go on after {MOST_TURNS:,} turns")
            try:
                context.run(coroutine.send, None)
            except StopIteration as end:
                ends[n] = end.value
                del going[at]
            except Exception as error:
                ends[n] = error
                del going[at]
        return ends  # type: ignore[return-value] # each has come to an end

    def one(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """What a single one answers. Raises what it raises."""
        (end,) = self.all(coroutine)
        if isinstance(end, Exception):
            raise end
        return end
