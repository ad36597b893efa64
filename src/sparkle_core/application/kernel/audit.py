"""The audit log: every command by a privileged person, in its own transaction, append-only."""

from typing import Annotated, Any
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.fields import Instant, Record, Text
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Log, retained
from sparkle_core.ports.text import Codec

PRIVILEGED = frozenset(
    {
        Permission.MODERATE,
        Permission.FREEZE_WALLETS,
        Permission.CHANGE_STATUS,
        Permission.AWARD_XP,
        Permission.REVERSE_TRANSFERS,
        Permission.MANAGE_STORE,
    }
)


@frozen(kw_only=True)
class AuditEntry(Record):
    """Who did what, when and from where; the command's fields as JSON, without its secrets."""

    id: UUID
    actor: UUID
    command: Annotated[str, Text(1, 100)]
    content: Annotated[str, Text(0, 100_000, lines=True)]
    address: Annotated[str, Text(1, 64)] | None
    at: Instant


AUDIT = Log(
    AuditEntry,
    "audit",
    indexes=(("actor",),),
    personal={
        "content": retained("accountability of moderators"),
        "address": retained("accountability of moderators"),
        "command": NOT_PERSONAL,
    },
)


def audited(work: Work, request: Any, permission: Permission, codec: Codec) -> None:
    """Append the entry, when a person used a privileged permission."""
    if work.actor.user_id is None or permission not in PRIVILEGED:
        return
    entry = AuditEntry(
        id=work.new_id(),
        actor=work.actor.user_id,
        command=type(request).__name__,
        content=codec.encode(request),
        address=work.origin.address if work.origin else None,
        at=work.now,
    )
    work.store.append(AUDIT, entry)
