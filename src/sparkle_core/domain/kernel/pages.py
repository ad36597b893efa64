"""Pages of a list, and the opaque cursor that goes on from one."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Text, Whole, check_of

T = TypeVar("T")

Cursor = Annotated[str, Text(1, 2_000)]
Limit = Annotated[int, Whole(1, 100)]
"""How many items a page holds at most: 20 by default, 100 at most."""

NOT_OURS = "is not a cursor that an earlier page answered"


@frozen
class Page(Generic[T]):
    """Some items and, when there are more, the cursor that answers the next ones."""

    items: tuple[T, ...]
    next: str | None = None


def _tag(query: str, scope: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps([query, *map(str, scope)]).encode()).hexdigest()[:12]


def cursor_to(query: str, scope: tuple[Any, ...], position: tuple[Any, ...]) -> str:
    """An opaque cursor bound to a query and what it was asked with.

    `position` holds text, whole numbers, ids and instants.
    """
    plain = [p.isoformat() if isinstance(p, datetime) else p if isinstance(p, int) else str(p) for p in position]
    body = json.dumps([_tag(query, scope), *plain], separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")


def position_of(
    cursor: str | None, query: str, scope: tuple[Any, ...], shape: tuple[type, ...]
) -> tuple[Any, ...] | None:
    """Where a cursor points, as values of `shape` (str, int, UUID, datetime); None without a cursor.

    Raises `Invalid` for a cursor of another query, or one that was tampered with.
    """
    if cursor is None:
        return None
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(found, list) or len(found) != len(shape) + 1:
            raise ValueError
        if found[0] != _tag(query, scope):
            raise Invalid.at("after", "belongs to another list; start without a cursor")
        return tuple(_parsed(p, kind) for p, kind in zip(found[1:], shape, strict=True))
    except (ValueError, OverflowError, RecursionError):
        raise Invalid.at("after", NOT_OURS) from None


def _parsed(plain: Any, kind: type) -> Any:
    if kind is not int and not isinstance(plain, str):
        raise ValueError
    value = (
        UUID(plain) if kind is UUID else datetime.fromisoformat(plain).astimezone(UTC) if kind is datetime else plain
    )
    check = check_of(kind)
    if check is None or check(value) is not None:
        raise ValueError
    return value


def page_of(found: "list[T]", limit: int, query: str, scope: tuple[Any, ...], place: Any) -> Page[T]:
    """A page of at most `limit` from `limit + 1` rows found; `place(item)` is an item's position."""
    if len(found) <= limit:
        return Page(tuple(found))
    kept = found[:limit]
    return Page(tuple(kept), cursor_to(query, scope, place(kept[-1])))
