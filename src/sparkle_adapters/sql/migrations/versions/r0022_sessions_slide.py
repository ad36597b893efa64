"""sessions slide."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, INSTANT, TEXT

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("login_challenge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device_label", TEXT, nullable=True))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("used_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("remembered", FLAG, nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("device_label", TEXT, nullable=True))
    # A session of 90 days keeps its end and goes on by 30 days from there: which ones they are, nothing said so far.
    op.execute("UPDATE session SET used_at = created_at")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.alter_column("used_at", existing_type=INSTANT, nullable=False)
        batch_op.alter_column("remembered", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("device_label")
        batch_op.drop_column("remembered")
        batch_op.drop_column("used_at")

    with op.batch_alter_table("login_challenge", schema=None) as batch_op:
        batch_op.drop_column("device_label")
