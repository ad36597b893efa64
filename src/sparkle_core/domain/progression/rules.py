"""The numbers of progression, as data. Source: docs/contexts/progression.md."""

from typing import Annotated

from attrs import Factory, frozen

from sparkle_core.domain.kernel.fields import Record, Whole
from sparkle_core.domain.progression.curves import ArithmeticCurve, LevelConfig

Xp = Annotated[int, Whole(1, 1_000_000)]
"""One award: 1 to 1,000,000."""


@frozen(kw_only=True)
class Awards(Record):
    """XP for what people do, by source."""

    account_created: Xp = 10
    email_verified: Xp = 20
    post_published: Xp = 20
    comment_posted: Xp = 5
    like_received: Xp = 2
    answer_accepted: Xp = 25


@frozen(kw_only=True)
class ProgressionRules(Record):
    """The curve, the awards, and what a level pays: level × `points_per_level` SPARKLE."""

    curve: LevelConfig = Factory(ArithmeticCurve)
    awards: Awards = Factory(Awards)
    points_per_level: Annotated[int, Whole(0, 1_000_000)] = 10
