"""sessions know what began them."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import INSTANT, TEXT

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fingerprint", TEXT, nullable=True))
        batch_op.add_column(sa.Column("suspected_at", INSTANT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("suspected_at")
        batch_op.drop_column("fingerprint")
