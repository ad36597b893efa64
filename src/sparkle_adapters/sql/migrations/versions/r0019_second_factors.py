"""Second factors."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backup_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("code_hash", TEXT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("backup_code", schema=None) as batch_op:
        batch_op.create_index("ix_backup_code_user_id", ["user_id", "id"], unique=False)

    op.create_table(
        "login_challenge",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("token_hash", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("epoch", WHOLE, nullable=False),
        sa.Column("remember", FLAG, nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash", name="uq_login_challenge_token_hash"),
    )
    with op.batch_alter_table("login_challenge", schema=None) as batch_op:
        batch_op.create_index("ix_login_challenge_expires_at", ["expires_at", "id"], unique=False)
        batch_op.create_index("ix_login_challenge_user_id", ["user_id", "id"], unique=False)

    op.create_table(
        "second_factor",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("last_step", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("second_factor")
    with op.batch_alter_table("login_challenge", schema=None) as batch_op:
        batch_op.drop_index("ix_login_challenge_user_id")
        batch_op.drop_index("ix_login_challenge_expires_at")

    op.drop_table("login_challenge")
    with op.batch_alter_table("backup_code", schema=None) as batch_op:
        batch_op.drop_index("ix_backup_code_user_id")

    op.drop_table("backup_code")
