"""Stored things made for the contract suites: every kind of field, every shape; and those that readers read."""

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, ClassVar
from uuid import UUID

from attrs import field, frozen

from sparkle_core.domain.accounts import PEOPLE, PROFILES, STATISTICS
from sparkle_core.domain.content import COMMENTS, POSTS, TAGGED
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Record, Text
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Counter, Edge, Kind, Log
from sparkle_core.domain.progression import PROGRESS

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def later(**by: int) -> datetime:
    """An instant after noon."""
    return NOON + timedelta(**by)


def uid(number: int) -> UUID:
    """Ids that sort as their numbers do."""
    return UUID(int=number)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@frozen(kw_only=True)
class Point(Record):
    x: int
    y: int
    note: str | None = None


@frozen(kw_only=True)
class Circle(Record):
    kind: ClassVar[str] = "circle"
    centre: Point
    radius: int


@frozen(kw_only=True)
class Label(Record):
    kind: ClassVar[str] = "label"
    text: str


@frozen(kw_only=True)
class Everything(Aggregate):
    """A field of every sort a declaration may have."""

    key: UUID
    other: UUID | None = None
    whole: int = 0
    some: int | None = None
    text: Annotated[str, Text(0, 1_000, lines=True)] = ""
    words: str | None = None
    flag: bool = False
    maybe: bool | None = None
    colour: Colour = Colour.RED
    tint: Colour | None = None
    at: Instant = NOON
    until: Instant | None = None
    point: Point = Point(x=0, y=0)
    places: tuple[Point, ...] = ()
    names: tuple[str, ...] = ()
    figure: Circle | Label = Label(text="")
    absent: Point | None = None
    table: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Member(Aggregate):
    """Soft-deleting, with unique tuples: a name, a seat in a room, perhaps an address."""

    name: str
    address: str | None = None
    room: int = 0
    seat: int | None = None
    score: int = 0
    joined_at: Instant = NOON
    deleted_at: Instant | None = None


@frozen(kw_only=True)
class Note(Record):
    """An entry of a log."""

    id: UUID
    member: UUID
    line: str
    at: Instant
    source: str | None = None


EVERYTHING = Kind(Everything, "everything", personal={"text": NOT_PERSONAL})
MEMBERS = Kind(
    Member,
    "member",
    unique=(("name",), ("room", "seat"), ("address",)),
    indexes=(("score",), ("joined_at",)),
    says={"name": "name", "room": "chair", "address": "address"},
)
NOTES = Log(Note, "note", unique=(("member", "source"),), indexes=(("member",),))
FOLLOWS = Edge("follow")
LIKES = Counter("liking")

READ = (PEOPLE, PROFILES, PROGRESS, STATISTICS, POSTS, COMMENTS, TAGGED)
"""What readers read."""

DECLARED = (EVERYTHING, MEMBERS, NOTES, FOLLOWS, LIKES, *READ)
