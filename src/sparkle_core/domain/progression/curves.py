"""Curves: how much XP each level takes. Source: docs/contexts/progression.md."""

from math import isqrt
from typing import Annotated, Protocol

from attrs import frozen

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Record, Whole

XP_MAX = 10**18


class Curve(Protocol):
    """How much XP each level takes."""

    def level_at(self, xp: int) -> int:
        """The level that this much XP has reached; levels start at 1."""
        ...

    def total_for(self, level: int) -> int:
        """The XP at which a level is reached."""
        ...


@frozen(kw_only=True)
class ArithmeticCurve(Record):
    """From level n to n + 1 takes `first + step · (n − 1)` XP: exact to 10¹⁸ and as fast at any size.

    >>> [ArithmeticCurve().total_for(n) for n in (1, 2, 3, 4, 5, 10)]
    [0, 100, 250, 450, 700, 2700]
    >>> ArithmeticCurve().level_at(249), ArithmeticCurve().level_at(250)
    (2, 3)
    """

    first: Annotated[int, Whole(1, 1_000_000)] = 100
    step: Annotated[int, Whole(1, 1_000_000)] = 50

    def level_at(self, xp: int) -> int:
        """The level that this much XP has reached. Raises `Invalid` below 0 and above 10¹⁸.

        The largest k = level − 1 with step·k² + (2·first − step)·k ≤ 2·xp, by the integer square root.
        """
        if not 0 <= xp <= XP_MAX:
            raise Invalid.at("xp", f"must be from 0 to {XP_MAX:,}, is {xp:,}")
        b = 2 * self.first - self.step
        return (isqrt(b * b + 8 * self.step * xp) - b) // (2 * self.step) + 1

    def total_for(self, level: int) -> int:
        """The XP at which a level is reached. Raises `Invalid` below 1."""
        if level < 1:
            raise Invalid.at("level", f"must be 1 or more, is {level}")
        k = level - 1
        return self.first * k + self.step * k * (k - 1) // 2


@frozen(kw_only=True)
class LevelRow:
    """One row of the curve as a table."""

    level: int
    total: int
    to_next: int


def curve_table(curve: Curve, up_to: int) -> tuple[LevelRow, ...]:
    """Levels 1 to `up_to` with the XP at which each is reached and what the next one takes."""
    totals = [curve.total_for(n) for n in range(1, up_to + 2)]
    return tuple(LevelRow(level=n, total=totals[n - 1], to_next=totals[n] - totals[n - 1]) for n in range(1, up_to + 1))
