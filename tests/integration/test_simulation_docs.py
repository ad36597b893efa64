"""docs/simulation.md holds: its files load, its commands run, and what it says they print is what they print.

Any new rule moves a seed's figures a little; the page is to be written anew when one is off by more than a third.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.pages import ROOT
from tests.support.commands import CommandLine

_BLOCK = re.compile(r"^```(toml|sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.mark.soak
def test_the_walk_through_is_what_happens(tmp_path: Path) -> None:
    sparkle, printed, ran = CommandLine(tmp_path), list[str](), 0
    for language, block in _BLOCK.findall((ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")):
        if language == "toml":
            name = re.match(r"# (\S+\.toml)\n", block)
            assert name, f"a file without a name: {block}"
            (tmp_path / name[1]).write_text(block, encoding="utf-8")
        elif language == "sh":
            said = sparkle(*block.split()[1:])
            assert said.code == 0, said.err
            printed, ran = said.out.splitlines(), ran + 1
        else:
            assert [line for line in block.splitlines() if not told(line, printed)] == []
    assert ran == 5
    assert {path.name for path in tmp_path.glob("*.html")} == {"economy.html", "both.html"}


def told(line: str, printed: Iterable[str]) -> bool:
    """Whether a line was printed: the same words, and figures that are off by a third at most, or by one."""
    return any(words(line) == words(other) and near(figures(line), figures(other)) for other in printed)


def words(line: str) -> str:
    """A line without its figures; columns may stand closer or further apart. Its first cell may be a number."""
    first, *rest = line.split() or [""]
    return " ".join([first, *_NUMBER.sub("0", " ".join(rest)).split()])


def figures(line: str) -> list[float]:
    return [float(number.replace(",", "")) for number in _NUMBER.findall(line)]


def near(expected: list[float], found: list[float]) -> bool:
    return len(expected) == len(found) and all(
        abs(a - b) <= max(1, a / 3) for a, b in zip(expected, found, strict=True)
    )


def test_a_line_that_was_not_printed_is_found_out() -> None:
    printed = ["lurker   116   1.0    77", "5   8 %   4 %"]
    assert told("lurker 116 1.0 60", printed)
    assert not told("lurker 116 1.0 40", printed)
    assert not told("farmer 116 1.0 77", printed)
    assert not told("6   8 %   4 %", printed)
