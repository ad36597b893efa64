"""listings and auctions."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "auction",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("thing_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("quantity", WHOLE, nullable=False),
        sa.Column("start_price", WHOLE, nullable=False),
        sa.Column("increment", WHOLE, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("leader_id", ID, nullable=True),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("bids", WHOLE, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("auction", schema=None) as batch_op:
        batch_op.create_index("ix_auction_leader_id_status_id", ["leader_id", "status", "id"], unique=False)
        batch_op.create_index("ix_auction_seller_id_status_id", ["seller_id", "status", "id"], unique=False)
        batch_op.create_index("ix_auction_status_ends_at", ["status", "ends_at", "id"], unique=False)

    op.create_table(
        "listing",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("thing_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("quantity", WHOLE, nullable=False),
        sa.Column("price", WHOLE, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("listed_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("buyer_id", ID, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index("ix_listing_seller_id_status_id", ["seller_id", "status", "id"], unique=False)
        batch_op.create_index("ix_listing_status_id", ["status", "id"], unique=False)
        batch_op.create_index("ix_listing_status_item_id_id", ["status", "item_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index("ix_listing_status_item_id_id")
        batch_op.drop_index("ix_listing_status_id")
        batch_op.drop_index("ix_listing_seller_id_status_id")

    op.drop_table("listing")
    with op.batch_alter_table("auction", schema=None) as batch_op:
        batch_op.drop_index("ix_auction_status_ends_at")
        batch_op.drop_index("ix_auction_seller_id_status_id")
        batch_op.drop_index("ix_auction_leader_id_status_id")

    op.drop_table("auction")
