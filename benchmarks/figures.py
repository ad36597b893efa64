"""A measured figure beside its target."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from attrs import asdict, frozen


@frozen(kw_only=True)
class Figure:
    """What was measured, in which unit, against which target (at most, or at least)."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the target is met; True without one."""
        over = self.at_most is not None and self.value > self.at_most
        under = self.at_least is not None and self.value < self.at_least
        return not (over or under)

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}

    def __str__(self) -> str:
        target = f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}" if self.at_least else ""
        verdict = ("ok" if self.met else "MISSED") if target else ""
        return f"{self.name:<58} {self.value:>10,.2f} {self.unit:<8} {target:<10} {verdict:<6} {self.note}"


def median_us(work: Callable[[int], object], times: int, rounds: int = 7) -> float:
    """Microseconds of one call, the median of some rounds; `work` is given the call's number."""
    took = []
    number = 0
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(times):
            number += 1
            work(number)
        took.append((time.perf_counter() - started) / times * 1e6)
    return statistics.median(took)


def loop_us() -> float:
    """A thousand turns of an empty loop: says how fast this machine is right now."""
    return median_us(lambda _: [None for _ in range(1_000)], 200)
