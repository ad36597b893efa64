"""Quests getting on as things are counted. Source: docs/contexts/quests.md.

Whoever comes here holds the person's counters, which guard all that is counted of the person.
"""

from collections.abc import Sequence

from attrs import frozen

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.progression.goals import add_to_goal, tell_finished
from sparkle_core.application.shared.xp import level_of
from sparkle_core.domain.kernel.fields import Instant
from sparkle_core.domain.progression import CALENDARS, CounterName, PersonCounters, ProgressionRules
from sparkle_core.domain.progression.clocks import PersonClock
from sparkle_core.domain.progression.quests import (
    QUEST_PROGRESS,
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
    return counters.on_day(clock.day(counted.at).date.toordinal(), counted.at) if by_days else counters


async def clock_of(
    work: Work, rules: ProgressionRules, counters: PersonCounters, quests: Sequence[Quest]
) -> PersonClock:
    """A person's clock, as far as some quests need it."""
    zone = "UTC"
    if any(quest.kind.by_civil_days for quest in quests):
        calendar = await work.store.get(CALENDARS, counters.id)
        zone = calendar.time_zone if calendar is not None else zone
    return PersonClock(
        time_zone=zone,
        starts_at_hour=rules.day_starts_at_hour,
        latest=counters.latest_day,
        latest_at=counters.latest_at,
    )


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
        await add_to_goal(work, quest, after, len(after.counted) - len(before.counted))
    if after.finished_at is not None:
        await tell_finished(work, quest, after, fresh=True)
