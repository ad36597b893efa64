"""What commands say: JSON for programs, tables on a terminal, plain columns anywhere else."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from sparkle_core.domain.kernel.errors import Invalid, SparkleError

Row = Sequence[object]


def tell(line: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def printable(text: str) -> str:
    """A text without what gives a terminal orders."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def minute(at: datetime | None) -> str:
    """An instant as tables have it, in UTC; `-` for none."""
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M}"


def tell_json(value: Any) -> None:
    """A value as JSON on standard output, on one line when nobody reads it on a terminal."""
    tell(as_json(value, indent=2 if sys.stdout.isatty() else None))


def as_json(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON, on one line without an indent."""
    return json.dumps(value, indent=indent, ensure_ascii=False, default=_plain)


def tell_table(headings: Sequence[str], rows: Iterable[Row], *, numbers: Sequence[str] = ()) -> None:
    """A table on a terminal, columns two spaces apart elsewhere; the columns named in `numbers` stand right."""
    lines = [[_cell(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        tell_columns([headings, *lines], frozenset(i for i, heading in enumerate(headings) if heading in numbers))
        return
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left")
    for line in lines:
        table.add_row(*line)
    Console(markup=False, emoji=False).print(table)  # cells are texts as they are


def tell_columns(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
    """Rows of equally many cells, columns two spaces apart; those numbered in `right` stand right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        tell("  ".join(cells).rstrip())


@contextmanager
def bar(what: str, total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Shows on a terminal's standard error how far something is; answers what to tell how much is done by now."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


@contextmanager
def writing(path: Path, option: str) -> Iterator[None]:
    """Within it a file or folder that an option names is written. Raises `Invalid` with why that cannot be."""
    try:
        yield
    except OSError as error:
        raise Invalid.at(option, f"{path} cannot be written: {error.strerror}") from None


def tell_error(error: Exception, *, as_json: bool) -> None:
    """What was refused, on standard error: a line, or one a fault; JSON for programs."""
    if as_json:
        facts = error.facts() if isinstance(error, SparkleError) else {}
        code = error.code if isinstance(error, SparkleError) else "unexpected"
        said = {"error": {"code": code, "message": _message(error), "facts": facts}}
        sys.stderr.write(json.dumps(said, ensure_ascii=False, default=_plain) + "\n")
    elif isinstance(error, Invalid):
        sys.stderr.writelines(f"sparkle: {fault.path}: {fault.message}\n" for fault in error.faults)
    else:
        sys.stderr.write(f"sparkle: {_message(error)}\n")


def _message(error: Exception) -> str:
    if isinstance(error, SparkleError):
        return error.message()
    said = " ".join(str(error).split())
    return f"unexpected {type(error).__name__}: {said} (SPARKLE_DEBUG=1 shows where)"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    value = value.value if isinstance(value, Enum) else value
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else printable(str(value))


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)
