"""conduct."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, TEXT, WHOLE

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conduct",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", "kind"),
    )


def downgrade() -> None:
    op.drop_table("conduct")
