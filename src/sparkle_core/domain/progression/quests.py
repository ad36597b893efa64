"""Quests: what is asked for within a period, as data, and how far somebody is. Source: docs/contexts/quests.md."""

import hashlib
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, ClassVar, Self
from uuid import UUID, uuid5

from attrs import Factory, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, Items, Record, Text, UserId, Whole
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Counter, Kind, Log
from sparkle_core.domain.progression.clocks import PersonClock
from sparkle_core.domain.progression.criteria import CounterName
from sparkle_core.domain.progression.quest_errors import QuestExpired, QuestNotFinished
from sparkle_core.domain.progression.rewards import Description, Name, Reward, Title, misnamed

_QUESTS = UUID("5a1e7c00-0000-5000-8000-000000000033")
_GOALS = UUID("5a1e7c00-0000-5000-8000-000000000034")
SHARDS = 16
"""Over how many rows a goal that everybody works at is counted, so that few wait for one another."""
MOST_EACH = 100
"""How many things one person's row holds for an objective at most."""


class QuestKind(Enum):
    """How often: once; in each of a person's days or weeks; in a season; once for everybody together."""

    ONE_OFF = "ONE_OFF"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    SEASONAL = "SEASONAL"
    COMMUNITY = "COMMUNITY"

    @property
    def by_civil_days(self) -> bool:
        return self in (QuestKind.DAILY, QuestKind.WEEKLY)


@frozen(kw_only=True)
class Objective(Record):
    """So many of what is counted: 1 to 100 by one person, up to 1,000,000,000 by everybody together."""

    counter: CounterName
    target: Annotated[int, Whole(1, 1_000_000_000)]


@frozen(kw_only=True)
class Period(Record):
    """One run of a quest: `key` tells it from others, `ends_at` is the first instant after it; None for no end."""

    key: int
    ends_at: Instant | None


@frozen(kw_only=True)
class Quest(Record):
    """A quest. It runs from `starts_at` (included) until `ends_at` (not), in every period there is in between.

    A SEASONAL or COMMUNITY one with `repeat_days` comes back so many days after it started, again and
    again. `requires`: quests to be claimed before this one counts anything; `min_level` likewise.
    `claim_hours`: how long after a period its reward can still be claimed. `each_at_most`: how many
    of a community's goal one person adds, less than its target, so that nobody reaches it alone.
    """

    name: Name
    title: Title
    description: Description = ""
    kind: QuestKind
    objectives: Annotated[tuple[Objective, ...], Items(5, min=1)]
    reward: Reward = Factory(Reward)
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    repeat_days: Annotated[int, Whole(1, 3_650)] | None = None
    requires: Annotated[tuple[Name, ...], Items(10)] = ()
    min_level: Annotated[int, Whole(1, 1_000)] = 1
    claim_hours: Annotated[int, Whole(0, 8_760)] = 48
    each_at_most: Annotated[int, Whole(1, MOST_EACH)] = 20

    def _rules(self) -> list[Fault]:
        found = [Fault("name", "must be lower-case letters, digits, - and _")] if misnamed(self.name) else []
        return [*found, *self._objective_faults(), *self._window_faults()]

    def _objective_faults(self) -> list[Fault]:
        found = []
        counters = [o.counter for o in self.objectives]
        if len(set(counters)) < len(counters):
            found.append(Fault("objectives", "must name each counter once"))
        found += [
            Fault("objectives", f"must be about what happens again and again: {counter.value} is reached, not counted")
            for counter in counters
            if counter.is_reached
        ]
        if self.kind is QuestKind.COMMUNITY and len(counters) > 1:
            found.append(Fault("objectives", "must be one, for everybody together"))
        if self.kind is QuestKind.COMMUNITY and any(o.target <= self.each_at_most for o in self.objectives):
            enough = f"must have a target above each_at_most, which is {self.each_at_most}: nobody reaches it alone"
            found.append(Fault("objectives", enough))
        if self.kind is not QuestKind.COMMUNITY and any(o.target > MOST_EACH for o in self.objectives):
            found.append(Fault("objectives", f"must have a target of at most {MOST_EACH} each"))
        return found

    def _window_faults(self) -> list[Fault]:
        found = []
        lasting = self.kind in (QuestKind.SEASONAL, QuestKind.COMMUNITY)
        if lasting and (self.starts_at is None or self.ends_at is None):
            found.append(Fault("starts_at", f"a {self.kind.value} quest must have starts_at and ends_at"))
        if self.starts_at is not None and self.ends_at is not None:
            if self.ends_at <= self.starts_at:
                found.append(Fault("ends_at", "must be after starts_at"))
            elif self.repeat_days is not None and self.ends_at - self.starts_at > timedelta(days=self.repeat_days):
                found.append(Fault("repeat_days", "must be as long as it runs, or longer"))
        if self.repeat_days is not None and not lasting:
            found.append(Fault("repeat_days", "is for SEASONAL and COMMUNITY; DAILY and WEEKLY repeat by themselves"))
        return found

    def period_at(self, at: datetime, clock: PersonClock) -> Period | None:
        """The period that an instant is in, for somebody by their clock; None when there is none then.

        Days and weeks (from Monday) are told apart by the date they begin on, and never turned back, so that
        whoever moves between zones finds each of them once at most, and the next one at most a day sooner.
        """
        if self.repeat_days is not None:
            return self._repeated(at, timedelta(days=self.repeat_days))
        if (self.starts_at is not None and at < self.starts_at) or (self.ends_at is not None and at >= self.ends_at):
            return None
        if not self.kind.by_civil_days:
            return Period(key=0, ends_at=self.ends_at)
        first = last = clock.day(at)
        if self.kind is QuestKind.WEEKLY:
            weekday = last.date.weekday()
            first, last = clock.day_from(last, -weekday), clock.day_from(last, 6 - weekday)
        ends_at = min(last.ends_at, self.ends_at) if self.ends_at else last.ends_at
        return Period(key=first.date.toordinal(), ends_at=ends_at)

    def _repeated(self, at: datetime, every: timedelta) -> Period | None:
        assert self.starts_at is not None, "what repeats has a window"
        assert self.ends_at is not None, "what repeats has a window"
        key = (at - self.starts_at) // every
        if key < 0 or at >= self.ends_at + key * every:
            return None
        return Period(key=key, ends_at=self.ends_at + key * every)

    def goal_id(self, period: int) -> UUID:
        """Under which id what everybody together has done is counted."""
        return uuid5(_GOALS, f"{self.name}|{period}")

    def most_of(self, objective: Objective) -> int:
        """How many of an objective one person's row holds."""
        return self.each_at_most if self.kind is QuestKind.COMMUNITY else objective.target


@frozen(kw_only=True)
class QuestFinished(Event):
    """A person did all that a quest asks; `what` is its name. Its reward waits to be claimed."""

    topic: ClassVar[str] = "progression.quest_finished"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    what: str
    period: int


@frozen(kw_only=True)
class QuestClaimed(Event):
    """A person took what a quest gives."""

    topic: ClassVar[str] = "progression.quest_claimed"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    what: str
    period: int


@frozen(kw_only=True)
class CommunityGoalReached(Event):
    """Everybody together reached a quest's goal."""

    topic: ClassVar[str] = "progression.community_goal_reached"
    about: ClassVar[str] = "goal_id"
    goal_id: UUID
    what: str
    period: int


@frozen(kw_only=True)
class CommunityGoalNeared(Event):
    """Somebody added to a goal that is so near that others may reach it at the same moment, unseen by them."""

    topic: ClassVar[str] = "progression.community_goal_neared"
    about: ClassVar[str] = "goal_id"
    user_id: UserId
    goal_id: UUID
    what: str
    period: int


@frozen(kw_only=True)
class CommunityGoalAnnounced(Event):
    """Some of those who took part in a goal were told that it is reached; the next come `after` a row's id."""

    topic: ClassVar[str] = "progression.community_goal_announced"
    about: ClassVar[str] = "goal_id"
    goal_id: UUID
    what: str
    period: int
    after: UUID


Mark = Annotated[str, Text(1, 64)]


@frozen(kw_only=True)
class QuestProgress(Aggregate):
    """What counts for a person in one period of a quest.

    `counted`: a mark for each thing that counts, so that the same thing counts once, and not any more
    when it is taken back. Once finished, it stays so. `expires_at`: nothing can be claimed from then on.
    """

    user_id: UserId
    quest: Name
    period: int
    counted: tuple[Mark, ...] = ()
    finished_at: Instant | None = None
    claimed_at: Instant | None = None
    expires_at: Instant | None = None

    @staticmethod
    def id_of(user_id: UserId, quest: str, period: int) -> UUID:
        return uuid5(_QUESTS, f"{user_id}|{quest}|{period}")

    @classmethod
    def begun(cls, user_id: UserId, quest: Quest, period: Period) -> Self:
        id = cls.id_of(user_id, quest.name, period.key)
        return cls(id=id, user_id=user_id, quest=quest.name, period=period.key)

    def have(self, counter: CounterName) -> int:
        """How many things of an objective count."""
        return sum(mark.startswith(f"{counter.value}:") for mark in self.counted)

    def with_one(self, quest: Quest, counter: CounterName, subject: str, period: Period, at: datetime) -> Self:
        """With one more thing, or as it is when that is there already or no more of them is needed.

        It finishes when all is done, also by what was there before the rules asked for less.
        """
        (objective,) = (o for o in quest.objectives if o.counter is counter)
        mark = _mark(counter, subject)
        if self._settled or mark in self.counted:
            return self
        grown = self
        if self.have(counter) < quest.most_of(objective):
            grown = self.then(counted=(*self.counted, mark), expires_at=self._expiry(quest, period))
        if not grown.is_finished(quest):
            return grown
        event = QuestFinished(user_id=self.user_id, what=self.quest, period=self.period)
        return grown.then(event, finished_at=at)

    def without(self, counter: CounterName, subject: str) -> Self:
        """With a thing not counted any more; itself when it was not, or when all was done already."""
        mark = _mark(counter, subject)
        if self._settled or mark not in self.counted:
            return self
        return self.then(counted=tuple(m for m in self.counted if m != mark))

    @property
    def _settled(self) -> bool:
        return self.finished_at is not None or self.claimed_at is not None

    def is_finished(self, quest: Quest, *, together: bool = False) -> bool:
        """Whether all is done that a quest asks for by the rules of now; what finished by those of then stays so.

        `together`: whether everybody reached a community's goal, which nobody finishes alone; it is theirs who have a
        part in it.
        """
        if self.finished_at is not None:
            return True
        if quest.kind is QuestKind.COMMUNITY:
            return together and bool(self.counted)
        return all(self.have(o.counter) >= o.target for o in quest.objectives)

    def _expiry(self, quest: Quest, period: Period) -> datetime | None:
        """A day may end later for who has moved since; what was said of its end is kept to."""
        if period.ends_at is None:
            return None
        until = period.ends_at + timedelta(hours=quest.claim_hours)
        return until if self.expires_at is None else max(until, self.expires_at)

    def claimed(self, *, finished: bool, now: datetime) -> Self:
        """Claimed; itself when it was already. Raises `QuestNotFinished`, `QuestExpired`."""
        if self.claimed_at is not None:
            return self
        if not finished:
            raise QuestNotFinished
        if self.expires_at is not None and now >= self.expires_at:
            raise QuestExpired(self.expires_at.isoformat())
        event = QuestClaimed(user_id=self.user_id, what=self.quest, period=self.period)
        return self.then(event, claimed_at=now)


def _mark(counter: CounterName, subject: str) -> str:
    return f"{counter.value}:{hashlib.sha256(subject.encode()).hexdigest()[:16]}"


@frozen(kw_only=True)
class QuestClaim(Record):
    """That a person claimed a quest's reward; unique on person, quest and period: it is never paid twice."""

    id: UUID
    user_id: UserId
    quest: Name
    period: int
    at: Instant


@frozen(kw_only=True)
class GoalReached(Record):
    """That everybody together reached a goal (its id is the row's), for good."""

    id: UUID
    at: Instant


QUEST_PROGRESS = Kind(
    QuestProgress,
    "quest_progress",
    indexes=(("user_id", "claimed_at", "expires_at"), ("expires_at",), ("quest", "period")),
    personal={"quest": NOT_PERSONAL, "counted": NOT_PERSONAL},
)
QUEST_CLAIMS = Log(
    QuestClaim,
    "quest_claim",
    unique=(("user_id", "quest", "period"),),
    personal={"quest": NOT_PERSONAL},
)
GOAL_COUNTS = Counter("quest_goal_count")
"""By goal and shard: what everybody together has done."""
GOALS_REACHED = Log(GoalReached, "quest_goal_reached")

STORED = (QUEST_PROGRESS, QUEST_CLAIMS, GOAL_COUNTS, GOALS_REACHED)
EVENTS = (QuestFinished, QuestClaimed, CommunityGoalReached, CommunityGoalNeared, CommunityGoalAnnounced)

QUESTS = (
    Quest(
        name="daily_talk",
        title="Join the talk",
        kind=QuestKind.DAILY,
        objectives=(Objective(counter=CounterName.COMMENTS_POSTED, target=3),),
        reward=Reward(xp=10),
    ),
    Quest(
        name="daily_cheer",
        title="Cheer somebody on",
        kind=QuestKind.DAILY,
        objectives=(Objective(counter=CounterName.LIKES_GIVEN, target=5),),
        reward=Reward(xp=5),
    ),
    Quest(
        name="weekly_maker",
        title="Make something",
        kind=QuestKind.WEEKLY,
        objectives=(
            Objective(counter=CounterName.POSTS_PUBLISHED, target=2),
            Objective(counter=CounterName.COMMENTS_POSTED, target=10),
        ),
        reward=Reward(xp=50, points=20),
    ),
    Quest(
        name="first_steps",
        title="First steps",
        kind=QuestKind.ONE_OFF,
        objectives=(
            Objective(counter=CounterName.POSTS_PUBLISHED, target=1),
            Objective(counter=CounterName.COMMENTS_POSTED, target=1),
            Objective(counter=CounterName.LIKES_GIVEN, target=1),
        ),
        reward=Reward(xp=20, points=10),
    ),
)
"""Those there are unless a rules file names others."""
