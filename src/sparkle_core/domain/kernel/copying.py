"""Copies of frozen values without checking them again, by functions written out once a class.

Only for what was checked when it was made: rows read back, aggregates at their next version, and
changes that are checked right after. Going field by field through a list took two to five times
as long, and every command makes a dozen such copies.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from attrs import fields

from sparkle_core.domain.kernel.per_class import PerClass

T = TypeVar("T")


def revived(cls: type[T], values: Sequence[Any]) -> T:
    """A value of a slotted attrs class from all its fields, in order. Raises ValueError for another number of them."""
    made: T = REVIVE[cls](values)
    return made


def _reviver(cls: type) -> Callable[[Iterable[Any]], Any]:
    names = _names(cls)
    taken = ", ".join(f"v_{name}" for name in names)
    return _written(cls, "values", f"{taken}{',' if names else ''} = values", {name: f"v_{name}" for name in names})


def _copier(cls: type) -> Callable[..., Any]:
    names = _names(cls)
    changes = ", ".join(f"{name}=KEEP" for name in names)
    kept = {name: f"self.{name} if {name} is KEEP else {name}" for name in names}
    return _written(cls, f"self, *, {changes}", "pass", kept)


def _counter_up(cls: type) -> Callable[[Any], Any]:
    same = {name: f"self.{name}" for name in _names(cls)}
    return _written(cls, "self", "pass", same | {"version": "self.version + 1", "recorded": "()"})


def _names(cls: type) -> list[str]:
    return [a.name for a in fields(cls)]


def _written(cls: type, takes: str, begin: str, values: dict[str, str]) -> Callable[..., Any]:
    """A function that makes a value field by field, past the frozen `__setattr__` and the checks."""
    named: dict[str, Any] = {f"set_{name}": getattr(cls, name).__set__ for name in values}
    lines = [f"def made({takes}):", f"    {begin}", "    new = __new__(cls)"]
    lines += [f"    set_{name}(new, {value})" for name, value in values.items()]
    source = "\n".join([*lines, "    return new"])
    named |= {"cls": cls, "__new__": cls.__new__, "KEEP": object()}
    exec(compile(source, f"<copies of {cls.__name__}>", "exec"), named)  # noqa: S102 # only our own fields' names
    function: Callable[..., Any] = named["made"]
    return function


REVIVE = PerClass(_reviver)
"""By class: from all its fields, in order, to a value."""

COPY = PerClass(_copier)
"""By class: from a value and changes by field name to a copy. Raises TypeError for a field there is not."""

NEXT_VERSION = PerClass(_counter_up)
"""By class: from an aggregate to itself at its next version, its events moved on."""
