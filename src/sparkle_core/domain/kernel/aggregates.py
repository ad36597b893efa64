"""Aggregates: frozen values with an id, a version and the events their verbs recorded."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

from attrs import evolve, field, fields, frozen

from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Record, revived


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
        """This with changes made and events recorded."""
        return evolve(self, recorded=self.recorded + events, **changes)

    def as_stored(self) -> Self:
        """This at its next version, its events moved on: what a store holds after saving it."""
        cls = type(self)
        if cls not in _LAYOUTS:
            names = [a.name for a in fields(cls)]
            _LAYOUTS[cls] = attrgetter(*names), names.index("version"), names.index("recorded")
        get, version_at, recorded_at = _LAYOUTS[cls]
        values = list(get(self))
        values[version_at] += 1
        values[recorded_at] = ()
        return revived(cls, values)


_LAYOUTS: dict[type, tuple[Callable[[Any], tuple[Any, ...]], int, int]] = {}
