"""What may be forgotten at any time: copies that save asking for the original."""

from typing import Protocol


class Cache(Protocol):
    """Texts under keys, for a while. Whoever asks must be able to do without: a lost server is a miss, never an error.

    What comes out may be old (an answer that was dropped, a copy restored from a dump), so nothing
    may be decided by it alone.
    """

    async def get(self, key: str) -> str | None:
        """The text; None when it is not there (any more), or when nothing answers."""
        ...

    async def put(self, key: str, value: str, ttl_s: float) -> None:
        """Keep a text in place of an earlier one, for at most `ttl_s` seconds (more than 0)."""
        ...

    async def drop(self, key: str) -> None:
        """Forget a key; one that is not there too."""
        ...
