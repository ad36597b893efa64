"""What a handler works with inside its transaction, and a prepare before it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from attrs import field, frozen, mutable

from sparkle_core.domain.kernel.actors import Actor, Origin, Standing
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import NotFound, VersionMismatch
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.ports.ledger import Ledger
from sparkle_core.ports.store import Records, Store
from sparkle_core.ports.world import Moment

A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")


NOW = timedelta(0)
NOTHING: Mapping[str, str] = {}


@frozen
class Recorded:
    """An event of this transaction, the version it made, and how long to wait before acting on it."""

    event: Event
    version: int
    delay: timedelta = NOW


@frozen
class Note:
    """What is written down of a command: on whom it acted, and what it changed there, from what to what."""

    subject: UUID | None
    before: Mapping[str, str]
    after: Mapping[str, str]


@mutable
class Work:
    """One command's transaction: the store's records, the ledger, the events, the instant, new ids.

    Nothing here can wait on the world outside the transaction.
    """

    store: Records
    ledger: Ledger
    moment: Moment
    actor: Actor
    standing: Standing | None
    origin: Origin | None
    key: str | None
    events: list[Recorded] = field(factory=list)
    keyed: list[tuple[Kind[Any], Aggregate]] = field(factory=list)
    notes: list[Note] = field(factory=list)
    saved: set[tuple[str, UUID]] = field(factory=set)
    along: Any = None
    """What the use case's own `standing` has read besides."""

    @property
    def now(self) -> datetime:
        return self.moment.now

    def new_id(self) -> UUID:
        return self.moment.new_id()

    @property
    def user_id(self) -> UserId:
        """The person who calls; a use case whose permission nobody else has may rely on it."""
        if self.actor.user_id is None:
            raise NotFound("person behind this call")
        return self.actor.user_id

    def save(self, kind: Kind[A], aggregate: A) -> A:
        """Save and move the events it recorded to the outbox; answers it at its next version."""
        saved = self.store.save(kind, aggregate)
        self.saved.add((kind.name, saved.id))
        for event in aggregate.recorded:
            self.events.append(Recorded(event, saved.version))
        if kind.sealed or kind.peppered:
            self.keyed.append((kind, saved))
        return saved

    def note(
        self, subject: UUID | None, before: Mapping[str, str] = NOTHING, after: Mapping[str, str] = NOTHING
    ) -> None:
        """Have this command in the audit log, whoever called: it is one that security looks at."""
        self.notes.append(Note(subject, before, after))

    def record(self, event: Event, *, delay: timedelta = NOW) -> None:
        """Record an event that no aggregate's verb recorded, to be acted on after a delay."""
        self.events.append(Recorded(event, 0, delay))


@mutable
class Preparation:
    """What a prepare gets: the store to read from, the moment, who calls, from where and under which key."""

    store: Store
    moment: Moment
    actor: Actor
    origin: Origin | None
    key: str | None = None

    @property
    def now(self) -> datetime:
        return self.moment.now


def found(thing: T | None, what: str) -> T:
    """The thing, or `NotFound(what)`."""
    if thing is None:
        raise NotFound(what)
    return thing


def at_version(thing: A, expected: int | None) -> A:
    """The thing, when the caller named no version or the right one; else `VersionMismatch`."""
    if expected is not None and expected != thing.version:
        raise VersionMismatch(expected=expected, actual=thing.version)
    return thing
