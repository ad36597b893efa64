"""The `RateLimiter` port: each hit is one atomic statement, so parallel takers cannot pass together."""

import math
from datetime import datetime, timedelta

import sqlalchemy as sa

from sparkle_adapters.sql.columns import FLAG, INSTANT, TEXT, WHOLE
from sparkle_adapters.sql.connections import Database
from sparkle_adapters.sql.dialects import Dialect
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import Verdict


class SqlRateLimiter:
    """Windows in a table of a store's own database, each with its hits and its end."""

    def __init__(self, database: Database, table: sa.Table, dialect: Dialect) -> None:
        self._database = database
        self._take = dialect.compiled(_take(table, dialect))
        self._clear = dialect.compiled(sa.delete(table).where(table.c.key == sa.bindparam("key", type_=TEXT)))
        ended = sa.delete(table).where(table.c.ends_at <= sa.bindparam("now", type_=INSTANT))
        self._expire = dialect.compiled(ended.returning(table.c.key))

    async def take(self, key: str, tier: RateTier, now: datetime) -> Verdict:
        """Count one hit, unless the window is full; a refused one changes nothing."""
        values = {
            "key": key,
            "limit": tier.limit,
            "locks": tier.locks,
            "now": now,
            "end": now + timedelta(seconds=tier.window_s),
        }
        ((hits, allowed, ends_at),) = await self._database.alone(self._take, values)
        resets_in_s = max(0, math.ceil((ends_at - now).total_seconds()))
        return Verdict(bool(allowed), tier.limit, max(0, tier.limit - hits), resets_in_s)

    async def clear(self, key: str) -> None:
        await self._database.alone(self._clear, {"key": key})

    async def expire(self, now: datetime) -> int:
        """Remove the windows that have ended; how many."""
        return len(await self._database.alone(self._expire, {"now": now}))


def _take(table: sa.Table, dialect: Dialect) -> sa.Executable:
    """Insert the window of a key, or count in it; `allowed` keeps what the last hit was told, to be answered."""
    limit, now = sa.bindparam("limit", type_=WHOLE), sa.bindparam("now", type_=INSTANT)
    end, locks = sa.bindparam("end", type_=INSTANT), sa.bindparam("locks", type_=FLAG)
    first = dialect.insert(table).values(
        key=sa.bindparam("key", type_=TEXT),
        hits=sa.case((limit > 0, 1), else_=0),
        allowed=limit > 0,
        ends_at=end,
    )
    over, room = table.c.ends_at <= now, table.c.hits < limit
    uses_up = sa.and_(locks, table.c.hits + 1 == limit)
    return first.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=[table.c.key],
        set_={
            "hits": sa.case((over, first.excluded.hits), (room, table.c.hits + 1), else_=table.c.hits),
            "allowed": sa.case((over, first.excluded.allowed), else_=room),
            "ends_at": sa.case((sa.or_(over, uses_up), end), else_=table.c.ends_at),
        },
    ).returning(table.c.hits, table.c.allowed, table.c.ends_at)
