"""Curves: how much XP each level takes. Source: docs/contexts/progression.md."""

from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise
from math import isqrt
from typing import Annotated, ClassVar, Protocol

from attrs import frozen

from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Items, Record, Whole

XP_MAX = 10**18


class Curve(Protocol):
    """How much XP each level takes. Whole numbers only: exact for any XP from 0 to 10¹⁸."""

    @property
    def top(self) -> int | None:
        """The last level there is; None where there is always another."""
        ...

    def level_at(self, xp: int) -> int:
        """The level that this much XP has reached; levels start at 1. Raises `Invalid` below 0 and above 10¹⁸."""
        ...

    def total_for(self, level: int) -> int:
        """The XP at which a level is reached. Raises `Invalid` below 1 and above `top`."""
        ...


@frozen(kw_only=True)
class ArithmeticCurve(Record):
    """From level n to n + 1 takes `first + step · (n − 1)` XP: exact to 10¹⁸ and as fast at any size.

    >>> [ArithmeticCurve().total_for(n) for n in (1, 2, 3, 4, 5, 10)]
    [0, 100, 250, 450, 700, 2700]
    >>> ArithmeticCurve().level_at(249), ArithmeticCurve().level_at(250)
    (2, 3)
    """

    kind: ClassVar[str] = "arithmetic"
    first: Annotated[int, Whole(1, 1_000_000)] = 100
    step: Annotated[int, Whole(1, 1_000_000)] = 50

    @property
    def top(self) -> None:
        return None

    def level_at(self, xp: int) -> int:
        """By the integer square root: the largest k = level − 1 with step·k² + (2·first − step)·k ≤ 2·xp."""
        _check_xp(xp)
        b = 2 * self.first - self.step
        return (isqrt(b * b + 8 * self.step * xp) - b) // (2 * self.step) + 1

    def total_for(self, level: int) -> int:
        _check_level(level, None)
        k = level - 1
        return self.first * k + self.step * k * (k - 1) // 2


@frozen(kw_only=True)
class GeometricCurve(Record):
    """From level n to n + 1 takes first · (growth_percent / 100)ⁿ⁻¹ XP, rounded down.

    The last level is the last one whose total is at most 10¹⁸. `growth_percent` from 101, so that there
    are at most 3,703 levels; their totals are made once, and searched by halves.

    >>> [GeometricCurve(first=100, growth_percent=150).total_for(n) for n in (1, 2, 3, 4, 5)]
    [0, 100, 250, 475, 812]
    """

    kind: ClassVar[str] = "geometric"
    first: Annotated[int, Whole(1, 1_000_000)] = 100
    growth_percent: Annotated[int, Whole(101, 1_000)] = 115

    @property
    def top(self) -> int:
        return len(_geometric(self.first, self.growth_percent)) + 1

    def level_at(self, xp: int) -> int:
        _check_xp(xp)
        return bisect_right(_geometric(self.first, self.growth_percent), xp) + 1

    def total_for(self, level: int) -> int:
        return _from_table(_geometric(self.first, self.growth_percent), level)


@lru_cache(maxsize=16)
def _geometric(first: int, growth_percent: int) -> tuple[int, ...]:
    """The totals of levels 2, 3, … up to 10¹⁸."""
    totals: list[int] = []
    total, times, over = first, first, 1
    while total <= XP_MAX:
        totals.append(total)
        times, over = times * growth_percent, over * 100
        total += times // over
    return tuple(totals)


@frozen(kw_only=True)
class TableCurve(Record):
    """The XP at which levels 2, 3, … are reached, one by one: ascending, at most 10,000, each up to 10¹⁸.

    Nobody gets beyond the last.

    >>> TableCurve(totals=(10, 50, 1_000)).level_at(50)
    3
    """

    kind: ClassVar[str] = "table"
    totals: Annotated[tuple[Annotated[int, Whole(1, XP_MAX)], ...], Items(10_000, min=1)]

    def _rules(self) -> list[Fault]:
        return [
            Fault(f"totals.{i}", f"must be more than the {before:,} before it, is {total:,}")
            for i, (before, total) in enumerate(pairwise(self.totals), 1)
            if total <= before
        ]

    @property
    def top(self) -> int:
        return len(self.totals) + 1

    def level_at(self, xp: int) -> int:
        _check_xp(xp)
        return bisect_right(self.totals, xp) + 1

    def total_for(self, level: int) -> int:
        return _from_table(self.totals, level)


LevelConfig = ArithmeticCurve | GeometricCurve | TableCurve
"""A curve as rules hold it: `kind` says which."""


def _check_xp(xp: int) -> None:
    if not 0 <= xp <= XP_MAX:
        raise Invalid.at("xp", f"must be from 0 to {XP_MAX:,}, is {xp:,}")


def _check_level(level: int, top: int | None) -> None:
    if top is None and level < 1:
        raise Invalid.at("level", f"must be 1 or more, is {level}")
    if top is not None and not 1 <= level <= top:
        raise Invalid.at("level", f"must be from 1 to {top:,}, is {level:,}")


def _from_table(totals: tuple[int, ...], level: int) -> int:
    _check_level(level, len(totals) + 1)
    return totals[level - 2] if level > 1 else 0


def next_total(curve: Curve, level: int) -> int | None:
    """The XP at which the level after this one is reached; None at the last one, and beyond it.

    Beyond: somebody may have reached a level that the rules had before they were changed.
    """
    return None if curve.top is not None and level >= curve.top else curve.total_for(level + 1)


@frozen(kw_only=True)
class LevelRow:
    """One row of the curve as a table; `to_next` is None for the last level."""

    level: int
    total: int
    to_next: int | None


def curve_table(curve: Curve, up_to: int) -> tuple[LevelRow, ...]:
    """Levels 1 to `up_to` (or the last) with the XP at which each is reached and what the next one takes."""
    last = up_to if curve.top is None else min(up_to, curve.top)
    rows = []
    for level in range(1, last + 1):
        total, following = curve.total_for(level), next_total(curve, level)
        rows.append(LevelRow(level=level, total=total, to_next=None if following is None else following - total))
    return tuple(rows)
