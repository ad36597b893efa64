"""The numbers of progression, as data. Source: docs/contexts/progression.md."""

from collections.abc import Sequence
from typing import Annotated

from attrs import Factory, fields_dict, frozen

from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import (
    Items,
    Record,
    Text,
    Whole,
    check_of,
)
from sparkle_core.domain.progression.achievements import (
    ACHIEVEMENTS,
    Achievement,
)
from sparkle_core.domain.progression.criteria import (
    CounterName,
)
from sparkle_core.domain.progression.curves import ArithmeticCurve, LevelConfig
from sparkle_core.domain.progression.quests import QUESTS, Quest
from sparkle_core.domain.progression.rewards import Rewarded

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


PLATFORM_SOURCES = frozenset(fields_dict(Awards)) | {rewarded.value for rewarded in Rewarded}
"""Those that the platform awards under by itself, with subjects of its own: what is taken by hand cannot be earned."""


@frozen(kw_only=True)
class DailyCaps(Record):
    """The most XP that a source gives a person in one of their civil days; 0 for none at all.

    `others`: those of any other sources, by name, such as what `AwardXp` is given for; at most 100.
    """

    post_published: DailyCap = 100
    comment_posted: DailyCap = 50
    like_received: DailyCap = 100
    answer_accepted: DailyCap = 250
    others: dict[str, DailyCap] = Factory(dict)

    def of(self, source: str) -> int | None:
        """A source's cap; None for one that has none."""
        return getattr(self, source) if source in _ALWAYS_CAPPED else self.others.get(source)

    def _rules(self) -> list[Fault]:
        twice = sorted(_ALWAYS_CAPPED & self.others.keys())
        found = [Fault(f"others.{name}", "has a cap of its own: name it beside others") for name in twice]
        found += [Fault(f"others.{name}", fault) for name, cap in self.others.items() if (fault := _fault(name, cap))]
        return [*found, Fault("others", "must be at most 100")] if len(self.others) > 100 else found


def _fault(source: str, cap: int) -> str | None:
    of_source, of_cap = check_of(Annotated[str, Text(1, 50)]), check_of(DailyCap)
    assert of_source is not None
    assert of_cap is not None
    return of_source(source) or of_cap(cap)


_ALWAYS_CAPPED = frozenset(fields_dict(DailyCaps)) - {"others"}


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
class Conduct(Record):
    """What somebody's trust is judged by; `reputation` is the balance, perhaps below 0."""

    days: int
    visits: int
    reputation: int


_MEASURES = tuple(fields_dict(Conduct))


@frozen(kw_only=True)
class TrustThreshold(Record):
    """What a trust level asks for: days since joining, days visited, and a balance of reputation."""

    days: Annotated[int, Whole(0, 100_000)]
    visits: Annotated[int, Whole(0, 100_000)]
    reputation: Annotated[int, Whole(0, 1_000_000_000)]

    def met_by(self, conduct: "Conduct | TrustThreshold", percent: int = 100) -> bool:
        """Whether each measure reaches so many percent of what is asked."""
        return all(getattr(conduct, m) * 100 >= getattr(self, m) * percent for m in _MEASURES)


@frozen(kw_only=True)
class TrustRules(Record):
    """What levels 1 to 4 ask for, none less than the one before, and when one is lost.

    A level is kept at `keep_percent` of what it asks for; below that it is lost after `grace_days`.
    """

    levels: tuple[TrustThreshold, ...] = (
        TrustThreshold(days=1, visits=2, reputation=0),
        TrustThreshold(days=15, visits=10, reputation=10),
        TrustThreshold(days=60, visits=40, reputation=100),
        TrustThreshold(days=180, visits=120, reputation=500),
    )
    keep_percent: Annotated[int, Whole(1, 100)] = 90
    grace_days: Annotated[int, Whole(0, 365)] = 14

    def _rules(self) -> list[Fault]:
        if len(self.levels) != 4:
            return [Fault("levels", f"must be those of levels 1 to 4, are {len(self.levels)}")]
        return [
            Fault(f"levels.{n}", "must not ask for less than the level before")
            for n in range(1, 4)
            if not self.levels[n - 1].met_by(self.levels[n])
        ]

    def earned_by(self, conduct: Conduct) -> int:
        """The highest level whose thresholds are all reached; 0 to 4."""
        return sum(level.met_by(conduct) for level in self.levels)

    def kept_by(self, conduct: Conduct) -> int:
        """The highest level that conduct is enough to keep; never below what it earns."""
        return sum(level.met_by(conduct, self.keep_percent) for level in self.levels)


@frozen(kw_only=True)
class ProgressionRules(Record):
    """All that can be tuned of progression.

    A level pays level × `points_per_level` SPARKLE. `day_starts_at_hour`: when people's days start, on their clocks.
    """

    curve: LevelConfig = Factory(ArithmeticCurve)
    awards: Awards = Factory(Awards)
    daily_caps: DailyCaps = Factory(DailyCaps)
    day_starts_at_hour: Annotated[int, Whole(0, 23)] = 0
    streaks: StreakRules = Factory(StreakRules)
    reputation: ReputationWeights = Factory(ReputationWeights)
    trust: TrustRules = Factory(TrustRules)
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
