"""The `Store` port in files of dbm."""

import threading
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from sparkle_core.ports.driving import drive, one_transaction
from sparkle_core.ports.store import Body
from sparkle_dbm.files import Files, View
from sparkle_dbm.ledger import DbmLedger
from sparkle_dbm.records import DbmRecords

R = TypeVar("R")


@frozen(eq=False)
class DbmTransaction:
    records: DbmRecords
    ledger: DbmLedger


class DbmStore:
    """The `Store` port. Transactions run one at a time, each in one stretch. Raises `Unavailable` as `Files`."""

    waits = False

    def __init__(self, folder: Path, *, checkpoint_at: int = 1_000) -> None:
        self._files = Files(folder, checkpoint_at)
        self._lock = threading.Lock()

    async def transact(self, body: Body[R]) -> R:
        return self._run(body, commits=True)

    async def read(self, body: Body[R], *, one_statement: bool = False) -> R:
        return self._run(body, commits=False)

    def _run(self, body: Body[R], *, commits: bool) -> R:
        with one_transaction(), self._lock:
            view = View(self._files)
            records = DbmRecords(view)
            answer = drive(body(DbmTransaction(records, DbmLedger(view))))
            records.settle()
            if commits:
                self._files.commit(view.changes)
            return answer

    async def pause(self, seconds: float) -> None:
        """A store that never waits has nothing to wait for."""

    async def close(self) -> None:
        self._files.close()
