"""What moderation is about."""

from enum import Enum
from uuid import UUID


class TargetType(Enum):
    """What can be reported, held and decided on."""

    POST = "POST"
    COMMENT = "COMMENT"
    PERSON = "PERSON"

    @property
    def is_content(self) -> bool:
        """Whether it can be taken down; a person is warned, suspended or banned instead."""
        return self is not TargetType.PERSON


class Scope(Enum):
    """Which texts a rule judges."""

    POST = "POST"
    COMMENT = "COMMENT"
    BIO = "BIO"
    NAME = "NAME"

    @property
    def longest(self) -> int:
        """The most characters such a text can have; a rule that needs more can never fire."""
        return {"POST": 200_000, "COMMENT": 10_000, "BIO": 5_000, "NAME": 100}[self.value]


def key_of(type: TargetType, id: UUID) -> str:
    """A target as one short text, for unique keys."""
    return f"{type.value}:{id}"
