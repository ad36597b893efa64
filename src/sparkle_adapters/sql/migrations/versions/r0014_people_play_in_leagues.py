"""people play in leagues."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "league_cohort",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("week", TEXT, nullable=False),
        sa.Column("tier", WHOLE, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("seats", WHOLE, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("league_cohort", schema=None) as batch_op:
        batch_op.create_index("ix_league_cohort_ends_at", ["ends_at", "id"], unique=False)
        batch_op.create_index("ix_league_cohort_settled_at_ends_at", ["settled_at", "ends_at", "id"], unique=False)

    op.create_table(
        "league_draw",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("week", TEXT, nullable=False),
        sa.Column("tier", WHOLE, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("cohorts", WHOLE, nullable=False),
        sa.Column("seats", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("league_draw", schema=None) as batch_op:
        batch_op.create_index("ix_league_draw_ends_at", ["ends_at", "id"], unique=False)

    op.create_table(
        "league_member",
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("tier", WHOLE, nullable=False),
        sa.Column("week", TEXT, nullable=False),
        sa.Column("cohort_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "league_seat",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("cohort_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("place", WHOLE, nullable=True),
        sa.Column("score", WHOLE, nullable=True),
        sa.Column("outcome", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("league_seat", schema=None) as batch_op:
        batch_op.create_index("ix_league_seat_cohort_id", ["cohort_id", "id"], unique=False)
        batch_op.create_index("ix_league_seat_ends_at", ["ends_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("league_seat", schema=None) as batch_op:
        batch_op.drop_index("ix_league_seat_ends_at")
        batch_op.drop_index("ix_league_seat_cohort_id")

    op.drop_table("league_seat")
    op.drop_table("league_member")
    with op.batch_alter_table("league_draw", schema=None) as batch_op:
        batch_op.drop_index("ix_league_draw_ends_at")

    op.drop_table("league_draw")
    with op.batch_alter_table("league_cohort", schema=None) as batch_op:
        batch_op.drop_index("ix_league_cohort_settled_at_ends_at")
        batch_op.drop_index("ix_league_cohort_ends_at")

    op.drop_table("league_cohort")
