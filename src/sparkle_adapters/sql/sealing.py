"""The queue of transfers that wait to be sealed, and hot accounts, on SQL: `domain/economy/sealing.py` decides.

A transaction that is still running may post a transfer that comes before those of others in the
order of sealing, by transaction number. So only what is older than every running transaction is
taken: nothing can come before it any more.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.compiled import Compiled, Row
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.ledger_rows import (
    ACCOUNT,
    ENTRY,
    LINK,
    SEAL,
    TRANSFER,
    UNSEALED,
    entry_row,
    id_of,
    link_of,
    link_row,
    parts_of,
    raw,
    seal_of,
    seal_row,
)
from sparkle_adapters.sql.ledger_tables import LedgerTables
from sparkle_adapters.sql.records import Buffer
from sparkle_core.domain.economy.chain import Head, entry_from, transfer_from
from sparkle_core.domain.economy.ledger import Account, TransferId
from sparkle_core.domain.economy.sealing import SEAL_MAX, EntryRow, Sealing, Waiting, moved_by
from sparkle_core.domain.kernel.digests import KeyedDigest
from sparkle_core.domain.kernel.errors import Stale

_ACCOUNTS = rows_of(Account)


class SealingStatements:
    """The statements of sealing, each built and compiled once, when first used."""

    def __init__(self, tables: LedgerTables, dialect: Dialect) -> None:
        self._tables = tables
        self._dialect = dialect

    @cached_property
    def waiting(self) -> Compiled:
        """Transfers to seal next in order, at most `limit`: names, digest, and what is in their rows."""
        queue = self._tables.unsealed.c
        found = self._with_digests(self._queued())
        if self._dialect.locks_rows:
            oldest = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
            found = found.where(queue.xid < sa.literal_column(oldest, sa.BigInteger()))
        found = found.order_by(queue.xid, queue.namespace, queue.key)
        return self._dialect.compiled(found.limit(sa.bindparam("limit", type_=sa.BigInteger())))

    @cached_property
    def queue(self) -> Compiled:
        """Everything that waits, as `waiting` has it, also where there is no such transfer."""
        return self._dialect.compiled(self._with_digests(self._queued(outer=True)))

    def _with_digests(self, queued: sa.FromClause) -> sa.Select[Any]:
        queue = self._tables.unsealed.c
        return sa.select(queue.namespace, queue.key, queue.digest, *raw(self._tables.transfer.c)).select_from(queued)

    @cached_property
    def entries(self) -> Compiled:
        """Entries of transfers by `namespace_` and `key_`, as they are."""
        entry = self._tables.entry
        of = sa.tuple_(entry.c.namespace, entry.c.key).in_(self._names())
        return self._dialect.compiled(sa.select(*raw(entry.c)).where(of))

    @cached_property
    def last_link(self) -> Compiled:
        link = self._tables.link.c
        return self._dialect.compiled(sa.select(*link).order_by(link.number.desc()).limit(sa.literal_column("1")))

    @cached_property
    def last_seal(self) -> Compiled:
        seal = self._tables.seal.c
        return self._dialect.compiled(sa.select(*raw(seal)).order_by(seal.number.desc()).limit(sa.literal_column("1")))

    @cached_property
    def take(self) -> Compiled:
        """Remove from the queue by `namespace_` and `key_`."""
        queue = self._tables.unsealed
        of = sa.tuple_(queue.c.namespace, queue.c.key).in_(self._names())
        return self._dialect.compiled(sa.delete(queue).where(of))

    def _names(self) -> sa.Select[Any]:
        transfer = self._tables.transfer.c
        wanted = self._dialect.listed({"namespace_": transfer.namespace.type, "key_": transfer.key.type})
        return sa.select(wanted.c.namespace_, wanted.c.key_)

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
            waits = (side == account.id, sa.not_(self._tables.unsealed.c.whole))
            return sa.select(amount).select_from(self._queued()).where(*waits).scalar_subquery()

        sums = (total(transfer.credit).label("received"), total(transfer.debit).label("gone"))
        return self._dialect.compiled(sa.select(*account, *sums).where(self._dialect.among(account.id, "ids")))

    def _queued(self, *, outer: bool = False) -> sa.FromClause:
        queue, transfer = self._tables.unsealed.c, self._tables.transfer.c
        same = sa.and_(transfer.namespace == queue.namespace, transfer.key == queue.key)
        return self._tables.unsealed.join(self._tables.transfer, same, isouter=outer)


class SqlSealing(ABC):
    """The part of the `Ledger` port that is about sealing and hot accounts."""

    __slots__ = ()
    buffer: Buffer

    @property
    @abstractmethod
    def sealing(self) -> SealingStatements: ...

    async def seal(self, key: KeyedDigest, at: datetime, limit: int = SEAL_MAX) -> int:
        await self.buffer.settle(ACCOUNT, TRANSFER, ENTRY, UNSEALED, LINK, SEAL)
        connection = self.buffer.connection
        rows = await connection.rows(self.sealing.waiting, {"limit": min(limit, SEAL_MAX)})
        wanted = [row for _, row in await self.with_entries(rows) if row.can_be_sealed]
        transfers = [transfer_from(row.transfer) for row in wanted if row.transfer is not None]
        sides = sorted({side for t in transfers for side in (t.debit, t.credit)})
        hot = map(_ACCOUNTS.value, await connection.rows(self.sealing.hot, {"ids": sides}))
        sealing = Sealing({account.id: account for account in hot}, await self._head(), key)
        for transfer, row in zip(transfers, wanted, strict=True):
            sealing.seal(transfer, [entry_from(entry.parts) for entry in row.entries])
        if await connection.count(self.sealing.take, _named(t.id for t in sealing.sealed)) != len(sealing.sealed):
            raise Stale(UNSEALED)
        self._keep_sealed(sealing, at)
        return len(sealing.sealed)

    def _keep_sealed(self, sealing: Sealing, at: datetime) -> None:
        pending = self.buffer.pending
        for account in sealing.touched:
            pending.update(ACCOUNT, account.id, sealing.held[account.id], _ACCOUNTS.row(account))
        for entry in sealing.entries:
            pending.insert(ENTRY, (entry.account, entry.sequence), entry_row(entry))
        for link in sealing.links:
            pending.insert(LINK, link.number, link_row(link))
        for seal in sealing.seals(at):
            pending.insert(SEAL, seal.number, seal_row(seal))

    async def with_entries(self, rows: Iterable[Row]) -> list[tuple[TransferId, Waiting]]:
        """Rows of the queue, with the entries of the transfers that they name."""
        queued = [(id_of(*row[:2]), row[2], parts_of(row[3:]) if row[3] is not None else None) for row in rows]
        of = await self.entries_of(id for id, _, _ in queued)
        return [(id, Waiting(transfer, of.get(id, ()), digest)) for id, digest, transfer in queued]

    async def entries_of(self, ids: Iterable[TransferId]) -> dict[TransferId, list[EntryRow]]:
        """The entries of some transfers, as they are."""
        of: dict[TransferId, list[EntryRow]] = defaultdict(list)
        for row in await self.buffer.connection.rows(self.sealing.entries, _named(ids)):
            of[id_of(row[2], row[3])].append(EntryRow(parts_of(row)))
        return of

    async def _head(self) -> Head:
        seals = await self.buffer.connection.rows(self.sealing.last_seal, {})
        links = await self.buffer.connection.rows(self.sealing.last_link, {})
        return Head.after(seal_of(seals[0]) if seals else None, link_of(links[0]) if links else None)

    async def hot_now(self, ids: Iterable[UUID]) -> dict[UUID, Account]:
        """Hot accounts as of now: their last checkpoint, and what waits to be sealed."""
        await self.buffer.settle(ACCOUNT, TRANSFER, UNSEALED)
        width = len(_ACCOUNTS.columns)
        rows = await self.buffer.connection.rows(self.sealing.hot_now, {"ids": list(ids)})
        found = [moved_by(_ACCOUNTS.value(row[:width]), *row[width:]) for row in rows]
        return {account.id: account for account in found}


def _named(ids: Iterable[TransferId]) -> dict[str, list[str]]:
    names = list(ids)
    return {"namespace_": [n.namespace for n in names], "key_": [n.key for n in names]}
