"""The first tables."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("decision_id", ID, nullable=False),
        sa.Column("appellant_id", ID, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("filed_at", INSTANT, nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id", name="uq_appeal_decision_id"),
    )
    op.create_index("ix_appeal_status_id", "appeal", ["status", "id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("command", TEXT, nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_actor", "audit", ["actor", "id"], unique=False)
    op.create_table(
        "comment",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("moderation", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("edited_at", INSTANT, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("deleted_by", ID, nullable=True),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("depth", WHOLE, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("post_id", "path", name="uq_comment_post_id_path"),
    )
    op.create_index("ix_comment_author_id_id", "comment", ["author_id", "id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("target_type", TEXT, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("ground", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("automated", FLAG, nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("appeal_until", INSTANT, nullable=True),
        sa.Column("overturned_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", name="uq_decision_case_id"),
    )
    op.create_index("ix_decision_subject_id", "decision", ["subject_id", "id"], unique=False)
    op.create_index("ix_decision_target_id", "decision", ["target_id", "id"], unique=False)
    op.create_table(
        "email_challenge",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_email_challenge_expires_at", "email_challenge", ["expires_at", "id"], unique=False)
    op.create_index("ix_email_challenge_user_id", "email_challenge", ["user_id", "id"], unique=False)
    op.create_table(
        "engagement",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", "kind"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("target_type", TEXT, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_evidence_target_id", "evidence", ["target_id", "id"], unique=False)
    op.create_table(
        "ledger_account",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("overdraft", FLAG, nullable=False),
        sa.Column("frozen", FLAG, nullable=False),
        sa.Column("balance", WHOLE, nullable=False),
        sa.Column("sequence", WHOLE, nullable=False),
        sa.Column("earned", WHOLE, nullable=False),
        sa.Column("spent", WHOLE, nullable=False),
        sa.CheckConstraint("balance >= 0 OR overdraft", name="ck_ledger_account_floor"),
        sa.CheckConstraint("sequence >= 0 AND earned >= 0 AND spent >= 0", name="ck_ledger_account_counts"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("account", ID, nullable=False),
        sa.Column("sequence", WHOLE, autoincrement=False, nullable=False),
        sa.Column("namespace", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("before", WHOLE, nullable=False),
        sa.Column("after", WHOLE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("after = before + amount", name="ck_ledger_entry_chain"),
        sa.CheckConstraint("amount <> 0", name="ck_ledger_entry_amount"),
        sa.CheckConstraint("sequence > 0", name="ck_ledger_entry_sequence"),
        sa.PrimaryKeyConstraint("account", "sequence"),
        sa.UniqueConstraint("namespace", "key", "account", name="uq_ledger_entry_transfer"),
    )
    op.create_table(
        "ledger_transfer",
        sa.Column("namespace", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("debit", ID, nullable=False),
        sa.Column("credit", ID, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reverses_namespace", TEXT, nullable=True),
        sa.Column("reverses_key", TEXT, nullable=True),
        sa.CheckConstraint("(reverses_namespace IS NULL) = (reverses_key IS NULL)", name="ck_ledger_transfer_reverses"),
        sa.CheckConstraint("amount > 0", name="ck_ledger_transfer_amount"),
        sa.CheckConstraint("debit <> credit", name="ck_ledger_transfer_sides"),
        sa.PrimaryKeyConstraint("namespace", "key"),
    )
    op.create_index(
        "ix_ledger_transfer_reverses", "ledger_transfer", ["reverses_namespace", "reverses_key"], unique=False
    )
    op.create_table(
        "login",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("result", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("user_agent", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_login_at", "login", ["at", "id"], unique=False)
    op.create_index("ix_login_user_id", "login", ["user_id", "id"], unique=False)
    op.create_table(
        "moderation_case",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("target_type", TEXT, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("open_key", TEXT, nullable=True),
        sa.Column("reported", WHOLE, nullable=False),
        sa.Column("screened", WHOLE, nullable=False),
        sa.Column("reports", WHOLE, nullable=False),
        sa.Column("hidden", FLAG, nullable=False),
        sa.Column("findings", TEXT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("claimed_by", ID, nullable=True),
        sa.Column("claimed_until", INSTANT, nullable=True),
        sa.Column("decision_id", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("open_key", name="uq_moderation_case_open_key"),
    )
    op.create_index("ix_moderation_case_status_due_at", "moderation_case", ["status", "due_at", "id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("data", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "type", "subject", name="uq_notification_user_id_type_subject"),
    )
    op.create_index("ix_notification_user_id", "notification", ["user_id", "id"], unique=False)
    op.create_table(
        "notification_preferences",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("muted", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("topic", TEXT, nullable=False),
        sa.Column("schema_version", WHOLE, nullable=False),
        sa.Column("aggregate_id", ID, nullable=False),
        sa.Column("aggregate_version", WHOLE, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("correlation", ID, nullable=True),
        sa.Column("causation", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("delivery", TEXT, nullable=False),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("fault", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outbox_delivery_due_at", "outbox", ["delivery", "due_at", "id"], unique=False)
    op.create_index("ix_outbox_delivery_id", "outbox", ["delivery", "id"], unique=False)
    op.create_table(
        "person",
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("username", TEXT, nullable=False),
        sa.Column("username_key", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("email_key", TEXT, nullable=False),
        sa.Column("password_hash", TEXT, nullable=True),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("stored_status", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("email_verified_at", INSTANT, nullable=True),
        sa.Column("last_seen_at", INSTANT, nullable=True),
        sa.Column("sanctions", TEXT, nullable=False),
        sa.Column("blocked_until", INSTANT, nullable=True),
        sa.Column("session_epoch", WHOLE, nullable=False),
        sa.Column("referral_code", TEXT, nullable=False),
        sa.Column("deletion_requested_at", INSTANT, nullable=True),
        sa.Column("keep_name", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email_key", name="uq_person_email_key"),
        sa.UniqueConstraint("referral_code", name="uq_person_referral_code"),
        sa.UniqueConstraint("username_key", name="uq_person_username_key"),
    )
    op.create_index("ix_person_blocked_until", "person", ["blocked_until", "id"], unique=False)
    op.create_index("ix_person_display_name", "person", ["display_name", "id"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("moderation", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("edited_at", INSTANT, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("deleted_by", ID, nullable=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("accepted", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_post_author_id_id", "post", ["author_id", "id"], unique=False)
    op.create_index("ix_post_kind_id", "post", ["kind", "id"], unique=False)
    op.create_table(
        "profile",
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("bio", TEXT, nullable=False),
        sa.Column("image", TEXT, nullable=False),
        sa.Column("banner", TEXT, nullable=False),
        sa.Column("location", TEXT, nullable=False),
        sa.Column("time_zone", TEXT, nullable=False),
        sa.Column("locale", TEXT, nullable=False),
        sa.Column("website", TEXT, nullable=False),
        sa.Column("social", TEXT, nullable=False),
        sa.Column("interests", TEXT, nullable=False),
        sa.Column("skills", TEXT, nullable=False),
        sa.Column("theme", TEXT, nullable=False),
        sa.Column("sparkle_creator_badge", FLAG, nullable=False),
        sa.Column("search_text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "progress",
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("xp", WHOLE, nullable=False),
        sa.Column("level", WHOLE, nullable=False),
        sa.Column("paid_level", WHOLE, nullable=False),
        sa.Column("entries", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rate_limit",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("hits", WHOLE, nullable=False),
        sa.Column("allowed", FLAG, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_rate_limit_ends_at", "rate_limit", ["ends_at"], unique=False)
    op.create_table(
        "reaction",
        sa.Column("source", ID, nullable=False),
        sa.Column("target", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "target", "kind"),
    )
    op.create_index("ix_reaction_target", "reaction", ["target", "kind", "source"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_receipt_expires_at", "receipt", ["expires_at", "id"], unique=False)
    op.create_table(
        "referral",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("newcomer", ID, nullable=False),
        sa.Column("owner", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("newcomer", name="uq_referral_newcomer"),
    )
    op.create_index("ix_referral_owner", "referral", ["owner", "id"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("reporter_id", ID, nullable=False),
        sa.Column("target_type", TEXT, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("evidence_id", ID, nullable=False),
        sa.Column("weight", WHOLE, nullable=False),
        sa.Column("open_key", TEXT, nullable=True),
        sa.Column("filed_at", INSTANT, nullable=False),
        sa.Column("outcome", TEXT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("open_key", name="uq_report_open_key"),
    )
    op.create_index("ix_report_case_id", "report", ["case_id", "id"], unique=False)
    op.create_index("ix_report_reporter_id", "report", ["reporter_id", "id"], unique=False)
    op.create_table(
        "reporter",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", "kind"),
    )
    op.create_table(
        "session",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("token_hash", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("proved_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("epoch", WHOLE, nullable=False),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("user_agent", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
    )
    op.create_index("ix_session_expires_at", "session", ["expires_at", "id"], unique=False)
    op.create_index("ix_session_user_id", "session", ["user_id", "id"], unique=False)
    op.create_table(
        "sign_up",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("email_key", TEXT, nullable=False),
        sa.Column("username", TEXT, nullable=True),
        sa.Column("password_hash", TEXT, nullable=False),
        sa.Column("referral_code", TEXT, nullable=True),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sign_up_requested_at", "sign_up", ["requested_at", "id"], unique=False)
    op.create_table(
        "statistic",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", "kind"),
    )
    op.create_table(
        "tagged",
        sa.Column("source", ID, nullable=False),
        sa.Column("target", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "target", "kind"),
    )
    op.create_index("ix_tagged_target", "tagged", ["target", "kind", "source"], unique=False)
    op.create_table(
        "takedown",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("target_type", TEXT, nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("holders", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "xp_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("sequence", WHOLE, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("round", WHOLE, nullable=False),
        sa.Column("reversal", FLAG, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("total", WHOLE, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "sequence", name="uq_xp_entry_user_id_sequence"),
        sa.UniqueConstraint(
            "user_id",
            "source",
            "subject",
            "round",
            "reversal",
            name="uq_xp_entry_user_id_source_subject_round_reversal",
        ),
    )


def downgrade() -> None:
    op.drop_table("xp_entry")
    op.drop_table("takedown")
    op.drop_index("ix_tagged_target", table_name="tagged")
    op.drop_table("tagged")
    op.drop_table("statistic")
    op.drop_index("ix_sign_up_requested_at", table_name="sign_up")
    op.drop_table("sign_up")
    op.drop_index("ix_session_user_id", table_name="session")
    op.drop_index("ix_session_expires_at", table_name="session")
    op.drop_table("session")
    op.drop_table("reporter")
    op.drop_index("ix_report_reporter_id", table_name="report")
    op.drop_index("ix_report_case_id", table_name="report")
    op.drop_table("report")
    op.drop_index("ix_referral_owner", table_name="referral")
    op.drop_table("referral")
    op.drop_index("ix_receipt_expires_at", table_name="receipt")
    op.drop_table("receipt")
    op.drop_index("ix_reaction_target", table_name="reaction")
    op.drop_table("reaction")
    op.drop_index("ix_rate_limit_ends_at", table_name="rate_limit")
    op.drop_table("rate_limit")
    op.drop_table("progress")
    op.drop_table("profile")
    op.drop_index("ix_post_kind_id", table_name="post")
    op.drop_index("ix_post_author_id_id", table_name="post")
    op.drop_table("post")
    op.drop_index("ix_person_display_name", table_name="person")
    op.drop_index("ix_person_blocked_until", table_name="person")
    op.drop_table("person")
    op.drop_index("ix_outbox_delivery_id", table_name="outbox")
    op.drop_index("ix_outbox_delivery_due_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("notification_preferences")
    op.drop_index("ix_notification_user_id", table_name="notification")
    op.drop_table("notification")
    op.drop_index("ix_moderation_case_status_due_at", table_name="moderation_case")
    op.drop_table("moderation_case")
    op.drop_index("ix_login_user_id", table_name="login")
    op.drop_index("ix_login_at", table_name="login")
    op.drop_table("login")
    op.drop_index("ix_ledger_transfer_reverses", table_name="ledger_transfer")
    op.drop_table("ledger_transfer")
    op.drop_table("ledger_entry")
    op.drop_table("ledger_account")
    op.drop_index("ix_evidence_target_id", table_name="evidence")
    op.drop_table("evidence")
    op.drop_table("engagement")
    op.drop_index("ix_email_challenge_user_id", table_name="email_challenge")
    op.drop_index("ix_email_challenge_expires_at", table_name="email_challenge")
    op.drop_table("email_challenge")
    op.drop_index("ix_decision_target_id", table_name="decision")
    op.drop_index("ix_decision_subject_id", table_name="decision")
    op.drop_table("decision")
    op.drop_index("ix_comment_author_id_id", table_name="comment")
    op.drop_table("comment")
    op.drop_index("ix_audit_actor", table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_appeal_status_id", table_name="appeal")
    op.drop_table("appeal")
