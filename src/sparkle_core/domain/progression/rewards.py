"""What achievements and quests give. Source: docs/contexts/achievements.md."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.fields import Record, Text, Whole

Name = Annotated[str, Text(1, 50)]
"""What rules call something, and rows refer to: lower-case letters, digits, - and _."""
Title = Annotated[str, Text(1, 80)]
Description = Annotated[str, Text(0, 300)]


@frozen(kw_only=True)
class Reward(Record):
    """Up to 1,000,000 XP, up to 1,000,000,000 SPARKLE, and one of an item of the store."""

    xp: Annotated[int, Whole(0, 1_000_000)] = 0
    points: Annotated[int, Whole(0, 1_000_000_000)] = 0
    item: UUID | None = None


class Rewarded(Enum):
    """What a reward is for: the source of its XP and the kind of its transfer."""

    ACHIEVEMENT = "achievement"
    QUEST = "quest"


def misnamed(name: str) -> bool:
    """Whether a name has anything but lower-case letters, digits, - and _."""
    return not (name.isascii() and name.replace("-", "").replace("_", "").isalnum() and name == name.lower())
