"""Text as the core needs it handled: codecs, HTML cleaning, linear-time patterns."""

from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Codec(Protocol):
    """One JSON form for commands, answers and events, which outlives the process that wrote it.

    Fields by name in their order; ids and enums by value, instants in RFC 3339 to the microsecond in UTC (`Z`),
    tuples as lists, nothing as `null`; of classes told apart by their `kind`, that first. Secrets and an aggregate's
    `recorded` events are left out.
    """

    def encode(self, value: Any) -> str:
        """The JSON of a value."""
        ...

    def decode(self, text: str, kind: type[T]) -> T:
        """The value in what `encode` wrote, by this version or by one that had other fields: one that is missing is at
        its default, one that is unknown is ignored.
        """
        ...


class HtmlSanitizer(Protocol):
    """Keeps what rich text is rendered with (`domain.content.rendering`) and drops everything else."""

    def clean(self, html: str) -> str:
        """HTML of these tags alone: p, h1 to h4, ul, ol, li, blockquote, pre, code, hr, br, strong, em, s and a.

        Of attributes, `start` of a list and `href` of a link stay, where that leads to `http:`, `https:` or `mailto:`;
        a link is given its `rel`. Of other tags the words stay, but those of scripts and styles. What is clean stays
        as it is, to the character.
        """
        ...


class PatternSet(Protocol):
    """Some patterns matched together, in time linear in the text."""

    def matching(self, text: str) -> list[int]:
        """The indexes of those that match somewhere, ascending."""
        ...

    def spans(self, text: str) -> list[tuple[int, int, int]]:
        """Where they match, as (index of the pattern, start, end), by start, in characters. Matches of one pattern do
        not overlap; an empty one has no place.

        A pattern with a group named `hit` is where that group is, if it took part; the rest of it is context, which
        neighbouring matches may share.
        """
        ...


class Patterns(Protocol):
    """A pattern engine whose matching time is linear, whatever the pattern: RE2's syntax, without look-around and
    back-references.
    """

    def compile(self, patterns: tuple[str, ...]) -> PatternSet:
        """Raises `Invalid` at the index of each bad pattern, too large ones too, with the reason."""
        ...
