"""streaks."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, WHOLE

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "streak",
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("days", WHOLE, nullable=False),
        sa.Column("longest", WHOLE, nullable=False),
        sa.Column("freezes", WHOLE, nullable=False),
        sa.Column("last_day", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("streak")
