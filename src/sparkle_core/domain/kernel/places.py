"""Where a key stands in a TOML file, to name a fault's line by."""

import re
from collections import defaultdict
from collections.abc import Iterator

Path = tuple[str, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")
_LONG_STRING = re.compile('"{3}|' + "'{3}")


def line_of(text: str, path: str) -> int:
    """The line, from 1, of a dotted key, or of the nearest key or table around it; list items are numbered from 0.

    >>> line_of('[[rules]]\\nid = "a"\\n\\n[[rules]]\\nid = "b"', "rules.1.id")
    5
    """
    wanted = tuple(path.split("."))
    best, depth = 1, 0
    for line, key in _keys(text):
        if depth < len(key) <= len(wanted) and wanted[: len(key)] == key:
            best, depth = line, len(key)
    return best


def _keys(text: str) -> Iterator[tuple[int, Path]]:
    """Every table's and key's line and path."""
    here: Path = ()
    last: dict[Path, int] = defaultdict(lambda: -1)
    in_string = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not in_string:
            if header := _HEADER.match(line):
                named = _numbered(_parts(header[2]), last)
                if header[1] == "[[":
                    last[named] += 1
                    named = (*named, str(last[named]))
                here = named
                yield number, here
            elif key := _KEY.match(line):
                yield number, here + _parts(key[1])
        in_string ^= len(_LONG_STRING.findall(line)) % 2 == 1


def _numbered(parts: Path, last: dict[Path, int]) -> Path:
    """The path of a table, with the number of the newest item wherever it goes through a list of tables."""
    path: Path = ()
    for i, part in enumerate(parts):
        path = (*path, part)
        if i < len(parts) - 1 and last.get(path, -1) >= 0:
            path = (*path, str(last[path]))
    return path


def _parts(key: str) -> Path:
    return tuple(a or b or c for a, b, c in _PART.findall(key))
