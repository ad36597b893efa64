"""Aggregates: frozen values with an id, a version and the events their verbs recorded."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

from attrs import field, fields, frozen

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
        """This with changes made and events recorded. Raises `Invalid` for what it may not become."""
        made = self._copy(recorded=self.recorded + events, **changes)
        made.__attrs_post_init__()
        return made

    def as_stored(self) -> Self:
        """This at its next version, its events moved on: what a store holds after saving it."""
        return self._copy(version=self.version + 1, recorded=())

    def _copy(self, **changes: Any) -> Self:
        """A copy, unchecked. Raises KeyError for a field there is not."""
        cls = type(self)
        layout = _LAYOUTS.get(cls)
        if layout is None:
            names = [a.name for a in fields(cls)]
            layout = _LAYOUTS[cls] = attrgetter(*names), {name: i for i, name in enumerate(names)}
        get, at = layout
        values = list(get(self))
        for name, value in changes.items():
            values[at[name]] = value
        return revived(cls, values)


_LAYOUTS: dict[type, tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]] = {}
