"""A seeded world: the same commands in the same order see the same instants, ids and randomness."""

import base64
import random
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

from attrs import mutable

from sparkle_core.domain.kernel.fields import uuid_of

EPOCH = datetime(2026, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
TAIL = (1 << 62) - 1
"""The bits of an id after its variant."""


@mutable(eq=False)
class SeededMoment:
    """The `Moment` port: everything follows from the seed and the command's number."""

    now: datetime
    _seed: int
    _number: int
    _ids: int = 0
    _base: int = 0
    _random: random.Random | None = None

    def new_id(self) -> UUID:
        if not self._ids:
            self._base = self._what_all_ids_share()
        self._ids += 1
        return uuid_of(self._base | (min(self._ids, 0xFFF) << 64) | (self._ids << 42) & TAIL)

    def _what_all_ids_share(self) -> int:
        """The instant to the millisecond, version and variant, the command's number and the seed's noise."""
        millis = int(self.now.timestamp() * 1_000)
        noise = (self._seed * 0x9E3779B97F4A7C15 + self._number * 0xBF58476D1CE4E5B9) & 0xFFF
        return (millis << 80) | (7 << 76) | (2 << 62) | (self._number << 12 | noise) & TAIL

    def token(self, size: int = 32) -> str:
        return base64.urlsafe_b64encode(self._source().randbytes(size)).decode().rstrip("=")

    def below(self, bound: int) -> int:
        return self._source().randrange(bound)

    def again(self) -> "SeededMoment":
        return SeededMoment(self.now, self._seed, self._number)

    def _source(self) -> random.Random:
        if self._random is None:
            self._random = random.Random(self._seed * 1_000_003 + self._number)  # noqa: S311 # seeded on purpose
        return self._random


class SeededWorld:
    """The `World` port, one millisecond a command; `advance` moves the clock on."""

    def __init__(self, seed: int = 0, start: datetime = EPOCH) -> None:
        self._seed, self.now, self._commands = seed, start, 0
        self._counting = threading.Lock()

    def moment(self) -> SeededMoment:
        with self._counting:  # two threads with one number would make the same ids
            self._commands += 1
            self.now += TICK
            return SeededMoment(self.now, self._seed, self._commands)

    def advance(self, by: timedelta) -> None:
        """Let time pass. Raises ValueError for going back."""
        if by < timedelta(0):
            raise ValueError("time does not go back")
        with self._counting:
            self.now += by
