"""What claiming a quest's reward refuses."""

from typing import ClassVar

from attrs import define

from sparkle_core.domain.kernel.errors import Conflict


@define(eq=False, slots=False)
class QuestNotFinished(Conflict):
    """There is something left to do before this can be claimed."""

    code: ClassVar[str] = "quest_not_finished"


@define(eq=False, slots=False)
class QuestExpired(Conflict):
    """This could be claimed until `at`, and not any more."""

    code: ClassVar[str] = "quest_expired"
    at: str
