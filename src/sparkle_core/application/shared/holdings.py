"""What is held about a person, in every stored thing: what is erased of them and what is exported is found alike.

Source: docs/contexts/accounts.md. Whose a row is, the kinds and logs declare themselves (`domain/kernel/stored.py`).
"""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from attrs import frozen

from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.kernel.stored import OLDEST_FIRST, PAGE_MAX, Clause, Counter, Edge, Kind, Log, Stored, eq
from sparkle_core.ports.store import Records

Shape = Kind[Any] | Log[Any]


@frozen
class Holdings:
    """The stored things that can hold something about somebody, in the order in which they are declared."""

    shapes: tuple[Shape, ...]
    counters: tuple[Counter, ...]
    edges: tuple[Edge, ...]

    @classmethod
    def of(cls, stored: Iterable[Stored]) -> "Holdings":
        everything = tuple(stored)
        return cls(
            tuple(s for s in everything if isinstance(s, Kind | Log) and s.owners),
            tuple(s for s in everything if isinstance(s, Counter)),
            tuple(s for s in everything if isinstance(s, Edge)),
        )


async def rows_about(records: Records, shape: Shape, person: Person) -> AsyncIterator[Any]:
    """Every row of a stored thing that is a person's, soft-deleted ones too, each once, in pages by id."""
    abouts = {owner: getattr(person, owner, person.id) for owner in shape.owners}
    earlier: list[str] = []
    for owner, whose in abouts.items():
        async for row in _rows(records, shape, eq(owner, whose)):
            if not any(getattr(row, before) == abouts[before] for before in earlier):
                yield row
        earlier.append(owner)


async def _rows(records: Records, shape: Shape, about: Clause) -> AsyncIterator[Any]:
    page: list[Any] = []
    while True:
        after = (page[-1].id, page[-1].id) if page else None
        if isinstance(shape, Log):
            page = await records.page(shape, about, order=OLDEST_FIRST, after=after)
        else:
            page = await records.find(shape, about, after=after, deleted=True)
        for row in page:
            yield row
        if len(page) < PAGE_MAX:
            return
