"""What moderation refuses, with its facts."""

from typing import ClassVar
from uuid import UUID

from attrs import define

from sparkle_core.domain.kernel.errors import Category, Conflict, Forbidden, SparkleError


@define(eq=False, slots=False)
class ContentBlocked(SparkleError):
    """A rule of the community does not allow this text."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "content_blocked"
    reason: str

    def message(self) -> str:
        return self.reason


@define(eq=False, slots=False)
class AlreadyReported(Conflict):
    """You reported this already; a moderator will look at it."""

    code: ClassVar[str] = "already_reported"
    report_id: UUID


@define(eq=False, slots=False)
class OwnContent(Forbidden):
    """You cannot report yourself or what is your own; delete it instead."""

    code: ClassVar[str] = "own_content"


@define(eq=False, slots=False)
class AlreadyClaimed(Conflict):
    """Another moderator is looking at it."""

    code: ClassVar[str] = "already_claimed"
    by: UUID
    until: str

    def message(self) -> str:
        return f"Another moderator is looking at it until {self.until}."


@define(eq=False, slots=False)
class AlreadyDecided(Conflict):
    """It has been decided."""

    code: ClassVar[str] = "already_decided"


@define(eq=False, slots=False)
class ConflictOfInterest(Forbidden):
    """Somebody else must judge this."""

    code: ClassVar[str] = "conflict_of_interest"
    because: str

    def message(self) -> str:
        return f"Somebody else must judge this: {self.because}."


@define(eq=False, slots=False)
class AlreadyAppealed(Conflict):
    """This decision was appealed already; there is one appeal each."""

    code: ClassVar[str] = "already_appealed"


@define(eq=False, slots=False)
class TooLateToAppeal(Conflict):
    """The time to appeal is over."""

    code: ClassVar[str] = "too_late_to_appeal"
    until: str

    def message(self) -> str:
        return f"This decision could be appealed until {self.until}."


@define(eq=False, slots=False)
class NothingToAppeal(Conflict):
    """There is nothing in this decision to appeal against."""

    code: ClassVar[str] = "nothing_to_appeal"
