"""Field types: what some store could not keep is refused once, and every fault is named."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
from attrs import Factory, evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from sparkle_core.domain.kernel.copying import revived
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import (
    INT64_MAX,
    INT64_MIN,
    Items,
    Record,
    Secret,
    Text,
    UserId,
    Whole,
    check_of,
    hints_of,
    secret,
)
from sparkle_core.testing.strategies import values_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@frozen(kw_only=True)
class Inner(Record):
    """A record within a record."""

    size: Annotated[int, Whole(0, 9)]


@frozen(kw_only=True)
class Outer(Record):
    """One field of every type there is."""

    id: UserId
    name: Annotated[str, Text(1, 5)]
    note: str = ""
    number: int = 0
    few: Annotated[int, Whole(1, 3)] = 1
    at: datetime = NOON
    day: date = date(2026, 1, 1)
    flag: bool = False
    share: float = 0.5
    colour: Colour = Colour.RED
    inner: Inner | None = None
    words: Annotated[tuple[Annotated[str, Text(1, 5)], ...], Items(2)] = ()
    either: int | str | None = None
    data: dict[str, str] = Factory(dict)
    raw: bytes = b""
    kinds: frozenset[str] = frozenset()


def faults_of(**fields: Any) -> list[str]:
    """What is wrong with an `Outer` of these fields."""
    try:
        Outer(**({"id": UUID(int=1), "name": "ada"} | fields))  # type: ignore[arg-type]
    except Invalid as refusal:
        return [f"{f.path} {f.message}" for f in refusal.faults]
    return []


GOOD = [
    {"name": "12345"},
    {"name": "\U0001f600"},
    {"note": "two\nlines\tand a tab"},
    {"number": INT64_MAX},
    {"number": INT64_MIN},
    {"few": 3},
    {"at": datetime(2, 1, 1, tzinfo=UTC)},
    {"at": datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)},
    {"at": datetime(2026, 1, 1, tzinfo=timezone(timedelta(0)))},
    {"inner": Inner(size=9)},
    {"words": ("a", "b")},
    {"either": 1},
    {"either": "text"},
]

BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name must have 1 to 5 characters, has 0"),
    ({"name": "123456"}, "name must have 1 to 5 characters, has 6"),
    ({"name": "   "}, "name must not be blank"),
    ({"name": "a\x00b"}, "name must not contain a NUL character"),
    ({"name": "\ud800"}, "name must not contain a lone surrogate"),
    ({"name": "a\nb"}, "name must be on one line"),
    ({"name": "a\u2028b"}, "name must be on one line"),
    ({"name": "a\x85b"}, "name must be on one line"),
    ({"name": 7}, "name must be text, not a whole number"),
    ({"name": None}, "name must be text, not nothing"),
    ({"note": "a\x00"}, "note must not contain a NUL character"),
    ({"note": b"bytes"}, "note must be text, not bytes"),
    (
        {"number": INT64_MAX + 1},
        "number must be from -9,223,372,036,854,775,808 to 9,223,372,036,854,775,807, is 9,223,372,036,854,775,808",
    ),
    ({"number": 10**40}, "number must be from -9,223,372,036,854,775,808 to 9,223,372,036,854,775,807"),
    ({"number": True}, "number must be a whole number, not true or false"),
    ({"number": 1.0}, "number must be a whole number, not a fraction"),
    ({"number": "1"}, "number must be a whole number, not text"),
    ({"few": 0}, "few must be from 1 to 3, is 0"),
    ({"at": datetime(2026, 1, 1)}, "at must say its time zone, for example 2026-11-23T12:00:00Z"),
    ({"at": NOON.astimezone(timezone(timedelta(hours=1)))}, "at must be in UTC"),
    ({"at": "2026-01-01T12:00:00Z"}, "at must be an instant, not text"),
    ({"at": datetime(1, 12, 31, tzinfo=UTC)}, "at must be in the years 2 to 9998"),
    ({"at": datetime(9999, 1, 1, tzinfo=UTC)}, "at must be in the years 2 to 9998"),
    ({"flag": 1}, "flag must be true or false, not a whole number"),
    ({"share": "half"}, "share must be a number, not text"),
    ({"colour": "red"}, "colour must be one of red, blue, not text"),
    ({"id": "not a uuid"}, "id must be an id (UUID), not text"),
    ({"inner": {"size": 1}}, "inner must be a Inner, not an object"),
    ({"words": ("a", "b", "c")}, "words must have 0 to 2 items, has 3"),
    ({"words": ["a"]}, "words must be a list, not a list"),
    ({"words": ("a", "")}, "words item 1 must have 1 to 5 characters, has 0"),
    ({"data": ()}, "data must be an object, not a list"),
    ({"raw": "text"}, "raw must be bytes, not text"),
    ({"kinds": ("a",)}, "kinds must be a set, not a list"),
    ({"either": 1.5}, "either must be a whole number, not a fraction"),
]


@pytest.mark.parametrize("fields", GOOD, ids=repr)
def test_what_every_store_can_keep_is_taken(fields: dict[str, Any]) -> None:
    assert faults_of(**fields) == []


@pytest.mark.parametrize(("fields", "fault"), BAD, ids=[f for _, f in BAD])
def test_what_some_store_could_not_keep_is_refused_by_name(fields: dict[str, Any], fault: str) -> None:
    assert faults_of(**fields) == [fault]


def test_every_fault_is_named_at_once() -> None:
    assert [f.partition(" ")[0] for f in faults_of(name="", number="x", flag=0, colour="green")] == [
        "name",
        "number",
        "flag",
        "colour",
    ]


def test_rules_across_fields_are_asked_once_each_field_is_right() -> None:
    @frozen(kw_only=True)
    class Span(Record):
        low: int
        high: int

        def _rules(self) -> list[Fault]:
            return [Fault("high", "must not be below low")] if self.high < self.low else []

    assert Span(low=1, high=1).high == 1
    with pytest.raises(Invalid, match="high: must not be below low"):
        Span(low=2, high=1)
    with pytest.raises(Invalid) as refused:
        Span(low="2", high=1)  # type: ignore[arg-type]
    assert [f.path for f in refused.value.faults] == ["low"]


def test_a_changed_copy_is_checked_and_a_revived_one_is_not() -> None:
    value = Outer(id=UserId(UUID(int=1)), name="ada")
    with pytest.raises(Invalid):
        evolve(value, name="")
    assert revived(Inner, [99]).size == 99, "what comes back from a row was checked when it was made"


@given(values_of(Outer))
def test_whatever_meets_the_annotations_is_taken(value: Outer) -> None:
    assert Outer(**{name: getattr(value, name) for name in hints_of(Outer)}) == value


@given(st.text())
def test_text_is_taken_exactly_when_it_can_be_stored(text: str) -> None:
    storable = "\x00" not in text and not any(0xD800 <= ord(c) <= 0xDFFF for c in text)
    assert (check_of(str)(text) is None) == storable  # type: ignore[misc]


def test_what_nothing_is_known_of_is_not_checked() -> None:
    assert check_of(Any) is None
    assert check_of(object) is None
    assert check_of(int | Any) is None


# secrets


def test_a_secret_shows_nowhere_but_where_it_is_revealed() -> None:
    hidden = secret("s3cret")
    assert "s3cret" not in f"{hidden!r} {hidden} {[hidden]}"
    assert hidden.reveal() == "s3cret"
    assert secret(hidden) is hidden


def test_secrets_are_equal_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a") != "a"


@pytest.mark.parametrize("text", ["x" * 1_025, "a\x00b", "\udfff", 7])
def test_a_secret_is_bounded_and_refused_without_being_shown(text: Any) -> None:
    with pytest.raises(Invalid) as refused:
        secret(text)
    assert [f.path for f in refused.value.faults] == ["secret"]
    assert str(text) not in refused.value.message() or text == 7
