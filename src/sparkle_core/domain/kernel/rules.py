"""Rules are data: frozen attrs trees with defaults in code, loaded from TOML over them."""

import tomllib
import types
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from uuid import UUID

from attrs import NOTHING, frozen, has
from attrs import fields as attrs_fields

from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Record, Whole, base_of, check_of, hints_of
from sparkle_core.domain.kernel.places import line_of

R = TypeVar("R")


@frozen(kw_only=True)
class RateTier(Record):
    """At most `limit` in `window_s` seconds; `locks` starts the window anew at the last one allowed."""

    limit: Annotated[int, Whole(0, 1_000_000_000)]
    window_s: Annotated[int, Whole(1, 31_536_000)]
    locks: bool = False


def from_table(kind: type[R], table: Any, *, base: R | None = None, path: str = "") -> R:
    """A rules value from a plain table over `base` (its own defaults without one).

    Raises `Invalid` naming every unknown key and every value that breaks a rule.
    """
    faults: list[Fault] = []
    value = _attrs(kind, table, base if base is not None else _default(kind), path, faults)
    if faults:
        raise Invalid(tuple(faults))
    return value  # type: ignore[no-any-return]


def load_rules(kind: type[R], file: Path) -> R:
    """Rules from a TOML file; every fault is named with file, line, key and reason."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Invalid.at(str(file), "is not there") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Invalid.at(str(file), f"is not a TOML file: {error}") from None
    try:
        return from_table(kind, table)
    except Invalid as error:
        raise located(error, file) from None


def located(error: Invalid, file: Path, under: str = "") -> Invalid:
    """The same faults, named with the file and line; `under`: the table that their keys are in."""
    text = file.read_text(encoding="utf-8")
    paths = [(_join(under, f.path), f.message) for f in error.faults]
    return Invalid(tuple(Fault(f"{file}:{line_of(text, path)}: {path}", message) for path, message in paths))


def _attrs(kind: Any, table: Any, base: Any, path: str, faults: list[Fault]) -> Any:
    if not isinstance(table, dict):
        faults.append(Fault(path or "$", "must be a table"))
        return None
    before = len(faults)
    hints = hints_of(kind)
    for key in sorted(table.keys() - hints.keys()):
        known = ", ".join(sorted(hints))
        faults.append(Fault(_join(path, key), f"is not a rule; known here: {known}"))
    values: dict[str, Any] = {}
    for spec in attrs_fields(kind):
        at = _join(path, spec.name)
        if spec.name in table:
            inner = getattr(base, spec.name) if base is not None else None
            values[spec.name] = _value(hints[spec.name], table[spec.name], inner, at, faults)
        elif base is not None:
            values[spec.name] = getattr(base, spec.name)
        elif spec.default is NOTHING:
            faults.append(Fault(at, "is missing"))
    if len(faults) > before:
        return None
    try:
        return kind(**values)
    except Invalid as error:
        faults.extend(Fault(_join(path, f.path), f.message) for f in error.faults)
        return None


def _value(hint: Any, plain: Any, base: Any, path: str, faults: list[Fault]) -> Any:
    before = len(faults)
    plain_type = base_of(hint)
    origin, args = get_origin(plain_type), get_args(plain_type)
    if origin in (Union, types.UnionType):
        return _union(args, plain, base, path, faults)
    if has(origin or plain_type):
        return _attrs(plain_type, plain, base if base is not None else _default(plain_type), path, faults)
    if isinstance(plain_type, type) and issubclass(plain_type, Enum):
        return _enum(plain_type, plain, path, faults)
    if origin is tuple and isinstance(plain, list):
        value: Any = tuple(_value(args[0], one, None, f"{path}.{i}", faults) for i, one in enumerate(plain))
    elif origin is dict and isinstance(plain, dict):
        value = {k: _value(args[1], one, None, _join(path, k), faults) for k, one in plain.items()}
    elif origin is frozenset and isinstance(plain, list):
        items = [_value(args[0], one, None, f"{path}.{i}", faults) for i, one in enumerate(plain)]
        value = frozenset(items if len(faults) == before else ())
    elif plain_type is UUID and isinstance(plain, str):
        value = _id(plain)
    else:
        value = plain
    check = check_of(hint)
    message = check(value) if check else None
    if message and len(faults) == before:
        faults.append(Fault(path, message))
    return value


def _union(members: tuple[Any, ...], plain: Any, base: Any, path: str, faults: list[Fault]) -> Any:
    """Rules know two unions: an optional value, and attrs classes told apart by a `kind` field.

    A table that does not say its kind is of its default's, where there is one.
    """
    some = [m for m in members if m is not type(None)]
    if len(some) == 1:
        return _value(some[0], plain, base, path, faults)
    tags = {getattr(m, "kind", None): m for m in some}
    tag = plain.get("kind", getattr(base, "kind", None)) if isinstance(plain, dict) else None
    if not isinstance(tag, str) or tag not in tags:
        faults.append(Fault(_join(path, "kind"), "must be one of " + ", ".join(str(t) for t in tags)))
        return None
    kind = tags[tag]
    inner = base if type(base) is kind else None
    return _attrs(kind, {k: v for k, v in plain.items() if k != "kind"}, inner, path, faults)


def _enum(kind: type[Enum], plain: Any, path: str, faults: list[Fault]) -> Any:
    try:
        return kind(plain)
    except ValueError:
        faults.append(Fault(path, "must be one of " + ", ".join(str(m.value) for m in kind)))
        return None


def _id(text: str) -> UUID | str:
    """The id, or the text as it is, which is refused as none."""
    try:
        return UUID(text)
    except ValueError:
        return text


def _default(kind: Any) -> Any:
    """The default tree, where every field has one, so that a file may say only what differs."""
    return kind() if all(a.default is not NOTHING for a in attrs_fields(kind)) else None


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
