"""Rows that are under a key: which fields of which kinds, and that no row is committed under a key that is gone."""

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import NotFound, Stale
from sparkle_core.domain.kernel.sealed import Purpose, key_id_of, pepper_of
from sparkle_core.domain.kernel.stored import Kind, Stored
from sparkle_core.ports.security import KeyRings


@frozen
class KeyedField:
    """A field whose rows are under keys."""

    kind: Kind[Any]
    field: str
    purpose: Purpose

    @property
    def name(self) -> str:
        return f"{self.kind.name}.{self.field}"


@frozen
class KeyedFields:
    """Every such field there is."""

    fields: tuple[KeyedField, ...]

    @classmethod
    def of(cls, stored: Iterable[Stored]) -> "KeyedFields":
        """Those that the kinds declare."""
        return cls(tuple(found for shape in stored if isinstance(shape, Kind) for found in _of(shape)))

    def for_(self, purpose: Purpose) -> tuple[KeyedField, ...]:
        return tuple(f for f in self.fields if f.purpose is purpose)

    def sealed(self, name: str) -> KeyedField:
        """A sealed field by its name, such as `profile.phone`. Raises `NotFound`."""
        for found in self.for_(Purpose.SECRETS):
            if found.name == name:
                return found
        raise NotFound(f"sealed field {name}")


def _of(kind: Kind[Any]) -> Iterator[KeyedField]:
    yield from (KeyedField(kind, field, Purpose.SECRETS) for field in kind.sealed)
    yield from (KeyedField(kind, field, Purpose.PASSWORDS) for field in kind.peppered)


def still_held(saved: Iterable[tuple[Kind[Any], Aggregate]], keys: KeyRings) -> None:
    """Raises `Stale` when a row was written under a key that was retired meanwhile: then it is written anew.

    Called when everything is written and nothing committed. Whoever retires a key waits for such transactions and
    keeps others from writing (`KeyUsage.still`) while it counts the rows and forgets the key: so it either sees this
    row, or we see that the key is gone. Rows whose key was lost otherwise stay as they are, and can be changed.
    """
    for kind, aggregate in saved:
        for found in _of(kind):
            text = getattr(aggregate, found.field)
            id = None if text is None else key_id_of(text) if found.purpose is Purpose.SECRETS else pepper_of(text)[0]
            if id is not None and id in keys.retired(found.purpose):
                raise Stale(found.name)
