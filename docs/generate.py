"""Writes the pages that follow from declarations: `python docs/generate.py` in the project's environment.

`docs/events/*.json`: the JSON Schema of every event and of its envelope. `docs/deletion-impact.md`:
what deleting a person does to every personal field. `docs/permissions.md`: who may do what.
`docs/error-codes.md`: every code a problem can have.
"""

import inspect
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sparkle_adapters.sql.errors  # noqa: F401  its errors are listed too
from sparkle_adapters.json_schema import JsonSchemas, described
from sparkle_core.application import catalog
from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import ANONYMOUS_MAY, ROLE_MAY, STATUS_MAY, Permission
from sparkle_core.domain.kernel.events import Envelope, Event
from sparkle_core.domain.kernel.stored import Kind, Log, Personal, rows_go
from sparkle_web.problems import WEB_CODES, Malformed, errors, status_of

DOCS = Path(__file__).parent
WRITTEN = "*Written by `docs/generate.py` from the declarations; change those, and run it again.*"


def schema_of(kind: type[Any], **more: Any) -> dict[str, Any]:
    """The JSON Schema of a record, with what it refers to inside."""
    schemas = JsonSchemas()
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.__name__,
        **described(kind),
        **more,
        **schemas.properties(kind, "out"),
    }
    return schema | ({"$defs": schemas.definitions} if schemas.definitions else {})


def events(declared: Iterable[type[Event]] = catalog.EVENTS) -> dict[str, str]:
    """One file an event, named by its topic, and one for the envelope around them all."""
    files = {"events/envelope.json": schema_of(Envelope)}
    for event in declared:
        facts = {"x-topic": event.topic, "x-schema-version": event.schema_version, "x-about": event.about}
        files[f"events/{event.topic}.json"] = schema_of(event, **facts)
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in files.items()}


def deletion_impact() -> str:
    """What becomes of every personal field when its person is erased."""
    rows = [
        (shape.name, name, personal.handling.value, personal.basis, _kept(shape, name), _exported(personal))
        for shape in catalog.STORED
        if isinstance(shape, Kind | Log)
        for name, personal in shape.personal.items()
    ]
    things = [
        (shape.name, ", ".join(shape.owners), _rows_when_erased(shape))
        for shape in catalog.STORED
        if isinstance(shape, Kind | Log) and shape.owners
    ]
    return _page(
        "Deletion impact",
        "What erasing a person does ([leaving](contexts/accounts.md#leaving)). First, to the rows that are theirs, by"
        " the fields named; their export has the same rows. Ids of who only looked after a row are not among them.",
        _table(("stored thing", "theirs by", "its rows"), things),
        "Then, to each field that can hold words: erased, replaced by something that names nobody, or kept on the basis"
        " stated; what is erased and has a basis waits until that is so. What opens something is in nobody's export."
        " Every other field is an id, a number, an instant or a fixed word. What is kept encrypted is unreadable in the"
        " database and its backups ([security](security.md)).",
        "What was removed is overwritten in a file of SQLite (`secure_delete`), and by PostgreSQL when it vacuums."
        " Backups and write-ahead logs that you archive keep it until you remove them.",
        _table(("stored thing", "field", "handling", "basis", "at rest", "in an export"), rows),
    )


def _rows_when_erased(shape: Kind[Any] | Log[Any]) -> str:
    if not shape.erasing:
        return "stay"
    return "go" if isinstance(shape, Log) or shape.left is rows_go else "are cleared of what says something"


def _exported(personal: Personal) -> str:
    return "no: it opens something" if personal.opens else ""


def _kept(shape: Kind[Any] | Log[Any], name: str) -> str:
    return "encrypted" if isinstance(shape, Kind) and name in shape.sealed else ""


def permissions() -> str:
    """Who may do what: by role, by status, and what each request asks for."""
    by_permission = [
        (
            p.value,
            "yes" if p in ANONYMOUS_MAY else "",
            ", ".join(r.value for r, may in ROLE_MAY.items() if p in may),
            ", ".join(s.value for s, may in STATUS_MAY.items() if p in may),
        )
        for p in Permission
    ]
    by_request = [(u.request.__name__, u.permission.value, _proof(u), _says(u.request)) for u in catalog.USE_CASES]
    return _page(
        "Permissions",
        "A request needs one permission. A person has it when both their role and their status allow it; both are"
        " looked up in the transaction of the request, so that rights are never stale.",
        _table(("permission", "anonymous", "roles", "statuses"), by_permission),
        _table(("request", "permission", "proof of identity", "what it does"), sorted(by_request)),
    )


def error_codes() -> str:
    """Every code that a problem can have, with its status and what it means."""
    rows = [(f"`{code}`", str(status), meaning) for status, code, meaning in WEB_CODES]
    rows += [(f"`{e.code}`", str(status_of(e)), _says(e)) for e in errors() if e is not Malformed]
    return _page(
        "Error codes",
        "The `code` of a problem over HTTP and of an error in Python. Statuses are those of HTTP; the command line has"
        " [exit codes](cli.md#exit-codes) by category instead.",
        _table(("code", "status", "meaning"), sorted(rows)),
    )


def _proof(use: UseCase) -> str:
    return f"within {SecurityRules().step_up_s} s" if use.step_up else ""


def _says(request: type) -> str:
    return (inspect.getdoc(request) or "").partition("\n")[0]


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", WRITTEN, *parts)) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def pages() -> dict[str, str]:
    """Every generated file under `docs/`, by name."""
    return {
        **events(),
        "deletion-impact.md": deletion_impact(),
        "permissions.md": permissions(),
        "error-codes.md": error_codes(),
    }


def main() -> None:
    """Write them all, and remove the schemas of events that are no more."""
    written = pages()
    for old in DOCS.glob("events/*.json"):
        if f"events/{old.name}" not in written:
            old.unlink()
    for name, text in written.items():
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
