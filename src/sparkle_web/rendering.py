"""Rendering: an answer becomes JSON by the codec all adapters share, and gets its entity tag."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import orjson

from sparkle_adapters.codec import JSON
from sparkle_web.table import PREFIX, Row


class Renderer:
    """One row's way from its answer to a body and headers."""

    def __init__(self, row: Row) -> None:
        self._plain: Callable[[Any], Any] = JSON.get_unstructure_hook(row.answer)
        self._says = orjson.dumps({"status": row.says}) if row.says else None
        self._location = row.location
        self._is_empty = row.status == 204
        self._is_query = row.is_query
        self._has_version = row.has_version

    def body(self, answer: Any) -> bytes:
        """The answer as JSON; nothing for a 204."""
        if self._says is not None:
            return self._says
        return b"" if self._is_empty else orjson.dumps(self._plain(answer))

    def etag(self, answer: Any, body: bytes) -> str | None:
        """The version, and for a query a digest of the body: what is counted beside it changes without it."""
        if not self._has_version:
            return None
        if not self._is_query:
            return f'"{answer.version}"'
        return f'"{answer.version}-{blake2b(body, digest_size=6).hexdigest()}"'

    def location(self, answer: Any) -> str | None:
        """Where what was created is found."""
        return PREFIX + self._location.format_map(self._plain(answer)) if self._location else None


def rendered(value: Any) -> bytes:
    """A value of this layer as JSON."""
    return orjson.dumps(JSON.unstructure(value))


def unchanged(etag: str, if_none_match: str) -> bool:
    """Whether an If-None-Match names the entity tag."""
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return any(tag in ("*", etag) for tag in tags)
