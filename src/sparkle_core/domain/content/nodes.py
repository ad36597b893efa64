"""Our own schema of rich documents, as data, and the reading of ProseMirror JSON under it.

Everything that is not declared here is refused, and every fault is named with its path. Source:
docs/contexts/content.md: depth and size bounded.
"""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen, mutable

from sparkle_core.domain.content.links import fault_of_link
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Whole

MAX_DEPTH = 20
"""How deep nodes nest; the document itself is 1."""
MAX_NODES = 5_000
MAX_CHARACTERS = 100_000
"""Of text, and of the addresses that links lead to, together."""


@frozen
class NodeType:
    """What a node may hold: the types of its children, how many at least, and which comes first.

    `marked`: whether texts in it may carry marks. `numbers`: the whole-number attribute, if any, with
    its bounds. `defaults`: what it is when left out.
    """

    content: tuple[str, ...] = ()
    least: int = 0
    first: str | None = None
    marked: bool = True
    text: bool = False
    numbers: Mapping[str, Whole] = field(factory=dict)
    defaults: Mapping[str, int] = field(factory=dict)
    keys: frozenset[str] = field(init=False)

    @keys.default
    def _keys(self) -> frozenset[str]:
        """Of its JSON object."""
        kept = {"content": self.content, "attrs": self.numbers, "text": self.text, "marks": self.text}
        return frozenset({"type"} | {key for key, has_it in kept.items() if has_it})


BLOCKS = ("paragraph", "heading", "bullet_list", "ordered_list", "blockquote", "code_block", "horizontal_rule")
INLINE = ("text", "hard_break")

NODES: Mapping[str, NodeType] = {
    "doc": NodeType(BLOCKS, least=1),
    "paragraph": NodeType(INLINE),
    "heading": NodeType(INLINE, numbers={"level": Whole(1, 4)}),
    "bullet_list": NodeType(("list_item",), least=1),
    "ordered_list": NodeType(("list_item",), least=1, numbers={"order": Whole(1, 999_999)}, defaults={"order": 1}),
    "list_item": NodeType(BLOCKS, least=1, first="paragraph"),
    "blockquote": NodeType(BLOCKS, least=1),
    "code_block": NodeType(("text",), marked=False),
    "horizontal_rule": NodeType(),
    "hard_break": NodeType(),
    "text": NodeType(text=True),
}
MARKS = ("link", "bold", "italic", "strike", "code")
"""From the outermost to the innermost: the order in which a text's marks are kept."""


@frozen
class Mark:
    """How a text is set; a link says where it leads."""

    type: str
    href: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type} | ({"attrs": {"href": self.href}} if self.href is not None else {})


@frozen
class Node:
    """One node of a document that was read; immutable, equal by value. `number`: a heading's level, a list's start."""

    type: str
    content: "tuple[Node, ...]" = ()
    text: str = ""
    marks: tuple[Mark, ...] = ()
    number: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The node as ProseMirror writes it, without what is at its default."""
        plain: dict[str, Any] = {"type": self.type}
        declared = NODES[self.type]
        for name in declared.numbers:
            if self.number != declared.defaults.get(name):
                plain["attrs"] = {name: self.number}
        if self.content:
            plain["content"] = [child.to_json() for child in self.content]
        if self.type == "text":
            plain["text"] = self.text
        if self.marks:
            plain["marks"] = [mark.to_json() for mark in self.marks]
        return plain


def read_document(plain: object) -> Node:
    """The document in some ProseMirror JSON, in its one canonical form. Raises `Invalid`."""
    if isinstance(plain, Node):
        plain = plain.to_json()
    reading = Reading()
    root = reading.node(plain, "", ("doc",), depth=1, marked=False)
    if reading.faults or root is None:
        raise Invalid.all_of(reading.faults)
    return root


@mutable
class Reading:
    """A document being read: what is wrong with it so far, and how big it is."""

    faults: list[Fault] = field(factory=list)
    nodes: int = 0
    characters: int = 0

    def fault(self, path: str, message: str) -> None:
        self.faults.append(Fault(path or "$", message))

    def node(self, plain: object, path: str, allowed: tuple[str, ...], *, depth: int, marked: bool) -> Node | None:
        """One node and all below it; None when something is wrong with it."""
        self.nodes += 1
        before = len(self.faults)
        wrong = _wrong_with_node(plain, path, allowed, depth)
        if self.nodes > MAX_NODES:
            self._too_big(f"must have at most {MAX_NODES:,} nodes")
        elif wrong is not None:
            self.faults.append(wrong)
        else:
            assert isinstance(plain, dict)
            kind = plain["type"]
            self._only(plain, path, kind)
            node = self._text(plain, path, marked=marked) if kind == "text" else self._block(plain, path, kind, depth)
            return node if len(self.faults) == before else None
        return None

    def _block(self, plain: dict[Any, Any], path: str, kind: str, depth: int) -> Node:
        declared = NODES[kind]
        number = self._number(plain, path, kind) if declared.numbers else None
        return Node(kind, self._children(plain, path, declared, depth) if declared.content else (), number=number)

    def _too_big(self, message: str) -> None:
        if self.faults[-1:] != [Fault("$", message)]:
            self.fault("$", message)

    def _only(self, plain: dict[Any, Any], path: str, kind: str) -> None:
        """Name every key that the node's type does not have."""
        known = NODES[kind].keys
        if not plain.keys() <= known:
            for key in plain.keys() - known:
                self.fault(_at(path, str(key)[:80]), f"is nothing that {kind} has; it has {', '.join(sorted(known))}")

    def _children(self, plain: dict[Any, Any], path: str, declared: NodeType, depth: int) -> tuple[Node, ...]:
        content = plain.get("content", ())
        if not isinstance(content, list | tuple):
            self.fault(_at(path, "content"), "must be a list")
            return ()
        if len(content) < declared.least:
            self.fault(_at(path, "content"), f"must have at least {declared.least}: " + " or ".join(declared.content))
        first = (declared.first,) if declared.first else declared.content
        children: list[Node] = []
        for i, one in enumerate(content):
            if self.nodes > MAX_NODES:
                break
            allowed = declared.content if i else first
            child = self.node(one, _at(path, f"content.{i}"), allowed, depth=depth + 1, marked=declared.marked)
            if child is not None:
                _add(children, child)
        return tuple(children)

    def _number(self, plain: dict[Any, Any], path: str, kind: str) -> int | None:
        """The one attribute that a node of this type has."""
        attrs = plain.get("attrs", {})
        if not isinstance(attrs, dict):
            self.fault(_at(path, "attrs"), "must be an object")
            return None
        declared = NODES[kind]
        for name in attrs.keys() - declared.numbers.keys():
            self.fault(_at(path, f"attrs.{str(name)[:80]}"), f"is nothing that {kind} has")
        ((name, bounds),) = declared.numbers.items()
        value = attrs.get(name, declared.defaults.get(name))
        message = bounds(value)
        if message:
            self.fault(_at(path, f"attrs.{name}"), message)
        return value if type(value) is int else None

    def _text(self, plain: dict[Any, Any], path: str, *, marked: bool) -> Node | None:
        text, marks = plain.get("text"), plain.get("marks", ())
        message = fault_of_text(text)
        if message or not isinstance(text, str):
            self.fault(_at(path, "text"), message or "must be text")
            return None
        self._count(len(text))
        if marks in ((), []):
            return Node("text", text=text)
        if not marked:
            self.fault(_at(path, "marks"), "must be left out here")
        return Node("text", text=text, marks=self._marks(marks, _at(path, "marks")))

    def _count(self, characters: int) -> None:
        self.characters += characters
        if self.characters > MAX_CHARACTERS:
            self._too_big(f"must have at most {MAX_CHARACTERS:,} characters, with those of links")

    def _marks(self, plain: object, path: str) -> tuple[Mark, ...]:
        if not isinstance(plain, list | tuple):
            self.fault(path, "must be a list")
            return ()
        found: dict[str, Mark] = {}
        for i, one in enumerate(plain[: len(MARKS) + 1]):
            mark = self._mark(one, f"{path}.{i}")
            if mark is not None and mark.type in found:
                self.fault(f"{path}.{i}.type", f"{mark.type} is given twice")
            elif mark is not None:
                found[mark.type] = mark
        return tuple(found[name] for name in MARKS if name in found)

    def _mark(self, plain: object, path: str) -> Mark | None:
        kind = plain.get("type") if isinstance(plain, dict) else None
        if not isinstance(plain, dict) or not isinstance(kind, str) or kind not in MARKS:
            self.fault(f"{path}.type", "must be one of " + ", ".join(MARKS))
            return None
        known = {"type", "attrs"} if kind == "link" else {"type"}
        for name in plain.keys() - known:
            self.fault(f"{path}.{str(name)[:80]}", f"is nothing that {kind} has")
        return self._link(plain.get("attrs"), f"{path}.attrs") if kind == "link" else Mark(kind)

    def _link(self, attrs: object, path: str) -> Mark | None:
        if not isinstance(attrs, dict):
            self.fault(path, "must be an object with an href")
            return None
        for name in attrs.keys() - {"href"}:
            self.fault(f"{path}.{str(name)[:80]}", "is nothing that a link has")
        return Mark("link", self._href(attrs.get("href"), f"{path}.href"))

    def _href(self, href: object, path: str) -> str | None:
        message = fault_of_link(href)
        if message:
            self.fault(path, message)
        if not isinstance(href, str):
            return None
        self._count(len(href))
        return href


def _wrong_with_node(plain: object, path: str, allowed: tuple[str, ...], depth: int) -> Fault | None:
    if depth > MAX_DEPTH:
        return Fault(path, f"must not nest deeper than {MAX_DEPTH} nodes")
    if not isinstance(plain, dict):
        return Fault(path or "$", "must be an object")
    if plain.get("type") not in allowed:
        return Fault(_at(path, "type"), "must be " + " or ".join(allowed))
    return None


def fault_of_text(text: object) -> str | None:
    """What is wrong with the text of a node; None when nothing is."""
    if not isinstance(text, str) or not text:
        return "must be text of at least one character"
    if not (text.isascii() and text.isprintable()):
        if any((c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" for c in text):
            return "must not contain control characters; a line ends with \\n alone"
        if any("\ud800" <= c <= "\udfff" for c in text):
            return "must not contain a lone surrogate"
    return None


def _add(nodes: list[Node], node: Node) -> None:
    """Add a node; texts side by side that are set alike become one, so that equal documents are equal."""
    last = nodes[-1] if nodes else None
    if last is not None and last.type == node.type == "text" and last.marks == node.marks:
        nodes[-1] = Node("text", text=last.text + node.text, marks=last.marks)
    else:
        nodes.append(node)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
