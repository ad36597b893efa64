"""Faults for any port, by a seed: calls that fail, whose answer is lost, that happen twice, or late.

>>> import asyncio
>>> from sparkle_core.ports.mail import Letter
>>> class Box:
...     def __init__(self): self.letters = []
...     async def send(self, letter): self.letters.append(letter)
>>> box = Box()
>>> mailer = faulty(box, Faults(twice=1.0), seed=7)
>>> asyncio.run(mailer.send(Letter(to="ada@example.org", kind="password_changed", data={"username": "ada"})))
>>> len(box.letters), mailer.told
(2, [('send', 'twice')])
"""

import inspect
import random
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum
from functools import wraps
from typing import Annotated, Any, TypeVar, cast

from attrs import field, frozen

from sparkle_core.domain.kernel.errors import Invalid, Unavailable

P = TypeVar("P")


class Fault(Enum):
    """What can go wrong with a call.

    FAILS: it has no effect, and says so. ANSWER_LOST: it has its effect, and says that it failed.
    TWICE: it happens twice. LATE: it happens after a wait. ANSWERED_LATE: it happens at once, and says so after a wait.
    """

    FAILS = "fails"
    ANSWER_LOST = "answer_lost"
    TWICE = "twice"
    LATE = "late"
    ANSWERED_LATE = "answered_late"


Share = Annotated[float, "from 0 to 1"]


@frozen(kw_only=True)
class Faults:
    """Which share of the calls goes wrong, and how; together at most 1.

    `late_s`: how long a late call waits, or its answer.
    """

    fails: Share = 0.0
    answer_lost: Share = 0.0
    twice: Share = 0.0
    late: Share = 0.0
    answered_late: Share = 0.0
    late_s: float = 0.05

    def __attrs_post_init__(self) -> None:
        shares = [getattr(self, fault.value) for fault in Fault]
        if not (all(0 <= share <= 1 for share in shares) and sum(shares) <= 1):
            raise Invalid.at("faults", f"shares must be from 0 to 1, and together at most 1; they are {shares}")

    def drawn(self, chance: random.Random) -> Fault | None:
        """What happens to the next call."""
        at = chance.random()
        for fault in Fault:
            at -= getattr(self, fault.value)
            if at < 0:
                return fault
        return None


Pause = Callable[[float], Awaitable[object]]


@frozen(eq=False)
class Faulty:
    """A port behind a bad connection. `told`: each fault so far, as (method, kind)."""

    port: Any
    faults: Faults
    chance: random.Random
    pause: Pause | None
    told: list[tuple[str, str]] = field(factory=list)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.port, name)
        return self._faulty(name, found) if inspect.iscoroutinefunction(found) else found

    def _faulty(self, name: str, call: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        @wraps(call)
        async def called(*arguments: Any, **named: Any) -> Any:
            fault = self.faults.drawn(self.chance)
            if fault is not None:
                self.told.append((name, fault.value))
            if fault is Fault.FAILS:
                raise Unavailable(f"{type(self.port).__name__}.{name} (a fault)")
            if fault is Fault.LATE and self.pause is not None:
                await self.pause(self.faults.late_s)
            answer = await call(*arguments, **named)
            if fault is Fault.ANSWERED_LATE and self.pause is not None:
                await self.pause(self.faults.late_s)
            if fault is Fault.TWICE:
                answer = await call(*arguments, **named)
            if fault is Fault.ANSWER_LOST:
                raise Unavailable(f"the answer of {type(self.port).__name__}.{name} (a fault)")
            return answer

        return called


def faulty(port: P, faults: Faults, *, seed: int, pause: Pause | None = None) -> P:
    """The port with faults in its `async` methods; everything else is passed through.

    `pause` is what a late call waits on, such as `asyncio.sleep`. The port then raises what it
    raises, and `Unavailable` for a fault. Raises `Invalid` for late calls without a `pause`.
    """
    if (faults.late or faults.answered_late) and pause is None:
        raise Invalid.at("pause", "must say how a late call waits, such as asyncio.sleep")
    return cast(P, Faulty(port, faults, random.Random(seed), pause))  # noqa: S311 # seeded on purpose
