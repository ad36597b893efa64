"""What content refuses."""

from typing import ClassVar

from attrs import define

from sparkle_core.domain.kernel.errors import Conflict, Forbidden


@define(eq=False, slots=False)
class NotOpen(Conflict):
    """It is not visible to everybody, so nobody can react to it or answer it."""

    code: ClassVar[str] = "not_open"
    what: str
    moderation: str

    def message(self) -> str:
        state = "waits for moderators" if self.moderation == "HELD" else "was taken down by moderators"
        return f"This {self.what} {state}: until it is visible, nobody can react to it or answer it."


@define(eq=False, slots=False)
class ContentRemoved(Forbidden):
    """Moderators took this down, so it cannot be edited; appeal their decision instead."""

    code: ClassVar[str] = "content_removed"


@define(eq=False, slots=False)
class TooDeep(Conflict):
    """Replies nest `limit` deep at most: reply further up."""

    code: ClassVar[str] = "too_deep"
    limit: int

    def message(self) -> str:
        return f"Replies nest {self.limit} deep at most: reply further up."


@define(eq=False, slots=False)
class NotAQuestion(Conflict):
    """Only a QUESTION has an accepted answer; this is another kind of post."""

    code: ClassVar[str] = "not_a_question"
    kind: str

    def message(self) -> str:
        return f"Only a QUESTION has an accepted answer; this is of the kind {self.kind}."
