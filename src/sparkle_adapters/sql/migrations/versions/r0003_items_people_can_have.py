"""items people can have."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowance",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("bought", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "boost",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("boost", schema=None) as batch_op:
        batch_op.create_index("ix_boost_owner_id_until", ["owner_id", "until", "id"], unique=False)

    op.create_table(
        "item",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("terms", TEXT, nullable=False),
        sa.Column("stock", WHOLE, nullable=True),
        sa.Column("withdrawn", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index("ix_item_withdrawn_id", ["withdrawn", "id"], unique=False)
        batch_op.create_index("ix_item_withdrawn_kind_id", ["withdrawn", "kind", "id"], unique=False)

    op.create_table(
        "purchase",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("buyer_id", ID, nullable=False),
        sa.Column("recipient_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("quantity", WHOLE, nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("refundable_until", INSTANT, nullable=True),
        sa.Column("things", TEXT, nullable=False),
        sa.Column("refunded_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.create_index("ix_purchase_buyer_id_id", ["buyer_id", "id"], unique=False)

    op.create_table(
        "thing",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("quantity", WHOLE, nullable=False),
        sa.Column("got", WHOLE, nullable=False),
        sa.Column("slot", TEXT, nullable=True),
        sa.Column("held_for", TEXT, nullable=True),
        sa.Column("acquired", TEXT, nullable=False),
        sa.Column("acquired_at", INSTANT, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner_id", "slot", name="uq_thing_owner_id_slot"),
    )
    with op.batch_alter_table("thing", schema=None) as batch_op:
        batch_op.create_index("ix_thing_held_for", ["held_for", "id"], unique=False)
        batch_op.create_index("ix_thing_owner_id_id", ["owner_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("thing", schema=None) as batch_op:
        batch_op.drop_index("ix_thing_owner_id_id")
        batch_op.drop_index("ix_thing_held_for")

    op.drop_table("thing")
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.drop_index("ix_purchase_buyer_id_id")

    op.drop_table("purchase")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index("ix_item_withdrawn_kind_id")
        batch_op.drop_index("ix_item_withdrawn_id")

    op.drop_table("item")
    with op.batch_alter_table("boost", schema=None) as batch_op:
        batch_op.drop_index("ix_boost_owner_id_until")

    op.drop_table("boost")
    op.drop_table("allowance")
