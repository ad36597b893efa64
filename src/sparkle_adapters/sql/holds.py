"""The ledger's holds on SQL: `domain/economy/holds.py` decides, this loads and keeps.

A hold never changes its account, so it is looked up first, to know which accounts to lock, and read
again under their locks, which is what decides. The statement that closes it wants it to be open: the
database itself lets only one resolver through.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from attrs import frozen

from sparkle_adapters.codec import rows_of
from sparkle_adapters.sql.compiled import Compiled, Row
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.ledger_rows import ACCOUNT, HOLD
from sparkle_adapters.sql.ledger_tables import LedgerTables
from sparkle_adapters.sql.records import Buffer
from sparkle_core.domain.economy.holds import Capture, Hold, Holding, HoldState, accounts_of, held_accounts
from sparkle_core.domain.economy.ledger import Account, Currency, Posted, TransferId
from sparkle_core.domain.economy.posting import Posting
from sparkle_core.domain.kernel.errors import Stale
from sparkle_core.domain.kernel.stored import PAGE_MAX

R = TypeVar("R")

_ACCOUNTS = rows_of(Account)


class HoldStatements:
    """The statements of holds, each built and compiled once, when first used."""

    def __init__(self, tables: LedgerTables, dialect: Dialect) -> None:
        self._table = tables.hold
        self._dialect = dialect

    @cached_property
    def some(self) -> Compiled:
        """Holds by `namespace_` and `key_`."""
        table = self._table
        wanted = self._dialect.listed({"namespace_": table.c.namespace.type, "key_": table.c.key.type})
        names = sa.select(wanted.c.namespace_, wanted.c.key_)
        return self._compiled(sa.select(*table.c).where(sa.tuple_(table.c.namespace, table.c.key).in_(names)))

    @cached_property
    def due(self) -> Compiled:
        """Open holds that have run out by `at`, those due first, at most `limit`."""
        hold = self._table.c
        out = sa.and_(hold.state == _OPEN, hold.expires_at <= sa.bindparam("at", type_=hold.expires_at.type))
        found = sa.select(*hold).where(out).order_by(hold.expires_at, hold.namespace, hold.key)
        return self._compiled(found.limit(sa.bindparam("limit", type_=sa.BigInteger())))

    @cached_property
    def close(self) -> Compiled:
        hold = self._table.c
        same = (hold[name] == sa.bindparam(f"{name}_", type_=hold[name].type) for name in ("namespace", "key"))
        new = {name: sa.bindparam(f"new_{name}", type_=hold[name].type) for name in ("state", "captured", "closed_at")}
        return self._compiled(sa.update(self._table).where(*same, hold.state == _OPEN).values(**new))

    def _compiled(self, statement: sa.Executable) -> Compiled:
        return self._dialect.compiled(statement)


_OPEN = sa.literal_column(f"'{HoldState.OPEN.value}'", sa.Text())


@frozen(eq=False)
class SqlHolds(ABC):
    """The part of the `Ledger` port that is about holds."""

    buffer: Buffer

    @property
    @abstractmethod
    def holding(self) -> HoldStatements: ...

    @abstractmethod
    async def load(self, accounts: Iterable[UUID], transfers: Iterable[TransferId]) -> Posting: ...

    @abstractmethod
    def keep(self, posting: Posting) -> None: ...

    async def reserve(self, hold: Hold) -> Hold:
        return await self._decided([hold.account], [hold.id], lambda holding: holding.reserve(hold))

    async def capture(self, capture: Capture) -> Posted:
        found = await self.hold(capture.hold)
        accounts = held_accounts(found, capture) if found else []
        return await self._decided(accounts, [capture.hold], lambda holding: holding.capture(capture))

    async def void(self, hold: TransferId, at: datetime) -> Hold:
        found = await self.hold(hold)
        return await self._decided(
            accounts_of([found] if found else []), [hold], lambda holding: holding.void(hold, at)
        )

    async def expire(self, at: datetime, limit: int = PAGE_MAX) -> list[Hold]:
        await self.buffer.settle(HOLD)
        values = {"at": at, "limit": min(limit, PAGE_MAX)}
        due = [_hold(row) for row in await self.buffer.connection.rows(self.holding.due, values)]
        return await self._decided(accounts_of(due), [h.id for h in due], lambda holding: holding.expire(at))

    async def hold(self, id: TransferId) -> Hold | None:
        return (await self._holds([id])).get(id)

    async def _decided(self, accounts: Sequence[UUID], ids: Sequence[TransferId], decide: Callable[[Holding], R]) -> R:
        """What is decided on these holds and their accounts, under the accounts' locks, and kept."""
        posting = await self.load(accounts, ids)
        holding = Holding(posting, await self._holds(ids))
        known = set(holding.stored)
        answer = decide(holding)
        await self._keep(holding, known)
        return answer

    async def _holds(self, ids: Iterable[TransferId]) -> dict[TransferId, Hold]:
        await self.buffer.settle(HOLD)
        names = list(ids)
        values = {"namespace_": [n.namespace for n in names], "key_": [n.key for n in names]}
        found = map(_hold, await self.buffer.connection.rows(self.holding.some, values))
        return {hold.id: hold for hold in found}

    async def _keep(self, holding: Holding, known: set[TransferId]) -> None:
        for account in holding.accounts:
            self.buffer.pending.update(ACCOUNT, account.id, account.sequence, _ACCOUNTS.row(account))
        self.keep(holding.posting)
        for hold in holding.changed.values():
            if hold.id not in known:
                self.buffer.pending.insert(HOLD, (hold.id.namespace, hold.id.key), _hold_row(hold))
            elif not await self.buffer.connection.count(self.holding.close, _closing(hold)):
                raise Stale(HOLD)


def _hold_row(hold: Hold) -> Row:
    return (
        hold.id.namespace,
        hold.id.key,
        hold.account,
        hold.amount,
        hold.currency.value,
        hold.kind,
        hold.reference,
        hold.actor,
        hold.at,
        hold.expires_at,
        hold.state.value,
        hold.captured,
        hold.closed_at,
    )


def _hold(row: Row) -> Hold:
    namespace, key, account, amount, currency, kind, reference, actor, at, expires_at, state, captured, closed_at = row
    return Hold(
        id=TransferId(namespace, key),
        account=account,
        amount=amount,
        currency=Currency(currency),
        kind=kind,
        reference=reference,
        actor=actor,
        at=at,
        expires_at=expires_at,
        state=HoldState(state),
        captured=captured,
        closed_at=closed_at,
    )


def _closing(hold: Hold) -> dict[str, Any]:
    return {
        "namespace_": hold.id.namespace,
        "key_": hold.id.key,
        "new_state": hold.state.value,
        "new_captured": hold.captured,
        "new_closed_at": hold.closed_at,
    }
