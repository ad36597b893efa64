"""offers people make one another."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offer",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("from_id", ID, nullable=False),
        sa.Column("to_id", ID, nullable=False),
        sa.Column("gives", TEXT, nullable=False),
        sa.Column("asks", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("counters", ID, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index("ix_offer_from_id_id", ["from_id", "id"], unique=False)
        batch_op.create_index("ix_offer_from_id_status_id", ["from_id", "status", "id"], unique=False)
        batch_op.create_index("ix_offer_to_id_id", ["to_id", "id"], unique=False)
        batch_op.create_index("ix_offer_to_id_status_id", ["to_id", "status", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index("ix_offer_to_id_status_id")
        batch_op.drop_index("ix_offer_to_id_id")
        batch_op.drop_index("ix_offer_from_id_status_id")
        batch_op.drop_index("ix_offer_from_id_id")

    op.drop_table("offer")
