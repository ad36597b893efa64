"""Quests as people see them, and claiming what they give. Source: docs/contexts/quests.md."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.progression.advancing import clock_of, open_to, running_at
from sparkle_core.application.progression.goals import has_reached, reached, totals
from sparkle_core.application.shared.people import own_business
from sparkle_core.application.shared.rewards import give_reward
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.stored import Order, eq, gt
from sparkle_core.domain.progression import (
    PERSON_COUNTERS,
    CounterName,
    PersonCounters,
    ProgressionRules,
    Reward,
    Rewarded,
)
from sparkle_core.domain.progression.quest_errors import QuestNotFinished
from sparkle_core.domain.progression.quests import (
    QUEST_CLAIMS,
    QUEST_PROGRESS,
    Quest,
    QuestClaim,
    QuestKind,
    QuestProgress,
)
from sparkle_core.domain.progression.rewards import Name


class QuestState(Enum):
    """LOCKED: something else comes first. FINISHED: the reward can be claimed."""

    LOCKED = "LOCKED"
    OPEN = "OPEN"
    FINISHED = "FINISHED"
    CLAIMED = "CLAIMED"


@frozen(kw_only=True)
class ObjectiveView(Record):
    """One objective: what somebody has of what they need. For a community's, what they added at most."""

    counter: CounterName
    have: int
    need: int


@frozen(kw_only=True)
class QuestView(Record):
    """A quest in one period, as it stands for one person.

    `period` names it when claiming. `ends_at`: until when things count, on the person's clock now;
    None for no end, and for a period that is over. `expires_at`: until when the reward can be claimed,
    once something counted. `together`: what everybody did of a community's goal, and how much it is.
    """

    name: str
    title: str
    description: str
    kind: QuestKind
    period: int
    state: QuestState
    objectives: tuple[ObjectiveView, ...]
    together: ObjectiveView | None
    requires: tuple[str, ...]
    min_level: int
    reward: Reward
    ends_at: Instant | None
    expires_at: Instant | None
    claimed_at: Instant | None


@frozen(kw_only=True)
class QuestsOf(Query[tuple[QuestView, ...]]):
    """The quests that run for a person now, as the rules list them, then earlier ones that they can still claim.

    One's own, or anybody's for moderators. Raises `Forbidden`, `NotFound`.
    """

    user_id: UserId


@frozen(kw_only=True)
class ClaimQuest(Command[QuestView]):
    """Take what a finished quest gives, once. `period`: which one, by default the one that runs now.

    A repeat changes nothing and answers how it stands. Raises `NotFound`, `QuestNotFinished`, `QuestExpired`.
    """

    quest: Name
    period: Annotated[int, Whole(0, 10_000_000)] | None = None


@frozen
class _Shown:
    """A period of a quest with what a person has done in it."""

    quest: Quest
    period: int
    row: QuestProgress | None
    ends_at: Instant | None = None
    locked: bool = False

    @property
    def goal(self) -> UUID | None:
        return self.quest.goal_id(self.period) if self.quest.kind is QuestKind.COMMUNITY else None


async def quests_of(query: QuestsOf, work: Work, *, rules: ProgressionRules) -> tuple[QuestView, ...]:
    await own_business(work, query.user_id)
    counters = await work.store.get(PERSON_COUNTERS, query.user_id) or PersonCounters(id=query.user_id)
    running = await _running(work, rules, counters)
    earlier = await _earlier(work, rules, query.user_id, {(s.quest.name, s.period) for s in running})
    views = await _views(work, [*running, *earlier])
    return (*views[: len(running)], *(v for v in views[len(running) :] if v.state is QuestState.FINISHED))


async def _running(work: Work, rules: ProgressionRules, counters: PersonCounters) -> list[_Shown]:
    running = running_at(rules.quests, await clock_of(work, rules, counters, rules.quests), work.now)
    unlocked = {quest.name for quest, _ in await open_to(work, counters, running)}
    ids = [QuestProgress.id_of(counters.id, quest.name, period.key) for quest, period in running]
    rows = await work.store.get_many(QUEST_PROGRESS, ids)
    return [
        _Shown(quest, period.key, rows.get(id), period.ends_at, quest.name not in unlocked)
        for id, (quest, period) in zip(ids, running, strict=True)
    ]


async def _earlier(work: Work, rules: ProgressionRules, user_id: UserId, running: set[tuple[str, int]]) -> list[_Shown]:
    """What is over and can still be claimed, of at most 200 periods."""
    waiting = (eq("user_id", user_id), eq("claimed_at", None), gt("expires_at", work.now))
    rows = await work.store.find(QUEST_PROGRESS, *waiting, order=Order("expires_at"))
    quests = {quest.name: quest for quest in rules.quests}
    return [
        _Shown(quests[row.quest], row.period, row)
        for row in rows
        if row.quest in quests and (row.quest, row.period) not in running
    ]


async def _views(work: Work, shown: list[_Shown]) -> list[QuestView]:
    goals = sorted({s.goal for s in shown if s.goal is not None})
    counts, done = await totals(work, goals), await reached(work, goals)
    return [_view(s, None if s.goal is None else counts[s.goal], reached=s.goal in done) for s in shown]


def _view(shown: _Shown, total: int | None, *, reached: bool) -> QuestView:
    quest, row = shown.quest, shown.row
    together = None
    if total is not None:
        goal = quest.objectives[0]
        together = ObjectiveView(counter=goal.counter, have=max(total, goal.target * reached), need=goal.target)
    return QuestView(
        name=quest.name,
        title=quest.title,
        description=quest.description,
        kind=quest.kind,
        period=shown.period,
        state=_state(shown, together),
        objectives=tuple(
            ObjectiveView(counter=o.counter, have=row.have(o.counter) if row else 0, need=quest.most_of(o))
            for o in quest.objectives
        ),
        together=together,
        requires=quest.requires,
        min_level=quest.min_level,
        reward=quest.reward,
        ends_at=shown.ends_at,
        expires_at=row.expires_at if row else None,
        claimed_at=row.claimed_at if row else None,
    )


def _state(shown: _Shown, together: ObjectiveView | None) -> QuestState:
    row = shown.row
    if row is not None and row.claimed_at is not None:
        return QuestState.CLAIMED
    all_did = together is not None and together.have >= together.need
    if row is not None and row.is_finished(shown.quest, together=all_did):
        return QuestState.FINISHED
    return QuestState.LOCKED if shown.locked else QuestState.OPEN


async def claim_quest(cmd: ClaimQuest, work: Work, *, rules: ProgressionRules) -> QuestView:
    """The person's counters are the guard: claims at once take turns, and nothing is counted meanwhile."""
    quest = found(rules.quest_named(cmd.quest), "quest")
    counters = await work.store.hold(PERSON_COUNTERS, work.user_id)
    if counters is None:
        raise QuestNotFinished
    period = cmd.period if cmd.period is not None else await _current(work, rules, quest, counters)
    row = await work.store.get(QUEST_PROGRESS, QuestProgress.id_of(work.user_id, quest.name, period))
    if row is None:
        raise QuestNotFinished
    together = quest.kind is QuestKind.COMMUNITY and await has_reached(work, quest, period)
    claimed = row.claimed(finished=row.is_finished(quest, together=together), now=work.now)
    if claimed is not row:
        await _give(work, rules, quest, claimed, counters)
    (view,) = await _views(work, [_Shown(quest, period, claimed)])
    return view


async def _give(
    work: Work, rules: ProgressionRules, quest: Quest, row: QuestProgress, counters: PersonCounters
) -> None:
    work.save(QUEST_PROGRESS, row)
    known = counters.having_claimed(quest.name)
    if known is not counters:
        work.save(PERSON_COUNTERS, known)
    claim = QuestClaim(id=row.id, user_id=row.user_id, quest=quest.name, period=row.period, at=work.now)
    work.store.append(QUEST_CLAIMS, claim)
    subject = f"{quest.name}:{row.period}"
    await give_reward(
        work, rules, row.user_id, quest.reward, rewarded=Rewarded.QUEST, subject=subject, source_id=row.id
    )


async def _current(work: Work, rules: ProgressionRules, quest: Quest, counters: PersonCounters) -> int:
    """The period that runs now; the only one of a quest that has one. Raises `NotFound`."""
    running = quest.period_at(work.now, await clock_of(work, rules, counters, [quest]))
    if running is not None:
        return running.key
    if quest.kind.by_civil_days or quest.repeat_days is not None:
        raise NotFound("quest that runs now; say which period")
    return 0
