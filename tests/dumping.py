"""What somebody has who steals a backup: every value of every row, and every value that Valkey keeps."""

import redis
import sqlalchemy as sa

from tests.valkey import shared_valkey


def rows_of_database(connection: sa.Connection) -> str:
    """Every row of every table, one a line."""
    quoted = connection.dialect.identifier_preparer.quote
    tables = sa.inspect(connection).get_table_names()
    return "\n".join(
        str(tuple(row)) for t in tables for row in connection.execute(sa.text(f"SELECT * FROM {quoted(t)}"))
    )


def kept_by_valkey() -> bytes:
    """Every key with its value."""
    with redis.Redis.from_url(shared_valkey().url) as beside:
        return b"\n".join(key + b" " + (beside.dump(key) or b"") for key in beside.scan_iter())
