"""Places on a board as text, and the height of each in a skip list: what the adapters of boards share.

The structure is a skip list that counts (Pugh, "A skip list cookbook", 1990): every place is on
level 0; one in 64 is a tower that reaches level 1, one in 64 of those level 2, and so on. A tower
knows how many places there are from its own up to the next tower of that level, so that the places
before one are counted by skipping. A tower's height follows from whose place it is: the same
places make the same structure, in whatever order they came, on every machine.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from sparkle_core.domain.kernel.fields import INT64_MAX, UserId
from sparkle_core.ports.leaderboards import Place

LEVELS = 4
"""How high towers get: 64⁴ stretches of 64, a billion places, before the top level is long."""

_FANOUT_BITS = 6
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SCORE, _AT, _ID = 16, 15, 32
_DIGITS = _SCORE + _AT + _ID


def text_of(place: Place) -> str:
    """A place as hexadecimal digits, all as long, that sort as places do. Scores are above zero."""
    instant = (place.reached_at - _EPOCH) // _MICROSECOND
    return f"{INT64_MAX - place.score:016x}{instant:015x}{place.user_id.int:032x}"


def place_of(text: str) -> Place:
    """The place that some text stands for."""
    score, instant, id = text[:_SCORE], text[_SCORE:-_ID], text[-_ID:]
    at = _EPOCH + int(instant, 16) * _MICROSECOND
    return Place(INT64_MAX - int(score, 16), at, UserId(UUID(hex=id)))


def just_before(text: str) -> str:
    """The last text that sorts before a place's."""
    return f"{int(text, 16) - 1:0{_DIGITS}x}"


def just_after(text: str) -> str:
    """The first text that sorts after a place's."""
    return f"{int(text, 16) + 1:0{_DIGITS}x}"


def height_of(user_id: UUID) -> int:
    """How many levels above the lowest one a person's towers reach, 0 to 4.

    From a hash, since whoever makes ids must not be able to make towers.
    """
    number = int.from_bytes(blake2b(user_id.bytes, digest_size=3).digest())
    height = 0
    while height < LEVELS and number & 63 == 0:
        number >>= _FANOUT_BITS
        height += 1
    return height
