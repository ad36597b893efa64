"""The keys of secrets at rest, and the peppers of passwords: listed, added, promoted, rotated and retired."""

from typing import Annotated

from attrs import define
from cyclopts import Parameter

from sparkle_bootstrap import Sparkle
from sparkle_bootstrap.rotating import reencrypt
from sparkle_cli.exits import FINE, UNSOUND
from sparkle_cli.options import DatabaseUrl, Json, opened, operator, settings_of
from sparkle_cli.output import bar, tell, tell_json, tell_table
from sparkle_core.application.rotation import KeysInUse, KeyState, RetiredKey, RetireKey, RowsUnder
from sparkle_core.domain.kernel.actors import SYSTEM
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.ports.security import KeyRings

Id = Annotated[str, Parameter(help="Which key.")]
Passwords = Annotated[
    bool, Parameter("--passwords", negative="", help="The peppers of passwords, not the keys of secrets at rest.")
]


def _purpose(passwords: bool) -> Purpose:
    return Purpose.PASSWORDS if passwords else Purpose.SECRETS


def list_keys(
    *,
    rows: Annotated[bool, Parameter("--rows", negative="", help="Count the rows under each; reads them all.")] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Say which keys there are, and which are used for what is new. Never shows a key."""
    held = settings_of(database_url).key_file().read()
    rings = [(purpose, held.ring(purpose)) for purpose in Purpose]
    told = [
        (purpose.value, id, id == ring.active, key.made_at) for purpose, ring in rings for id, key in ring.keys.items()
    ]
    used: tuple[RowsUnder, ...] = ()
    if rows:
        with opened(database_url) as sparkle:
            used = sparkle.run(KeysInUse(), actor=SYSTEM)
    if json:
        names = ("for", "id", "active", "made_at")
        tell_json({"keys": [dict(zip(names, key, strict=True)) for key in told], "rows": [_row(r) for r in used]})
        return
    shown = [(of, id, "active" if active else "", f"{since:%Y-%m-%d %H:%M}") for of, id, active, since in told]
    tell_table(("for", "key", "", "since"), shown)
    if rows:
        tell()
        _tell_rows(used)


def add(
    id: Annotated[str | None, Parameter(help="What to call it; made up without one.")] = None,
    *,
    passwords: Passwords = False,
    json: Json = False,
) -> None:
    """Add a new random key, which only opens until it is promoted; the first for secrets is active at once.

    Makes the file that SPARKLE_KEYS names when there is none.
    """
    from sparkle_bootstrap.settings import new_id

    file, purpose, id = settings_of(None).key_file(), _purpose(passwords), id or new_id()
    file.add(purpose, id)
    active = file.active(purpose) == id
    if json:
        tell_json({"for": purpose, "id": id, "active": active})
    else:
        tell(f"{id} is in {file.path}" + (", and active." if active else f"; `sparkle keys promote {id}` uses it."))


def promote(id: Id, *, passwords: Passwords = False, json: Json = False) -> None:
    """Use a key for what is new, in every process from its next call on."""
    file, purpose = settings_of(None).key_file(), _purpose(passwords)
    before = file.read().ring(purpose).active
    file.promote(purpose, id)
    if json:
        tell_json({"for": purpose, "before": before, "after": id})
    else:
        tell(f"{id} is active; before it was {before or 'none'}.")


def rotate(*, database_url: DatabaseUrl = None, json: Json = False) -> int:
    """Re-encrypt every secret that is under an older key; exits with 1 when some do not open, and names them.

    May be stopped and begun again at any moment, and run beside servers and workers.
    """
    with opened(database_url) as sparkle, bar("Re-encrypting", 100, quiet=json) as shown:
        rotation = reencrypt(sparkle, told=lambda done, of: shown(100 * done // max(1, of)), actor=operator())
        used = [r for r in sparkle.run(KeysInUse(), actor=SYSTEM) if r.purpose is Purpose.SECRETS]
    sound = not rotation.broken and not rotation.left
    if json:
        broken = [{"field": field, "row": row} for field, row in rotation.broken]
        tell_json({"done": rotation.done, "broken": broken, "rows": [_row(r) for r in used], "sound": sound})
        return FINE if sound else UNSOUND
    for field, row in rotation.broken:
        tell(f"{field} of {row} does not open, and stays as it is")
    _tell_rows(used)
    left = sum(r.rows for r in rotation.left)
    tell(f"Re-encrypted {rotation.done:,} secrets; {left:,} rows are under older keys.")
    return FINE if sound else UNSOUND


def retire(id: Id, *, passwords: Passwords = False, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Forget a key for good, once no row is under it: refuses with how many are, and prints the proof."""
    with opened(database_url) as sparkle:
        proof = retired(sparkle, settings_of(database_url).key_file(), _purpose(passwords), id)
    if json:
        tell_json({"retired": id, "rows": [_row(r) for r in proof.counted]})
        return
    for counted in proof.counted:
        tell(f"{counted.field}: {counted.rows:,} rows under {id}")
    tell(f"{id} is gone.")


@define(eq=False, slots=False)
class HalfRetired(Unavailable):
    """A key went, and the store with it, before that could be noted."""

    key: str

    def message(self) -> str:
        return f"{self.what} is not available: {self.key} is gone, which may not be noted yet; run this again."


def retired(sparkle: Sparkle, keys: KeyRings, purpose: Purpose, id: str) -> RetiredKey:
    """Retire a key of a file. Raises what `RetireKey` does, and `HalfRetired`."""
    try:
        return sparkle.run(RetireKey(purpose=purpose, key=id), actor=operator())
    except Unavailable as error:
        if id in keys.retired(purpose):
            raise HalfRetired(error.what, id) from error
        raise


def _row(under: RowsUnder) -> dict[str, object]:
    return {"field": under.field, "key": under.key or None, "state": under.state, "rows": under.rows}


_SAID = {KeyState.NONE: "no key", KeyState.MISSING: "not in the file", KeyState.OLDER: "", KeyState.ACTIVE: "active"}


def _tell_rows(used: list[RowsUnder] | tuple[RowsUnder, ...]) -> None:
    """Rows by field and key."""
    tell_table(
        ("field", "key", "", "rows"), [(r.field, r.key or "-", _SAID[r.state], r.rows) for r in used], numbers=("rows",)
    )
