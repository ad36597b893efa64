"""Points can be held: what accounts have set aside, and the holds it is for, each of which is closed once."""

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SAYS = ("namespace", "key", "account", "amount", "currency", "kind", "reference", "actor", "at", "expires_at")
CHANGES = " OR ".join(("OLD.state <> 'open'", *(f"NEW.{column} <> OLD.{column}" for column in SAYS)))


def upgrade() -> None:
    op.create_table(
        "ledger_hold",
        sa.Column("namespace", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("amount", WHOLE, nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("captured", WHOLE, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.CheckConstraint("amount > 0", name="ck_ledger_hold_amount"),
        sa.CheckConstraint("state IN ('open', 'captured', 'voided', 'expired')", name="ck_ledger_hold_state"),
        sa.CheckConstraint(
            "captured BETWEEN 0 AND amount AND (captured > 0) = (state = 'captured')", name="ck_ledger_hold_captured"
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (state = 'open')", name="ck_ledger_hold_closed"),
        sa.PrimaryKeyConstraint("namespace", "key"),
    )
    op.create_index("ix_ledger_hold_state", "ledger_hold", ["state", "expires_at", "namespace", "key"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """CREATE TRIGGER ledger_hold_is_kept BEFORE DELETE OR TRUNCATE ON ledger_hold
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses_changes()"""
        )
        op.execute(
            f"""CREATE TRIGGER ledger_hold_is_closed_once BEFORE UPDATE ON ledger_hold
FOR EACH ROW WHEN ({CHANGES}) EXECUTE FUNCTION ledger_refuses_changes()"""
        )
    else:
        op.execute(
            """CREATE TRIGGER ledger_hold_refuses_DELETE BEFORE DELETE ON ledger_hold
BEGIN SELECT RAISE(ABORT, 'ledger_hold is append-only'); END"""
        )
        op.execute(
            f"""CREATE TRIGGER ledger_hold_is_closed_once BEFORE UPDATE ON ledger_hold WHEN {CHANGES}
BEGIN SELECT RAISE(ABORT, 'ledger_hold is append-only'); END"""
        )
    _account_checks("balance >= held OR overdraft", "sequence >= 0 AND earned >= 0 AND spent >= 0 AND held >= 0", True)


def downgrade() -> None:
    """What is held is available again: the holds themselves are lost."""
    _account_checks("balance >= 0 OR overdraft", "sequence >= 0 AND earned >= 0 AND spent >= 0", False)
    op.drop_table("ledger_hold")  # with its index and triggers


def _account_checks(floor: str, counts: str, held: bool) -> None:
    """Have accounts say what is held, or not, and hold them to it."""
    checks = {"ck_ledger_account_floor": floor, "ck_ledger_account_counts": counts}
    with op.batch_alter_table("ledger_account") as account:
        for name in checks:
            account.drop_constraint(name, type_="check")
        if held:
            account.add_column(sa.Column("held", WHOLE, nullable=False, server_default="0"))
        else:
            account.drop_column("held")
        for name, rule in checks.items():
            account.create_check_constraint(name, rule)
    if held:
        with op.batch_alter_table("ledger_account") as account:
            account.alter_column("held", server_default=None)
