"""profiles have a showcase."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import TEXT

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    empty = '{"badges":[],"pinned_posts":[],"featured_items":[]}'
    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.add_column(sa.Column("showcase", TEXT, nullable=False, server_default=empty))
    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.alter_column("showcase", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.drop_column("showcase")
