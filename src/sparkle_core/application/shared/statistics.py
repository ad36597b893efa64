"""The numbers on a public profile, counted in the transaction of what they count."""

from typing import Literal

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.accounts import STATISTICS
from sparkle_core.domain.kernel.fields import UserId

Statistic = Literal["posts", "followers", "following", "likes"]


async def likes_of(work: Work, user_id: UserId) -> int:
    """How many likes by others stand on what a person wrote."""
    return (await work.store.counts(STATISTICS, [user_id])).get((user_id, "likes"), 0)


def tally(work: Work, user_id: UserId, statistic: Statistic, by: int) -> None:
    """Add to one of a person's numbers."""
    work.store.bump(STATISTICS, user_id, statistic, by)
