"""Words of a list, found in texts that hide them: repeats, separators, spelling out and leetspeak.

"bad" finds "bad", "BÄD", "b4d", "baaad", "b-ad", "b.a.d", "b a d", but not "b ad": spaces separate
letters only where every letter stands alone, or "plan b ad" would be a hit.

Text and words are reduced to the same bare form, in which literal words are sought. Patterns that
allow for all this themselves were tried: 5,000 of them took 95 s over 100 kB made to hurt them,
where literals take 0.04 s. What the reduction blurs is checked at each hit: a word with a doubled
letter needs it doubled, so that a list with "boob" leaves Bob alone.
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import groupby

from attrs import field, frozen

from sparkle_core.domain.moderation.normalising import SEPARATOR, SPACE, Traced, fold

_SIGNS = {"a": "4@", "b": "8", "e": "3", "g": "9", "o": "0", "s": "5$", "t": "7", "z": "2"}
_LEET = {ord(sign): letter for letter, signs in _SIGNS.items() for sign in signs}
_EITHER = "1!|"
_AS_I = _LEET | dict.fromkeys(map(ord, _EITHER), "i")
_AS_L = _LEET | dict.fromkeys(map(ord, _EITHER), "l")
_APART = {ord(SEPARATOR): SPACE}

# Exclamation marks and bars stand for letters only between two of them: "sh!t", but not "shut!".
_OUTSIDE = re.compile(r"(?<![^ .@$])[!|]++|[!|]++(?![^ .@$!|])")
_REPEATED = re.compile(r"(?<=(.))\1+", re.DOTALL)
_INSIDE_WORDS = re.compile(r"(?<=[^ .])\.++(?=[^ .])")
_SPELLED = re.compile(r" [^ ](?: [^ ]){2,} ")
_BETWEEN_LETTERS = re.compile(r"(?<= [^ ]) (?=[^ ] )")

_SHORTEST_INSIDE = 3
"""Shorter words are not sought within spelled-out letters: they are in any of them."""


class Match(Enum):
    """Whether a word must stand alone or may be part of a longer one."""

    WHOLE = "whole"
    PART = "part"


class Reading(Enum):
    """How separators are read: as ends of words, as nothing inside words, as nothing between lone letters."""

    APART = "apart"
    TOGETHER = "together"
    SPELLED = "spelled"


@frozen(eq=False)
class View:
    """A text, bare, under one reading."""

    reading: Reading
    bare: Traced
    original: str
    _leet: dict[int, str]

    def letters(self, place: tuple[int, int]) -> str:
        """What stands at a place of the original, without separators but with its repeats."""
        start, end = place
        return fold(self.original[start:end]).translate(self._leet).replace(SPACE, "").replace(SEPARATOR, "")


def views_of(original: str) -> tuple[View, ...]:
    """Every way in which the text may hide a word. A 1 may be an I or an L, so some texts are read twice."""
    folded = Traced.folded(original)
    text = folded.text
    if "!" in text or "|" in text:
        text = _OUTSIDE.sub(lambda m: SPACE * len(m.group()), text)
    tables = (_AS_I, _AS_L) if any(c in text for c in _EITHER) else (_AS_I,)
    return tuple(v for table in tables for v in _read(folded.replaced(text.translate(table)).padded(), original, table))


def _read(letters: Traced, original: str, table: dict[int, str]) -> Iterator[View]:
    apart = letters.replaced(letters.text.translate(_APART)).without(_REPEATED)
    yield View(Reading.APART, apart, original, table)
    if _INSIDE_WORDS.search(letters.text):
        together = letters.without(_INSIDE_WORDS)
        bare = together.replaced(together.text.translate(_APART)).without(_REPEATED)
        yield View(Reading.TOGETHER, bare, original, table)
    if _SPELLED.search(apart.text):
        yield View(Reading.SPELLED, apart.only(_SPELLED).without(_BETWEEN_LETTERS).without(_REPEATED), original, table)


@frozen
class Word:
    """A word of a list, as it is sought: bare, and with the runs of its letters."""

    bare: str
    runs: tuple[tuple[str, int], ...]
    has_letters: bool
    match: Match

    @classmethod
    def of(cls, term: str, match: Match) -> "Word":
        letters = SPACE.join(words_of(term)).translate(_AS_I)
        runs = tuple((c, len(list(run))) for c, run in groupby(letters.replace(SPACE, "")))
        has_letters = any(map(str.isalpha, fold(term)))
        return cls(_REPEATED.sub("", letters), runs, has_letters, match)

    def is_at(self, view: View, place: tuple[int, int]) -> bool:
        """Whether a hit is the word: its doubled letters are doubled, and a number is no word.

        101 is a room and not "lol", unless the list asks for digits.
        """
        found = [(c, len(list(run))) for c, run in groupby(view.letters(place))]
        if len(found) != len(self.runs) or any(f[1] < r[1] for f, r in zip(found, self.runs, strict=True)):
            return False
        return any(map(str.isalpha, fold(view.original[place[0] : place[1]]))) == self.has_letters


def words_of(term: str) -> list[str]:
    """The folded words of a term; empty for one that has no letters or digits."""
    return fold(term).translate(dict.fromkeys(map(ord, "!|" + SEPARATOR), SPACE)).split()


Place = tuple[int, int]


@frozen(eq=False)
class WordList:
    """Words to be sought together: literal patterns over bare texts, and what their hits mean."""

    words: list[Word] = field(factory=list)
    standing: list[str] = field(factory=list)
    """Sought in texts read apart or together: every word alone, and where asked for, also within others."""
    inside: list[str] = field(factory=list)
    """Sought in spelled-out letters."""
    _standing_of: list[int] = field(factory=list)
    _inside_of: list[int] = field(factory=list)

    def add(self, term: str, match: Match) -> int:
        """Its number."""
        word = Word.of(term, match)
        number = len(self.words)
        self.words.append(word)
        for literal in (f" {word.bare} ", word.bare) if match is Match.PART else (f" {word.bare} ",):
            self.standing.append(literal)
            self._standing_of.append(number)
        letters = word.bare.replace(SPACE, "")
        if len(letters) >= _SHORTEST_INSIDE:
            self.inside.append(letters)
            self._inside_of.append(number)
        return number

    def hits(self, view: View, found: Iterable[int]) -> Iterator[tuple[int, Place]]:
        """What literals that were found in a view stand for, as words by number and their places in the original."""
        spelled = view.reading is Reading.SPELLED
        literals, owners = (self.inside, self._inside_of) if spelled else (self.standing, self._standing_of)
        for i in found:
            word = self.words[owners[i]]
            if view.reading is Reading.TOGETHER and literals[i] == word.bare:
                continue  # inside words that were joined anything can be found: "class.hit"
            for start, end in _occurrences(literals[i], view.bare.text):
                place = view.bare.place(start, end, view.original)
                if word.is_at(view, place):
                    yield owners[i], place


def _occurrences(literal: str, text: str) -> Iterator[Place]:
    """Where a literal stands, without the spaces around it; neighbours may share those."""
    alone = literal.startswith(SPACE)
    step = len(literal) - alone
    at = text.find(literal)
    while at >= 0:
        yield at + alone, at + step
        at = text.find(literal, at + step)
