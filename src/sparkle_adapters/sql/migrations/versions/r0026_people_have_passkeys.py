"""people have passkeys."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("credential_id", TEXT, nullable=False),
        sa.Column("public_key", TEXT, nullable=False),
        sa.Column("counter", WHOLE, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("backed_up", FLAG, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_user_id", ["user_id", "id"], unique=False)

    op.create_table(
        "passkey_ceremony",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("session_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("passkey_ceremony", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_ceremony_expires_at", ["expires_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("passkey_ceremony", schema=None) as batch_op:
        batch_op.drop_index("ix_passkey_ceremony_expires_at")

    op.drop_table("passkey_ceremony")
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.drop_index("ix_passkey_user_id")

    op.drop_table("passkey")
