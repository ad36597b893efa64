"""Everybody in a goal is found by its quest."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("quest_progress", schema=None) as batch_op:
        batch_op.create_index("ix_quest_progress_quest_period", ["quest", "period", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("quest_progress", schema=None) as batch_op:
        batch_op.drop_index("ix_quest_progress_quest_period")
