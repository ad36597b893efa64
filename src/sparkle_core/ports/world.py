"""Clock, ids and randomness: the only source of each, so that a seeded one can stand in."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Moment(Protocol):
    """One command's slice of the world: a fixed instant, and its own stream of ids and randomness."""

    @property
    def now(self) -> datetime:
        """The instant of the command, aware, in UTC, to the microsecond."""
        ...

    def new_id(self) -> UUID:
        """A fresh UUIDv7; ids of one process ascend."""
        ...

    def token(self, size: int = 32) -> str:
        """`size` random bytes, URL-safe."""
        ...

    def below(self, bound: int) -> int:
        """A uniform number from 0 up to, not including, `bound`."""
        ...

    def again(self) -> "Moment":
        """The moment from its start, for a retry: seeded worlds repeat the same ids."""
        ...


class World(Protocol):
    def moment(self) -> Moment:
        """A new moment for a new command."""
        ...
