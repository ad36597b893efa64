"""Linear-time patterns with google-re2: one automaton says which of thousands match, those alone are sought."""

from itertools import pairwise
from typing import Any

import re2
from attrs import field, frozen

from sparkle_core.domain.kernel.errors import Fault, Invalid

_MEMORY = 64 * 2**20
_MEMORY_A_PATTERN = 32 * 2**10
"""Bytes for the automaton and its cache of states: RE2's own 8 MiB hold a few hundred patterns."""

HIT = "hit"
"""A pattern with a group of this name is said to be where the group is; the rest of it is context."""


@frozen(eq=False)
class Re2PatternSet:
    """The `PatternSet` port."""

    patterns: tuple[str, ...]
    _which: Any
    _compiled: dict[int, Any] = field(factory=dict, init=False)

    def matching(self, text: str) -> list[int]:
        return self._matching(text.encode())

    def spans(self, text: str) -> list[tuple[int, int, int]]:
        data = text.encode()
        found = [(i, *span) for i in self._matching(data) for span in self._spans_of(i, data)]
        if len(data) != len(text):
            found = _in_characters(found, data)
        return sorted(found, key=lambda f: (f[1], f[2], f[0]))

    def _matching(self, data: bytes) -> list[int]:
        return sorted(self._which.Match(data) or ()) if self.patterns else []

    def _spans_of(self, index: int, data: bytes) -> list[tuple[int, int]]:
        pattern = self._compiled.get(index)
        if pattern is None:
            pattern = self._compiled[index] = re2.compile(self.patterns[index].encode(), _options())
        group = pattern.groupindex.get(HIT.encode(), 0)
        spans: list[tuple[int, int]] = []
        at = 0
        while (match := pattern.search(data, at)) is not None:
            start, end = match.span(group)
            if start < 0:  # the group took no part: the whole match is the place
                start, end = match.span()
            if end > start:
                spans.append((start, end))
            at = max(end, at + 1)
            if at > len(data):
                break
        return spans


def _in_characters(found: list[tuple[int, int, int]], data: bytes) -> list[tuple[int, int, int]]:
    """Byte offsets as character offsets, in one pass over the text."""
    offsets = sorted({0} | {at for _, start, end in found for at in (start, end)})
    place, characters = {0: 0}, 0
    for before, after in pairwise(offsets):
        characters += len(data[before:after].decode())
        place[after] = characters
    return [(i, place[start], place[end]) for i, start, end in found]


class Re2Patterns:
    """The `Patterns` port: RE2 syntax, without look-around and back-references."""

    def compile(self, patterns: tuple[str, ...]) -> Re2PatternSet:
        which = re2.Set.SearchSet(_options(_MEMORY + _MEMORY_A_PATTERN * len(patterns)))
        faults = [Fault(str(i), fault) for i, p in enumerate(patterns) if (fault := _added(which, p)) is not None]
        if faults:
            raise Invalid(tuple(faults))
        if patterns:
            _finish(which)
        return Re2PatternSet(patterns, which)


def _options(memory: int | None = None) -> Any:
    options = re2.Options()
    options.log_errors = False
    if memory is not None:
        options.max_mem = memory
    return options


def _added(which: Any, pattern: str) -> str | None:
    """Add a pattern to the set, or say what is wrong with it."""
    try:
        compiled = re2.compile(pattern.encode(), _options()) if not _joins(which, pattern) else None
    except re2.error as error:
        return f"is no pattern: {_wording(error)}"
    return None if compiled is None else "is too large a pattern"


def _joins(which: Any, pattern: str) -> bool:
    try:
        which.Add(pattern)
    except re2.error:
        return False
    return True


def _wording(error: Exception) -> str:
    said = error.args[0] if error.args else "unknown"
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def _finish(which: Any) -> None:
    try:
        which.Compile()
    except re2.error as error:
        raise Invalid.at("$", "the patterns are too large together") from error
