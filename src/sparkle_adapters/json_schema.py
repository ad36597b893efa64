"""JSON Schema of the field types: one recursion over annotations, for OpenAPI and for event schemas."""

import inspect
import re
import types
from collections.abc import Hashable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

from attrs import NOTHING, Factory, field, frozen, has
from attrs import fields as attrs_fields

from sparkle_adapters.codec import JSON, has_own_json, is_secret, is_tagged_union, members_of
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN, MAX_SECRET, Items, Text, Whole, base_of, hints_of

Schema = dict[str, Any]
Direction = Literal["in", "out"]

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer", "format": "int64", "minimum": INT64_MIN, "maximum": INT64_MAX},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    Any: {},
    object: {},
    None: {"type": "null"},
    type(None): {"type": "null"},
}

_ONE_LINE = r"^[^\x00\n\r\v\f\x85\u2028\u2029]*$"
_NO_NUL = r"^[^\x00]*$"
_SAYS_SOMETHING = r"\S"


@frozen
class JsonSchemas:
    """Schemas of types; attrs classes and enums become named `definitions`, referred to.

    `in`: what people send: closed objects that require what has no default. `out`: what we answer:
    every field is there, and more may come.
    """

    refer: str = "#/$defs/"
    definitions: dict[str, Schema] = field(factory=dict)
    _owners: dict[str, Any] = field(factory=dict, init=False)

    def of(self, annotation: Any, direction: Direction = "out", bound: Mapping[Any, Any] | None = None) -> Schema:
        """The schema of an annotation. Raises TypeError for a type no JSON form is known of."""
        bound = bound or {}
        if isinstance(annotation, TypeVar):
            return self.of(bound[annotation], direction)
        if get_origin(annotation) is Annotated:
            base, *checks = get_args(annotation)
            schema = self.of(base, direction, bound)
            for check in checks:
                schema |= _checked(check)
            return schema
        plain = base_of(annotation)
        simple = _simple(plain)
        return simple if simple is not None else self._composed(plain, direction, bound)

    def _composed(self, plain: Any, direction: Direction, bound: Mapping[Any, Any]) -> Schema:
        origin, args = get_origin(plain) or plain, get_args(plain)
        if origin in (Union, types.UnionType):
            return self._union(plain, direction, bound)
        if has_own_json(plain):
            return self._own(plain)
        if has(origin):
            return self._named(plain, direction, bound)
        if isinstance(plain, type) and issubclass(plain, Enum):
            return self._enum(plain)
        return self._container(origin, args, direction, bound)

    def properties(self, kind: Any, direction: Direction, leave_out: frozenset[str] = frozenset()) -> Schema:
        """The object schema of an attrs class, inline."""
        plain = get_origin(kind) or kind
        bound = dict(zip(getattr(plain, "__parameters__", ()), get_args(kind), strict=False))
        shown = {n: h for n, h in hints_of(plain).items() if n not in leave_out and n != "recorded"}
        if direction == "out":
            shown = {n: h for n, h in shown.items() if not is_secret(h)}
        specs = {a.name: a for a in attrs_fields(plain)}
        schema: Schema = {
            "type": "object",
            "properties": {n: self._property(specs[n], h, direction, bound) for n, h in shown.items()},
        }
        required = [n for n in shown if direction == "out" or specs[n].default is NOTHING]
        if required:
            schema["required"] = required
        if direction == "in":
            schema["additionalProperties"] = False
        return schema

    def request(self, kind: type, leave_out: frozenset[str]) -> Schema:
        """What people send to make a value, without the fields that come otherwise, under the class's name."""
        if self._claimed(kind.__name__, (kind, leave_out)):
            self.definitions[kind.__name__] = self.properties(kind, "in", leave_out)
        return {"$ref": self.refer + kind.__name__}

    def _property(self, spec: Any, hint: Any, direction: Direction, bound: Mapping[Any, Any]) -> Schema:
        schema = self.of(hint, direction, bound)
        if direction == "in":
            default = spec.default.factory() if isinstance(spec.default, Factory) else spec.default  # type: ignore[arg-type]
            if default is not NOTHING and default is not None:
                plain = default.value if isinstance(default, Enum) else JSON.unstructure(default)
                schema = {**schema, "default": plain}
        return schema

    def _union(self, union: Any, direction: Direction, bound: Mapping[Any, Any]) -> Schema:
        members = [a for a in get_args(union) if a is not type(None)]
        optional = len(members) < len(get_args(union))
        if is_tagged_union(union):
            refs = {kind: self._tagged(kind, m, direction) for kind, m in members_of(union).items()}
            mapping = {kind: ref["$ref"] for kind, ref in refs.items()}
            schema: Schema = {
                "oneOf": list(refs.values()),
                "discriminator": {"propertyName": "kind", "mapping": mapping},
            }
            return {"anyOf": [schema, {"type": "null"}]} if optional else schema
        schemas = [self.of(m, direction, bound) for m in members]
        if optional and len(schemas) == 1 and isinstance(schemas[0].get("type"), str):
            return {**schemas[0], "type": [schemas[0]["type"], "null"]} | _nullable_enum(schemas[0])
        return {"anyOf": [*schemas, *([{"type": "null"}] if optional else [])]}

    def _tagged(self, kind: str, member: Any, direction: Direction) -> Schema:
        ref = self._named(member, direction, {})
        schema = self.definitions[ref["$ref"].removeprefix(self.refer)]
        if "kind" not in schema["properties"]:
            schema["properties"] = {"kind": {"const": kind}} | schema["properties"]
            schema["required"] = ["kind", *schema.get("required", ())]
        return ref

    def _named(self, kind: Any, direction: Direction, bound: Mapping[Any, Any]) -> Schema:
        plain, args = get_origin(kind) or kind, get_args(kind)
        args = tuple(bound.get(a, a) for a in args)
        kind = plain[args] if args else plain
        name = _name_of(kind) + ("Input" if direction == "in" else "")
        if self._claimed(name, kind):
            self.definitions[name] = {}  # so that a type that holds itself ends here
            self.definitions[name].update(described(plain) | self.properties(kind, direction))
        return {"$ref": self.refer + name}

    def _own(self, kind: Any) -> Schema:
        """A class that says its own schema; the definitions in it become some of ours, under its name."""
        if self._claimed(kind.__name__, kind):
            parts = {"": kind.json_schema} | {f".{part}": s for part, s in kind.json_schema.get("$defs", {}).items()}
            for part, schema in parts.items():
                kept = {k: v for k, v in schema.items() if k != "$defs"}
                self.definitions[kind.__name__ + part] = _moved(kept, f"{self.refer}{kind.__name__}.")
        return {"$ref": self.refer + kind.__name__}

    def _enum(self, kind: type[Enum]) -> Schema:
        if self._claimed(kind.__name__, kind):
            self.definitions[kind.__name__] = described(kind) | {"enum": [m.value for m in kind]}
        return {"$ref": self.refer + kind.__name__}

    def _claimed(self, name: str, kind: Any) -> bool:
        """Whether the name is new here. Raises TypeError when another type has it."""
        if self._owners.setdefault(name, kind) != kind:
            raise TypeError(f"{kind} and {self._owners[name]} would both be the schema {name}; rename one")
        return name not in self.definitions

    def _container(self, origin: Any, args: tuple[Any, ...], direction: Direction, bound: Mapping[Any, Any]) -> Schema:
        if origin in (list, frozenset, set) or (origin is tuple and len(args) == 2 and args[1] is Ellipsis):
            schema: Schema = {"type": "array", "items": self.of(args[0], direction, bound)}
            return schema if origin in (list, tuple) else schema | {"uniqueItems": True}
        if origin is tuple and args:
            items = [self.of(a, direction, bound) for a in args]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
            return {"type": "object"} | ({"additionalProperties": self.of(args[1], direction, bound)} if args else {})
        raise TypeError(f"no JSON form is known of {origin}")


def _simple(plain: Any) -> Schema | None:
    """The schema of a type that holds no other."""
    if is_secret(plain):
        return {"type": "string", "format": "password", "maxLength": MAX_SECRET}
    if get_origin(plain) is Literal:
        return {"enum": list(get_args(plain))}
    return dict(_PLAIN[plain]) if isinstance(plain, Hashable) and plain in _PLAIN else None


def _checked(check: Any) -> Schema:
    """What a `Text`, `Whole` or `Items` says, in the schema's words."""
    if isinstance(check, Whole):
        return {"minimum": check.min, "maximum": check.max}
    if isinstance(check, Items):
        return ({"minItems": check.min} if check.min else {}) | {"maxItems": check.max}
    if not isinstance(check, Text):
        return {}
    schema: Schema = ({"minLength": check.min} if check.min else {}) | {"maxLength": check.max}
    schema["pattern"] = _NO_NUL if check.lines else _ONE_LINE
    if check.min and not check.blank:
        schema["allOf"] = [{"pattern": _SAYS_SOMETHING}]
    return schema


def _moved(schema: Any, refer: str) -> Any:
    """A schema whose references to definitions of its own go elsewhere."""
    if isinstance(schema, list):
        return [_moved(one, refer) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        k: refer + v.removeprefix("#/$defs/") if k == "$ref" and isinstance(v, str) else _moved(v, refer)
        for k, v in schema.items()
    }


def _nullable_enum(schema: Schema) -> Schema:
    return {"enum": [*schema["enum"], None]} if "enum" in schema else {}


def _name_of(kind: Any) -> str:
    plain, args = get_origin(kind) or kind, get_args(kind)
    return str(plain.__name__) + ("Of" + "And".join(_name_of(a) for a in args) if args else "")


def described(kind: Any) -> Schema:
    """The description of a class: its docstring, as one Markdown text."""
    doc = inspect.getdoc(kind) if "__doc__" in vars(kind) and kind.__doc__ else None
    return {"description": unwrapped(doc)} if doc else {}


def unwrapped(doc: str) -> str:
    """A docstring with the line breaks inside its paragraphs taken out."""
    return "\n\n".join(re.sub(r"\s*\n\s*", " ", part.strip()) for part in re.split(r"\n\s*\n", doc))
