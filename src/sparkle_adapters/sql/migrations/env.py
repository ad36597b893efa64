"""What Alembic runs: the revisions, on the connection that `migrate` opened."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from sparkle_adapters.sql import columns

_NAMES = {id(getattr(columns, name)): name for name in ("ID", "TEXT", "WHOLE", "FLAG", "INSTANT")}


def render(sort: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Our column types by their names; everything else as Alembic would."""
    if sort != "type" or id(item) not in _NAMES:
        return False
    autogenerate.imports.add("from sparkle_adapters.sql.columns import FLAG, ID, INSTANT, TEXT, WHOLE")
    return _NAMES[id(item)]


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
