"""Aggregates: frozen values with an id, a version and the events their verbs recorded."""

from typing import Any, Self
from uuid import UUID

from attrs import field, frozen

from sparkle_core.domain.kernel.copying import COPY, NEXT_VERSION
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Record


@frozen(kw_only=True)
class Aggregate(Record):
    """A versioned thing. `version` 0 is not stored yet; the store counts it up, nobody else.

    Verbs return a new value; `recorded` holds their events until the store's flush moves them
    to the outbox in the same transaction.
    """

    id: UUID
    version: int = 0
    recorded: tuple[Event, ...] = field(default=(), eq=False, repr=False)

    def then(self, *events: Event, **changes: Any) -> Self:
        """This with changes made and events recorded. Raises `Invalid` for what it may not become."""
        made: Self = COPY[type(self)](self, recorded=self.recorded + events, **changes)
        made.__attrs_post_init__()
        return made

    def as_stored(self) -> Self:
        """This at its next version, its events moved on: what a store holds after saving it."""
        stored: Self = NEXT_VERSION[type(self)](self)
        return stored
