"""Ways back in and new addresses."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "email_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("email_key", TEXT, nullable=False),
        sa.Column("old_email", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("email_change", schema=None) as batch_op:
        batch_op.create_index("ix_email_change_expires_at", ["expires_at", "id"], unique=False)
        batch_op.create_index("ix_email_change_user_id", ["user_id", "id"], unique=False)

    op.create_table(
        "password_reset",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("email_key", TEXT, nullable=False),
        sa.Column("token_hash", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("epoch", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash", name="uq_password_reset_token_hash"),
    )
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.create_index("ix_password_reset_expires_at", ["expires_at", "id"], unique=False)
        batch_op.create_index("ix_password_reset_user_id", ["user_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.drop_index("ix_password_reset_user_id")
        batch_op.drop_index("ix_password_reset_expires_at")

    op.drop_table("password_reset")
    with op.batch_alter_table("email_change", schema=None) as batch_op:
        batch_op.drop_index("ix_email_change_user_id")
        batch_op.drop_index("ix_email_change_expires_at")

    op.drop_table("email_change")
