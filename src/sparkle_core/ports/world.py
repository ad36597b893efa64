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
        """A fresh UUIDv7. Ids ascend within a moment, and from one moment of a process to the next."""
        ...

    def token(self, size: int = 32) -> str:
        """`size` random bytes in base64url (RFC 4648), without padding."""
        ...

    def below(self, bound: int) -> int:
        """A uniform number from 0 up to, not including, `bound` (1 or more)."""
        ...

    def again(self) -> "Moment":
        """The moment from its start, for a retry: a seeded world repeats instant, ids and randomness, another has new
        ones.
        """
        ...


class World(Protocol):
    """Several threads may ask at once."""

    def moment(self) -> Moment:
        """A new moment for a new command: not before the last one, unless the clock was set back."""
        ...
