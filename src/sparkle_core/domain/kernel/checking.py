"""One checking function a class, written out so that right values cost a comparison or two each.

Values are made all the time; going through a list of checks was a third of an award's cost. So,
like attrs does for `__init__`, the checks of a class become one function: a cheap test that is
enough for almost every value, and the full check (which words the fault) only where that fails.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

Check = Callable[[Any], "str | None"]
Faults = list[tuple[str, str]]

FieldCheck = tuple[str, str | None, dict[str, Any], Check]
"""A field's name, its cheap test over `v` (None when there is none), what that test names, and its full check."""

INSTANT_TEST = "type(v) is datetime and v.tzinfo is UTC and 1 < v.year < 9999"


def type_test(kind: type) -> tuple[str, dict[str, Any]]:
    """Whether it is exactly of a type."""
    return "type(v) is T", {"T": kind}


def whole_test(low: int, high: int) -> tuple[str, dict[str, Any]]:
    """Whether it is a whole number within bounds."""
    return f"type(v) is int and {low} <= v <= {high}", {}


def text_test(low: int, high: int) -> tuple[str, dict[str, Any]]:
    """Whether it is plain printable ASCII of a length that is not all blanks; other text may be right too."""
    blank = " and not v.isspace()" if low else ""
    return f"type(v) is str and {low} <= len(v) <= {high} and v.isascii() and v.isprintable(){blank}", {}


def checker(
    name: str, fields: Sequence[FieldCheck], refuse: Callable[[Any, Faults], None], *, always: bool
) -> Callable[[Any], None]:
    """A function that hands a value with faults, each (field, message), to `refuse`; every value if `always`."""
    lines = ["def check(self):", "    faults = None"]
    names: dict[str, Any] = {"datetime": datetime, "UTC": UTC, "refuse": refuse}
    for i, (field, test, named, full) in enumerate(fields):
        names[f"full{i}"] = full
        for key, value in named.items():
            names[f"{key}{i}"] = value
            test = (test or "").replace(f" {key}", f" {key}{i}")
        lines.append(f"    v = self.{field}")
        lines.append(f"    if not ({test or 'False'}) and (fault := full{i}(v)) is not None:")
        lines.append(f"        faults = [*(faults or ()), ({field.lstrip('_')!r}, fault)]")
    lines.append("    refuse(self, faults or [])" if always else "    if faults is not None: refuse(self, faults)")
    exec(compile("\n".join(lines), f"<checks of {name}>", "exec"), names)  # noqa: S102 # only names and numbers from here
    made: Callable[[Any], None] = names["check"]
    return made
