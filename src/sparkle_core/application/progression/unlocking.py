"""Unlocking achievements: once each, with what they give, in one transaction. Source: docs/contexts/achievements.md."""

from collections.abc import Iterable

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.rewards import give_reward
from sparkle_core.application.shared.xp import progress_of
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import eq, within
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import (
    UNLOCKS,
    Achievement,
    AchievementUnlocked,
    CounterName,
    PersonCounters,
    ProgressionRules,
    Rewarded,
    Unlock,
)


async def unlock_met(
    work: Work, rules: ProgressionRules, counters: PersonCounters, candidates: Iterable[Achievement]
) -> int:
    """Unlock those of some achievements whose criterion a person meets; answers how many were not unlocked before.

    Whoever calls holds the person's counters.
    """
    candidates = tuple(candidates)
    counts = dict(counters.counts)
    if any(CounterName.LEVEL in a.asks_for for a in candidates):
        progress = await progress_of(work, counters.id)
        counts[CounterName.LEVEL.value] = progress.paid_level
    met = [a for a in candidates if a.criterion.met_by(counts)]
    if not met:
        return 0
    had = await unlocked(work, counters.id, met)
    fresh = [a for a in met if a.name not in had]
    for achievement in fresh:
        await _unlock(work, rules, counters.id, achievement)
    return len(fresh)


async def unlocked(work: Work, user_id: UserId, among: Iterable[Achievement]) -> dict[str, Unlock]:
    """Those of some achievements, at most 200, that a person has, by name."""
    theirs = (eq("user_id", user_id), within("achievement", [a.name for a in among]))
    return {row.achievement: row for row in await work.store.page(UNLOCKS, *theirs)}


async def _unlock(work: Work, rules: ProgressionRules, user_id: UserId, achievement: Achievement) -> None:
    name = achievement.name
    row = Unlock(id=Unlock.id_of(user_id, name), user_id=user_id, achievement=name, at=work.now)
    work.store.append(UNLOCKS, row)
    work.record(AchievementUnlocked(user_id=user_id, what=name))
    await give_reward(
        work, rules, user_id, achievement.reward, rewarded=Rewarded.ACHIEVEMENT, subject=name, source_id=row.id
    )
    facts = {"achievement": name, "title": achievement.title, "rarity": achievement.rarity.value}
    await notify(work, user_id, NotificationType.ACHIEVEMENT, f"achievement:{name}", facts, fresh=True)
