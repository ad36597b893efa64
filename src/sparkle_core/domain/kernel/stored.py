"""The four stored shapes, declared in one line each, and the closed query language over them.

Tables, indexes, the in-memory rows and the deletion-impact matrix all come from these
declarations; `application/catalog.py` lists every one of them.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from attrs import field, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Record, hints_of

A = TypeVar("A", bound=Aggregate)
E = TypeVar("E", bound=Record)

PAGE_MAX = 200


class Erasure(Enum):
    """What deleting a person does to a field that says something of them."""

    ERASE = "erase"
    ANONYMISE = "anonymise"
    RETAIN = "retain"


@frozen
class Personal:
    """How a personal field is handled when its person is erased, and for what reason it may stay."""

    handling: Erasure
    basis: str = ""


ERASED = Personal(Erasure.ERASE)
ANONYMISED = Personal(Erasure.ANONYMISE)


def retained(basis: str) -> Personal:
    """Kept after erasure, on a stated basis."""
    return Personal(Erasure.RETAIN, basis)


NOT_PERSONAL = Personal(Erasure.RETAIN, "says nothing about a person")


@frozen(eq=False)
class Kind(Generic[A]):
    """Versioned aggregates: get, get_many, find, one, save, update_where.

    `unique`: tuples of fields no two rows may share (rows with a None among them never clash).
    `says`: by a tuple's first field, what `Taken` names to the caller. A tuple that says nothing
    is a guard: who clashes with it lost a race, and starts again. A `deleted_at` field makes it
    soft-deleting. `personal`: field → handling, for every field of free text. `sealed`: the fields
    that hold secrets, sealed for their place: rotating keys re-encrypts these. `peppered`: the fields
    that hold hashes of passwords, which may be under a pepper.
    """

    type: type[A]
    name: str
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    personal: Mapping[str, Personal] = field(factory=dict)
    says: Mapping[str, str] = field(factory=dict)
    sealed: tuple[str, ...] = ()
    peppered: tuple[str, ...] = ()

    @property
    def soft(self) -> bool:
        """Whether rows can be soft-deleted, and so are found only when asked for."""
        return "deleted_at" in hints_of(self.type)


@frozen(eq=False)
class Log(Generic[E]):
    """Append-only records with an `id`: append, page by keyset, expire in bulk.

    `fixed`: what the database itself refuses to do to rows, whoever asks: UPDATE, DELETE or both.
    """

    type: type[E]
    name: str
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    personal: Mapping[str, Personal] = field(factory=dict)
    says: Mapping[str, str] = field(factory=dict)
    fixed: tuple[Literal["UPDATE", "DELETE"], ...] = ()


@frozen(eq=False)
class Edge:
    """A relation from one id to another, of a kind (a bounded word): add and remove are idempotent."""

    name: str


@frozen(eq=False)
class Counter:
    """A number kept per id and kind, added to in the same transaction as what it counts."""

    name: str


Stored = Kind[Any] | Log[Any] | Edge | Counter

Operator = Literal["=", "<", ">", "in", "prefix"]


@frozen
class Clause:
    """One condition on one field; all conditions of a query hold together."""

    field: str
    op: Operator
    value: Any


def eq(field: str, value: Any) -> Clause:
    """The field equals the value; None finds the rows where it is empty."""
    return Clause(field, "=", value)


def lt(field: str, value: Any) -> Clause:
    return Clause(field, "<", value)


def gt(field: str, value: Any) -> Clause:
    return Clause(field, ">", value)


def within(field: str, values: Iterable[Any]) -> Clause:
    return Clause(field, "in", tuple(values))


def prefix(field: str, value: str) -> Clause:
    return Clause(field, "prefix", value)


@frozen
class Order:
    """One field, with the id as tie-break; `id` alone by default."""

    field: str = "id"
    descending: bool = False


OLDEST_FIRST = Order()
NEWEST_FIRST = Order(descending=True)

After = tuple[Any, UUID]
"""Where a page goes on: the order field's value and the id of the last row seen."""
