"""Rich documents at random, from what the schema declares: nodes, marks and their bounds.

`documents()` for ProseMirror JSON as an editor might send it: marks in any order, texts side by side
that are set alike. Its texts are of all of Unicode, and of what an attacker would write.
"""

from typing import Any

from hypothesis import strategies as st

from sparkle_core.domain.content.nodes import INLINE, MARKS, NODES

Json = dict[str, Any]
Nodes = st.SearchStrategy[Json]

_CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("<>&\"'\n\t\u00a0/=;")
_HOSTILE = (
    "<script>alert(1)</script>",
    "</p><img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "--><svg onload=x>",
    "</code></pre><iframe>",
    "javascript:x",
)
_HREFS = (
    "https://a.example/?a=1&b=<x>'",
    'http://b.example/"onclick="x',
    "mailto:a@b.example",
    "https://bücher.example/\u00e9",
)
_MOST = 3
"""Nodes beside one another: more teach a test nothing more."""


def documents() -> Nodes:
    """Any document, as JSON, of up to about 20 blocks."""
    blocks = st.recursive(st.one_of(*map(_text_block, _blocks(nesting=False))), _nesting, max_leaves=6)
    return _node("doc", st.lists(blocks, min_size=NODES["doc"].least, max_size=_MOST))


def _blocks(*, nesting: bool) -> tuple[str, ...]:
    """The types of blocks that hold other blocks, or those that do not."""
    return tuple(name for name in NODES["doc"].content if nesting is not set(INLINE).issuperset(NODES[name].content))


def _node(name: str, content: st.SearchStrategy[list[Json]] | None) -> Nodes:
    """Nodes of a type, which hold that content, with any numbers that the type has."""
    numbers = {key: st.integers(bounds.min, bounds.max) for key, bounds in NODES[name].numbers.items()}
    left_out = {key: numbers.pop(key) for key in NODES[name].defaults}
    parts: dict[str, st.SearchStrategy[Any]] = {"type": st.just(name)}
    if content is not None:
        parts["content"] = content
    if numbers or left_out:
        parts["attrs"] = st.fixed_dictionaries(numbers, optional=left_out)
    return st.fixed_dictionaries(parts)


def _text_block(name: str) -> Nodes:
    declared = NODES[name]
    kinds = {"text": _texts(marked=declared.marked), "hard_break": st.just({"type": "hard_break"})}
    inline = [kinds[child] for child in declared.content]
    return _node(name, st.lists(st.one_of(inline), max_size=_MOST) if inline else None)


def _texts(*, marked: bool) -> Nodes:
    words = st.text(_CHARACTERS, min_size=1, max_size=12) | st.sampled_from(_HOSTILE)
    marks = st.lists(st.one_of(*map(_mark, MARKS)), max_size=len(MARKS), unique_by=lambda mark: str(mark["type"]))
    return st.fixed_dictionaries({"type": st.just("text"), "text": words}, optional={"marks": marks} if marked else {})


def _mark(name: str) -> Nodes:
    parts: dict[str, st.SearchStrategy[Any]] = {"type": st.just(name)}
    if name == "link":
        parts["attrs"] = st.fixed_dictionaries({"href": st.sampled_from(_HREFS)})
    return st.fixed_dictionaries(parts)


def _nesting(blocks: Nodes) -> Nodes:
    """Blocks that hold some of these."""
    return st.one_of(*(_node(name, _held(name, blocks)) for name in _blocks(nesting=True)))


def _held(name: str, blocks: Nodes) -> st.SearchStrategy[list[Json]]:
    declared = NODES[name]
    if declared.first is not None:
        more = st.lists(blocks, max_size=_MOST - 1)
        return st.builds(lambda first, rest: [first, *rest], _text_block(declared.first), more)
    if declared.content == NODES["doc"].content:
        return st.lists(blocks, min_size=declared.least, max_size=_MOST)
    items = [_node(child, _held(child, blocks)) for child in declared.content]
    return st.lists(st.one_of(items), min_size=declared.least, max_size=_MOST)
