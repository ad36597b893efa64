"""what has gone out today."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import TEXT, WHOLE

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("ledger_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day", WHOLE, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("gone_today", TEXT, nullable=False, server_default="{}"))
    with op.batch_alter_table("ledger_account", schema=None) as batch_op:
        batch_op.alter_column("day", server_default=None)
        batch_op.alter_column("gone_today", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("ledger_account", schema=None) as batch_op:
        batch_op.drop_column("gone_today")
        batch_op.drop_column("day")
