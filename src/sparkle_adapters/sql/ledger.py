"""The `Ledger` port over one SQL transaction: the database keeps, `posting` decides.

Accounts are locked in id order by a statement of its own; only the next statement, whose snapshot
begins after the wait for those locks, reads what is decided on: balances, known transfers, sums of
earlier reversals, receivables that came into being meanwhile. An id posted twice at the same time
on different accounts hits the primary key: `Stale`, and found on the next try.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from attrs import evolve, frozen

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.compiled import Compiled
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.holds import HoldStatements, SqlHolds
from sparkle_adapters.sql.ledger_rows import (
    ACCOUNT,
    ENTRY,
    HOLD,
    TRANSFER,
    UNSEALED,
    entry_of,
    entry_row,
    id_of,
    parts_of,
    transfer_of,
    transfer_row,
)
from sparkle_adapters.sql.ledger_tables import LedgerTables
from sparkle_adapters.sql.proof import proof_from, proof_query
from sparkle_adapters.sql.sealing import SealingStatements, SqlSealing
from sparkle_adapters.sql.verifying import SqlVerifying, VerifyingStatements
from sparkle_core.domain.economy.chain import digest_of
from sparkle_core.domain.economy.errors import UnknownAccount
from sparkle_core.domain.economy.ledger import Account, Entry, NewAccount, Posted, Proof, Transfer, TransferId
from sparkle_core.domain.economy.posting import Posting, Reversible, named, needed, opened
from sparkle_core.domain.economy.proving import not_as_posted
from sparkle_core.domain.economy.sealing import hot_among
from sparkle_core.domain.kernel.digests import digest
from sparkle_core.domain.kernel.stored import PAGE_MAX

_ACCOUNTS = rows_of(Account)


class LedgerStatements:
    """The ledger's statements, each built and compiled once, when first used."""

    def __init__(self, tables: LedgerTables, dialect: Dialect) -> None:
        self.tables = tables
        self.dialect = dialect
        self.holds = HoldStatements(tables, dialect)
        self.sealing = SealingStatements(tables, dialect)
        self.verifying = VerifyingStatements(tables, dialect)
        self._kept: dict[str, Compiled] = {}

    def lock(self) -> Compiled:
        """Of accounts by `ids`, those that posting writes."""
        account = self.tables.account.c
        cold = sa.select(account.id).where(self.dialect.among(account.id, "ids"), sa.not_(account.hot))
        held = cold.order_by(account.id).with_for_update(key_share=True)
        return self._once("lock", lambda: held)

    def seen(self) -> Compiled:
        """Accounts by `ids` and transfers by `namespace_` and `key_` with what was reversed of them, in one answer."""
        return self._once("seen", lambda: sa.union_all(*_side_by_side(self._some_accounts(), self._some_transfers())))

    def accounts(self) -> Compiled:
        return self._once("accounts", self._some_accounts)

    def transfer(self) -> Compiled:
        table = self.tables.transfer
        same = (c == sa.bindparam(c.name, type_=c.type) for c in table.primary_key.columns)
        return self._once("transfer", lambda: sa.select(*table.c).where(*same))

    def freeze(self) -> Compiled:
        table = self.tables.account
        change = sa.update(table).where(table.c.id == sa.bindparam("account", type_=table.c.id.type))
        return self._once("freeze", lambda: change.values(frozen=sa.bindparam("frozen", type_=table.c.frozen.type)))

    def prove(self) -> Compiled:
        return self._once("prove", lambda: proof_query(self.tables))

    def entries(self, filters: frozenset[str]) -> Compiled:
        """An account's entries, newest first, with the filters given."""
        entry = self.tables.entry.c

        def build() -> sa.Executable:
            tests: dict[str, Callable[[], sa.ColumnElement[bool]]] = {
                "kind": lambda: entry.kind == sa.bindparam("kind", type_=entry.kind.type),
                "since": lambda: entry.at >= sa.bindparam("since", type_=entry.at.type),
                "until": lambda: entry.at < sa.bindparam("until", type_=entry.at.type),
                "before": lambda: entry.sequence < sa.bindparam("before", type_=entry.sequence.type),
            }
            own = entry.account == sa.bindparam("account", type_=entry.account.type)
            found = sa.select(*entry).where(own, *(tests[name]() for name in sorted(filters)))
            return found.order_by(entry.sequence.desc()).limit(sa.bindparam("limit", type_=sa.BigInteger()))

        return self._once(f"entries {sorted(filters)}", build)

    def _some_accounts(self) -> sa.Select[Any]:
        table = self.tables.account
        return sa.select(*table.c).where(self.dialect.among(table.c.id, "ids"))

    def _some_transfers(self) -> sa.Select[Any]:
        table, reversal = self.tables.transfer, self.tables.transfer.alias("reversal")
        wanted = self.dialect.listed({"namespace_": table.c.namespace.type, "key_": table.c.key.type})
        total = sa.cast(sa.func.coalesce(sa.func.sum(reversal.c.amount), 0), sa.BigInteger())
        reverses = (reversal.c.reverses_namespace == table.c.namespace, reversal.c.reverses_key == table.c.key)
        before = sa.select(total).where(*reverses).scalar_subquery().label("reversed")
        names = sa.select(wanted.c.namespace_, wanted.c.key_)
        return sa.select(*table.c, before).where(sa.tuple_(table.c.namespace, table.c.key).in_(names))

    def _once(self, name: str, build: Callable[[], sa.Executable]) -> Compiled:
        if name not in self._kept:
            self._kept[name] = self.dialect.compiled(build())
        return self._kept[name]


def _side_by_side(first: sa.Select[Any], second: sa.Select[Any]) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """Two selects with the columns of both, empty where they are the other's."""
    left, right = first.subquery(), second.subquery()
    return (
        sa.select(*left.c, *(sa.cast(sa.null(), c.type).label(f"second_{c.name}") for c in right.c)),
        sa.select(*(sa.cast(sa.null(), c.type).label(f"first_{c.name}") for c in left.c), *right.c),
    )


@frozen(eq=False)
class SqlLedger(SqlHolds, SqlSealing, SqlVerifying):
    """All of the ledger; writes are flushed with the records."""

    statements: LedgerStatements

    @property
    def holding(self) -> HoldStatements:
        return self.statements.holds

    @property
    def sealing(self) -> SealingStatements:
        return self.statements.sealing

    @property
    def verifying(self) -> VerifyingStatements:
        return self.statements.verifying

    async def open(self, account: NewAccount) -> None:
        self.buffer.pending.ensure(ACCOUNT, account.id, _ACCOUNTS.row(opened(account)))

    async def post(self, *transfers: Transfer) -> Posted:
        posting = await self.load(needed(transfers), named(transfers))
        posted = posting.post(transfers)
        self.keep(posting)
        return posted

    async def load(self, accounts: Iterable[UUID], transfers: Iterable[TransferId]) -> Posting:
        ids, names = sorted(set(accounts)), list(dict.fromkeys(transfers))
        await self.buffer.settle(ACCOUNT, TRANSFER, ENTRY)
        connection = self.buffer.connection
        if self.statements.dialect.locks_rows:
            await connection.rows(self.statements.lock(), {"ids": ids})
        rows = await connection.rows(
            self.statements.seen(),
            {"ids": ids, "namespace_": [n.namespace for n in names], "key_": [n.key for n in names]},
        )
        width = len(_ACCOUNTS.columns)
        held = [_ACCOUNTS.value(row[:width]) for row in rows if row[0] is not None]
        found = {t.id: Reversible(t, row[-1]) for row in rows if row[0] is None for t in [transfer_of(row[width:-1])]}
        return Posting(
            accounts={account.id: account for account in held},
            known={id: reversible.original for id, reversible in found.items()},
            reversibles=found,
        )

    def keep(self, posting: Posting) -> None:
        pending, held = self.buffer.pending, posting.held
        new = {account.id for account in posting.opened}
        for account in posting.touched:
            if account.id in new:
                pending.insert(ACCOUNT, account.id, _ACCOUNTS.row(account))
            else:
                pending.update(ACCOUNT, account.id, held[account.id], _ACCOUNTS.row(account))
        transfers = {row[:2]: row for row in map(transfer_row, posting.transfers)}
        pending.insert_all(TRANSFER, transfers)
        digests = map(digest_of, posting.transfers)
        pending.insert_all(UNSEALED, {name: (*name, digest) for name, digest in zip(transfers, digests, strict=True)})
        pending.insert_all(ENTRY, {row[:2]: row for row in map(entry_row, posting.entries)})

    async def accounts(self, ids: Iterable[UUID]) -> Mapping[UUID, Account]:
        await self.buffer.settle(ACCOUNT)
        rows = await self.buffer.connection.rows(self.statements.accounts(), {"ids": list(ids)})
        found = {account.id: account for account in map(_ACCOUNTS.value, rows)}
        hot = hot_among(found)
        return found | await self.hot_now(hot) if hot else found

    async def transfer(self, id: TransferId) -> Transfer | None:
        await self.buffer.settle(TRANSFER)
        values = {"namespace": id.namespace, "key": id.key}
        rows = await self.buffer.connection.rows(self.statements.transfer(), values)
        return transfer_of(rows[0]) if rows else None

    async def entries(
        self,
        account: UUID,
        *,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = PAGE_MAX,
    ) -> list[Entry]:
        await self.buffer.settle(ENTRY)
        filters = {"kind": kind, "since": since, "until": until, "before": before}
        given = {name: value for name, value in filters.items() if value is not None}
        values = {"account": account, "limit": min(limit, PAGE_MAX), **given}
        statement = self.statements.entries(frozenset(given))
        return [entry_of(row) for row in await self.buffer.connection.rows(statement, values)]

    async def freeze(self, account: UUID, frozen: bool) -> None:
        await self.buffer.settle(ACCOUNT)
        values = {"account": account, "frozen": frozen}
        if not await self.buffer.connection.count(self.statements.freeze(), values):
            raise UnknownAccount

    async def prove(self) -> Proof:
        await self.buffer.settle(ACCOUNT, TRANSFER, ENTRY, HOLD, UNSEALED)
        found = proof_from(await self.buffer.connection.rows(self.statements.prove(), {}))
        queue = await self.buffer.connection.rows(self.sealing.queue, {})
        changed = (id_of(*row[:2]) for row in queue if row[3] is not None and digest(parts_of(row[3:])) != row[2])
        return evolve(found, faults=(*found.faults, *map(not_as_posted, changed)))
