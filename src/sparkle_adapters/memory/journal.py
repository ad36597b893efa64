"""Reading on in what an in-memory deployment only ever appends to: logs and the ledger's transfers."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, TypeVar

from attrs import Factory, mutable

from sparkle_adapters.memory.store import MemoryStore
from sparkle_core.domain.economy.ledger import Transfer
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.kernel.stored import Log

E = TypeVar("E", bound=Record)
V = TypeVar("V")


@mutable(eq=False)
class MemoryJournal:
    """What was appended since one last asked, oldest first; each is answered once.

    What is asked for must never be removed: a log that nothing expires. Between transactions only.
    """

    store: MemoryStore
    _read: dict[str, int] = Factory(dict)

    def entries(self, log: Log[E]) -> list[E]:
        """The new entries of a log."""
        table = self.store.data.tables[log.name]
        return [table.codec.value(row) for row in self._new(log.name, table.rows)]

    def transfers(self) -> list[Transfer]:
        """The new transfers of the ledger."""
        return self._new("ledger", self.store.data.ledger.transfers)

    def _new(self, name: str, appended: Mapping[Any, V]) -> list[V]:
        """From the newest backwards, so that reading on costs what is new and not what is there."""
        new = len(appended) - self._read.get(name, 0)
        self._read[name] = len(appended)
        found = list(islice(reversed(appended.values()), new))  # type: ignore[call-overload]
        found.reverse()
        return found
