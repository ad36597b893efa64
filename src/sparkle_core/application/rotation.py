"""Keys are replaced while people go on: add, promote, re-encrypt in batches, retire. Source: docs/security.md.

Batches are kept nowhere: what is done is seen in the rows, so that whoever is killed goes on by beginning again.
"""

from enum import Enum
from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query, UseCase
from sparkle_core.application.kernel.keyed import KeyedField, KeyedFields
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import CannotOpen, KeyInUse
from sparkle_core.domain.kernel.fields import Record, Text, Whole
from sparkle_core.domain.kernel.sealed import Purpose, under
from sparkle_core.domain.kernel.stored import PAGE_MAX, prefix
from sparkle_core.ports.security import Cipher, KeyRings, KeyUsage, Place

KeyId = Annotated[str, Text(1, 32)]
FieldName = Annotated[str, Text(3, 130)]


class KeyState(Enum):
    """What a key is to the rows under it: used for what is new, still there, gone, or none at all."""

    ACTIVE = "active"
    OLDER = "older"
    MISSING = "missing"
    NONE = "none"


@frozen(kw_only=True)
class RowsUnder(Record):
    """How many rows of a field, such as `profile.phone`, are under a key; `key` is empty for those under none."""

    field: FieldName
    purpose: Purpose
    key: Annotated[str, Text(0, 32)]
    state: KeyState
    rows: Annotated[int, Whole(0)]


@frozen(kw_only=True)
class KeysInUse(Query[tuple[RowsUnder, ...]]):
    """Under which keys the rows are: sealed fields and peppered hashes, each with its keys. Reads every row once."""


@frozen(kw_only=True)
class Reencrypted(Record):
    """What one batch did: rows that are under the active key now, those that do not open, and the last one seen."""

    done: int
    broken: tuple[UUID, ...]
    last: UUID | None


@frozen(kw_only=True)
class Reencrypt(Command[Reencrypted]):
    """Put the next rows of a sealed field that are under an older key under the active one, by id, `after` a row.

    Changes nothing that people see but the version of the row. Rows that do not open stay as they are, and are named.
    """

    field: FieldName
    key: KeyId
    after: UUID | None = None
    limit: Annotated[int, Whole(1, PAGE_MAX)] = PAGE_MAX


@frozen(kw_only=True)
class RetiredKey(Record):
    """The proof: how many rows each field has under the key that is gone, counted while nobody could write any."""

    key: KeyId
    counted: tuple[RowsUnder, ...]


@frozen(kw_only=True)
class RetireKey(Command[RetiredKey]):
    """Forget a key for good, when no row needs it.

    The key goes while nobody can write and before this is noted: whoever hears that the store went away asks again,
    and of a key that is gone already the proof is given, and noted, once more.
    Raises `KeyInUse` with how many rows need it, `NotFound` for no key, and `Invalid` for the active one.
    """

    purpose: Purpose
    key: KeyId


async def keys_in_use(
    query: KeysInUse, work: Work, *, fields: KeyedFields, usage: KeyUsage, keys: KeyRings
) -> tuple[RowsUnder, ...]:
    found: list[RowsUnder] = []
    for field in fields.fields:
        counted = await usage.by_key(work.store, field.kind, field.field)
        found += [_rows(field, key, rows, keys) for key, rows in sorted(counted.items())]
    return tuple(found)


def _rows(field: KeyedField, key: str, rows: int, keys: KeyRings) -> RowsUnder:
    state = _state(keys, field.purpose, key)
    return RowsUnder(field=field.name, purpose=field.purpose, key=key, state=state, rows=rows)


def _state(keys: KeyRings, purpose: Purpose, key: str) -> KeyState:
    if not key:
        return KeyState.NONE
    if key == keys.active(purpose):
        return KeyState.ACTIVE
    return KeyState.OLDER if key in keys.ids(purpose) else KeyState.MISSING


async def reencrypt(cmd: Reencrypt, work: Work, *, fields: KeyedFields, cipher: Cipher) -> Reencrypted:
    at = fields.sealed(cmd.field)
    after = (cmd.after, cmd.after) if cmd.after is not None else None
    where = prefix(at.field, under(cmd.key))
    rows = await work.store.find(at.kind, where, after=after, limit=cmd.limit, deleted=True)
    broken: list[UUID] = []
    for row in rows:
        place = Place(at.kind.name, at.field, row.id)
        try:
            plain = cipher.open(place, getattr(row, at.field))
        except CannotOpen:
            broken.append(row.id)
            continue
        work.save(at.kind, row.then(**{at.field: cipher.seal(place, plain)}))
    if rows:
        work.note(None)
    return Reencrypted(done=len(rows) - len(broken), broken=tuple(broken), last=rows[-1].id if rows else None)


async def retire_key(cmd: RetireKey, work: Work, *, fields: KeyedFields, usage: KeyUsage, keys: KeyRings) -> RetiredKey:
    asked = fields.for_(cmd.purpose)
    await _none_left(cmd.key, asked, work, usage, keys)  # before anybody has to wait for us
    await usage.still(work.store, [field.kind for field in asked])
    counted = await _none_left(cmd.key, asked, work, usage, keys)
    keys.retire(cmd.purpose, cmd.key)
    work.note(None)
    return RetiredKey(key=cmd.key, counted=counted)


async def _none_left(
    key: str, asked: tuple[KeyedField, ...], work: Work, usage: KeyUsage, keys: KeyRings
) -> tuple[RowsUnder, ...]:
    """How many rows are under a key, field by field: none. Raises `KeyInUse`."""
    counted = []
    for field in asked:
        by_key = await usage.by_key(work.store, field.kind, field.field)
        counted.append(_rows(field, key, by_key.get(key, 0), keys))
    in_use = sum(one.rows for one in counted)
    if in_use:
        raise KeyInUse(key, in_use)
    return tuple(counted)


USE_CASES = (
    UseCase(KeysInUse, keys_in_use, Permission.DELIVER),
    UseCase(Reencrypt, reencrypt, Permission.DELIVER),
    UseCase(RetireKey, retire_key, Permission.DELIVER),
)
