"""The four stored shapes, declared in one line each, and the closed query language over them.

Tables, indexes, the in-memory rows and the deletion-impact matrix all come from these
declarations; `application/catalog.py` lists every one of them.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Generic, Literal, TypeVar, get_args
from uuid import UUID

from attrs import field, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Record, UserId, hints_of

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
    """How a personal field is handled when its person is erased, and for what reason it may stay, or stays a while.

    `opens`: it is what opens something, or a hash of it, and so in nobody's export, not even their own.
    """

    handling: Erasure
    basis: str = ""
    opens: bool = False


ERASED = Personal(Erasure.ERASE)
OPENS = Personal(Erasure.ERASE, opens=True)
ANONYMISED = Personal(Erasure.ANONYMISE)


def erased_once(basis: str) -> Personal:
    """Erased, but not while something that is stated needs it."""
    return Personal(Erasure.ERASE, basis)


NOTHING_LEFT = "[erased]"
"""Stands where a text was that has to be one."""


def retained(basis: str) -> Personal:
    """Kept after erasure, on a stated basis."""
    return Personal(Erasure.RETAIN, basis)


NOT_PERSONAL = Personal(Erasure.RETAIN, "says nothing about a person")


Whose = tuple[str, ...] | None


def rows_go(row: Any) -> None:
    """Nothing is left of a row."""


class Held:
    """What kinds and logs say of the people whose rows they hold."""

    __slots__ = ()
    type: type[Any]
    personal: Mapping[str, Personal]
    whose: Whose

    @property
    def owners(self) -> tuple[str, ...]:
        """The fields that say whose a row is: a person's id, or what that person has in a field of the same name."""
        return self.whose if self.whose is not None else self.people

    @property
    def people(self) -> tuple[str, ...]:
        """The fields that hold a person's id."""
        return tuple(name for name, hint in hints_of(self.type).items() if UserId in (hint, *get_args(hint)))

    @property
    def erasing(self) -> bool:
        """Whether something of a row goes when its person is erased."""
        return any(p.handling is not Erasure.RETAIN for p in self.personal.values())


@frozen(eq=False)
class Kind(Held, Generic[A]):
    """Versioned aggregates: get, get_many, find, one, save, update_where.

    `unique`: tuples of fields no two rows may share (rows with a None among them never clash).
    `says`: by a tuple's first field, what `Taken` names to the caller. A tuple that says nothing
    is a guard: who clashes with it lost a race, and starts again. A `deleted_at` field makes it
    soft-deleting. `personal`: field → handling, for every field of free text. `sealed`: the fields
    that hold secrets, sealed for their place: rotating keys re-encrypts these. `peppered`: the fields
    that hold hashes of passwords, which may be under a pepper. `whose`: the fields that say whose a row is,
    where that is not each one that holds a person's id. `left`: what is left of a row when its person is erased;
    nothing unless said.
    """

    type: type[A]
    name: str
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    personal: Mapping[str, Personal] = field(factory=dict)
    says: Mapping[str, str] = field(factory=dict)
    sealed: tuple[str, ...] = ()
    peppered: tuple[str, ...] = ()
    whose: Whose = None
    left: Callable[[A], A | None] = rows_go

    @property
    def erasing(self) -> bool:
        return self.left is not rows_go or super().erasing

    @property
    def soft(self) -> bool:
        """Whether rows can be soft-deleted, and so are found only when asked for."""
        return "deleted_at" in hints_of(self.type)


@frozen(eq=False)
class Log(Held, Generic[E]):
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
    whose: Whose = None


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
