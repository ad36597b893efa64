"""Hot accounts: the platform's accounts are written when transfers are sealed; a queue of those that are not yet."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, TEXT, WHOLE
from sparkle_adapters.sql.errors import StillUnsealed

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was posted before has its entries on both sides; the queue begins empty."""
    on_postgres = op.get_bind().dialect.name == "postgresql"
    number = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)" if on_postgres else "0"
    op.create_table(
        "ledger_unsealed",
        sa.Column("namespace", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("xid", WHOLE, nullable=False, server_default=sa.text(number)),
        sa.Column("digest", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("namespace", "key"),
    )
    op.create_index("ix_ledger_unsealed_xid", "ledger_unsealed", ["xid", "namespace", "key"], unique=False)
    with op.batch_alter_table("ledger_account") as account:
        account.add_column(sa.Column("hot", FLAG, nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE ledger_account SET hot = (overdraft AND owner = 'platform' AND purpose IN ('issuance', 'sink', 'fees'))"
    )
    with op.batch_alter_table("ledger_account") as account:
        account.alter_column("hot", server_default=None)


def downgrade() -> None:
    """Raises `StillUnsealed` when transfers wait to be sealed: without the queue nobody would write their hot sides."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM ledger_unsealed")).scalar_one():
        raise StillUnsealed
    with op.batch_alter_table("ledger_account") as account:
        account.drop_column("hot")
    op.drop_table("ledger_unsealed")
