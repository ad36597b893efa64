"""XP: awards, their reversals, and where they leave a person. Source: docs/contexts/progression.md."""

from typing import Annotated, ClassVar, Self, TypeVar
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, Record, Subject, Text, UserId, Whole
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Kind, Log
from sparkle_core.domain.progression.calendars import CALENDARS
from sparkle_core.domain.progression.curves import XP_MAX, Curve
from sparkle_core.domain.progression.reputation import CONDUCT
from sparkle_core.domain.progression.streaks import STREAKS, StreakContinued, StreakEnded
from sparkle_core.domain.progression.trust import TRUST, TrustChanged, TrustGraceSent

XpSource = Annotated[str, Text(1, 50)]


@frozen(kw_only=True)
class LevelReached(Event):
    """A person reached a level they had not been paid for before."""

    topic: ClassVar[str] = "progression.level_reached"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    level: int


@frozen(kw_only=True)
class XpAwarded(Event):
    """A person got XP; `entry_id` is its entry. `at`: when it was earned; None, of old events: when they were made."""

    topic: ClassVar[str] = "progression.xp_awarded"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    entry_id: UUID
    amount: int
    total: int
    at: Instant | None = None


@frozen(kw_only=True)
class XpReversed(Event):
    """An award was taken back by an opposite entry. `at`: when what it was for went; None as in `XpAwarded`."""

    topic: ClassVar[str] = "progression.xp_reversed"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    entry_id: UUID
    amount: int
    total: int
    at: Instant | None = None


E = TypeVar("E", XpAwarded, XpReversed)


@frozen(kw_only=True)
class XpEntry(Record):
    """One award (`amount` ≥ 0) or the reversal of one, with the running total after it.

    `at`: when it was earned or lost, which may be before the entry that `sequence` puts before it: events are acted
    on late. `asked`: of what an award over a daily cap was reduced from; None where `amount` is all of it.
    `day`: the person's civil day whose cap it counts towards, as `PersonCalendar.day`; None without a cap, and
    for a reversal that makes no room there, with what is given back after it.

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
    asked: int | None = None
    day: int | None = None


@frozen(kw_only=True)
class PersonProgress(Aggregate):
    """A person's XP and level (their id is the row's); `paid_level` is the highest level rewarded.

    `closed`: nothing is earned nor lost any more, since the person is erased.
    """

    id: UserId
    xp: Annotated[int, Whole(0, XP_MAX)] = 0
    level: int = 1
    paid_level: int = 1
    entries: int = 0
    closed: bool = False

    def awarded(self, entry: XpEntry, curve: Curve) -> Self:
        """With an award. Records `LevelReached` for each level not paid for before; nothing for one of 0."""
        if not entry.amount:
            return self.then(entries=entry.sequence)
        level = curve.level_at(entry.total)
        events: list[Event] = [_told(XpAwarded, entry)]
        if level <= self.paid_level:
            return self.then(*events, xp=entry.total, level=level, entries=entry.sequence)
        events += [LevelReached(user_id=self.id, level=n) for n in range(self.paid_level + 1, level + 1)]
        return self.then(*events, xp=entry.total, level=level, paid_level=level, entries=entry.sequence)

    def reversed(self, entry: XpEntry, curve: Curve) -> Self:
        """With a reversal. Levels may fall; a reward once paid is not paid twice."""
        if not entry.amount:
            return self.then(entries=entry.sequence)
        event = _told(XpReversed, entry)
        return self.then(event, xp=entry.total, level=curve.level_at(entry.total), entries=entry.sequence)


def _told(event: type[E], entry: XpEntry) -> E:
    return event(user_id=entry.user_id, entry_id=entry.id, amount=entry.amount, total=entry.total, at=entry.at)


PROGRESS = Kind(PersonProgress, "progress", left=lambda progress: evolve(progress, closed=True))
XP_ENTRIES = Log(
    XpEntry,
    "xp_entry",
    unique=(("user_id", "source", "subject", "round", "reversal"), ("user_id", "sequence")),
    personal={"source": NOT_PERSONAL, "subject": NOT_PERSONAL},
)

STORED = (PROGRESS, XP_ENTRIES, CALENDARS, STREAKS, CONDUCT, TRUST)
EVENTS = (LevelReached, XpAwarded, XpReversed, StreakContinued, StreakEnded, TrustChanged, TrustGraceSent)
