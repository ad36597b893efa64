"""trust."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, WHOLE

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trust",
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("level", WHOLE, nullable=False),
        sa.Column("below_since", INSTANT, nullable=True),
        sa.Column("locked", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("trust")
