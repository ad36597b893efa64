"""devices are known and tries have reasons."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, ID

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device_id", ID, nullable=True))
        batch_op.add_column(sa.Column("locks", FLAG, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.alter_column("locks", server_default=None)

    with op.batch_alter_table("login_challenge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device_id", ID, nullable=True))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device_id", ID, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("device_id")

    with op.batch_alter_table("login_challenge", schema=None) as batch_op:
        batch_op.drop_column("device_id")

    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_column("locks")
        batch_op.drop_column("device_id")
