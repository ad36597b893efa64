"""who has left is erased."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ready_at", INSTANT, nullable=True),
        sa.Column("size", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.create_index("ix_export_expires_at", ["expires_at", "id"], unique=False)
        batch_op.create_index("ix_export_user_id", ["user_id", "id"], unique=False)

    op.create_table(
        "export_part",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("export_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("data", TEXT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("export_id", "number", name="uq_export_part_export_id_number"),
    )
    with op.batch_alter_table("export_part", schema=None) as batch_op:
        batch_op.create_index("ix_export_part_expires_at", ["expires_at", "id"], unique=False)
        batch_op.create_index("ix_export_part_user_id", ["user_id", "id"], unique=False)

    with op.batch_alter_table("allowance", schema=None) as batch_op:
        batch_op.create_index("ix_allowance_user_id", ["user_id", "id"], unique=False)

    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.create_index("ix_appeal_appellant_id", ["appellant_id", "id"], unique=False)

    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject_id", ID, nullable=True))
        batch_op.create_index("ix_evidence_subject_id", ["subject_id", "id"], unique=False)

    with op.batch_alter_table("league_seat", schema=None) as batch_op:
        batch_op.create_index("ix_league_seat_user_id", ["user_id", "id"], unique=False)

    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index("ix_listing_buyer_id", ["buyer_id", "id"], unique=False)

    with op.batch_alter_table("moderation_case", schema=None) as batch_op:
        batch_op.create_index("ix_moderation_case_subject_id", ["subject_id", "id"], unique=False)

    with op.batch_alter_table("passkey_ceremony", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_ceremony_user_id", ["user_id", "id"], unique=False)

    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.create_index("ix_password_reset_email_key", ["email_key", "id"], unique=False)

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erasure_due_at", INSTANT, nullable=True))
        batch_op.create_index("ix_person_erasure_due_at", ["erasure_due_at", "id"], unique=False)

    with op.batch_alter_table("provider_sign_up", schema=None) as batch_op:
        batch_op.create_index("ix_provider_sign_up_email", ["email", "id"], unique=False)

    with op.batch_alter_table("provider_visit", schema=None) as batch_op:
        batch_op.create_index("ix_provider_visit_user_id", ["user_id", "id"], unique=False)

    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.create_index("ix_purchase_recipient_id", ["recipient_id", "id"], unique=False)

    with op.batch_alter_table("sign_up", schema=None) as batch_op:
        batch_op.create_index("ix_sign_up_email_key", ["email_key", "id"], unique=False)

    op.execute(
        "UPDATE evidence SET subject_id = (SELECT author_id FROM post WHERE post.id = evidence.target_id)"
        " WHERE target_type = 'POST'"
    )
    op.execute(
        "UPDATE evidence SET subject_id = (SELECT author_id FROM comment WHERE comment.id = evidence.target_id)"
        " WHERE target_type = 'COMMENT'"
    )
    op.execute("UPDATE evidence SET subject_id = target_id WHERE target_type = 'PERSON'")
    # Who left under the rules of before was not promised any time of grace.
    op.execute("UPDATE person SET erasure_due_at = deletion_requested_at WHERE stored_status = 'DELETED'")


def downgrade() -> None:
    with op.batch_alter_table("sign_up", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_up_email_key")

    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.drop_index("ix_purchase_recipient_id")

    with op.batch_alter_table("provider_visit", schema=None) as batch_op:
        batch_op.drop_index("ix_provider_visit_user_id")

    with op.batch_alter_table("provider_sign_up", schema=None) as batch_op:
        batch_op.drop_index("ix_provider_sign_up_email")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_erasure_due_at")
        batch_op.drop_column("erasure_due_at")

    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.drop_index("ix_password_reset_email_key")

    with op.batch_alter_table("passkey_ceremony", schema=None) as batch_op:
        batch_op.drop_index("ix_passkey_ceremony_user_id")

    with op.batch_alter_table("moderation_case", schema=None) as batch_op:
        batch_op.drop_index("ix_moderation_case_subject_id")

    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index("ix_listing_buyer_id")

    with op.batch_alter_table("league_seat", schema=None) as batch_op:
        batch_op.drop_index("ix_league_seat_user_id")

    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_subject_id")
        batch_op.drop_column("subject_id")

    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.drop_index("ix_appeal_appellant_id")

    with op.batch_alter_table("allowance", schema=None) as batch_op:
        batch_op.drop_index("ix_allowance_user_id")

    with op.batch_alter_table("export_part", schema=None) as batch_op:
        batch_op.drop_index("ix_export_part_user_id")
        batch_op.drop_index("ix_export_part_expires_at")

    op.drop_table("export_part")
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.drop_index("ix_export_user_id")
        batch_op.drop_index("ix_export_expires_at")

    op.drop_table("export")
