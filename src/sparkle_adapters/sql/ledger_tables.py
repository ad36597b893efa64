"""The ledger's tables, written by hand, with all the protection a database can give by itself."""

from typing import Any

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE

APPEND_ONLY = ("ledger_transfer", "ledger_entry", "ledger_link", "ledger_seal")

_HOLD_SAYS = ("namespace", "key", "account", "amount", "currency", "kind", "reference", "actor", "at", "expires_at")
_HOLD_CHANGES = " OR ".join(("OLD.state <> 'open'", *(f"NEW.{column} <> OLD.{column}" for column in _HOLD_SAYS)))
"""An open hold may be closed; nothing else about it changes, and a closed one never."""

PROTECT_POSTGRES = (
    """CREATE FUNCTION ledger_refuses_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$""",
    *(
        f"""CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses_changes()"""
        for table in APPEND_ONLY
    ),
    """CREATE TRIGGER ledger_hold_is_kept BEFORE DELETE OR TRUNCATE ON ledger_hold
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses_changes()""",
    f"""CREATE TRIGGER ledger_hold_is_closed_once BEFORE UPDATE ON ledger_hold
FOR EACH ROW WHEN ({_HOLD_CHANGES}) EXECUTE FUNCTION ledger_refuses_changes()""",
)
UNPROTECT_POSTGRES = (
    "DROP TRIGGER ledger_hold_is_kept ON ledger_hold",
    "DROP TRIGGER ledger_hold_is_closed_once ON ledger_hold",
    *(f"DROP TRIGGER {table}_is_append_only ON {table}" for table in APPEND_ONLY),
    "DROP FUNCTION ledger_refuses_changes()",
)
PROTECT_SQLITE = (
    *(
        f"""CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ),
    """CREATE TRIGGER ledger_hold_refuses_DELETE BEFORE DELETE ON ledger_hold
BEGIN SELECT RAISE(ABORT, 'ledger_hold is append-only'); END""",
    f"""CREATE TRIGGER ledger_hold_is_closed_once BEFORE UPDATE ON ledger_hold WHEN {_HOLD_CHANGES}
BEGIN SELECT RAISE(ABORT, 'ledger_hold is append-only'); END""",
)


@frozen(eq=False)
class LedgerTables:
    """Accounts, transfers by (namespace, key), entries by (account, sequence), holds by (namespace, key).

    `unsealed` has a row for every transfer that waits to be sealed, `link` one for every other, by number;
    `seal` one for each transaction that sealed some. A queued transfer that is `whole` was posted when hot
    accounts were written like others: both its sides are there.
    """

    account: sa.Table
    transfer: sa.Table
    entry: sa.Table
    hold: sa.Table
    unsealed: sa.Table
    link: sa.Table
    seal: sa.Table

    @classmethod
    def within(cls, metadata: sa.MetaData) -> "LedgerTables":
        make = (_account, _transfer, _entry, _hold, _unsealed, _link, _seal)
        tables = cls(*(table(metadata) for table in make))
        _protect(metadata)
        return tables


def _account(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "ledger_account",
        metadata,
        sa.Column("id", ID, primary_key=True),
        _given("owner", TEXT),
        _given("currency", TEXT),
        _given("purpose", TEXT),
        _given("overdraft", FLAG),
        _given("frozen", FLAG),
        _given("balance", WHOLE),
        _given("sequence", WHOLE),
        _given("earned", WHOLE),
        _given("spent", WHOLE),
        _given("held", WHOLE),
        _given("hot", FLAG),
        _given("day", WHOLE),
        _given("gone_today", TEXT),
        _check("ledger_account", "floor", "balance >= held OR overdraft"),
        _check("ledger_account", "counts", "sequence >= 0 AND earned >= 0 AND spent >= 0 AND held >= 0"),
    )


def _transfer(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "ledger_transfer",
        metadata,
        sa.Column("namespace", TEXT, primary_key=True),
        sa.Column("key", TEXT, primary_key=True),
        _given("debit", ID),
        _given("credit", ID),
        _given("amount", WHOLE),
        _given("currency", TEXT),
        _given("kind", TEXT),
        _given("reference", TEXT),
        _given("actor", TEXT),
        _given("at", INSTANT),
        sa.Column("reverses_namespace", TEXT),
        sa.Column("reverses_key", TEXT),
        _check("ledger_transfer", "amount", "amount > 0"),
        _check("ledger_transfer", "sides", "debit <> credit"),
        _check("ledger_transfer", "reverses", "(reverses_namespace IS NULL) = (reverses_key IS NULL)"),
    )
    sa.Index("ix_ledger_transfer_reverses", table.c.reverses_namespace, table.c.reverses_key)
    return table


def _entry(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "ledger_entry",
        metadata,
        sa.Column("account", ID, primary_key=True),
        sa.Column("sequence", WHOLE, primary_key=True, autoincrement=False),
        _given("namespace", TEXT),
        _given("key", TEXT),
        _given("kind", TEXT),
        _given("reference", TEXT),
        _given("amount", WHOLE),
        _given("before", WHOLE),
        _given("after", WHOLE),
        _given("at", INSTANT),
        sa.UniqueConstraint("namespace", "key", "account", name="uq_ledger_entry_transfer"),
        _check("ledger_entry", "sequence", "sequence > 0"),
        _check("ledger_entry", "amount", "amount <> 0"),
        _check("ledger_entry", "chain", "after = before + amount"),
    )


def _hold(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "ledger_hold",
        metadata,
        sa.Column("namespace", TEXT, primary_key=True),
        sa.Column("key", TEXT, primary_key=True),
        _given("account", ID),
        _given("amount", WHOLE),
        _given("currency", TEXT),
        _given("kind", TEXT),
        _given("reference", TEXT),
        _given("actor", TEXT),
        _given("at", INSTANT),
        _given("expires_at", INSTANT),
        _given("state", TEXT),
        _given("captured", WHOLE),
        sa.Column("closed_at", INSTANT),
        _check("ledger_hold", "amount", "amount > 0"),
        _check("ledger_hold", "state", "state IN ('open', 'captured', 'voided', 'expired')"),
        _check("ledger_hold", "captured", "captured BETWEEN 0 AND amount AND (captured > 0) = (state = 'captured')"),
        _check("ledger_hold", "closed", "(closed_at IS NULL) = (state = 'open')"),
    )
    sa.Index("ix_ledger_hold_state", table.c.state, table.c.expires_at, table.c.namespace, table.c.key)
    return table


class CurrentTransaction(FunctionElement[int]):
    """The number of the transaction that writes the row: where writers run side by side, the order they began in."""

    inherit_cache = True


@compiles(CurrentTransaction)
def _alone(element: CurrentTransaction, compiler: Any, **_: Any) -> str:
    return "0"


@compiles(CurrentTransaction, "postgresql")
def _numbered(element: CurrentTransaction, compiler: Any, **_: Any) -> str:
    return "CAST(CAST(pg_current_xact_id() AS text) AS bigint)"


def _unsealed(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "ledger_unsealed",
        metadata,
        sa.Column("namespace", TEXT, primary_key=True),
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("xid", WHOLE, nullable=False, server_default=CurrentTransaction()),
        _given("digest", TEXT),
        sa.Column("whole", FLAG, nullable=False, server_default=sa.false()),
    )
    sa.Index("ix_ledger_unsealed_xid", table.c.xid, table.c.namespace, table.c.key)
    return table


def _link(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "ledger_link",
        metadata,
        sa.Column("number", WHOLE, primary_key=True, autoincrement=False),
        _given("namespace", TEXT),
        _given("key", TEXT),
        _given("debit_sequence", WHOLE),
        _given("credit_sequence", WHOLE),
        _given("transfer_digest", TEXT),
        _given("debit_digest", TEXT),
        _given("credit_digest", TEXT),
        _given("previous", TEXT),
        _given("mac", TEXT),
        sa.UniqueConstraint("namespace", "key", name="uq_ledger_link_transfer"),
    )


def _seal(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "ledger_seal",
        metadata,
        sa.Column("number", WHOLE, primary_key=True, autoincrement=False),
        _given("first", WHOLE),
        _given("head", WHOLE),
        _given("head_mac", TEXT),
        _given("at", INSTANT),
        _given("mac", TEXT),
    )


def _given(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=f"ck_{table}_{name}")


def _protect(metadata: sa.MetaData) -> None:
    """Have `metadata.create_all` write the triggers, and `drop_all` what a dropped table leaves behind."""
    for dialect, statements in (("postgresql", PROTECT_POSTGRES), ("sqlite", PROTECT_SQLITE)):
        for statement in statements:
            ddl = sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            sa.event.listen(metadata, "after_create", ddl.execute_if(dialect=dialect))
    drop = sa.DDL(UNPROTECT_POSTGRES[-1])  # type: ignore[no-untyped-call]
    sa.event.listen(metadata, "after_drop", drop.execute_if(dialect="postgresql"))
