"""Achievements: what they ask for and give, and that somebody has one. Source: docs/contexts/achievements.md."""

from functools import cached_property
from typing import Annotated, ClassVar
from uuid import UUID, uuid5

from attrs import Factory, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId, Whole
from sparkle_core.domain.kernel.rarity import Rarity
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Kind, Log
from sparkle_core.domain.progression.criteria import CounterName, Criterion, parsed
from sparkle_core.domain.progression.rewards import Description, Name, Reward, Title, misnamed

_UNLOCKS = UUID("5a1e7c00-0000-5000-8000-000000000031")
_BACKFILLS = UUID("5a1e7c00-0000-5000-8000-000000000032")


@frozen(kw_only=True)
class Achievement(Record):
    """An achievement: `when` is its criterion as text; one that is `hidden` is not seen by who does not have it."""

    name: Name
    title: Title
    description: Description = ""
    rarity: Rarity = Rarity.COMMON
    when: Annotated[str, Text(1, 500)]
    hidden: bool = False
    reward: Reward = Factory(Reward)

    def _rules(self) -> list[Fault]:
        found = [Fault("name", "must be lower-case letters, digits, - and _")] if misnamed(self.name) else []
        try:
            parsed(self.when)
        except Invalid as error:
            found += error.faults
        return found

    @cached_property
    def criterion(self) -> Criterion:
        return parsed(self.when)

    @cached_property
    def asks_for(self) -> frozenset[CounterName]:
        """The counters that its criterion is about."""
        return frozenset(condition.counter for condition in self.criterion.conditions())


@frozen(kw_only=True)
class AchievementUnlocked(Event):
    """A person has an achievement, for good; `what` is its name."""

    topic: ClassVar[str] = "progression.achievement_unlocked"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    what: str


@frozen(kw_only=True)
class LevelMarkReached(Event):
    """A person reached a level that some achievement asks for."""

    topic: ClassVar[str] = "progression.level_mark_reached"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    level: int


@frozen(kw_only=True)
class Unlock(Record):
    """That a person has an achievement, since when. Unique on both: it is never had twice."""

    id: UUID
    user_id: UserId
    achievement: Name
    at: Instant

    @staticmethod
    def id_of(user_id: UserId, achievement: str) -> UUID:
        return uuid5(_UNLOCKS, f"{user_id}|{achievement}")


@frozen(kw_only=True)
class Backfill(Aggregate):
    """How far going through everybody is, for the achievements as they are defined now.

    `after`: the last person looked at; the next run goes on there. `people` were looked at,
    `unlocked` achievements came of it.
    """

    started_at: Instant
    after: UUID | None = None
    people: Annotated[int, Whole(0)] = 0
    unlocked: Annotated[int, Whole(0)] = 0
    finished_at: Instant | None = None

    @staticmethod
    def id_of(achievements: tuple[Achievement, ...]) -> UUID:
        """One a set of criteria: who changes what unlocks something has everybody looked at anew."""
        return uuid5(_BACKFILLS, "\n".join(sorted(f"{a.name} {a.criterion}" for a in achievements)))


UNLOCKS = Log(
    Unlock,
    "achievement_unlock",
    unique=(("user_id", "achievement"),),
    personal={"achievement": NOT_PERSONAL},
)
"""Two unlocks at once clash without a word: who loses that race starts again, and finds it unlocked."""
BACKFILLS = Kind(Backfill, "achievement_backfill")

EVENTS = (AchievementUnlocked, LevelMarkReached)


def _achievement(
    name: str, title: str, rarity: Rarity, when: str, xp: int, points: int, *, hidden: bool = False
) -> Achievement:
    return Achievement(
        name=name, title=title, rarity=rarity, when=when, hidden=hidden, reward=Reward(xp=xp, points=points)
    )


ACHIEVEMENTS = (
    _achievement("writer", "Writer", Rarity.COMMON, "posts_published >= 10", 50, 25),
    _achievement("columnist", "Columnist", Rarity.RARE, "posts_published >= 100", 250, 150),
    _achievement("talker", "Talker", Rarity.COMMON, "comments_posted >= 50", 50, 25),
    _achievement("liked", "Liked", Rarity.UNCOMMON, "likes_received >= 100", 100, 50),
    _achievement("beloved", "Beloved", Rarity.EPIC, "likes_received >= 1000", 500, 300),
    _achievement("encourager", "Encourager", Rarity.COMMON, "likes_given >= 100", 25, 0),
    _achievement("helper", "Helper", Rarity.RARE, "answers_accepted >= 10", 250, 100),
    _achievement("patron", "Patron", Rarity.UNCOMMON, "tips_sent >= 25", 50, 0),
    _achievement("regular", "Regular", Rarity.UNCOMMON, "streak_days >= 30", 100, 50),
    _achievement("level_10", "Level ten", Rarity.UNCOMMON, "level >= 10", 0, 100),
    _achievement("level_50", "Level fifty", Rarity.LEGENDARY, "level >= 50", 0, 1_000),
    _achievement(
        "all_rounder",
        "All-rounder",
        Rarity.EPIC,
        "posts_published >= 25 and comments_posted >= 100 and likes_received >= 100",
        300,
        150,
    ),
    _achievement("trader", "Trader", Rarity.RARE, "trades_made >= 10 or purchases_made >= 25", 100, 0, hidden=True),
)
"""Those there are unless a rules file names others.

Giving likes, tips and trades, which two friends could do back and forth all day, brings no points.
"""
