"""Digests of what rows say: values as bytes that no other values have, so that every adapter makes the same ones."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import sha256

Plain = str | int | None
Parts = tuple[Plain, ...]
"""What a row says, column by column: ids as 32 hexadecimal digits, instants as `instant_text`."""

KeyedDigest = Callable[[bytes], bytes]
"""A hash that only whoever has the deployment's key can make."""


def instant_text(at: datetime) -> str:
    """An instant in UTC to the microsecond, always equally long."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(parts: Iterable[Plain]) -> bytes:
    """Values as bytes that no other values have: each with its kind and its length in bytes before it."""
    return "".join([_told(part) for part in parts]).encode(errors="surrogatepass")  # whatever a tampered row holds


def _told(part: Plain) -> str:
    if part is None:
        return "n;"
    kind, text = ("s", part) if isinstance(part, str) else ("i", str(part))
    length = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
    return f"{kind}{length}:{text};"


def digest(parts: Parts) -> str:
    """SHA-256 over all that a row says, in hexadecimal digits."""
    return sha256(canonical(parts)).hexdigest()
