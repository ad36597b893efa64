"""quests."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quest_claim",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("quest", TEXT, nullable=False),
        sa.Column("period", WHOLE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "quest", "period", name="uq_quest_claim_user_id_quest_period"),
    )
    op.create_table(
        "quest_goal_count",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", "kind"),
    )
    op.create_table(
        "quest_goal_reached",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "quest_progress",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("quest", TEXT, nullable=False),
        sa.Column("period", WHOLE, nullable=False),
        sa.Column("counted", TEXT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("quest_progress", schema=None) as batch_op:
        batch_op.create_index("ix_quest_progress_expires_at", ["expires_at", "id"], unique=False)
        batch_op.create_index(
            "ix_quest_progress_user_id_claimed_at_expires_at",
            ["user_id", "claimed_at", "expires_at", "id"],
            unique=False,
        )
    with op.batch_alter_table("person_counters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("latest_day", WHOLE, nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("claimed", TEXT, nullable=False, server_default="[]"))
    with op.batch_alter_table("person_counters", schema=None) as batch_op:
        batch_op.alter_column("latest_day", server_default=None)
        batch_op.alter_column("claimed", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("person_counters", schema=None) as batch_op:
        batch_op.drop_column("claimed")
        batch_op.drop_column("latest_day")

    with op.batch_alter_table("quest_progress", schema=None) as batch_op:
        batch_op.drop_index("ix_quest_progress_user_id_claimed_at_expires_at")
        batch_op.drop_index("ix_quest_progress_expires_at")

    op.drop_table("quest_progress")
    op.drop_table("quest_goal_reached")
    op.drop_table("quest_goal_count")
    op.drop_table("quest_claim")
