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


WITHOUT_WAITING = (Fault.FAILS, Fault.ANSWER_LOST, Fault.TWICE)
"""The faults of a method that is not `async`."""

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

    _port: Any
    _faults: Faults
    _chance: random.Random
    _pause: Pause | None
    told: list[tuple[str, str]] = field(factory=list)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if inspect.iscoroutinefunction(found):
            return self._waiting(name, found)
        return self._at_once(name, found) if inspect.isroutine(found) else found

    def _waiting(self, name: str, call: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        @wraps(call)
        async def called(*arguments: Any, **named: Any) -> Any:
            fault = self._begun(name, tuple(Fault))
            if fault is Fault.LATE and self._pause is not None:
                await self._pause(self._faults.late_s)
            answer = await call(*arguments, **named)
            if fault is Fault.ANSWERED_LATE and self._pause is not None:
                await self._pause(self._faults.late_s)
            if fault is Fault.TWICE:
                answer = await call(*arguments, **named)
            return self._answered(name, fault, answer)

        return called

    def _at_once(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def called(*arguments: Any, **named: Any) -> Any:
            fault = self._begun(name, WITHOUT_WAITING)
            answer = call(*arguments, **named)
            if fault is Fault.TWICE:
                answer = call(*arguments, **named)
            return self._answered(name, fault, answer)

        return called

    def _begun(self, name: str, possible: tuple[Fault, ...]) -> Fault | None:
        """What goes wrong with a call that is about to happen. Raises `Unavailable` when it fails."""
        fault = self._faults.drawn(self._chance)
        if fault not in possible:
            return None
        self.told.append((name, fault.value))
        if fault is Fault.FAILS:
            raise Unavailable(f"{type(self._port).__name__}.{name} (a fault)")
        return fault

    def _answered(self, name: str, fault: Fault | None, answer: Any) -> Any:
        """The answer of a call that has happened. Raises `Unavailable` when it is lost."""
        if fault is Fault.ANSWER_LOST:
            raise Unavailable(f"the answer of {type(self._port).__name__}.{name} (a fault)")
        return answer


def faulty(port: P, faults: Faults, *, seed: int, pause: Pause | None = None) -> P:
    """The port with faults in its methods; what is no method is passed through.

    A method that is not `async` fails, loses its answer and happens twice like any other. It is never
    late, since nothing else could happen while it waits: what is drawn as late happens at once.
    To look at an adapter without faults, ask the adapter itself.

    `pause` is what a late call waits on, such as `asyncio.sleep`. The port then raises what it
    raises, and `Unavailable` for a fault. Raises `Invalid` for late calls without a `pause`.
    """
    if (faults.late or faults.answered_late) and pause is None:
        raise Invalid.at("pause", "must say how a late call waits, such as asyncio.sleep")
    return cast(P, Faulty(port, faults, random.Random(seed), pause))  # noqa: S311 # seeded on purpose
