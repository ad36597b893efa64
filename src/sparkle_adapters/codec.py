"""One codec for every adapter: values to rows and back, values to JSON and back.

A row is a tuple in the order of the type's fields. Plain fields (ids, text, numbers, instants,
enums by value) are columns of their own; whatever is nested travels as JSON text.
"""

import types
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import reduce
from operator import attrgetter, or_
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import orjson
from attrs import field, frozen, has
from attrs import fields as attrs_fields
from cattrs import Converter
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.orjson import make_converter

from sparkle_core.domain.kernel.copying import REVIVE
from sparkle_core.domain.kernel.fields import Secret, base_of, hints_of
from sparkle_core.domain.kernel.per_class import PerClass

T = TypeVar("T")

Affinity = Literal["uuid", "int", "text", "bool", "instant", "json"]

_AFFINITIES: dict[Any, Affinity] = {UUID: "uuid", int: "int", str: "text", bool: "bool", datetime: "instant"}


@frozen
class Column:
    """How one field is stored: its name, what kind of column, whether it may be empty, how long text may get."""

    name: str
    affinity: Affinity
    nullable: bool
    type: Any


def optional_of(annotation: Any) -> tuple[Any, bool]:
    """The annotation without `None`, and whether it had one."""
    if get_origin(annotation) in (Union, types.UnionType):
        some = [a for a in get_args(annotation) if a is not type(None)]
        if len(some) != len(get_args(annotation)):
            return reduce(or_, some), True
    return annotation, False


def column_of(name: str, annotation: Any) -> Column:
    """The column of a field, from its annotation."""
    inner, nullable = optional_of(annotation)
    plain = base_of(inner)
    if isinstance(plain, type) and issubclass(plain, Enum):
        return Column(name, "text", nullable, plain)
    return Column(name, _AFFINITIES.get(plain, "json"), nullable, inner)


@frozen
class RowCodec(Generic[T]):
    """Between one type's values and its rows."""

    type: type[T]
    columns: tuple[Column, ...]
    _get: Callable[[Any], tuple[Any, ...]]
    _dumps: tuple[tuple[int, Callable[[Any], Any]], ...]
    _loads: tuple[tuple[int, Callable[[Any], Any]], ...]
    _recorded_at: int | None
    _revive: Callable[[Iterable[Any]], Any]
    names: tuple[str, ...] = field(init=False, eq=False)
    _dump_by_name: dict[str, Callable[[Any], Any] | None] = field(init=False, eq=False)

    @_dump_by_name.default
    def _all_dumps(self) -> dict[str, Callable[[Any], Any] | None]:
        return {column.name: dict(self._dumps).get(i) for i, column in enumerate(self.columns)}

    @names.default
    def _all_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def row(self, value: T) -> tuple[Any, ...]:
        """The value as a row, in the order of `columns`."""
        got = self._get(value)
        if not self._dumps:
            return got
        row = list(got)
        for i, dump in self._dumps:
            if row[i] is not None:
                row[i] = dump(row[i])
        return tuple(row)

    def value(self, row: Any) -> T:
        """The value in a row: any sequence in the order of `columns`. It was checked when it was made."""
        values = list(row)
        for i, load in self._loads:
            if values[i] is not None:
                values[i] = load(values[i])
        if self._recorded_at is not None:
            values.insert(self._recorded_at, ())
        made: T = self._revive(values)
        return made

    def column(self, name: str) -> Column:
        """A column by name. Raises KeyError naming those there are."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.type.__name__} has no field {name!r}; it has {', '.join(self.names)}")

    def plain(self, name: str, value: Any) -> Any:
        """A field's value as it stands in a row, for clauses and changes."""
        if name not in self._dump_by_name:
            self.column(name)  # says which there are
        dump = self._dump_by_name[name]
        return value if value is None or dump is None else dump(value)


def rows_of(kind: type[T]) -> RowCodec[T]:
    """The row codec of an attrs class; an aggregate's `recorded` events are not stored."""
    return _ROW_CODECS[kind]


def _rows_of(kind: type) -> RowCodec[Any]:
    hints = {n: h for n, h in hints_of(kind).items() if n != "recorded"}
    columns = tuple(column_of(name, hint) for name, hint in hints.items())
    dumps = tuple((i, d) for i, c in enumerate(columns) if (d := _dump(c)) is not None)
    loads = tuple((i, d) for i, c in enumerate(columns) if (d := _load(c)) is not None)
    names = [a.name for a in attrs_fields(kind)]
    recorded_at = names.index("recorded") if "recorded" in names else None
    get = attrgetter(*(c.name for c in columns))
    return RowCodec(
        kind, columns, get if len(columns) > 1 else lambda v: (get(v),), dumps, loads, recorded_at, REVIVE[kind]
    )


_ROW_CODECS = PerClass(_rows_of)


def _dump(column: Column) -> Callable[[Any], Any] | None:
    if column.affinity == "json":
        kind = column.type
        return lambda value: orjson.dumps(JSON.unstructure(value, kind)).decode()
    if isinstance(column.type, type) and issubclass(column.type, Enum):
        return attrgetter("_value_")  # what `value` reads, past its descriptor
    return None


def _load(column: Column) -> Callable[[Any], Any] | None:
    if column.affinity == "json":
        kind, structure = column.type, JSON.get_structure_hook(column.type)
        return lambda text: structure(orjson.loads(text), kind)
    if isinstance(column.type, type) and issubclass(column.type, Enum):
        return {m.value: m for m in column.type}.__getitem__
    return None


def instant_text(value: datetime) -> str:
    """An instant in RFC 3339, to the microsecond, in UTC."""
    in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def is_tagged_union(annotation: Any) -> bool:
    """Whether it is a union of attrs classes told apart by their `kind`."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return False
    some = [a for a in get_args(annotation) if a is not type(None)]
    return len(some) > 1 and all(has(get_origin(a) or a) and hasattr(a, "kind") for a in some)


def members_of(annotation: Any) -> dict[str, type]:
    """A tagged union's classes by their `kind`."""
    return {a.kind: a for a in get_args(annotation) if a is not type(None)}


def has_own_json(annotation: Any) -> bool:
    """Whether a class says its own JSON form, by `from_json`, `to_json` and a `json_schema`."""
    return isinstance(annotation, type) and hasattr(annotation, "from_json") and hasattr(annotation, "to_json")


def configure(converter: Converter) -> Converter:
    """Teach a converter our plain types, tagged unions, and to leave secrets out."""
    converter.register_unstructure_hook(UUID, str)
    converter.register_structure_hook(UUID, lambda v, _: v if isinstance(v, UUID) else UUID(v))
    converter.register_unstructure_hook(datetime, instant_text)
    converter.register_structure_hook(
        datetime, lambda v, _: v if isinstance(v, datetime) else datetime.fromisoformat(v).astimezone(UTC)
    )
    converter.register_structure_hook(type(None), lambda _, __: None)
    converter.register_unstructure_hook_factory(has, lambda c: _unstructure_attrs(c, converter))
    converter.register_structure_hook_factory(has, lambda c: _structure_attrs(c, converter))
    converter.register_unstructure_hook_func(has_own_json, lambda value: value.to_json())
    converter.register_structure_hook_factory(_is_list, homogenous_tuple_structure_factory)
    converter.register_structure_hook_func(has_own_json, lambda value, kind: kind.from_json(value))
    converter.register_unstructure_hook_factory(is_tagged_union, lambda u: _unstructure_tagged(converter))
    converter.register_structure_hook_factory(is_tagged_union, lambda u: _structure_tagged(u, converter))
    return converter


def _is_list(annotation: Any) -> bool:
    """Whether it is a tuple of any length of one type: how to structure one is found out once, not each time."""
    return get_origin(annotation) is tuple and get_args(annotation)[-1:] == (Ellipsis,)


def is_secret(annotation: Any) -> bool:
    """Whether a field holds a secret."""
    plain = base_of(optional_of(annotation)[0])
    return plain is Secret or get_origin(plain) is Secret


def _overrides(cls: Any) -> dict[str, Any]:
    plain = get_origin(cls) or cls
    hints = hints_of(plain)
    left_out = [a.name for a in attrs_fields(plain) if a.name == "recorded" or is_secret(hints[a.name])]
    return {name: override(omit=True) for name in left_out}


def _unstructure_attrs(cls: Any, converter: Converter) -> Callable[[Any], Any]:
    return make_dict_unstructure_fn(cls, converter, **_overrides(cls))


def _structure_attrs(cls: Any, converter: Converter) -> Any:
    return make_dict_structure_fn(
        cls, converter, recorded=override(omit=True), _cattrs_forbid_extra_keys=converter.forbid_extra_keys
    )


def _unstructure_tagged(converter: Converter) -> Callable[[Any], Any]:
    def unstructure(value: Any) -> Any:
        return None if value is None else {"kind": value.kind, **converter.unstructure(value, type(value))}

    return unstructure


def _structure_tagged(union: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    members = members_of(union)
    optional = type(None) in get_args(union)

    def structure(value: Any, _: Any) -> Any:
        if value is None and optional:
            return None
        kind = value.get("kind") if isinstance(value, Mapping) else None
        if not isinstance(kind, str) or kind not in members:
            raise ValueError(f"kind must be one of {', '.join(members)}")
        return converter.structure({k: v for k, v in value.items() if k != "kind"}, members[kind])

    return structure


JSON = configure(make_converter(detailed_validation=False))
"""For values of our own making: nested fields of rows, receipts, events."""


_FAST = configure(make_converter(detailed_validation=False))
_FAST.register_unstructure_hook(UUID, lambda id: id)  # orjson writes ids itself, four times as fast


_UNSTRUCTURE: PerClass[Callable[[Any], Any]] = PerClass(_FAST.get_unstructure_hook)
"""The converter's own hooks, which it would look up anew for each value."""


class JsonCodec:
    """The `Codec` port."""

    def encode(self, value: Any) -> str:
        return orjson.dumps(_UNSTRUCTURE[type(value)](value), default=str).decode()

    def decode(self, text: str, kind: type[T]) -> T:
        return JSON.structure(orjson.loads(text), kind)
