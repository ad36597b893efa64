"""The audit log is chained: entries commit to values that can be erased, and the database refuses to change them."""

import secrets
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from alembic import op

from sparkle_adapters.sql.columns import ID, INSTANT, TEXT, WHOLE
from sparkle_core.domain.kernel.auditing import AuditEntry, AuditValue, Part, Written
from sparkle_core.domain.kernel.fields import UserId

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


FIXED = {"audit": ("UPDATE", "DELETE"), "audit_value": ("UPDATE",), "audit_link": ("UPDATE", "DELETE")}

OLD = sa.table(
    "audit",
    sa.column("id", ID),
    sa.column("actor", ID),
    sa.column("command", TEXT),
    sa.column("content", TEXT),
    sa.column("address", TEXT),
    sa.column("at", INSTANT),
)
NEW = sa.table(
    "audit",
    sa.column("id", ID),
    sa.column("actor", TEXT),
    sa.column("command", TEXT),
    sa.column("outcome", TEXT),
    sa.column("at", INSTANT),
    sa.column("content_hash", TEXT),
    sa.column("address_hash", TEXT),
)
VALUES = sa.table(
    "audit_value",
    sa.column("id", ID),
    sa.column("entry_id", ID),
    sa.column("part", TEXT),
    sa.column("person", ID),
    sa.column("value", TEXT),
    sa.column("salt", TEXT),
    sa.column("at", INSTANT),
)
WAITING = sa.table("audit_waiting", sa.column("id", ID), sa.column("digest", TEXT))


def upgrade() -> None:
    written = [_written(row) for row in op.get_bind().execute(sa.select(OLD).order_by(OLD.c.id)).all()]
    op.drop_table("audit")
    op.create_table(
        "audit_head",
        sa.Column("id", ID, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("links", WHOLE, nullable=False),
        sa.Column("mac", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("previous", TEXT, nullable=False),
        sa.Column("mac", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number", name="uq_audit_link_number"),
    )
    op.create_table(
        "audit_value",
        sa.Column("id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("part", TEXT, nullable=False),
        sa.Column("person", ID, nullable=True),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("salt", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_id", "part", name="uq_audit_value_entry_id_part"),
    )
    with op.batch_alter_table("audit_value", schema=None) as batch_op:
        batch_op.create_index("ix_audit_value_at", ["at", "id"], unique=False)
        batch_op.create_index("ix_audit_value_person", ["person", "id"], unique=False)

    op.create_table(
        "audit_waiting",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("command", TEXT, nullable=False),
        sa.Column("subject", ID, nullable=True),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("request_id", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=True),
        sa.Column("before_hash", TEXT, nullable=True),
        sa.Column("after_hash", TEXT, nullable=True),
        sa.Column("address_hash", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("actor", "subject", "command", "at"):
        op.create_index(f"ix_audit_{column}", "audit", [column, "id"], unique=False)
    for one in written:
        _keep(one)
    _protect()


def _written(row: Any) -> Written:
    """An entry from before, with its values; the worker chains it as it is now."""
    entry = AuditEntry(
        id=row.id,
        actor=f"user:{row.actor}",
        command=row.command,
        subject=None,
        outcome="done",
        request_id=None,
        at=row.at,
    )
    told = ((Part.CONTENT, row.content), (Part.ADDRESS, row.address))
    return Written.of(entry, [_value(entry, part, row.actor, text) for part, text in told if text is not None])


def _value(entry: AuditEntry, part: Part, person: UUID, text: str) -> AuditValue:
    return AuditValue(
        id=uuid4(),
        entry_id=entry.id,
        part=part,
        person=UserId(person),
        value=text,
        salt=secrets.token_urlsafe(16),
        at=entry.at,
    )


def _keep(written: Written) -> None:
    names = ("id", "actor", "command", "outcome", "at", "content_hash", "address_hash")
    op.get_bind().execute(sa.insert(NEW), {name: getattr(written.entry, name) for name in names})
    op.get_bind().execute(sa.insert(WAITING), {"id": written.entry.id, "digest": written.waiting.digest})
    for value in written.values:
        fields = ("id", "entry_id", "person", "value", "salt", "at")
        row = {name: getattr(value, name) for name in fields} | {"part": value.part.value}
        op.get_bind().execute(sa.insert(VALUES), row)


def _protect() -> None:
    for table, verbs in FIXED.items():
        if op.get_bind().dialect.name == "postgresql":
            refused = " OR ".join((*verbs, *(("TRUNCATE",) if "DELETE" in verbs else ())))
            op.execute(
                f"""CREATE TRIGGER {table}_is_append_only BEFORE {refused} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses_changes()"""
            )
            continue
        for verb in verbs:
            op.execute(
                f"""CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
            )


def downgrade() -> None:
    """What people did stays, as far as it was not erased; what others did, whom it was about and the chain is lost."""
    by_person = sa.select(NEW).where(NEW.c.actor.like("user:%")).order_by(NEW.c.id)
    entries = op.get_bind().execute(by_person).all()
    values = {(v.entry_id, v.part): v.value for v in op.get_bind().execute(sa.select(VALUES)).all()}
    for table in ("audit", "audit_waiting", "audit_value", "audit_link", "audit_head"):
        op.drop_table(table)
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
    for entry in entries:
        row = {
            "id": entry.id,
            "actor": UUID(entry.actor.removeprefix("user:")),
            "command": entry.command,
            "content": values.get((entry.id, Part.CONTENT.value), ""),
            "address": values.get((entry.id, Part.ADDRESS.value)),
            "at": entry.at,
        }
        op.get_bind().execute(sa.insert(OLD), row)
