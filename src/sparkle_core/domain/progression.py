"""XP and levels: the curve, awards and their reversals. Source: docs/contexts/progression.md."""

from math import isqrt
from typing import Annotated, ClassVar, Protocol, Self
from uuid import UUID

from attrs import Factory, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, Record, Subject, Text, UserId, Whole
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Kind, Log

XP_MAX = 10**18
Xp = Annotated[int, Whole(1, 1_000_000)]
"""One award: 1 to 1,000,000."""
XpSource = Annotated[str, Text(1, 50)]


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
class Awards(Record):
    """XP for what people do, by source."""

    account_created: Xp = 10
    email_verified: Xp = 20
    post_published: Xp = 20
    comment_posted: Xp = 5
    like_received: Xp = 2
    answer_accepted: Xp = 25


@frozen(kw_only=True)
class ProgressionRules(Record):
    """The curve, the awards, and what a level pays: level × `points_per_level` SPARKLE."""

    curve: ArithmeticCurve = Factory(ArithmeticCurve)
    awards: Awards = Factory(Awards)
    points_per_level: Annotated[int, Whole(0, 1_000_000)] = 10


@frozen(kw_only=True)
class LevelReached(Event):
    """A person reached a level they had not been paid for before."""

    topic: ClassVar[str] = "progression.level_reached"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    level: int


@frozen(kw_only=True)
class XpAwarded(Event):
    """A person got XP; `entry_id` is its entry."""

    topic: ClassVar[str] = "progression.xp_awarded"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    entry_id: UUID
    amount: int
    total: int


@frozen(kw_only=True)
class XpReversed(Event):
    """An award was taken back by an opposite entry."""

    topic: ClassVar[str] = "progression.xp_reversed"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    entry_id: UUID
    amount: int
    total: int


@frozen(kw_only=True)
class XpEntry(Record):
    """One award (`amount` > 0) or the reversal of one, with the running total after it.

    Unique on (person, source, subject, round, direction): a new award after a reversal opens the
    next round.
    """

    id: UUID
    user_id: UserId
    sequence: int
    source: XpSource
    subject: Subject
    round: int
    reversal: bool
    amount: int
    total: int
    at: Instant


@frozen(kw_only=True)
class PersonProgress(Aggregate):
    """A person's XP and level (their id is the row's); `paid_level` is the highest level rewarded."""

    id: UserId
    xp: Annotated[int, Whole(0, XP_MAX)] = 0
    level: int = 1
    paid_level: int = 1
    entries: int = 0

    def awarded(self, entry: XpEntry, curve: Curve) -> Self:
        """With an award. Records `LevelReached` for each level not paid for before."""
        level = curve.level_at(entry.total)
        events: list[Event] = [XpAwarded(user_id=self.id, entry_id=entry.id, amount=entry.amount, total=entry.total)]
        if level <= self.paid_level:
            return self.then(*events, xp=entry.total, level=level, entries=entry.sequence)
        events += [LevelReached(user_id=self.id, level=n) for n in range(self.paid_level + 1, level + 1)]
        return self.then(*events, xp=entry.total, level=level, paid_level=level, entries=entry.sequence)

    def reversed(self, entry: XpEntry, curve: Curve) -> Self:
        """With a reversal. Levels may fall; a reward once paid is not paid twice."""
        event = XpReversed(user_id=self.id, entry_id=entry.id, amount=entry.amount, total=entry.total)
        return self.then(event, xp=entry.total, level=curve.level_at(entry.total), entries=entry.sequence)


PROGRESS = Kind(PersonProgress, "progress")
XP_ENTRIES = Log(
    XpEntry,
    "xp_entry",
    unique=(("user_id", "source", "subject", "round", "reversal"), ("user_id", "sequence")),
    personal={"source": NOT_PERSONAL, "subject": NOT_PERSONAL},
)

STORED = (PROGRESS, XP_ENTRIES)
EVENTS = (LevelReached, XpAwarded, XpReversed)


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
