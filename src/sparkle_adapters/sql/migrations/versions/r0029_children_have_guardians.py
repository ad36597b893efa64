"""children have guardians."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guardian_consent",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("token_hash", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("given_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash", name="uq_guardian_consent_token_hash"),
    )
    with op.batch_alter_table("guardian_consent", schema=None) as batch_op:
        batch_op.create_index("ix_guardian_consent_expires_at", ["expires_at", "id"], unique=False)
        batch_op.create_index("ix_guardian_consent_user_id", ["user_id", "id"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("minor_until", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("guardian_consent_at", INSTANT, nullable=True))

    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.add_column(sa.Column("birth_date", TEXT, nullable=True))
        batch_op.add_column(sa.Column("country", TEXT, nullable=True))

    with op.batch_alter_table("sign_up", schema=None) as batch_op:
        batch_op.add_column(sa.Column("birth_date", TEXT, nullable=True))
        batch_op.add_column(sa.Column("country", TEXT, nullable=True))
        batch_op.add_column(sa.Column("guardian_email", TEXT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sign_up", schema=None) as batch_op:
        batch_op.drop_column("guardian_email")
        batch_op.drop_column("country")
        batch_op.drop_column("birth_date")

    with op.batch_alter_table("profile", schema=None) as batch_op:
        batch_op.drop_column("country")
        batch_op.drop_column("birth_date")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("guardian_consent_at")
        batch_op.drop_column("minor_until")

    with op.batch_alter_table("guardian_consent", schema=None) as batch_op:
        batch_op.drop_index("ix_guardian_consent_user_id")
        batch_op.drop_index("ix_guardian_consent_expires_at")

    op.drop_table("guardian_consent")
