"""Achievements as people see them. Source: docs/contexts/achievements.md."""

from collections.abc import Container, Sequence
from typing import Annotated

from attrs import frozen

from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.progression.unlocking import unlocked
from sparkle_core.application.shared.people import in_sight, reads_all_of
from sparkle_core.application.shared.xp import progress_of
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.rarity import Rarity
from sparkle_core.domain.progression import (
    PERSON_COUNTERS,
    Achievement,
    CounterName,
    ProgressionRules,
    Reward,
    Step,
    Unlock,
    steps,
)


@frozen(kw_only=True)
class AchievementView(Record):
    """An achievement as one person has it, or not yet.

    `percent` and `steps` say how far they are; both are empty for what somebody else has.
    """

    name: str
    title: str
    description: str
    rarity: Rarity
    hidden: bool
    reward: Reward
    unlocked_at: Instant | None
    percent: Annotated[int, Whole(0, 100)] | None
    steps: tuple[Step, ...]


@frozen(kw_only=True)
class AchievementsOf(Query[tuple[AchievementView, ...]]):
    """What a person has achieved; for themselves and moderators, also what they can achieve, and how far they are.

    At most 200, those unlocked first, newest first. A hidden one is not there until it is unlocked; what others have
    of those, only who has it too and moderators see. Raises `NotFound`, also for who is not shown to others; to
    themselves and moderators they are.
    """

    user_id: UserId


async def achievements_of(query: AchievementsOf, work: Work, *, rules: ProgressionRules) -> tuple[AchievementView, ...]:
    await in_sight(work, query.user_id)
    had = await unlocked(work, query.user_id, rules.achievements)
    have = sorted((a for a in rules.achievements if a.name in had), key=lambda a: had[a.name].at, reverse=True)
    if not reads_all_of(work, query.user_id):  # what somebody buys and whom they tip is not told
        known = await _known(work, [a for a in have if a.hidden])
        return tuple(_view(a, had[a.name], None) for a in have if not a.hidden or a.name in known)
    progress = await progress_of(work, query.user_id)
    counters = await work.store.get(PERSON_COUNTERS, query.user_id)
    counts = {**(counters.counts if counters else {}), CounterName.LEVEL.value: progress.paid_level}
    lacking = [a for a in rules.achievements if a.name not in had and not a.hidden]
    return tuple(_view(a, had.get(a.name), counts) for a in (*have, *lacking))


async def _known(work: Work, hidden: Sequence[Achievement]) -> Container[str]:
    """Which of some hidden achievements the caller has too."""
    viewer = work.actor.user_id
    return await unlocked(work, viewer, hidden) if hidden and viewer is not None else ()


def _view(achievement: Achievement, unlock: Unlock | None, counts: dict[str, int] | None) -> AchievementView:
    criterion = achievement.criterion
    return AchievementView(
        name=achievement.name,
        title=achievement.title,
        description=achievement.description,
        rarity=achievement.rarity,
        hidden=achievement.hidden,
        reward=achievement.reward,
        unlocked_at=unlock.at if unlock else None,
        percent=None if counts is None else 100 if unlock else criterion.percent(counts),
        steps=() if counts is None else steps(criterion, counts),
    )
