"""The queue of transfers that wait to be sealed, and hot accounts, on SQL: `domain/economy/sealing.py` decides.

A transaction that is still running may post a transfer that comes before those of others in the
order of sealing, by transaction number. So only what is older than every running transaction is
taken: nothing can come before it any more.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.compiled import Compiled
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.ledger_rows import ACCOUNT, ENTRY, TRANSFER, UNSEALED, entry_row, transfer_of
from sparkle_adapters.sql.ledger_tables import LedgerTables
from sparkle_adapters.sql.records import Buffer
from sparkle_core.domain.economy.ledger import Account
from sparkle_core.domain.economy.sealing import SEAL_MAX, Sealing, digest_of, moved_by
from sparkle_core.domain.kernel.errors import Stale

_ACCOUNTS = rows_of(Account)


class SealingStatements:
    """The statements of sealing, each built and compiled once, when first used."""

    def __init__(self, tables: LedgerTables, dialect: Dialect) -> None:
        self._tables = tables
        self._dialect = dialect

    @cached_property
    def waiting(self) -> Compiled:
        """Transfers to seal next, each with its digest, in order, at most `limit`."""
        queue = self._tables.unsealed.c
        found = self._with_digests()
        if self._dialect.locks_rows:
            oldest = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
            found = found.where(queue.xid < sa.literal_column(oldest, sa.BigInteger()))
        found = found.order_by(queue.xid, queue.namespace, queue.key)
        return self._dialect.compiled(found.limit(sa.bindparam("limit", type_=sa.BigInteger())))

    @cached_property
    def all_waiting(self) -> Compiled:
        """Every transfer that waits, with its digest."""
        return self._dialect.compiled(self._with_digests())

    def _with_digests(self) -> sa.Select[Any]:
        return sa.select(*self._tables.transfer.c, self._tables.unsealed.c.digest).select_from(self._queued())

    @cached_property
    def take(self) -> Compiled:
        """Remove from the queue by `namespace_` and `key_`."""
        queue = self._tables.unsealed
        wanted = self._dialect.listed({"namespace_": queue.c.namespace.type, "key_": queue.c.key.type})
        names = sa.select(wanted.c.namespace_, wanted.c.key_)
        return self._dialect.compiled(sa.delete(queue).where(sa.tuple_(queue.c.namespace, queue.c.key).in_(names)))

    @cached_property
    def hot(self) -> Compiled:
        """Of accounts by `ids` the hot ones, locked."""
        account = self._tables.account.c
        found = sa.select(*account).where(self._dialect.among(account.id, "ids"), account.hot).order_by(account.id)
        return self._dialect.compiled(found.with_for_update(key_share=True))

    @cached_property
    def hot_now(self) -> Compiled:
        """Hot accounts by `ids`, each with what waits: received, spent. One statement, so of one moment."""
        account, transfer = self._tables.account.c, self._tables.transfer.c

        def total(side: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
            amount = sa.cast(sa.func.coalesce(sa.func.sum(transfer.amount), 0), sa.BigInteger())
            return sa.select(amount).select_from(self._queued()).where(side == account.id).scalar_subquery()

        sums = (total(transfer.credit).label("received"), total(transfer.debit).label("gone"))
        return self._dialect.compiled(sa.select(*account, *sums).where(self._dialect.among(account.id, "ids")))

    def _queued(self) -> sa.FromClause:
        queue, transfer = self._tables.unsealed.c, self._tables.transfer.c
        same = sa.and_(transfer.namespace == queue.namespace, transfer.key == queue.key)
        return self._tables.unsealed.join(self._tables.transfer, same)


class SqlSealing(ABC):
    """The part of the `Ledger` port that is about sealing and hot accounts."""

    __slots__ = ()
    buffer: Buffer

    @property
    @abstractmethod
    def sealing(self) -> SealingStatements: ...

    async def seal(self, limit: int = SEAL_MAX) -> int:
        await self.buffer.settle(ACCOUNT, TRANSFER, ENTRY, UNSEALED)
        connection, pending = self.buffer.connection, self.buffer.pending
        rows = await connection.rows(self.sealing.waiting, {"limit": min(limit, SEAL_MAX)})
        waiting = [(transfer_of(row[:-1]), row[-1]) for row in rows]
        transfers = [t for t, digest in waiting if digest_of(t) == digest]  # the proof names the others
        names = {"namespace_": [t.id.namespace for t in transfers], "key_": [t.id.key for t in transfers]}
        if await connection.count(self.sealing.take, names) != len(transfers):
            raise Stale(UNSEALED)
        sides = sorted({side for t in transfers for side in (t.debit, t.credit)})
        hot = map(_ACCOUNTS.value, await connection.rows(self.sealing.hot, {"ids": sides}))
        sealing = Sealing({account.id: account for account in hot})
        sealing.seal(transfers)
        for account in sealing.touched:
            pending.update(ACCOUNT, account.id, sealing.held[account.id], _ACCOUNTS.row(account))
        for entry in sealing.entries:
            pending.insert(ENTRY, (entry.account, entry.sequence), entry_row(entry))
        return len(transfers)

    async def hot_now(self, ids: Iterable[UUID]) -> dict[UUID, Account]:
        """Hot accounts as of now: their last checkpoint, and what waits to be sealed."""
        await self.buffer.settle(ACCOUNT, TRANSFER, UNSEALED)
        width = len(_ACCOUNTS.columns)
        rows = await self.buffer.connection.rows(self.sealing.hot_now, {"ids": list(ids)})
        found = [moved_by(_ACCOUNTS.value(row[:width]), *row[width:]) for row in rows]
        return {account.id: account for account in found}
