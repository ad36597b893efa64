"""Statements compiled once by SQLAlchemy, to be run on a driver's own connection.

Running a statement through SQLAlchemy's engine costs more than the database's own work; its
compiler is what we want. This touches SQLAlchemy's private processors (`_bind_processors`,
`_result_columns`): the minor version is pinned, and `tests/contract/test_compiled.py` holds every
column type to it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

Row = Sequence[Any]
Processor = Callable[[Any], Any]


class Compiled:
    """One statement's text, how its values become arguments, and how rows become plain values."""

    __slots__ = ("_constants", "_order", "_processors", "sql")

    def __init__(self, statement: sa.Executable, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError("a compiled statement cannot expand its parameters; compare with `among` instead")
        self.sql = str(compiled)
        processors: Mapping[str, Any] = compiled._bind_processors
        self._order: tuple[tuple[str, Processor | None], ...] = tuple(
            (name, processors.get(name)) for name in compiled.positiontup or ()
        )
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        loads = [column.type._cached_result_processor(dialect, None) for column in compiled._result_columns]
        self._processors: tuple[Processor | None, ...] | None = tuple(loads) if any(loads) else None

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Values by parameter name as the driver wants them: in order, processed. Raises KeyError for a missing one."""
        constants = self._constants
        arguments = []
        for name, process in self._order:
            value = values[name] if name in values else constants[name]
            arguments.append(value if process is None else process(value))
        return arguments

    def bound(self, names: Sequence[str]) -> Callable[[Row], list[Any]]:
        """`arguments` for many rows whose values stand in the order of `names`: where each goes is found out once."""
        places = [(names.index(name), process) for name, process in self._order]
        return lambda row: [row[at] if process is None else process(row[at]) for at, process in places]

    def rows(self, raw: Iterable[Row]) -> Sequence[Row]:
        """Rows as the driver answered them, as plain values in the order of the statement's columns."""
        processors = self._processors
        if processors is None:
            return raw if isinstance(raw, list) else list(raw)
        return [
            [plain if load is None else load(plain) for load, plain in zip(processors, row, strict=True)] for row in raw
        ]
