"""What achievements and quests give, in the transaction that earned it. Source: docs/contexts/achievements.md."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.things import give
from sparkle_core.application.shared.wallets import issued, pay
from sparkle_core.application.shared.xp import grant_xp
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import ProgressionRules, Reward, Rewarded


async def give_reward(
    work: Work,
    rules: ProgressionRules,
    user_id: UserId,
    reward: Reward,
    *,
    rewarded: Rewarded,
    subject: str,
    source_id: UUID,
) -> None:
    """XP, points and an item to a person, once per what is `rewarded` and `subject`: both name the XP and the transfer.

    `source_id`: what the item is said to have come from. Whoever calls sees to it that this is not
    done twice; should they fail, the XP and the transfer are there once all the same. Raises
    `NotFound` for nobody.
    """
    rule = rewarded.value
    if reward.xp:
        await grant_xp(work, rules, user_id, reward.xp, rule, subject)
    if reward.points:
        transfer = issued(
            work,
            user_id,
            reward.points,
            rule=rule,
            key=f"{user_id}:{subject}",
            kind=rule,
            reference=f"{rule}:{subject}",
        )
        await pay(work, transfer)
    if reward.item is not None:
        await give(work, reward.item, user_id, source_id)
