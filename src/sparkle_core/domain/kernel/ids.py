"""What an id tells by itself."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def made_at(id: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond: it begins with that.

    >>> made_at(UUID("019b76da-a800-7000-8000-000000000000")).isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    return _EPOCH + timedelta(milliseconds=id.int >> 80)
