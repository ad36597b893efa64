"""Field types: what a value may be, said once, in its annotation.

A record's fields are annotated with plain types (`int`, `UUID`, `datetime`, an enum …) or with
`Annotated[str, Text(1, 500)]`. `Record` checks them all when a value is made and names every
fault; delivery reads the same annotations to bind input and to write the OpenAPI document.
What some store could not keep (NUL, lone surrogates, 65-bit integers, naive instants) is refused
here once.
"""

import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, Generic, NewType, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID, SafeUUID

from attrs import fields as attrs_fields
from attrs import frozen, has

from sparkle_core.domain.kernel.checking import (
    INSTANT_TEST,
    Check,
    Faults,
    FieldCheck,
    checker,
    text_test,
    type_test,
    whole_test,
)
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.per_class import PerClass
from sparkle_core.domain.kernel.sealed import Sealed

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)

UserId = NewType("UserId", UUID)

T = TypeVar("T")


@frozen
class Text:
    """Text of `min` to `max` characters without NUL or lone surrogates; one line unless `lines`."""

    min: int
    max: int
    lines: bool = False
    blank: bool = False

    def __call__(self, value: object) -> str | None:
        if not isinstance(value, str):
            return f"must be text, not {_kind(value)}"
        if not self.min <= len(value) <= self.max:
            return f"must have {self.min} to {self.max} characters, has {len(value)}"
        if not (value.isascii() and value.isprintable()):
            fault = _unstorable(value, lines=self.lines)
            if fault:
                return fault
        if self.min and not self.blank and not value.strip():
            return "must not be blank"
        return None


def _unstorable(value: str, *, lines: bool) -> str | None:
    if "\x00" in value:
        return "must not contain a NUL character"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "must not contain a lone surrogate"
    if not lines and any(c in value for c in "\n\r\v\f\x85\u2028\u2029"):
        return "must be on one line"
    return None


@frozen
class Whole:
    """A whole number from `min` to `max`, both included."""

    min: int = INT64_MIN
    max: int = INT64_MAX

    def __call__(self, value: object) -> str | None:
        if type(value) is not int:
            return f"must be a whole number, not {_kind(value)}"
        if not self.min <= value <= self.max:
            return (
                f"must be from {self.min:,} to {self.max:,}, is {value:,}"
                if abs(value) < 10**30
                else (f"must be from {self.min:,} to {self.max:,}")
            )
        return None


@frozen
class Items:
    """How many items a tuple may hold."""

    max: int
    min: int = 0

    def __call__(self, value: object) -> str | None:
        if not isinstance(value, tuple):
            return f"must be a list, not {_kind(value)}"
        if not self.min <= len(value) <= self.max:
            return f"must have {self.min} to {self.max} items, has {len(value)}"
        return None


def _kind(value: object) -> str:
    names = {str: "text", bool: "true or false", int: "a whole number", float: "a fraction", type(None): "nothing",
             dict: "an object", list: "a list", tuple: "a list"}  # fmt: skip
    return names.get(type(value), type(value).__name__)


def _is_int64(value: object) -> str | None:
    return _INT64(value)


_INT64 = Whole()


def _is_text(value: object) -> str | None:
    return _ANY_TEXT(value)


_ANY_TEXT = Text(0, 1_000_000, lines=True)


def _is_instant(value: object) -> str | None:
    if not isinstance(value, datetime):
        return f"must be an instant, not {_kind(value)}"
    if not 1 < value.year < 9999:  # PostgreSQL's driver takes the first and last instants for infinities
        return "must be in the years 2 to 9998"
    if value.tzinfo is UTC:
        return None
    if value.utcoffset() is None:
        return "must say its time zone, for example 2026-11-23T12:00:00Z"
    return None if value.utcoffset() == timedelta(0) else "must be in UTC"


def _is_a(kind: type, wording: str) -> Check:
    return lambda value: None if isinstance(value, kind) else f"must be {wording}, not {_kind(value)}"


_PLAIN: dict[Any, Check] = {
    int: _is_int64,
    str: _is_text,
    datetime: _is_instant,
    bool: _is_a(bool, "true or false"),
    UUID: _is_a(UUID, "an id (UUID)"),
    bytes: _is_a(bytes, "bytes"),
    date: _is_a(date, "a date"),
    float: _is_a(float, "a number"),
}


def base_of(annotation: Any) -> Any:
    """The plain type under Annotated and NewType wrappings."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        else:
            return annotation


@cache
def check_of(annotation: Any) -> Check | None:
    """The check an annotation stands for; None where anything goes."""
    if get_origin(annotation) is Annotated:
        return _annotated(annotation)
    if isinstance(annotation, NewType):
        return check_of(annotation.__supertype__)
    if isinstance(annotation, TypeVar) or annotation in (Any, object):
        return None
    return _PLAIN.get(annotation) or _shaped(annotation)


def _annotated(annotation: Any) -> Check | None:
    base, *meta = get_args(annotation)
    checks = [m for m in meta if isinstance(m, Text | Whole | Items | Sealed)]
    inner = check_of(base)
    if not checks:
        return inner
    return checks[0] if base_of(base) in (int, str) else _both(checks[0], inner)


def _shaped(annotation: Any) -> Check | None:
    origin, args = get_origin(annotation), get_args(annotation)
    plain = origin or annotation
    if origin in (Union, types.UnionType):
        return _union(args)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return _each(check_of(args[0]))
    if not isinstance(plain, type):
        return None
    if issubclass(plain, Enum):
        return _is_a(plain, "one of " + ", ".join(str(m.value) for m in plain))
    return _is_a(plain, _WORDING.get(plain, f"a {plain.__name__}"))


_WORDING: dict[type, str] = {tuple: "a list", dict: "an object", Mapping: "an object", frozenset: "a set"}


def _both(first: Check, second: Check | None) -> Check:
    return lambda value: first(value) or (second(value) if second else None)


def _union(members: tuple[Any, ...]) -> Check | None:
    some = [m for m in members if m is not type(None)]
    checks = [check_of(m) for m in some]
    if any(c is None for c in checks):
        return None
    optional = len(some) != len(members)

    def check(value: object) -> str | None:
        if value is None:
            return None if optional else "must not be empty"
        faults = [c(value) for c in checks if c is not None]
        return None if None in faults else faults[0]

    return check


def _each(item: Check | None) -> Check:
    def check(value: object) -> str | None:
        if not isinstance(value, tuple):
            return f"must be a list, not {_kind(value)}"
        for i, one in enumerate(value):
            fault = item(one) if item else None
            if fault:
                return f"item {i} {fault}"
        return None

    return check


class Record:
    """Base of every attrs value here: checks all fields when made, and names every fault.

    Raises `Invalid` with one fault a field. Cross-field rules go into `_rules`.
    """

    __slots__ = ()

    def __attrs_post_init__(self) -> None:
        _CHECK[type(self)](self)

    def _rules(self) -> "tuple[Fault, ...] | list[Fault]":
        return ()


_UNKNOWN = SafeUUID.unknown
_set_int, _set_is_safe = UUID.int.__set__, UUID.is_safe.__set__  # type: ignore[attr-defined,misc]


def uuid_of(number: int) -> UUID:
    """The UUID of a 128-bit number, in a fifth of the time of `UUID(int=…)`, which checks what we know."""
    made = UUID.__new__(UUID)
    _set_int(made, number)
    _set_is_safe(made, _UNKNOWN)
    return made


def hints_of(cls: type) -> dict[str, Any]:
    """Field name → annotation, with `Annotated` kept, for an attrs class."""
    hints = get_type_hints(cls, include_extras=True)
    return {a.name: hints[a.name] for a in attrs_fields(cls)}


def _checking(cls: type) -> Callable[[Any], None]:
    fields: list[FieldCheck] = []
    for name, hint in hints_of(cls).items() if has(cls) else ():
        check = check_of(hint)
        if check is not None:
            test, named = _cheap(hint, check)
            fields.append((name, test, named, check))
    return checker(cls.__name__, fields, _refuse, always=getattr(cls, "_rules", None) is not Record._rules)


_CHECK = PerClass(_checking)
"""By class: what refuses a wrong value, by its fields' checks first, then by its own rules."""


def _refuse(value: Record, found: Faults) -> None:
    """Raises `Invalid` for faulty fields; where all are right, for what the record's own rules find."""
    faults = tuple(Fault(path, message) for path, message in found) or tuple(value._rules())
    if faults:
        raise Invalid(faults)


def _cheap(annotation: Any, check: Check) -> tuple[str | None, dict[str, Any]]:
    """A cheap test that is enough, where there is one."""
    if get_origin(annotation) in (Union, types.UnionType):
        some = [m for m in get_args(annotation) if m is not type(None)]
        inner = check_of(some[0])
        if len(some) != 1 or len(some) == len(get_args(annotation)) or inner is None:
            return None, {}
        test, named = _cheap(some[0], inner)
        return f"v is None or {test}" if test else "v is None", named
    if isinstance(check, Whole):
        return whole_test(check.min, check.max)
    if isinstance(check, Text):
        return text_test(check.min, check.max)
    plain = base_of(annotation)
    if plain is int:
        return whole_test(INT64_MIN, INT64_MAX)
    if plain is str and check is _is_text:
        return text_test(_ANY_TEXT.min, _ANY_TEXT.max)
    if plain is datetime:
        return INSTANT_TEST, {}
    if isinstance(plain, type) and (plain in (UUID, bool) or issubclass(plain, Enum) or has(plain)):
        return type_test(plain)
    return None, {}


class Secret(Generic[T]):
    """A value that never shows: not in repr, logs, digests, receipts or the audit."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself; call it where it is used and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and bool(other._value == self._value)

    def __hash__(self) -> int:
        return hash((Secret, self._value))


MAX_SECRET = 1_024


def secret(value: "str | Secret[str]") -> Secret[str]:
    """Converter for secret fields: bounded text, wrapped. Raises `Invalid`."""
    plain = value.reveal() if isinstance(value, Secret) else value
    fault = _SECRET_TEXT(plain)
    if fault:
        raise Invalid.at("secret", fault)
    return value if isinstance(value, Secret) else Secret(plain)


_SECRET_TEXT = Text(0, MAX_SECRET, lines=True)

Instant = datetime
"""An aware datetime in UTC."""

Line = Annotated[str, Text(1, 200)]
Subject = Annotated[str, Text(1, 128)]
Key = Annotated[str, Text(1, 128)]
