"""Documents as HTML and as plain text. Every character of a text is escaped; tags come from here alone."""

from collections.abc import Callable, Iterator

from sparkle_core.domain.content.nodes import Mark, Node

LINK_REL = "nofollow ugc noopener"

_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", 0xA0: "&nbsp;"}
_IN_TEXT = {code: text for code, text in _ESCAPES.items() if code != ord('"')}

_TAGS = {
    "doc": ("", ""),
    "paragraph": ("<p>", "</p>"),
    "heading": ("<h{0}>", "</h{0}>"),
    "bullet_list": ("<ul>", "</ul>"),
    "ordered_list": ('<ol start="{0}">', "</ol>"),
    "list_item": ("<li>", "</li>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "code_block": ("<pre><code>", "</code></pre>"),
    "horizontal_rule": ("<hr>", ""),
    "hard_break": ("<br>", ""),
}
_MARK_TAGS = {"bold": "strong", "italic": "em", "strike": "s", "code": "code"}


def html_of(node: Node) -> str:
    """The node as HTML, in the form a sanitiser leaves as it is."""
    if node.type == "text":
        return _marked(node.text.translate(_IN_TEXT), node.marks)
    opening, closing = _TAGS[node.type]
    if node.type == "ordered_list" and node.number == 1:
        opening = "<ol>"
    return opening.format(node.number) + "".join(map(html_of, node.content)) + closing.format(node.number)


def _marked(html: str, marks: tuple[Mark, ...]) -> str:
    for mark in reversed(marks):
        if mark.href is not None:
            html = f'<a href="{mark.href.translate(_ESCAPES)}" rel="{LINK_REL}">{html}</a>'
        else:
            tag = _MARK_TAGS[mark.type]
            html = f"<{tag}>{html}</{tag}>"
    return html


def text_of(node: Node) -> str:
    """The node's words: blocks with an empty line between them, list items on lines of their own."""
    if is_text_block(node):
        return "".join(child.text if child.type == "text" else "\n" for child in node.content)
    if node.type in ("bullet_list", "ordered_list"):
        return "\n".join(_items(node))
    apart = "\n" if node.type == "list_item" else "\n\n"
    return apart.join(text for text in map(text_of, node.content) if text)


def _items(node: Node) -> Iterator[str]:
    for i, item in enumerate(node.content):
        sign = f"{node.number + i}." if node.number is not None else "-"
        yield f"{sign} {text_of(item)}"


def is_text_block(node: Node) -> bool:
    """Whether the node holds text itself, rather than other blocks."""
    return node.type in ("paragraph", "heading", "code_block")


def is_blank(node: Node) -> bool:
    """Whether no text in it says anything."""
    return not node.text.strip() and all(map(is_blank, node.content))


def hrefs_of(node: Node) -> Iterator[str]:
    """Where the links in it lead, in order."""
    for mark in node.marks:
        if mark.href is not None:
            yield mark.href
    for child in node.content:
        yield from hrefs_of(child)


def reworded(node: Node, change: Callable[[str], str]) -> Node:
    """The node with the text of each block changed.

    A change that keeps the length keeps all marks; after another one the block is one unmarked text.
    """
    if not is_text_block(node):
        return Node(node.type, tuple(reworded(child, change) for child in node.content), number=node.number)
    before = text_of(node)
    after = change(before)
    if after == before:
        return node
    if len(after) != len(before):
        return Node(node.type, (Node("text", text=after),) if after else (), number=node.number)
    pieces = zip(node.content, _cut(after, node.content), strict=True)
    content = (Node("text", text=p, marks=child.marks) if child.type == "text" else child for child, p in pieces)
    return Node(node.type, tuple(content), number=node.number)


def _cut(text: str, nodes: tuple[Node, ...]) -> Iterator[str]:
    """The text in pieces as long as the nodes' own."""
    start = 0
    for node in nodes:
        end = start + (len(node.text) if node.type == "text" else 1)
        yield text[start:end]
        start = end
