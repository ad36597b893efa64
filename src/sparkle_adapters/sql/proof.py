"""The ledger's proof, set-based: one statement that answers every fault, so all of it is of one moment.

It asks what `domain/economy/proving.py` asks. Sums are taken in halves of 32 bits, exact wherever
a database's own sum would overflow; the chain of before and after makes a balance the sum of its
entries.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from sparkle_adapters.sql.compiled import Row
from sparkle_adapters.sql.ledger_tables import LedgerTables
from sparkle_core.domain.economy.chain import id_text
from sparkle_core.domain.economy.ledger import Proof

_HALF = 2**32

_FAULTS = {
    "gap": "account {subject}: entry {number} is missing",
    "chain": "account {subject}: entry {number} does not follow from the one before",
    "balance": "account {subject}: balance {number} is not the sum of its entries",
    "earned": "account {subject}: earned {number} is not the sum of what came in",
    "spent": "account {subject}: spent {number} is not the sum of what went out",
    "sequence": "account {subject}: sequence {number} is not the number of its entries",
    "floor": "account {subject}: balance {number} is below what is held, {low}",
    "no account": "entries of account {subject} belong to no account",
    "sides": "transfer {subject}: its entries are not its two sides",
    "no transfer": "entries of transfer {subject} belong to no transfer",
    "held": "account {subject}: held {number} is not the sum of its open holds",
    "no holder": "holds of account {subject} belong to no account",
    "unsealed": "transfer {subject} waits to be sealed and is not there",
    "captured": "hold {subject}: what it says was captured was not",
}


def proof_query(tables: LedgerTables) -> sa.Executable:
    """Rows (what, subject, number, low half): three counts, a sum a currency, and every fault."""
    return sa.union_all(
        *(_row(f"count {name}", number=_count(table)) for name, table in _counted(tables)),
        _sums(tables),
        *_chains(tables.entry),
        *_accounts(tables.account, tables.entry),
        *_transfers(tables),
        *_holds(tables.account, tables.transfer, tables.hold),
    )


def proof_from(rows: Iterable[Row]) -> Proof:
    """What the rows of the query say."""
    counts: dict[str, int] = {}
    faults = []
    for what, subject, number, low in rows:
        if what.startswith("count "):
            counts[what] = number
        elif what == "sum":
            total = int(number) * _HALF + int(low)
            if total:
                faults.append(f"balances in {subject} sum to {total}, not to zero")
        else:
            named = id_text(subject) if "account {subject}" in _FAULTS[what] else subject
            faults.append(_FAULTS[what].format(subject=named, number=number, low=low))
    return Proof(counts["count accounts"], counts["count transfers"], counts["count entries"], tuple(faults))


def _counted(tables: LedgerTables) -> list[tuple[str, sa.Table]]:
    return [("accounts", tables.account), ("transfers", tables.transfer), ("entries", tables.entry)]


def _count(table: sa.Table) -> sa.ColumnElement[int]:
    return sa.select(sa.func.count()).select_from(table).scalar_subquery()


def _row(what: str, *, subject: Any = None, number: Any = 0, low: Any = 0) -> sa.Select[Any]:
    columns: list[sa.ColumnElement[Any]] = [
        sa.literal_column(f"'{what}'", sa.Text()).label("what"),
        sa.cast(sa.literal_column("''") if subject is None else subject, sa.Text()).label("subject"),
        sa.cast(number, sa.BigInteger()).label("number"),
        sa.cast(low, sa.BigInteger()).label("low"),
    ]
    return sa.select(*columns)


def _sums(tables: LedgerTables) -> sa.Select[Any]:
    """Balances, and what waits to be sealed on hot accounts, per currency."""
    a, t = tables.account.c, tables.transfer.c
    moved = sa.case((a.id == t.debit, -t.amount), else_=t.amount)
    waiting = sa.select(a.currency, moved.label("amount")).select_from(_hot_sides(tables))
    every = sa.union_all(sa.select(a.currency, a.balance.label("amount")), waiting).subquery().c
    high, low = _halves(every.amount)
    number, rest = sa.func.sum(high), sa.func.sum(low)
    return _row("sum", subject=every.currency, number=number, low=rest).group_by(every.currency)


def _halves(number: Any) -> tuple[Any, Any]:
    """A whole number as its high and low 32 bits, whose sums do not overflow."""
    mask = sa.literal_column(str(_HALF - 1), sa.BigInteger())
    return number.bitwise_rshift(sa.literal_column("32")), number.bitwise_and(mask)


def _lifetime(which: str, account: sa.Table, entry: sa.Table) -> sa.Select[Any]:
    """Accounts whose lifetime sum is not that of their entries: `earned` of what came in, `spent` of what went out."""
    a, e = account.c, entry.c
    one_way = (
        sa.case((e.amount > 0, e.amount), else_=0) if which == "earned" else sa.case((e.amount < 0, -e.amount), else_=0)
    )
    high, low = _halves(one_way)
    sums = sa.select(e.account, sa.func.sum(high).label("high"), sa.func.sum(low).label("low")).group_by(e.account)
    s = sums.subquery().c
    said_high, said_low = _halves(a[which])
    off_high = _exact(sa.func.coalesce(s.high, 0)) - _exact(said_high)
    off_low = _exact(sa.func.coalesce(s.low, 0)) - _exact(said_low)
    off = off_high * sa.literal_column(str(_HALF), sa.Numeric(asdecimal=False)) != -off_low
    return (
        _row(which, subject=a.id, number=a[which])
        .select_from(account.outerjoin(s.account.table, s.account == a.id))
        .where(off)
    )


def _hot_sides(tables: LedgerTables) -> sa.FromClause:
    """Transfers that wait to be sealed, beside each of their hot accounts."""
    a, t, u = tables.account.c, tables.transfer.c, tables.unsealed.c
    same = sa.and_(t.namespace == u.namespace, t.key == u.key, sa.not_(u.whole))
    queued = tables.unsealed.join(tables.transfer, same)
    return queued.join(tables.account, sa.and_(a.hot, a.id.in_((t.debit, t.credit))))


def _chains(entry: sa.Table) -> list[sa.Select[Any]]:
    in_order: dict[str, Any] = {"partition_by": entry.c.account, "order_by": entry.c.sequence}
    chain = sa.select(
        entry.c.account,
        entry.c.sequence,
        _exact(entry.c.before).label("before"),
        (_exact(entry.c.after) - _exact(entry.c.amount)).label("follows_from"),
        _exact(sa.func.coalesce(sa.func.lag(entry.c.after).over(**in_order), 0)).label("last"),
        sa.func.row_number().over(**in_order).label("place"),
    ).subquery()
    c = chain.c
    gaps = _row("gap", subject=c.account, number=sa.func.min(c.place)).where(c.sequence != c.place).group_by(c.account)
    broken = sa.or_(c.before != c.last, c.before != c.follows_from)
    return [gaps, _row("chain", subject=c.account, number=c.sequence).where(broken)]


def _accounts(account: sa.Table, entry: sa.Table) -> list[sa.Select[Any]]:
    last = (
        sa.select(entry.c.account, sa.func.max(entry.c.sequence).label("sequence"), sa.func.count().label("entries"))
        .group_by(entry.c.account)
        .subquery()
    )
    at_end = sa.and_(entry.c.account == last.c.account, entry.c.sequence == last.c.sequence)
    ends = account.outerjoin(last, last.c.account == account.c.id).outerjoin(entry, at_end)
    a = account.c
    known = sa.exists().where(a.id == last.c.account)
    return [
        _row("balance", subject=a.id, number=a.balance)
        .select_from(ends)
        .where(a.balance != sa.func.coalesce(entry.c.after, 0)),
        _row("sequence", subject=a.id, number=a.sequence)
        .select_from(ends)
        .where(a.sequence != sa.func.coalesce(last.c.entries, 0)),
        _lifetime("earned", account, entry),
        _lifetime("spent", account, entry),
        _row("floor", subject=a.id, number=a.balance, low=a.held).where(a.balance < a.held, sa.not_(a.overdraft)),
        _row("no account", subject=last.c.account).where(sa.not_(known)),
    ]


def _transfers(tables: LedgerTables) -> list[sa.Select[Any]]:
    transfer, entry = tables.transfer, tables.entry
    t, e, u = transfer.c, entry.c, tables.unsealed.c
    same = sa.and_(e.namespace == t.namespace, e.key == t.key)
    right = sa.or_(
        sa.and_(e.account == t.debit, _exact(e.amount) == -_exact(t.amount)),
        sa.and_(e.account == t.credit, e.amount == t.amount),
    )
    waiting = (
        sa.select(u.namespace, u.key, sa.func.count().label("sides"))
        .select_from(_hot_sides(tables))
        .group_by(u.namespace, u.key)
        .subquery()
    )
    w = waiting.c
    written = 2 - sa.func.coalesce(sa.func.max(w.sides), 0)
    sides = (
        _row("sides", subject=_transfer_name(t))
        .select_from(
            transfer.outerjoin(entry, same).outerjoin(waiting, sa.and_(w.namespace == t.namespace, w.key == t.key))
        )
        .group_by(t.namespace, t.key)
        .having(sa.or_(sa.func.count(e.account) != written, sa.func.sum(sa.case((right, 1), else_=0)) != written))
    )
    orphans = (
        _row("no transfer", subject=_transfer_name(e))
        .where(sa.not_(sa.exists().where(same)))
        .group_by(e.namespace, e.key)
    )
    posted = sa.exists().where(t.namespace == u.namespace, t.key == u.key)
    return [sides, orphans, _row("unsealed", subject=_transfer_name(u)).where(sa.not_(posted))]


def _holds(account: sa.Table, transfer: sa.Table, hold: sa.Table) -> list[sa.Select[Any]]:
    a, t, h = account.c, transfer.c, hold.c
    is_open, is_captured = (h.state == sa.literal_column(f"'{state}'", sa.Text()) for state in ("open", "captured"))
    total = sa.func.sum(_exact(sa.case((is_open, h.amount), else_=0)))
    sums = sa.select(h.account, total.label("held")).group_by(h.account).subquery()
    moved = sa.exists().where(t.namespace == h.namespace, t.key == h.key, t.debit == h.account, t.amount == h.captured)
    return [
        _row("held", subject=a.id, number=a.held)
        .select_from(account.outerjoin(sums, sums.c.account == a.id))
        .where(_exact(a.held) != sa.func.coalesce(sums.c.held, 0)),
        _row("no holder", subject=sums.c.account).where(sa.not_(sa.exists().where(a.id == sums.c.account))),
        _row("captured", subject=_transfer_name(h)).where(is_captured, sa.not_(moved)),
    ]


def _transfer_name(columns: Any) -> sa.ColumnElement[str]:
    name: sa.ColumnElement[str] = columns.namespace.concat(sa.literal_column("' '", sa.Text())).concat(columns.key)
    return name


def _exact(number: Any) -> sa.ColumnElement[Any]:
    """A whole number that cannot overflow when it is added to."""
    return sa.cast(number, sa.Numeric(asdecimal=False))
