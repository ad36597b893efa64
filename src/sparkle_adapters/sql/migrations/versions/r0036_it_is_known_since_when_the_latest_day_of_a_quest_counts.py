"""It is known since when the latest day of a quest counts.

Of rows before this it is not: what happens on the day before goes on into the latest one, as it did, until the next.
"""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import INSTANT

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person_counters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("latest_at", INSTANT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("person_counters", schema=None) as batch_op:
        batch_op.drop_column("latest_at")
