"""Quests getting on as things are counted; goals that everybody works at. Source: docs/contexts/quests.md.

Whoever comes here holds the person's counters, which guard all that is counted of the person.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.xp import level_of
from sparkle_core.domain.kernel.fields import Instant, UserId
from sparkle_core.domain.kernel.stored import within
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import CALENDARS, CounterName, PersonCounters, ProgressionRules
from sparkle_core.domain.progression.clocks import PersonClock
from sparkle_core.domain.progression.quests import (
    GOAL_COUNTS,
    GOALS_REACHED,
    QUEST_PROGRESS,
    SHARDS,
    CommunityGoalReached,
    GoalReached,
    Period,
    Quest,
    QuestKind,
    QuestProgress,
)


@frozen
class Counted:
    """One thing that counts, or not any more."""

    counter: CounterName
    subject: str
    at: Instant
    taken_back: bool


async def advance(work: Work, rules: ProgressionRules, counters: PersonCounters, counted: Counted) -> PersonCounters:
    """Count a thing in the quests that ask for it and ran at its instant for this person.

    Answers the counters with the person's latest day, to be saved by whoever holds them.
    """
    quests = rules.quests_about(counted.counter)
    clock = await clock_of(work, rules, counters, quests)
    running = running_at(quests, clock, counted.at)
    if not counted.taken_back:
        running = await open_to(work, counters, running)
    ids = [QuestProgress.id_of(counters.id, quest.name, period.key) for quest, period in running]
    rows = await work.store.get_many(QUEST_PROGRESS, ids) if ids else {}
    for id, (quest, period) in zip(ids, running, strict=True):
        before = rows.get(id) or QuestProgress.begun(counters.id, quest, period)
        if counted.taken_back:
            after = before.without(counted.counter, counted.subject)
        else:
            after = before.with_one(quest, counted.counter, counted.subject, period, counted.at)
        if after is not before:
            await _save(work, quest, period, before, after)
    by_days = any(quest.kind.by_civil_days for quest, _ in running)
    return counters.on_day(clock.day(counted.at).date.toordinal()) if by_days else counters


async def clock_of(
    work: Work, rules: ProgressionRules, counters: PersonCounters, quests: Sequence[Quest]
) -> PersonClock:
    """A person's clock, as far as some quests need it."""
    zone = "UTC"
    if any(quest.kind.by_civil_days for quest in quests):
        calendar = await work.store.get(CALENDARS, counters.id)
        zone = calendar.time_zone if calendar is not None else zone
    return PersonClock(time_zone=zone, starts_at_hour=rules.day_starts_at_hour, latest=counters.latest_day)


def running_at(quests: Sequence[Quest], clock: PersonClock, at: Instant) -> list[tuple[Quest, Period]]:
    """Those of some quests that run at an instant, each with its period by the person's clock."""
    periods = [(quest, quest.period_at(at, clock)) for quest in quests]
    return [(quest, period) for quest, period in periods if period is not None]


async def open_to(
    work: Work, counters: PersonCounters, running: list[tuple[Quest, Period]]
) -> list[tuple[Quest, Period]]:
    """Those whose prerequisites a person meets."""
    if any(quest.min_level > 1 for quest, _ in running):
        level = await level_of(work, counters.id)
        running = [(quest, period) for quest, period in running if quest.min_level <= level]
    return [(quest, period) for quest, period in running if set(counters.claimed).issuperset(quest.requires)]


async def _save(work: Work, quest: Quest, period: Period, before: QuestProgress, after: QuestProgress) -> None:
    work.save(QUEST_PROGRESS, after)
    if quest.kind is QuestKind.COMMUNITY:
        await _add_to_goal(work, quest, period.key, after.user_id, len(after.counted) - len(before.counted))
    if after.finished_at is not None:
        await tell_finished(work, quest, after)


async def tell_finished(work: Work, quest: Quest, row: QuestProgress) -> None:
    """Say that there is something to claim."""
    facts = {"quest": quest.name, "title": quest.title, "period": str(row.period)}
    subject = f"quest:{quest.name}:{row.period}"
    await notify(work, row.user_id, NotificationType.QUEST, subject, facts, fresh=True)


async def _add_to_goal(work: Work, quest: Quest, period: int, user_id: UserId, by: int) -> None:
    """Add to what everybody has done, on the person's shard; a goal once reached stays so."""
    goal = quest.goal_id(period)
    if goal in await reached(work, [goal]):
        return
    work.store.bump(GOAL_COUNTS, goal, f"{user_id.int % SHARDS:02}", by)
    if by > 0:
        await has_reached(work, quest, period)


async def has_reached(work: Work, quest: Quest, period: int) -> bool:
    """Whether a goal is reached; noted for good by who sees it first.

    Two who add the last parts at the same time may both not see it. Then the next who adds does, or
    the first who claims.
    """
    goal = quest.goal_id(period)
    if goal in await reached(work, [goal]):
        return True
    if (await totals(work, [goal]))[goal] < quest.objectives[0].target:
        return False
    work.store.append(GOALS_REACHED, GoalReached(id=goal, at=work.now))
    work.record(CommunityGoalReached(goal_id=goal, what=quest.name, period=period))
    return True


async def reached(work: Work, goals: Sequence[UUID]) -> set[UUID]:
    """Which of at most 200 goals were reached."""
    return {row.id for row in await work.store.page(GOALS_REACHED, within("id", goals))} if goals else set()


async def totals(work: Work, goals: Iterable[UUID]) -> dict[UUID, int]:
    """What everybody together has done for some goals."""
    found = dict.fromkeys(goals, 0)
    for (goal, _), number in (await work.store.counts(GOAL_COUNTS, found)).items():
        found[goal] += number
    return found
