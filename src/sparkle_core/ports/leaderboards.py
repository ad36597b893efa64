"""Boards of scores, and where somebody stands on one: at any size in O(log n), plus what is answered.

A board lists who has more than nothing and may be shown: the highest score first, then who reached
it first, then by id. An adapter works within the transaction whose records it is given.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from attrs import frozen

from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.leaderboards import Board
from sparkle_core.ports.store import Records


@frozen(kw_only=True)
class Gain:
    """What is added to a person's score on a board (or taken from it), when that happened, and whether they show."""

    board: Board
    user_id: UserId
    by: int
    at: datetime
    shown: bool = True


class Place(NamedTuple):
    """Where somebody stands: places compare by these, the highest score first."""

    score: int
    reached_at: datetime
    user_id: UserId


@frozen
class Ranked:
    """A place with its rank, which counts from 1; no two people share one."""

    rank: int
    place: Place


class Leaderboards(Protocol):
    """Scores are sums of gains, whatever their order; a score was reached at the latest of its gains.

    Takes effect at once. Whoever adds to a board holds it until the transaction ends; boards are
    held in the order of their keys.
    """

    async def add(self, records: Records, gains: Iterable[Gain]) -> None:
        """Add to scores: any number, on any boards, in a few statements."""
        ...

    async def show(self, records: Records, user_id: UserId, shown: bool) -> None:
        """Have a person show on all the boards they are on, or not; their scores stay."""
        ...

    async def around(self, records: Records, board: Board, user_id: UserId, each_way: int) -> list[Ranked]:
        """A person's place with so many on each side of it; empty when they are not listed."""
        ...

    async def page(self, records: Records, board: Board, *, after: Place | None, limit: int) -> list[Ranked]:
        """The first places, or those after one, whether or not that one is still taken."""
        ...

    async def among(self, records: Records, board: Board, user_ids: Iterable[UserId]) -> list[Ranked]:
        """Some people's places, ranked among themselves; without those who are not listed."""
        ...

    async def size(self, records: Records, board: Board) -> int:
        """How many are listed."""
        ...

    async def forget(self, records: Records, before: datetime) -> int:
        """Remove for good one board that ended before an instant; how many went."""
        ...
