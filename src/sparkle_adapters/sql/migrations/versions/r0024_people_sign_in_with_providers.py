"""people sign in with providers."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=True),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("issuer", "subject", name="uq_identity_issuer_subject"),
        sa.UniqueConstraint("user_id", "provider", name="uq_identity_user_id_provider"),
    )
    op.create_table(
        "provider_sign_up",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("token_hash", TEXT, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("remember", FLAG, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash", name="uq_provider_sign_up_token_hash"),
    )
    with op.batch_alter_table("provider_sign_up", schema=None) as batch_op:
        batch_op.create_index("ix_provider_sign_up_expires_at", ["expires_at", "id"], unique=False)

    op.create_table(
        "provider_visit",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("state_hash", TEXT, nullable=False),
        sa.Column("browser_hash", TEXT, nullable=False),
        sa.Column("verifier", TEXT, nullable=True),
        sa.Column("remember", FLAG, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("state_hash", name="uq_provider_visit_state_hash"),
    )
    with op.batch_alter_table("provider_visit", schema=None) as batch_op:
        batch_op.create_index("ix_provider_visit_expires_at", ["expires_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("provider_visit", schema=None) as batch_op:
        batch_op.drop_index("ix_provider_visit_expires_at")

    op.drop_table("provider_visit")
    with op.batch_alter_table("provider_sign_up", schema=None) as batch_op:
        batch_op.drop_index("ix_provider_sign_up_expires_at")

    op.drop_table("provider_sign_up")
    op.drop_table("identity")
