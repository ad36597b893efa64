"""daily caps and calendars."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("time_zone", TEXT, nullable=False),
        sa.Column("day", WHOLE, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("earned", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        "INSERT INTO calendar (version, id, time_zone, day, earned) "
        "SELECT 1, id, time_zone, 0, '{}' FROM profile WHERE time_zone <> 'UTC'"
    )
    with op.batch_alter_table("xp_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked", WHOLE, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("xp_entry", schema=None) as batch_op:
        batch_op.drop_column("asked")

    op.drop_table("calendar")
