"""Text as the core needs it handled: codecs, HTML cleaning, linear-time patterns."""

from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Codec(Protocol):
    """One JSON form for commands, answers and events. Secrets are left out when encoding."""

    def encode(self, value: Any) -> str: ...

    def decode(self, text: str, kind: type[T]) -> T: ...


class HtmlSanitizer(Protocol):
    """Keeps the allowed tags and attributes and drops everything else."""

    def clean(self, html: str) -> str: ...


class PatternSet(Protocol):
    """Some patterns matched together, in time linear in the text."""

    def matching(self, text: str) -> list[int]:
        """The indexes of those that match somewhere, ascending."""
        ...

    def spans(self, text: str) -> list[tuple[int, int, int]]:
        """Where they match, as (index of the pattern, start, end), by start.

        A pattern with a group named `hit` is where that group is; the rest of it is context, which
        neighbouring matches may share.
        """
        ...


class Patterns(Protocol):
    """A pattern engine whose matching time is linear, whatever the pattern."""

    def compile(self, patterns: tuple[str, ...]) -> PatternSet:
        """Raises `Invalid` at the index of a bad pattern, with the reason."""
        ...
