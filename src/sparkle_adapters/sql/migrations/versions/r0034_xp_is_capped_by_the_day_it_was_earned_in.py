"""XP is capped by the day it was earned in.

Which day's cap the entries before this counted towards is not known: what is taken back of them changes no cap.
"""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import TEXT, WHOLE

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calendar", schema=None) as batch_op:
        batch_op.add_column(sa.Column("earlier", TEXT, nullable=False, server_default="{}"))
    with op.batch_alter_table("calendar", schema=None) as batch_op:
        batch_op.alter_column("earlier", server_default=None)

    with op.batch_alter_table("xp_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day", WHOLE, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("xp_entry", schema=None) as batch_op:
        batch_op.drop_column("day")

    with op.batch_alter_table("calendar", schema=None) as batch_op:
        batch_op.drop_column("earlier")
