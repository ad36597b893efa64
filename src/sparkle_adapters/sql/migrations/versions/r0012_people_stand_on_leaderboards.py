"""People stand on leaderboards."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaderboard",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("leaderboard", schema=None) as batch_op:
        batch_op.create_index("ix_leaderboard_ends_at", ["ends_at"], unique=False)

    op.create_table(
        "leaderboard_score",
        sa.Column("board", TEXT, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("score", WHOLE, nullable=False),
        sa.Column("reached_at", INSTANT, nullable=False),
        sa.Column("shown", FLAG, nullable=False),
        sa.Column("place", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("board", "user_id"),
    )
    with op.batch_alter_table("leaderboard_score", schema=None) as batch_op:
        batch_op.create_index("ix_leaderboard_score_place", ["board", "place"], unique=False)
        batch_op.create_index("ix_leaderboard_score_user_id", ["user_id"], unique=False)

    op.create_table(
        "leaderboard_tower",
        sa.Column("board", TEXT, nullable=False),
        sa.Column("level", WHOLE, autoincrement=False, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("width", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("board", "level", "place"),
    )


def downgrade() -> None:
    op.drop_table("leaderboard_tower")
    with op.batch_alter_table("leaderboard_score", schema=None) as batch_op:
        batch_op.drop_index("ix_leaderboard_score_user_id")
        batch_op.drop_index("ix_leaderboard_score_place")

    op.drop_table("leaderboard_score")
    with op.batch_alter_table("leaderboard", schema=None) as batch_op:
        batch_op.drop_index("ix_leaderboard_ends_at")

    op.drop_table("leaderboard")
