"""Column types: one a kind of plain value, the same on SQLite and PostgreSQL as far as anybody can see.

Text compares by code point everywhere (collation "C"), ids and instants sort as in Python.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

from sparkle_adapters.codec import Affinity, instant_text


class UtcText(TypeDecorator[datetime]):
    """An instant as text of fixed width, to the microsecond, so that it sorts as instants do."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


ID: TypeEngine[Any] = sa.Uuid()
TEXT: TypeEngine[Any] = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE: TypeEngine[Any] = sa.BigInteger()
FLAG: TypeEngine[Any] = sa.Boolean()
INSTANT: TypeEngine[Any] = sa.DateTime(timezone=True).with_variant(UtcText(), "sqlite")

BY_AFFINITY: dict[Affinity, TypeEngine[Any]] = {
    "uuid": ID,
    "text": TEXT,
    "json": TEXT,  # as text, so that what comes out is to the character what went in
    "int": WHOLE,
    "bool": FLAG,
    "instant": INSTANT,
}
