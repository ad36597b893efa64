"""What an operator does for somebody who leaves: a copy of their data, and erasing them."""

from pathlib import Path
from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_bootstrap import Sparkle
from sparkle_cli.options import DatabaseUrl, Json, opened, operator
from sparkle_cli.output import tell, tell_json, tell_table, writing
from sparkle_cli.whom import Whom, person_named
from sparkle_core.application.accounts import EraseAccount, NamedPerson
from sparkle_core.application.erasing import ErasurePlan, Planned
from sparkle_core.application.exporting import ExportOf
from sparkle_core.domain.kernel.errors import Invalid


def export(
    username: Whom,
    *,
    to: Annotated[Path | None, Parameter(help="Where; sparkle-DAY.zip in this folder without it.")] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Write everything that is held about a person into a ZIP file that only you can read."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        archive = sparkle.run(ExportOf(user_id=person.id), actor=operator())
    path = to if to is not None else Path(archive.file_name)
    with writing(path, "--to"):
        try:
            write_privately(path, archive.data)
        except FileExistsError:
            raise Invalid.at("--to", f"{path} is there already; name another file") from None
    if json:
        tell_json({"id": person.id, "username": person.username, "file": str(path), "bytes": len(archive.data)})
    else:
        tell(f"Everything about {person.username} is in {path}, {len(archive.data):,} bytes.")


def write_privately(path: Path, data: bytes) -> None:
    """A new file that nobody else can read, with all of it or not at all. Raises `OSError`."""
    path.touch(mode=0o600, exist_ok=False)
    try:
        path.write_bytes(data)
    except OSError:
        path.unlink()
        raise


def erase(
    username: Whom,
    *,
    for_good: Annotated[
        bool, Parameter("--for-good", negative="", help="Erase; without it only say what would go.")
    ] = False,
    keep_name: Annotated[
        bool, Parameter("--keep-name", negative="", help="Leave their display name beside what they published.")
    ] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Erase a person at once, without a time of grace; only says what that would do unless --for-good is given."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        plan = sparkle.run(ErasurePlan(user_id=person.id), actor=operator())
        rows = _erased(sparkle, person, keep_name=keep_name) if for_good else 0
        left = sparkle.run(ErasurePlan(user_id=person.id), actor=operator()) if for_good else plan
    waits = sum(planned.wait for planned in left)
    if json:
        steps = [asdict(planned) for planned in plan]
        tell_json({"id": person.id, "username": person.username, "plan": steps, "erased": rows, "waiting": waits})
        return
    _tell_plan(plan)
    if not for_good:
        tell(f"Nothing was erased. To erase {person.username}, which nothing brings back: --for-good")
        return
    tell(f"{person.username} is erased: {rows:,} rows went or changed.")
    if waits:
        tell(f"{waits:,} rows wait until their cases are decided; a worker looks after them every day.")


def _erased(sparkle: Sparkle, person: NamedPerson, *, keep_name: bool) -> int:
    sparkle.run(EraseAccount(user_id=person.id, keep_name=keep_name), actor=operator())
    return sparkle.run_coroutine(sparkle.erase(person.id))


def _tell_plan(plan: tuple[Planned, ...]) -> None:
    names = ("go", "change", "wait", "stay")
    rows = [(planned.stored, *(getattr(planned, name) for name in names)) for planned in plan]
    tell_table(("stored thing", *names), rows, numbers=names)
