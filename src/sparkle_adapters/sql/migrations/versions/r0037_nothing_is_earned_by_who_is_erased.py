"""Nothing is earned by who is erased: their progress is closed, also of those who were before this."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed", FLAG, server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE progress SET closed = true, version = version + 1"
        " WHERE id IN (SELECT id FROM person WHERE stored_status = 'DELETED')"
    )


def downgrade() -> None:
    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.drop_column("closed")
