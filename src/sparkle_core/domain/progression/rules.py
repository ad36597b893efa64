"""The numbers of progression, as data. Source: docs/contexts/progression.md."""

from collections.abc import Sequence
from typing import Annotated

from attrs import Factory, fields_dict, frozen

from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Items, Record, Whole
from sparkle_core.domain.progression.achievements import ACHIEVEMENTS, Achievement
from sparkle_core.domain.progression.criteria import CounterName
from sparkle_core.domain.progression.curves import ArithmeticCurve, LevelConfig
from sparkle_core.domain.progression.quests import QUESTS, Quest

Xp = Annotated[int, Whole(1, 1_000_000)]
"""One award: 1 to 1,000,000."""

DailyCap = Annotated[int, Whole(0, 1_000_000)]


@frozen(kw_only=True)
class Awards(Record):
    """XP for what people do, by source."""

    account_created: Xp = 10
    email_verified: Xp = 20
    post_published: Xp = 20
    comment_posted: Xp = 5
    daily_visit: Xp = 5
    like_received: Xp = 2
    answer_accepted: Xp = 25


@frozen(kw_only=True)
class DailyCaps(Record):
    """The most XP that a source gives a person in one of their civil days; 0 for none at all."""

    post_published: DailyCap = 100
    comment_posted: DailyCap = 50
    like_received: DailyCap = 100

    def of(self, source: str) -> int | None:
        """A source's cap; None for one that has none."""
        return getattr(self, source) if source in _CAPPED else None


_CAPPED = frozenset(fields_dict(DailyCaps))


@frozen(kw_only=True)
class StreakRules(Record):
    """How many days in a row earn a freeze, and how many freezes somebody may have at once."""

    days_for_freeze: Annotated[int, Whole(1, 1_000)] = 7
    freezes_max: Annotated[int, Whole(0, 1_000)] = 2


@frozen(kw_only=True)
class ReputationWeights(Record):
    """What one like, one accepted answer and one decision that upheld reports weigh in somebody's reputation."""

    like_received: Annotated[int, Whole(0, 1_000)] = 1
    answer_accepted: Annotated[int, Whole(0, 1_000)] = 10
    report_upheld: Annotated[int, Whole(-1_000, 0)] = -20


@frozen(kw_only=True)
class ProgressionRules(Record):
    """The curve, awards and their caps, streaks, reputation, what a level pays, achievements and quests.

    A level pays level × `points_per_level` SPARKLE. `day_starts_at_hour`: when people's days start, on their clocks.
    """

    curve: LevelConfig = Factory(ArithmeticCurve)
    awards: Awards = Factory(Awards)
    daily_caps: DailyCaps = Factory(DailyCaps)
    day_starts_at_hour: Annotated[int, Whole(0, 23)] = 0
    streaks: StreakRules = Factory(StreakRules)
    reputation: ReputationWeights = Factory(ReputationWeights)
    points_per_level: Annotated[int, Whole(0, 1_000_000)] = 10
    achievements: Annotated[tuple[Achievement, ...], Items(200)] = ACHIEVEMENTS
    quests: Annotated[tuple[Quest, ...], Items(100)] = QUESTS

    def _rules(self) -> list[Fault]:
        names = [quest.name for quest in self.quests]
        return [
            *_twice("achievements", [a.name for a in self.achievements]),
            *_twice("quests", names),
            *(
                Fault(f"quests.{number}.requires", f"{name} must be an earlier quest in the list")
                for number, quest in enumerate(self.quests)
                for name in quest.requires
                if name not in names[:number]
            ),
        ]

    def asking_for(self, counter: CounterName) -> tuple[Achievement, ...]:
        """The achievements that a counter may unlock."""
        return tuple(a for a in self.achievements if counter in a.asks_for)

    def quests_about(self, counter: CounterName) -> tuple[Quest, ...]:
        """The quests with an objective that asks for a counter."""
        return tuple(q for q in self.quests if any(o.counter is counter for o in q.objectives))

    def quest_named(self, name: str) -> Quest | None:
        return next((quest for quest in self.quests if quest.name == name), None)

    def marks_a_level(self, before: int, after: int) -> bool:
        """Whether some achievement asks for a level above `before`, up to `after`."""
        return any(
            condition.counter is CounterName.LEVEL and before < condition.number <= after
            for achievement in self.asking_for(CounterName.LEVEL)
            for condition in achievement.criterion.conditions()
        )


def _twice(path: str, names: Sequence[str]) -> list[Fault]:
    """A fault for each name that an earlier one has."""
    seen: set[str] = set()
    found = []
    for number, name in enumerate(names):
        if name in seen:
            found.append(Fault(f"{path}.{number}.name", f"{name} is the name of an earlier one"))
        seen.add(name)
    return found
