"""The pages of the documentation, and the blocks of code in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)

_FENCE = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


@frozen
class Block:
    """A fenced block: its language, what else its first line says, its code, and the line where that starts."""

    language: str
    note: str
    code: str
    line: int


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks_of(page: Path, language: str) -> Iterator[Block]:
    """A page's blocks in a language, in their order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        said, _, note = found["info"].partition(" ")
        if said == language:
            yield Block(said, note, found["code"], text.count("\n", 0, found.start("code")) + 1)


def run_page(page: Path) -> dict[str, Any]:
    """Run a page's Python, block after block in one namespace; answers that. A fault shows the page's own line."""
    namespace: dict[str, Any] = {"__name__": page.stem}
    for block in blocks_of(page, "python"):
        if block.note.startswith("file: "):
            continue  # a piece of a file, which is run as that; `pieces_of` holds the two together
        if block.note:
            assert re.fullmatch(r"no-run: \S.*", block.note), (
                f"{name_of(page)}:{block.line}: say `no-run: why` or `file: which`"
            )
            continue
        code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
        exec(code, namespace)
    return namespace


def pieces_of(page: Path) -> dict[Path, str]:
    """The files whose code a page shows piece by piece, and the pieces of each put together."""
    found: dict[Path, str] = {}
    for block in blocks_of(page, "python"):
        said, _, name = block.note.partition(": ")
        if said == "file":
            found[page.parent / name] = found.get(page.parent / name, "") + block.code
    return found
