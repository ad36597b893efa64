"""What letters say: texts and layouts that are data, in `letters/`. Source: docs/contexts/notifications.md.

A text comes to be in two steps, so that nothing that people have chosen becomes markup: facts go into
the plain texts of a language, and what comes out goes into a layout, which escapes it.
"""

import textwrap
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from attrs import field, frozen

from sparkle_core.ports.mail import Letter

FOLDER = Path(__file__).parent / "letters"
COLUMNS = 72
LONGEST_FACT = 300
"""Characters of a fact that are shown; no fact of ours is longer."""

_BIDI = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Marks that turn the direction of what follows, with which a name could rewrite the sentence it stands in."""


@frozen(kw_only=True)
class Worded:
    """A letter in words: its subject, the line that a mailbox shows beside it, and its two bodies."""

    subject: str
    preheader: str
    text: str
    html: str


@frozen
class Wording:
    """Letters in one language. `base` is the address that people see the community at; None leaves links out."""

    base: str | None = None
    language: str = "en"
    _said: Mapping[str, Any] = field(init=False)

    @_said.default
    def _read(self) -> Mapping[str, Any]:
        return _table(f"{self.language}.toml")

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of letters that there are words for."""
        return frozenset(self._said["letters"])

    def of(self, letter: Letter) -> Worded:
        """A letter in words. Raises KeyError for a kind that there are none for, and what Jinja raises for a fact
        that its words name and the letter has not.
        """
        facts = {name: one_line(value) for name, value in letter.data.items()}
        said = _filled({**self._said["common"], **self._said["letters"][letter.kind]}, facts)
        path = self._said["links"][said["link"]] if "link" in said else None
        link = None if path is None or self.base is None else self.base.rstrip("/") + _filled(path, facts)
        blank: dict[str, Any] = {"code": None, "button": None, "before": [], "after": []}
        context = {**blank, **said, **_table("colours.toml"), "link": link, "language": self._said["language"]}
        return Worded(
            subject=said["subject"],
            preheader=said["preheader"],
            text=_layouts(escaping=False).get_template("layout.txt").render(context).strip() + "\n",
            html=_layouts(escaping=True).get_template("layout.html").render(context).strip() + "\n",
        )


def one_line(text: str) -> str:
    """A fact as it may stand in a sentence: on one line, without controls and turns of direction, not endless.

    >>> one_line("Ada\\r\\nBcc: eve@example.org")
    'Ada Bcc: eve@example.org'
    """
    shown = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"} else c for c in text.translate(_BIDI))
    return " ".join(shown.split())[:LONGEST_FACT]


def _filled(said: Any, facts: Mapping[str, str]) -> Any:
    """The same with facts in place of their names; plain text, so that nothing is escaped here."""
    if isinstance(said, Mapping):
        return {name: _filled(value, facts) for name, value in said.items()}
    if isinstance(said, list):
        return [_filled(value, facts) for value in said]
    filled: str = _layouts(escaping=False).from_string(said).render(facts)
    return filled


@cache
def _layouts(*, escaping: bool) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=escaping,  # noqa: S701 # what is no HTML must not be escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["wrapped"] = lambda text: textwrap.fill(text, COLUMNS, break_long_words=False, break_on_hyphens=False)
    return made


@cache
def _table(name: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
