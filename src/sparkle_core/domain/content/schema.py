"""The documents' schema in the words of JSON Schema, for whoever writes to us from elsewhere."""

from typing import Any

from sparkle_core.domain.content.links import MAX_LINK
from sparkle_core.domain.content.nodes import BLOCKS, INLINE, MARKS, NODES

REFER = "#/$defs/"
"""Where the definitions stand in this schema."""

UNMARKED = "unmarked_text"


def _closed(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _any_of(names: tuple[str, ...]) -> dict[str, Any]:
    refs = [{"$ref": REFER + name} for name in names]
    return refs[0] if len(refs) == 1 else {"oneOf": refs}


def _node(name: str, *, marked: bool = True) -> dict[str, Any]:
    declared = NODES[name]
    properties: dict[str, Any] = {"type": {"const": name}}
    required = ["type"]
    if name == "text":
        properties["text"] = {"type": "string", "minLength": 1, "pattern": r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"}
        required.append("text")
        if marked:
            properties["marks"] = {"type": "array", "items": _any_of(MARKS), "maxItems": len(MARKS)}
    if declared.numbers:
        numbers = {n: {"type": "integer", "minimum": w.min, "maximum": w.max} for n, w in declared.numbers.items()}
        needed = tuple(n for n in numbers if n not in declared.defaults)
        properties["attrs"] = _closed(needed, **numbers)
        required += ["attrs"] if needed else []
    if declared.content:
        content: dict[str, Any] = {
            "type": "array",
            "items": _any_of(declared.content if declared.marked else (UNMARKED,)),
        }
        if declared.least:
            content["minItems"] = declared.least
            required.append("content")
        if declared.first:
            content["prefixItems"] = [{"$ref": REFER + declared.first}]
        properties["content"] = content
    return _closed(tuple(required), **properties)


def _mark(name: str) -> dict[str, Any]:
    if name != "link":
        return _closed(("type",), type={"const": name})
    href = {"type": "string", "format": "uri", "pattern": "^(https?://|mailto:)", "maxLength": MAX_LINK}
    return _closed(("type", "attrs"), type={"const": name}, attrs=_closed(("href",), href=href))


JSON_SCHEMA: dict[str, Any] = {
    "description": "A rich document as ProseMirror JSON: at most 20 nodes deep, 5,000 nodes, 100,000 characters.",
    **_node("doc"),
    "$defs": {name: _node(name) for name in (*BLOCKS, *INLINE, "list_item")}
    | {UNMARKED: _node("text", marked=False)}
    | {name: _mark(name) for name in MARKS},
}
