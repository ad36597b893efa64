"""One plain form for what is written to look different: the text that word lists are matched on.

Folding is character by character (one C-level `translate`), so it is linear and every folded
character knows where it came from: what is found in the folded text can be censored in the
original. Repeats, separators and leetspeak are read on top of that, in `words.py`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cached_property

SYMBOLS = "@$!|"
"""Kept as they are, because they stand for letters in leetspeak."""

SEPARATOR = "."
SPACE = " "

# Letters that look like Latin ones and that NFKC keeps apart. Fullwidth, mathematical, circled and
# superscript letters need no row: NFKC folds them.
_LOOKALIKES = {
    # Cyrillic
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "һ": "h", "н": "h", "і": "i", "ї": "i",
    "ј": "j", "к": "k", "ӏ": "l", "м": "m", "о": "o", "р": "p", "ԛ": "q", "ѕ": "s", "т": "t", "ѵ": "v",
    "ԝ": "w", "х": "x", "у": "y", "ү": "y",
    # Greek
    "α": "a", "β": "b", "ϲ": "c", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p",
    "τ": "t", "υ": "u", "χ": "x", "γ": "y", "ω": "w",
    # Armenian, Latin and letterlike
    "օ": "o", "ս": "u", "հ": "h", "ո": "n", "ց": "g", "ı": "i", "ȷ": "j", "ł": "l", "ø": "o", "đ": "d", "ħ": "h",
    "ŧ": "t", "ɑ": "a", "ɡ": "g", "ɩ": "i", "ʀ": "r", "ɴ": "n", "ʟ": "l", "ʙ": "b", "ɢ": "g", "ʜ": "h", "ᴀ": "a",
    "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ᴊ": "j", "ᴋ": "k", "ᴍ": "m", "ᴏ": "o", "ᴘ": "p", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v",
    "ᴡ": "w", "ᴢ": "z", "ꜱ": "s", "ʏ": "y", "ɪ": "i", "ƒ": "f",
}  # fmt: skip

_MARKS = tuple(range(0x300, 0x370)) + tuple(range(0x1AB0, 0x1B00)) + tuple(range(0x20D0, 0x2100))
_ACCENTS = frozenset(map(chr, _MARKS))
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800") | set(map(chr, range(0xFE00, 0xFE10)))


class _Folding(dict[int, str]):
    """Code point → what it folds to, worked out when first met."""

    def __missing__(self, point: int) -> str:
        folded = self[point] = "".join(_plain(c) for c in _decomposed(chr(point)))
        return folded


def _decomposed(char: str) -> str:
    """NFKD, caseless: compatibility forms become letters, accents come apart from theirs."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if char in _ACCENTS or char in _INVISIBLE or category == "Cf":
        return ""
    if category[0] in "LNM":
        return _LOOKALIKES.get(char, char)
    if char in SYMBOLS:
        return char
    return SPACE if category in ("Zs", "Zl", "Zp", "Cc") else SEPARATOR


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Text in its plain form: caseless, without accents and invisible characters, lookalikes as Latin letters.

    Spaces of every kind become a space; other characters between words a full stop, but for the
    symbols of leetspeak.
    """
    return text.translate(_FOLDING)


class Traced:
    """A text made from another by dropping and replacing characters, which knows where each stood there.

    Making one costs what the C-level operation costs; places are worked out when first asked for.
    """

    def __init__(self, text: str, origins: Callable[[], list[int]]) -> None:
        self.text = text
        self._origins = origins

    @cached_property
    def origins(self) -> list[int]:
        """The original index of each character, and at last of the end."""
        return self._origins()

    @classmethod
    def folded(cls, original: str) -> "Traced":
        """The plain form of a text."""

        def origins() -> list[int]:
            return [i for i, c in enumerate(original) for _ in _FOLDING[ord(c)]] + [len(original)]

        return cls(fold(original), origins)

    def replaced(self, text: str) -> "Traced":
        """Another text of the same length in its place."""
        assert len(text) == len(self.text)
        return Traced(text, lambda: self.origins)

    def padded(self) -> "Traced":
        """With a space before and after."""
        return Traced(f" {self.text} ", lambda: [0, *self.origins, self.origins[-1]])

    def without(self, pattern: re.Pattern[str]) -> "Traced":
        """Without what a pattern finds."""
        return Traced(pattern.sub("", self.text), lambda: self._but(m.span() for m in pattern.finditer(self.text)))

    def only(self, pattern: re.Pattern[str]) -> "Traced":
        """Nothing but what a pattern finds."""

        def origins() -> list[int]:
            spans = (m.span() for m in pattern.finditer(self.text))
            return [o for start, end in spans for o in self.origins[start:end]] + self.origins[-1:]

        return Traced("".join(m.group() for m in pattern.finditer(self.text)), origins)

    def _but(self, spans: Iterable[tuple[int, int]]) -> list[int]:
        kept: list[int] = []
        at = 0
        for start, end in spans:
            kept += self.origins[at:start]
            at = end
        return kept + self.origins[at:]

    def place(self, start: int, end: int, original: str) -> tuple[int, int]:
        """Where characters `start` to `end` (not empty) stand in the original.

        Accents, invisible characters and repeats that follow belong to it; separators do not.
        """
        first, past = self.origins[start], self.origins[end]
        while past > first + 1 and _FOLDING[ord(original[past - 1])] in (SPACE, SEPARATOR):
            past -= 1
        return first, past
