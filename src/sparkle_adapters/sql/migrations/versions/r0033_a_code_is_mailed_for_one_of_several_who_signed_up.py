"""a code is mailed for one of several who signed up."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("email_challenge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sign_up_id", ID, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("email_challenge", schema=None) as batch_op:
        batch_op.drop_column("sign_up_id")
