"""The ledger is chained: links and seals, which the database refuses to change; what was posted waits to be sealed."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, INSTANT, TEXT, WHOLE
from sparkle_adapters.sql.ledger_rows import parts_of
from sparkle_core.domain.kernel.digests import digest

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("ledger_link", "ledger_seal")

POSTED = sa.text(
    """SELECT t.namespace, t.key, t.debit, t.credit, t.amount, t.currency, t.kind, t.reference, t.actor, t.at,
t.reverses_namespace, t.reverses_key FROM ledger_transfer t
WHERE (t.namespace, t.key) > (:namespace, :key)
AND NOT EXISTS (SELECT 1 FROM ledger_unsealed u WHERE u.namespace = t.namespace AND u.key = t.key)
ORDER BY t.namespace, t.key LIMIT 1000"""
)
QUEUE = sa.text("INSERT INTO ledger_unsealed (namespace, key, digest, whole) VALUES (:namespace, :key, :digest, true)")


def upgrade() -> None:
    op.create_table(
        "ledger_link",
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("namespace", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("debit_sequence", WHOLE, nullable=False),
        sa.Column("credit_sequence", WHOLE, nullable=False),
        sa.Column("transfer_digest", TEXT, nullable=False),
        sa.Column("debit_digest", TEXT, nullable=False),
        sa.Column("credit_digest", TEXT, nullable=False),
        sa.Column("previous", TEXT, nullable=False),
        sa.Column("mac", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("namespace", "key", name="uq_ledger_link_transfer"),
    )
    op.create_table(
        "ledger_seal",
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("first", WHOLE, nullable=False),
        sa.Column("head", WHOLE, nullable=False),
        sa.Column("head_mac", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("mac", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.add_column("ledger_unsealed", sa.Column("whole", FLAG, nullable=False, server_default=sa.false()))
    _protect()
    _queue_what_was_posted()


def _protect() -> None:
    for table in TABLES:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"""CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses_changes()"""
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"""CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
            )


def _queue_what_was_posted() -> None:
    """What was sealed or posted before the chain began is chained by the worker, as it is now; it has its entries."""
    after = {"namespace": "", "key": ""}
    while rows := op.get_bind().execute(POSTED, after).all():
        digests = [{"namespace": row[0], "key": row[1], "digest": digest(parts_of(row))} for row in rows]
        op.get_bind().execute(QUEUE, digests)
        after = {"namespace": rows[-1][0], "key": rows[-1][1]}


def downgrade() -> None:
    """The chain is lost; it begins anew with the next upgrade."""
    op.execute("DELETE FROM ledger_unsealed WHERE whole")
    with op.batch_alter_table("ledger_unsealed") as unsealed:
        unsealed.drop_column("whole")
    for table in TABLES:
        op.drop_table(table)
