"""Rich text: a document that was held to our schema when it was made, equal by value."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, Self

from attrs import field, frozen

from sparkle_core.domain.content.nodes import MAX_CHARACTERS, Node, read_document
from sparkle_core.domain.content.rendering import hrefs_of, html_of, is_blank, reworded, text_of
from sparkle_core.domain.content.schema import JSON_SCHEMA

EXCERPT = 300


@frozen
class RichText:
    """A document of headings, lists, quotes, code, breaks and marked text, as ProseMirror JSON.

    At most 20 nodes deep, 5,000 nodes and 100,000 characters (those of links included). Raises
    `Invalid` naming every fault with its path.

    >>> body = RichText.of("Hello <world>")
    >>> body.to_html()
    '<p>Hello &lt;world&gt;</p>'
    >>> body == RichText(body.to_json())
    True
    """

    json_schema: ClassVar[dict[str, Any]] = JSON_SCHEMA

    document: Node = field(converter=read_document, repr=False)

    @classmethod
    def of(cls, text: str) -> Self:
        """Plain text as a document: an empty line ends a paragraph, a single line end breaks the line."""
        if len(text) > MAX_CHARACTERS:
            text = text[: MAX_CHARACTERS + 1]  # one too many, so that reading it says how many there may be
        plain = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        return cls({"type": "doc", "content": [_paragraph(p) for p in re.split(r"\n[ \t]*\n\s*", plain)]})

    @classmethod
    def from_json(cls, plain: object) -> Self:
        """The text in ProseMirror JSON. Raises `Invalid`."""
        return cls(plain)

    def to_json(self) -> dict[str, Any]:
        """The one ProseMirror JSON that stands for this text."""
        return self.document.to_json()

    def to_html(self) -> str:
        """HTML of fixed tags; links carry `rel="nofollow ugc noopener"`."""
        return html_of(self.document)

    def to_text(self) -> str:
        """The words alone."""
        return text_of(self.document)

    def excerpt(self, size: int = EXCERPT) -> str:
        """The beginning, on one line, of at most `size` characters; cut between words, with an ellipsis."""
        words = " ".join(self.to_text().split())
        if len(words) <= size:
            return words
        head = words[: size - 1]
        cut = head.rsplit(" ", 1)[0] if " " in head else head
        return f"{cut}…"

    def reworded(self, change: Callable[[str], str]) -> Self:
        """With the text of each block changed; marks stay where a change keeps the length, as a censor's does."""
        after = reworded(self.document, change)
        return self if after == self.document else type(self)(after)

    @property
    def links(self) -> tuple[str, ...]:
        """Where its links lead, each address once, in order."""
        return tuple(dict.fromkeys(hrefs_of(self.document)))

    @property
    def is_blank(self) -> bool:
        """Whether it says nothing."""
        return is_blank(self.document)


def _paragraph(text: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for i, line in enumerate(text.split("\n")):
        content += [{"type": "hard_break"}] if i else []
        content += [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": content}
