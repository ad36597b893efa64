"""Binding: path, query string and JSON body become a request, or every fault is named.

Each field type is compiled once into a function that turns plain JSON into the field's value and
notes what is wrong with its dotted path. Nothing is coerced: `"5"` is no number in a body. In a
path or query string, where everything is text, numbers and truth values are read by their type.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl
from uuid import UUID

from attrs import NOTHING, frozen, has
from attrs import fields as attrs_fields

from sparkle_adapters.codec import has_own_json, is_secret, is_tagged_union, members_of, optional_of
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import MAX_SECRET, Items, Secret, Text, base_of, check_of, hints_of
from sparkle_web.table import EXPECTED_VERSION, Row

Bind = Callable[[Any, str, list[Fault]], Any]
"""From plain JSON at a path to a value; notes faults, and answers `_BAD` when there are some."""

_BAD: Final = object()
MAX_QUERY_FIELDS = 100

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,30})", re.ASCII)
_FRACTION = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)


def compiled(annotation: Any) -> Bind:
    """The binder of an annotation. Raises TypeError for a type that people cannot send."""
    if annotation not in _COMPILED:
        _COMPILED[annotation] = _later(annotation)  # a type that holds itself finds this
        _COMPILED[annotation] = _compile(annotation)
    return _COMPILED[annotation]


_COMPILED: dict[Any, Bind] = {}


def _later(annotation: Any) -> Bind:
    def bind(plain: Any, path: str, faults: list[Fault]) -> Any:
        return _COMPILED[annotation](plain, path, faults)

    return bind


def _compile(annotation: Any) -> Bind:
    inner, optional = optional_of(annotation)
    if optional:
        bind = compiled(inner)
        return lambda plain, path, faults: None if plain is None else bind(plain, path, faults)
    plain_type = base_of(annotation)
    origin, args = get_origin(plain_type) or plain_type, get_args(plain_type)
    for makes, make in _MAKERS:
        if makes(plain_type, origin):
            return make(annotation, plain_type, args)
    return _leaf(annotation, plain_type)


def _leaf(annotation: Any, plain_type: Any) -> Bind:
    read = _READ.get(plain_type)
    wanted = _WANTED.get(plain_type, "")
    check = check_of(annotation)
    if check is None:
        raise TypeError(f"nothing says what {annotation} may be")

    def bind(plain: Any, path: str, faults: list[Fault]) -> Any:
        value = read(plain) if read and isinstance(plain, str) else plain
        fault = check(value) if value is not None or not wanted else wanted
        if fault is None:
            return value
        faults.append(Fault(path, fault))
        return _BAD

    return bind


def _uuid(text: str) -> UUID | None:
    return UUID(text) if _UUID.fullmatch(text) else None


def _instant(text: str) -> datetime | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        value = datetime.fromisoformat(text.upper())
        return value if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


_READ: dict[Any, Callable[[str], Any]] = {UUID: _uuid, datetime: _instant, date: _date}
_WANTED = {
    UUID: "must be an id such as 01932c07-a83c-7f4b-9d3e-5a1b2c3d4e5f",
    datetime: "must be an instant such as 2026-11-23T12:00:00Z",
    date: "must be a date such as 2026-11-23",
}

_secret_fault = Text(0, MAX_SECRET, lines=True)


def _never(annotation: Any, *_: Any) -> Bind:
    raise TypeError("who calls is never decoded from input")


def _secret(plain: Any, path: str, faults: list[Fault]) -> Any:
    fault = _secret_fault(plain)
    if fault is None:
        return Secret(plain)
    faults.append(Fault(path, fault))
    return _BAD


def _one_of(choices: Mapping[Any, Any]) -> Bind:
    known = ", ".join(str(c) for c in choices)

    def bind(plain: Any, path: str, faults: list[Fault]) -> Any:
        if isinstance(plain, str | int) and not isinstance(plain, bool) and plain in choices:
            return choices[plain]
        faults.append(Fault(path, f"must be one of {known}"))
        return _BAD

    return bind


def _own(kind: Any) -> Bind:
    """A class that reads its own JSON."""

    def bind(plain: Any, path: str, faults: list[Fault]) -> Any:
        try:
            return kind.from_json(plain)
        except Invalid as error:
            faults.extend(Fault(_join(path, f.path), f.message) for f in error.faults)
            return _BAD

    return bind


def _tagged(union: Any) -> Bind:
    shapes = {kind: Shape(member).bind for kind, member in members_of(union).items()}
    known = ", ".join(shapes)

    def bind(plain: Any, path: str, faults: list[Fault]) -> Any:
        if not isinstance(plain, dict):
            faults.append(Fault(path, "must be an object"))
            return _BAD
        kind = plain.get("kind")
        if not isinstance(kind, str) or kind not in shapes:
            faults.append(Fault(f"{path}.kind", f"must be one of {known}"))
            return _BAD
        return shapes[kind]({k: v for k, v in plain.items() if k != "kind"}, path, faults)

    return bind


def _list(annotation: Any, plain_type: Any, args: tuple[Any, ...]) -> Bind:
    origin = get_origin(plain_type)
    if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        raise TypeError(f"{annotation}: only lists of one type can be sent")
    bind_item = compiled(args[0])
    meta = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    size = next((m for m in meta if isinstance(m, Items)), None)

    def bind(plain: Any, path: str, faults: list[Fault]) -> Any:
        fault = None if isinstance(plain, list) else "must be a list"
        if fault is None and size is not None:
            fault = size(tuple(plain))
        if fault is not None:
            faults.append(Fault(path, fault))
            return _BAD
        before = len(faults)
        values = [bind_item(item, f"{path}.{i}", faults) for i, item in enumerate(plain)]
        return _BAD if len(faults) > before else origin(values)

    return bind


def _mapping(args: tuple[Any, ...]) -> Bind:
    bind_key, bind_value = (compiled(args[0]), compiled(args[1])) if args else (None, None)

    def bind(plain: Any, path: str, faults: list[Fault]) -> Any:
        if not isinstance(plain, dict):
            faults.append(Fault(path, "must be an object"))
            return _BAD
        if bind_key is None or bind_value is None:
            return plain
        before = len(faults)
        pairs = [(bind_key(k, f"{path}.{k}", faults), bind_value(v, f"{path}.{k}", faults)) for k, v in plain.items()]
        return _BAD if len(faults) > before else dict(pairs)

    return bind


_MAKERS: tuple[tuple[Callable[[Any, Any], bool], Callable[[Any, Any, tuple[Any, ...]], Bind]], ...] = (
    (lambda plain, _: plain is Actor, _never),
    (lambda plain, _: is_secret(plain), lambda *_: _secret),
    (lambda plain, _: is_tagged_union(plain), lambda _, plain, __: _tagged(plain)),
    (lambda _, origin: origin is Literal, lambda _, __, args: _one_of({value: value for value in args})),
    (
        lambda plain, _: isinstance(plain, type) and issubclass(plain, Enum),
        lambda _, plain, __: _one_of({member.value: member for member in plain}),
    ),
    (lambda plain, _: has_own_json(plain), lambda _, plain, __: _own(plain)),
    (lambda _, origin: has(origin), lambda _, plain, __: Shape(plain).bind),
    (lambda _, origin: origin in (tuple, frozenset), _list),
    (lambda _, origin: origin in (dict, Mapping), lambda _, __, args: _mapping(args)),
    (lambda plain, _: plain in (Any, object), lambda *_: _anything),
)
"""Which types are bound by what, besides plain values."""


class Shape:
    """The binder of an attrs class: unknown, missing and faulty fields are all named."""

    def __init__(self, kind: Any, leave_out: frozenset[str] = frozenset()) -> None:
        plain = get_origin(kind) or kind
        bound = dict(zip(getattr(plain, "__parameters__", ()), get_args(kind), strict=False))
        hints = {n: bound.get(h, h) if isinstance(h, TypeVar) else h for n, h in hints_of(plain).items()}
        specs = [a for a in attrs_fields(plain) if a.init and a.name not in leave_out]
        self.kind = plain
        self.fields: dict[str, Bind] = {a.name: compiled(hints[a.name]) for a in specs}
        self.required = tuple(a.name for a in specs if a.default is NOTHING)

    def bind(self, plain: Any, path: str, faults: list[Fault]) -> Any:
        """The value, or `_BAD` with its faults noted under `path`."""
        if not isinstance(plain, dict):
            faults.append(Fault(path or "$", "must be an object"))
            return _BAD
        before = len(faults)
        values = self.values(plain, path, faults)
        return _BAD if len(faults) > before else self.made(values, path, faults)

    def values(self, plain: Mapping[str, Any], path: str, faults: list[Fault]) -> dict[str, Any]:
        """The fields' values as far as they are right."""
        values: dict[str, Any] = {}
        fields = self.fields
        for name, one in plain.items():
            bind = fields.get(name)
            if bind is None:
                faults.append(Fault(_join(path, _shown(name)), "is not a field; known here: " + ", ".join(fields)))
            else:
                values[name] = bind(one, _join(path, name), faults)
        faults.extend(Fault(_join(path, name), "is missing") for name in self.required if name not in plain)
        return values

    def made(self, values: dict[str, Any], path: str, faults: list[Fault]) -> Any:
        """The value itself; its own rules across fields may still find faults."""
        try:
            return self.kind(**values)
        except Invalid as error:
            faults.extend(Fault(_join(path, f.path), f.message) for f in error.faults)
            return _BAD


def _anything(plain: Any, path: str, faults: list[Fault]) -> Any:
    return plain


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name != "$" else path or name


def _shown(name: str) -> str:
    """A name somebody sent, short and printable."""
    return ascii(name[:80])[1:-1] if name else "''"


@frozen
class Textual:
    """How the fields of a query string or path are read from text."""

    read: Mapping[str, Callable[[str], Any]]
    lists: frozenset[str]

    @classmethod
    def of(cls, kind: type) -> "Textual":
        """Read by the types of a class's fields."""
        hints = {n: optional_of(h)[0] for n, h in hints_of(kind).items()}
        lists = frozenset(n for n, h in hints.items() if get_origin(base_of(h)) in (tuple, frozenset))
        return cls({n: _TEXTUAL[base_of(h)] for n, h in hints.items() if base_of(h) in _TEXTUAL}, lists)

    def plain(self, text: bytes) -> dict[str, Any]:
        """A query string as plain JSON. Raises `Invalid` for a key given twice or text that is not UTF-8."""
        try:
            pairs = parse_qsl(
                text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_QUERY_FIELDS
            )
        except UnicodeDecodeError:
            raise Invalid.at("$query", "must be percent-encoded UTF-8") from None
        except ValueError:
            raise Invalid.at("$query", f"must have at most {MAX_QUERY_FIELDS} fields") from None
        found: dict[str, Any] = {}
        for name, one in pairs:
            if name in self.lists:
                found.setdefault(name, []).append(one)
            elif name in found:
                raise Invalid.at(_shown(name), "is given twice")
            else:
                found[name] = self.one(name, one)
        return found

    def one(self, name: str, text: str) -> Any:
        """One field's text as plain JSON of its type; text that cannot be that is left for the binder to refuse."""
        read = self.read.get(name)
        return read(text) if read else text


_TEXTUAL: dict[Any, Callable[[str], Any]] = {
    int: lambda text: int(text) if _WHOLE.fullmatch(text) else text,
    bool: lambda text: {"true": True, "false": False}.get(text, text),
    float: lambda text: float(text) if _FRACTION.fullmatch(text) else text,
}


class Binder:
    """One row's way from an HTTP request's parts to its request."""

    def __init__(self, row: Row) -> None:
        self._path = Textual.of(row.request)
        self._shape = Shape(row.request, leave_out=frozenset({EXPECTED_VERSION}))
        self._from_path = row.path_fields
        self._takes_body = row.takes_body

    def bound(
        self, path: Mapping[str, str], query: bytes, body: Any = None, expected_version: int | None = None
    ) -> Any:
        """The request. Raises `Invalid` with every fault."""
        faults: list[Fault] = []
        plain = {name: self._path.one(name, text) for name, text in path.items()}
        sent = self._path.plain(query) if query else {}
        if self._takes_body:
            faults.extend(Fault(_shown(n), "is not taken from the query string here; send a body") for n in sent)
            sent = {} if body is None else body
            if not isinstance(sent, dict):
                raise Invalid.at("$", "must be an object")
        faults.extend(Fault(n, "is in the path already") for n in sent if n in self._from_path)
        plain = {**sent, **plain} if sent else plain
        values = self._shape.values(plain, "", faults)
        if expected_version is not None:
            values[EXPECTED_VERSION] = expected_version
        value = self._shape.made(values, "", faults) if not faults else None
        if faults:
            raise Invalid.all_of(faults)
        return value
