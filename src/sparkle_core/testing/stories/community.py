"""What a story needs of a composition. What `sparkle_bootstrap` makes is one, with a seeded world and a mailbox."""

from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable

from sparkle_core.application.kernel.dispatcher import Outcome
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.actors import ANONYMOUS, Actor, Origin
from sparkle_core.ports.mail import Letter
from sparkle_core.ports.store import Store
from sparkle_core.ports.world import Moment, World

R = TypeVar("R")


@runtime_checkable
class SteppedWorld(Protocol):
    """A world in which time passes when it is told to, and whose ids and codes follow from a seed."""

    @property
    def now(self) -> datetime: ...

    def moment(self) -> Moment: ...

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        ...


class Letters(Protocol):
    """Where mail goes: every letter so far, in order."""

    @property
    def letters(self) -> Sequence[Letter]: ...


class Community(Protocol):
    """A community on one store: commands and queries, the worker's part, and what it keeps.

    Communities that are told one story are to be made alike: one seed, one key, the same rules, a fast
    hasher, and events acted on by `drain` alone. Only then do they answer alike, to the last id.
    """

    @property
    def store(self) -> Store: ...

    @property
    def rules(self) -> Rules: ...

    @property
    def world(self) -> World:
        """A `SteppedWorld`, or the story is refused."""
        ...

    @property
    def mailbox(self) -> Letters: ...

    async def call(
        self, request: Any, *, actor: Actor = ANONYMOUS, origin: Origin | None = None, key: str | None = None
    ) -> Outcome:
        """Run a command or query. Raises its refusals."""
        ...

    async def drain(self) -> int:
        """Act on every event that is due, and on what that brings about; answers how many."""
        ...

    async def seal(self) -> int:
        """Seal the transfers that wait; answers how many were sealed."""
        ...

    async def chain_audit(self) -> int:
        """Chain the entries of the audit log that wait; answers how many were chained."""
        ...

    def run_coroutine(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Run any coroutine of these to its end, from code without an event loop."""
        ...
