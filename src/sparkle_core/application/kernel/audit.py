"""Writing the audit log: in the transaction of what it tells, and without waiting for the chain.

Source: docs/security.md.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from attrs import fields

from sparkle_core.application.kernel.commands import Refused
from sparkle_core.application.kernel.work import Note, Work
from sparkle_core.domain.kernel.auditing import (
    AUDIT,
    AUDIT_VALUES,
    AUDIT_WAITING,
    AuditEntry,
    AuditValue,
    Part,
    Written,
)
from sparkle_core.domain.kernel.auditing import told as told_of
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.text import Codec

DONE = "done"
HIDDEN = "…"
SALT = 16
"""Random bytes of a salt."""


def audited(work: Work, request: Any, answer: Any, codec: Codec) -> None:
    """Append an entry for every note that the command made; one without any when a privileged person gave it.

    Privileged are moderators, administrators, and operators by hand.
    """
    by_rank = work.actor.user_id is not None and work.standing is not None and work.standing.role.rank > 0
    if not work.notes and not by_rank and work.actor.operator is None:
        return
    outcome = answer.error.code if isinstance(answer, Refused) else DONE
    for note in work.notes or [Note(getattr(request, "user_id", None), {}, {})]:
        _append(work, _written(work, request, note, outcome, codec))


def _append(work: Work, written: Written) -> None:
    work.store.append(AUDIT, written.entry)
    work.store.append(AUDIT_WAITING, written.waiting)
    for value in written.values:
        work.store.append(AUDIT_VALUES, value)


def _written(work: Work, request: Any, note: Note, outcome: str, codec: Codec) -> Written:
    entry = AuditEntry(
        id=work.new_id(),
        actor=f"operator:{work.actor.operator}" if work.actor.operator else work.actor.name,
        command=type(request).__name__,
        subject=note.subject,
        outcome=outcome,
        request_id=work.origin.request_id if work.origin else None,
        at=work.now,
    )
    about = _person(note.subject) or work.actor.user_id
    parts = {
        Part.CONTENT: (_content(request, codec), about),
        Part.BEFORE: (_text(note.before), about),
        Part.AFTER: (_text(note.after), about),
        Part.ADDRESS: (work.origin.address if work.origin else None, work.actor.user_id or about),
    }
    return Written.of(entry, [_value(work, entry.id, *part) for part in told_of(parts)])


def _content(request: Any, codec: Codec) -> str:
    """The command's fields, but that of what is not to be shown (`repr=False`) it only says that it was given.

    Such a field may be kept encrypted elsewhere, as a phone number is: the log must not hold it in the clear.
    """
    content = codec.encode(request)
    hidden = [f.name for f in fields(type(request)) if not f.repr and getattr(request, f.name) is not None]
    if not hidden:
        return content
    return json.dumps(json.loads(content) | dict.fromkeys(hidden, HIDDEN), ensure_ascii=False)


def _person(id: UUID | None) -> UserId | None:
    return None if id is None else UserId(id)


def _text(facts: Mapping[str, str]) -> str | None:
    return json.dumps(dict(facts), ensure_ascii=False) if facts else None


def _value(work: Work, entry_id: UUID, part: Part, value: str, person: UserId | None) -> AuditValue:
    return AuditValue(
        id=work.new_id(),
        entry_id=entry_id,
        part=part,
        person=person,
        value=value,
        salt=work.moment.token(SALT),
        at=work.now,
    )
