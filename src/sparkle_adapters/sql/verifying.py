"""Verifying on SQL: rows are read as they are, page by page; `domain/economy/verifying.py` decides."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from sparkle_adapters.sql.compiled import Compiled, Row
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.ledger_rows import id_of, link_of, parts_of, raw, seal_of
from sparkle_adapters.sql.ledger_tables import LedgerTables
from sparkle_adapters.sql.records import Buffer
from sparkle_adapters.sql.sealing import SealingStatements
from sparkle_core.domain.economy.chain import Head
from sparkle_core.domain.economy.ledger import Proof, TransferId
from sparkle_core.domain.economy.sealing import EntryRow, Waiting
from sparkle_core.domain.economy.verifying import AccountRow, LinkedRows, Verification, Verifying
from sparkle_core.domain.kernel.digests import KeyedDigest
from sparkle_core.domain.kernel.fields import INT64_MIN

PAGE = 1_000
"""Rows read at a time."""


class VerifyingStatements:
    """The statements of verifying, each built and compiled once, when first used."""

    def __init__(self, tables: LedgerTables, dialect: Dialect) -> None:
        self._tables = tables
        self._dialect = dialect

    @cached_property
    def links(self) -> Compiled:
        """Links from `after` on, each with its transfer's row."""
        link, transfer = self._tables.link, self._tables.transfer
        joined = link.join(transfer, _same(link.c, transfer.c), isouter=True)
        return self._page(sa.select(*link.c, *raw(transfer.c)).select_from(joined), link.c.number)

    @cached_property
    def seals(self) -> Compiled:
        """Seals from `after` on, each with the `mac` of the link at its head."""
        seal, link = self._tables.seal, self._tables.link
        joined = seal.join(link, link.c.number == seal.c.head, isouter=True)
        return self._page(sa.select(*raw(seal.c), link.c.mac.label("link_mac")).select_from(joined), seal.c.number)

    @cached_property
    def accounts(self) -> Compiled:
        """Accounts from `after` on: what nothing ever changes."""
        account = self._tables.account.c
        id, *others = raw(
            (account.id, account.owner, account.currency, account.purpose, account.overdraft, account.hot)
        )
        return self._page(sa.select(id, *others), sa.type_coerce(account.id, id.type))

    @cached_property
    def unlinked(self) -> Compiled:
        """Transfers that are neither linked nor in the queue."""
        t, link, queue = self._tables.transfer.c, self._tables.link.c, self._tables.unsealed.c
        where = (sa.not_(_exists(link, t)), sa.not_(_exists(queue, t)))
        return self._dialect.compiled(sa.select(t.namespace, t.key).where(*where).order_by(t.namespace, t.key))

    @cached_property
    def twice(self) -> Compiled:
        """Transfers that are linked and in the queue."""
        link, queue = self._tables.link.c, self._tables.unsealed.c
        return self._dialect.compiled(sa.select(queue.namespace, queue.key).where(_exists(link, queue)))

    @cached_property
    def orphans(self) -> Compiled:
        """Entries of which there is neither transfer nor link."""
        e, t, link = self._tables.entry.c, self._tables.transfer.c, self._tables.link.c
        where = (sa.not_(_exists(t, e)), sa.not_(_exists(link, e)))
        return self._dialect.compiled(sa.select(*raw(e)).where(*where).order_by(e.account, e.sequence))

    def _page(self, found: sa.Select[Any], by: Any) -> Compiled:
        limit = sa.literal_column(str(PAGE), sa.BigInteger())
        after = sa.bindparam("after", type_=by.type)
        return self._dialect.compiled(found.where(by > after).order_by(by).limit(limit))

    @property
    def before_all_ids(self) -> UUID | str:
        """What comes before every account's id, as it is written."""
        return UUID(int=0) if self._dialect.locks_rows else ""


def _same(one: Any, other: Any) -> sa.ColumnElement[bool]:
    return sa.and_(one.namespace == other.namespace, one.key == other.key)


def _exists(what: Any, of: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(_same(what, of))


class SqlVerifying(ABC):
    """The part of the `Ledger` port that verifies."""

    __slots__ = ()
    buffer: Buffer

    @property
    @abstractmethod
    def sealing(self) -> SealingStatements: ...

    @property
    @abstractmethod
    def verifying(self) -> VerifyingStatements: ...

    @abstractmethod
    async def prove(self) -> Proof: ...

    @abstractmethod
    async def with_entries(self, rows: Iterable[Row]) -> list[tuple[TransferId, Waiting]]: ...

    @abstractmethod
    async def entries_of(self, ids: Iterable[TransferId]) -> dict[TransferId, list[EntryRow]]: ...

    async def verify(self, key: KeyedDigest, known: Head | None = None) -> Verification:
        await self.buffer.flush()
        ask, connection = self.verifying, self.buffer.connection
        verifying = Verifying(key, known)
        async for rows in self._pages(ask.links, INT64_MIN):
            verifying.linked(await self._linked(rows))
        async for rows in self._pages(ask.seals, INT64_MIN):
            verifying.sealed((seal_of(row[:-1]), row[-1]) for row in rows)
        verifying.ends()
        queue = await connection.rows(self.sealing.queue, {})
        for start in range(0, len(queue), PAGE):
            verifying.waits(await self.with_entries(queue[start : start + PAGE]))
        verifying.strays(
            [id_of(*row) for row in await connection.rows(ask.unlinked, {})],
            [id_of(*row) for row in await connection.rows(ask.twice, {})],
            [EntryRow(parts_of(row)) for row in await connection.rows(ask.orphans, {})],
        )
        async for rows in self._pages(ask.accounts, ask.before_all_ids):
            verifying.accounts(AccountRow(*parts_of(row)) for row in rows)  # type: ignore[arg-type]
        return verifying.found(await self.prove())

    async def _linked(self, rows: Sequence[Row]) -> list[LinkedRows]:
        width = 10
        links = [(link_of(row[:width]), row[width:]) for row in rows]
        of = await self.entries_of(link.transfer for link, _ in links)
        return [
            LinkedRows(link, parts_of(row) if row[0] is not None else None, of.get(link.transfer, ()))
            for link, row in links
        ]

    async def _pages(self, statement: Compiled, after: Any) -> AsyncIterator[Sequence[Row]]:
        """Pages of rows that are ordered by their first column."""
        while rows := await self.buffer.connection.rows(statement, {"after": after}):
            yield rows
            after = rows[-1][0]
