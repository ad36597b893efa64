"""people are alerted about their accounts."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "first_login",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("login_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "security_alert",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("data", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "user_id", "type", "subject", "number", name="uq_security_alert_user_id_type_subject_number"
        ),
    )
    with op.batch_alter_table("security_alert", schema=None) as batch_op:
        batch_op.create_index("ix_security_alert_last_at", ["last_at", "id"], unique=False)
        batch_op.create_index("ix_security_alert_user_id", ["user_id", "id"], unique=False)

    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.create_index("ix_login_user_id_result", ["user_id", "result", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_index("ix_login_user_id_result")

    with op.batch_alter_table("security_alert", schema=None) as batch_op:
        batch_op.drop_index("ix_security_alert_user_id")
        batch_op.drop_index("ix_security_alert_last_at")

    op.drop_table("security_alert")
    op.drop_table("first_login")
