"""Writing revisions: what differs between the declarations and the newest schema, as a module to read and complete.

For developers; `scripts/revise.py` calls it with the catalog's declarations.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext

from sparkle_adapters.sql import columns
from sparkle_adapters.sql.migrate import MIGRATIONS, config_for, on_database
from sparkle_adapters.sql.schema import Schema
from sparkle_core.domain.kernel.stored import Stored

TYPES = ("FLAG", "ID", "INSTANT", "TEXT", "WHOLE")
_NAMES = {id(getattr(columns, name)): name for name in TYPES}

_MODULE = '''"""{message}."""

{imports}from alembic import op

{types}
revision = "{revision}"
down_revision = {after}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


def differences(connection: sa.Connection, stored: Iterable[Stored]) -> list[Any]:
    """How a database's tables differ from the declarations; empty when they are as declared."""
    return list(compare_metadata(_context(connection), Schema.of(stored).metadata))


def revise(stored: Iterable[Stored], message: str, revision: str, after: str | None) -> Path:
    """Write the revision that comes after another one, or, after None, creates everything. Answers where."""
    metadata = Schema.of(stored).metadata

    def text(connection: sa.Connection) -> str:
        if after is not None:
            command.upgrade(config_for(connection), after)
        context = _context(connection)
        found = produce_migrations(context, metadata)
        assert found.upgrade_ops is not None
        assert found.downgrade_ops is not None
        how: dict[str, Any] = {
            "render_item": _rendered,
            "migration_context": context,
            "render_as_batch": after is not None,
        }
        up, down = render_python_code(found.upgrade_ops, **how), render_python_code(found.downgrade_ops, **how)
        return _module(message, revision, after, up, down)

    with tempfile.TemporaryDirectory() as folder:
        module = on_database(f"sqlite:///{folder}/empty.db", text)
    name = "_".join(message.lower().split())
    path = MIGRATIONS / "versions" / f"r{revision}_{name}.py"
    path.write_text(module, encoding="utf-8")
    return path


def _module(message: str, revision: str, after: str | None, up: str, down: str) -> str:
    used = [name for name in TYPES if f"type_={name}" in up + down or f", {name}" in up + down]
    return _MODULE.format(
        message=message,
        imports="import sqlalchemy as sa\n" if "sa." in up + down else "",
        types=f"from sparkle_adapters.sql.columns import {', '.join(used)}\n" if used else "",
        revision=revision,
        after=f'"{after}"' if after else None,
        upgrade=_plain(up),
        downgrade=_plain(down),
    )


def _plain(code: str) -> str:
    return "\n".join(line for line in code.splitlines() if not line.strip().startswith("# ###")).strip() or "pass"


def _context(connection: sa.Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"compare_type": True})


def _rendered(sort: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Our column types by their names; everything else as Alembic would."""
    if sort != "type":
        return False
    return "FLAG" if isinstance(item, sa.Boolean) else _NAMES.get(id(item), False)  # tables copy that type
