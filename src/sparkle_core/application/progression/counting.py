"""Counting what happened to people, and what that unlocks. Source: docs/contexts/achievements.md."""

from typing import Annotated

from attrs import frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.progression.advancing import Counted, advance
from sparkle_core.application.progression.unlocking import unlock_met
from sparkle_core.application.shared.xp import still_earning
from sparkle_core.domain.kernel.fields import Instant, Subject, UserId, Whole
from sparkle_core.domain.progression import PERSON_COUNTERS, CounterName, PersonCounters, ProgressionRules


@frozen(kw_only=True)
class Count(Command[int]):
    """Count one more of something for a person, or one fewer when it was `taken_back`; answers how many there are.

    `subject` says what it is, and `at` when it happened, for quests. What comes of it, unlocked
    achievements and quests that get on, is in the same transaction. The worker asks for it, under a
    key that the event gives, so that each event counts once.
    """

    user_id: UserId
    counter: CounterName
    subject: Subject
    at: Instant
    taken_back: bool = False


@frozen(kw_only=True)
class Reach(Command[int]):
    """Note how far a person came in something, such as days in a row; answers the farthest they ever did.

    What that unlocks is unlocked in the same transaction.
    """

    user_id: UserId
    counter: CounterName
    number: Annotated[int, Whole(1)]


@frozen(kw_only=True)
class UnlockDue(Command[int]):
    """Unlock what a person's counters and level have come to; answers how many achievements that were."""

    user_id: UserId


async def count(cmd: Count, work: Work, *, rules: ProgressionRules) -> int:
    before = await _held(work, cmd.user_id)
    counters = before.counted(cmd.counter, -1 if cmd.taken_back else 1)
    counters = await advance(work, rules, counters, Counted(cmd.counter, cmd.subject, cmd.at, cmd.taken_back))
    counters = work.save(PERSON_COUNTERS, counters)
    if not cmd.taken_back:
        await unlock_met(work, rules, counters, rules.asking_for(cmd.counter))
    return counters.counts[cmd.counter.value]


async def reach(cmd: Reach, work: Work, *, rules: ProgressionRules) -> int:
    before = await _held(work, cmd.user_id)
    counters = before.raised(cmd.counter, cmd.number)
    if counters is not before:
        counters = work.save(PERSON_COUNTERS, counters)
        await unlock_met(work, rules, counters, rules.asking_for(cmd.counter))
    return counters.counts[cmd.counter.value]


async def unlock_due(cmd: UnlockDue, work: Work, *, rules: ProgressionRules) -> int:
    return await unlock_met(work, rules, await _held(work, cmd.user_id), rules.achievements)


async def _held(work: Work, user_id: UserId) -> PersonCounters:
    """A person's counters, held: who counts at the same time takes turns. Raises `NotFound`, also for the erased."""
    await still_earning(work, user_id)
    return await work.store.hold(PERSON_COUNTERS, user_id) or PersonCounters(id=user_id)
