"""Goals that everybody works at: adding, seeing that one is reached, telling. Source: docs/contexts/quests.md."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.notifications import notify
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import Order, eq, within
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import ProgressionRules
from sparkle_core.domain.progression.quests import (
    GOAL_COUNTS,
    GOALS_REACHED,
    QUEST_PROGRESS,
    SHARDS,
    CommunityGoalAnnounced,
    CommunityGoalNeared,
    CommunityGoalReached,
    GoalReached,
    Quest,
    QuestKind,
    QuestProgress,
)
from sparkle_core.domain.progression.rewards import Name

TOLD_AT_ONCE = 100
"""So many people are told of a goal in one transaction."""


@frozen(kw_only=True)
class SeeGoal(Command[None]):
    """Look again whether a goal is reached, now that what others added at once is there too; tell who added if so."""

    user_id: UserId
    quest: Name
    period: int


@frozen(kw_only=True)
class TellOfGoal(Command[None]):
    """Tell those who took part that there is something to claim: at most 100, by the ids of their rows `after` one."""

    quest: Name
    period: int
    after: UUID | None = None


async def see_goal(cmd: SeeGoal, work: Work, *, rules: ProgressionRules) -> None:
    quest = rules.quest_named(cmd.quest)
    if quest is None or quest.kind is not QuestKind.COMMUNITY or not await has_reached(work, quest, cmd.period):
        return
    row = await work.store.get(QUEST_PROGRESS, QuestProgress.id_of(cmd.user_id, cmd.quest, cmd.period))
    if row is not None and row.counted:
        await tell_finished(work, quest, row)


async def tell_of_goal(cmd: TellOfGoal, work: Work, *, rules: ProgressionRules) -> None:
    quest = rules.quest_named(cmd.quest)
    if quest is None:
        return
    same = (eq("quest", cmd.quest), eq("period", cmd.period))
    after = (cmd.after, cmd.after) if cmd.after else None
    rows = await work.store.find(QUEST_PROGRESS, *same, order=Order("id"), after=after, limit=TOLD_AT_ONCE)
    for row in rows:
        if row.counted and row.claimed_at is None:
            await tell_finished(work, quest, row)
    if len(rows) == TOLD_AT_ONCE:
        goal = quest.goal_id(cmd.period)
        work.record(CommunityGoalAnnounced(goal_id=goal, what=quest.name, period=cmd.period, after=rows[-1].id))


async def tell_finished(work: Work, quest: Quest, row: QuestProgress, *, fresh: bool = False) -> None:
    """Say that there is something to claim, once. `fresh`: it cannot have been said yet."""
    facts = {"quest": quest.name, "title": quest.title, "period": str(row.period)}
    await notify(work, row.user_id, NotificationType.QUEST, f"quest:{quest.name}:{row.period}", facts, fresh=fresh)


async def add_to_goal(work: Work, quest: Quest, row: QuestProgress, by: int) -> None:
    """Add to what everybody has done, on the person's shard. A goal once reached stays so: who joins in is told.

    Two who add the last parts at once do not see each other's: near the end, somebody looks again when both are there.
    Whoever adds holds a shard until they are done, so that at most one part on each other shard is not seen.
    """
    goal = quest.goal_id(row.period)
    if goal in await reached(work, [goal]):
        if len(row.counted) == by:
            await tell_finished(work, quest, row)
        return
    work.store.bump(GOAL_COUNTS, goal, f"{row.user_id.int % SHARDS:02}", by)
    if by > 0:
        missing = quest.objectives[0].target - (await totals(work, [goal]))[goal]
        if missing <= 0:
            _reach(work, quest, row.period)
        elif missing < SHARDS:
            work.record(CommunityGoalNeared(user_id=row.user_id, goal_id=goal, what=quest.name, period=row.period))


async def has_reached(work: Work, quest: Quest, period: int) -> bool:
    """Whether a goal is reached; noted for good by who sees it first."""
    goal = quest.goal_id(period)
    if goal in await reached(work, [goal]):
        return True
    if (await totals(work, [goal]))[goal] < quest.objectives[0].target:
        return False
    _reach(work, quest, period)
    return True


def _reach(work: Work, quest: Quest, period: int) -> None:
    goal = quest.goal_id(period)
    work.store.append(GOALS_REACHED, GoalReached(id=goal, at=work.now))
    work.record(CommunityGoalReached(goal_id=goal, what=quest.name, period=period))


async def reached(work: Work, goals: Sequence[UUID]) -> set[UUID]:
    """Which of at most 200 goals were reached."""
    return {row.id for row in await work.store.page(GOALS_REACHED, within("id", goals))} if goals else set()


async def totals(work: Work, goals: Iterable[UUID]) -> dict[UUID, int]:
    """What everybody together has done for some goals."""
    found = dict.fromkeys(goals, 0)
    for (goal, _), number in (await work.store.counts(GOAL_COUNTS, found)).items():
        found[goal] += number
    return found
