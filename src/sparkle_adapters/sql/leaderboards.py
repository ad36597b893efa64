"""The `Leaderboards` port over `SqlRecords`: scores are rows, and a skip list over them counts.

Whoever adds to a board holds its row, so that widths are measured by one at a time; different
boards do not wait for one another, and readers wait for nobody. Only the worker adds, after the
fact: nothing that people do waits for a board.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from sparkle_adapters.places import LEVELS, height_of, just_after, just_before, place_of, text_of
from sparkle_adapters.sql import board_statements as say
from sparkle_adapters.sql.board_tables import BOARD, SCORE, TOWER
from sparkle_adapters.sql.compiled import Row
from sparkle_adapters.sql.dialects import Dialect
from sparkle_adapters.sql.records import SqlRecords
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.leaderboards import Board
from sparkle_core.ports.leaderboards import Gain, Place, Ranked
from sparkle_core.ports.store import Records

Build = Callable[[Mapping[str, sa.Table], Dialect], sa.Executable]


class Score(NamedTuple):
    """A row of scores."""

    board: str
    user_id: UserId
    score: int
    reached_at: datetime
    shown: bool
    place: str | None

    def placed(self) -> "Score":
        """With the place that follows from the rest; None for somebody who is not listed."""
        listed = self.shown and self.score > 0
        return self._replace(place=text_of(Place(self.score, self.reached_at, self.user_id)) if listed else None)


Key = tuple[str, UUID]


class SqlLeaderboards:
    """The `Leaderboards` port on SQLite and PostgreSQL."""

    async def add(self, records: Records, gains: Iterable[Gain]) -> None:
        summed = _summed(gains)
        if not summed:
            return
        await _hold(records, {gain.board.key: gain.board.ends_at for gain in summed.values()})
        keys = list(summed)
        found = await _ask(records, "some scores", say.scores, board=[b for b, _ in keys], user_id=[u for _, u in keys])
        before = {(row[0], row[1]): Score(*row) for row in found}
        after = [_gained(before.get(key), gain) for key, gain in summed.items()]
        await _keep(records, before, after)

    async def show(self, records: Records, user_id: UserId, shown: bool) -> None:
        boards = [row[0] for row in await _ask(records, "scores of a person", say.scores_of, user_id=user_id)]
        await _ask(records, "hold boards", say.held, keys=boards)
        found = await _ask(records, "scores of a person", say.scores_of, user_id=user_id)
        before = {(row[0], row[1]): Score(*row) for row in found}
        changed = [s._replace(shown=shown).placed() for s in before.values() if s.shown != shown]
        await _keep(records, before, changed)

    async def around(self, records: Records, board: Board, user_id: UserId, each_way: int) -> list[Ranked]:
        own = await _ask(records, "standing", say.standing, board=board.key, user_id=user_id)
        if not own:
            return []
        ((place, count),) = own
        where = {"board": board.key, "place": place}
        ahead = await _ask(records, "places ahead", say.ahead, **where, limit=each_way)
        behind = await _ask(records, "places behind", say.behind, **where, limit=each_way + 1)
        return _ranked([*reversed(ahead), *behind], count - len(ahead))

    async def page(self, records: Records, board: Board, *, after: Place | None, limit: int) -> list[Ranked]:
        start = just_after(text_of(after)) if after is not None else ""
        where = {"board": board.key, "place": start}
        count = (await _ask(records, "places before", say.before, **where))[0][0] if start else 0
        return _ranked(await _ask(records, "places behind", say.behind, **where, limit=limit), count)

    async def among(self, records: Records, board: Board, user_ids: Iterable[UserId]) -> list[Ranked]:
        ids = list(dict.fromkeys(user_ids))
        return _ranked(await _ask(records, "places among", say.among, board=board.key, ids=ids), 0)

    async def size(self, records: Records, board: Board) -> int:
        count: int = (await _ask(records, "size of a board", say.size, board=board.key))[0][0]
        return count

    async def forget(self, records: Records, before: datetime) -> int:
        boards = await _ask(records, "board that is over", say.over, before=before)
        for (key,) in boards:
            await _ask(records, "hold boards", say.held, keys=[key])
            for table in (SCORE, TOWER, BOARD):
                await _ask(records, f"forget {table}", say.gone(table), board=key)
        return len(boards)


async def _ask(records: Records, question: str, build: Build, **values: Any) -> Sequence[Row]:
    assert isinstance(records, SqlRecords)
    return await records.ask(question, build, **values)


def _ranked(rows: Sequence[Row], count: int) -> list[Ranked]:
    return [Ranked(rank, place_of(place)) for rank, (place,) in enumerate(rows, count + 1)]


def _summed(gains: Iterable[Gain]) -> dict[Key, Gain]:
    """One gain a person and board."""
    summed: dict[Key, Gain] = {}
    for gain in gains:
        key = (gain.board.key, gain.user_id)
        so_far = summed.get(key)
        if so_far is not None:
            by, at = so_far.by + gain.by, max(so_far.at, gain.at)
            gain = Gain(board=gain.board, user_id=gain.user_id, by=by, at=at, shown=gain.shown)
        summed[key] = gain
    return summed


def _gained(before: Score | None, gain: Gain) -> Score:
    score, at = (before.score + gain.by, max(before.reached_at, gain.at)) if before else (gain.by, gain.at)
    return Score(gain.board.key, gain.user_id, score, at, gain.shown, None).placed()


async def _hold(records: Records, boards: Mapping[str, datetime | None]) -> None:
    """Hold boards, and make those that are not there."""
    keys = sorted(boards)
    there = {row[0] for row in await _ask(records, "hold boards", say.held, keys=keys)}
    new = [key for key in keys if key not in there]
    if not new:
        return
    await _ask(records, "open boards", say.opened, key=new, ends_at=[boards[key] for key in new])
    await _ask(records, "hold boards", say.held, keys=keys)  # somebody else may have made it, and holds it
    first = [(key, level, "") for key in new for level in range(1, LEVELS + 1)]
    await _ask(records, "raise towers", say.raised, **_columns(("board", "level", "place"), first))


async def _keep(records: Records, before: Mapping[Key, Score], after: Sequence[Score]) -> None:
    """Keep scores, and have the towers on each level follow: those above changed places are measured anew."""
    if not after:
        return
    await _ask(records, "keep scores", say.kept, **_columns(Score._fields, after))
    left, taken = _moves(before, after)
    if not left and not taken:
        return
    probes = {(board, place) for board, place, _ in (*left, *taken)}
    for level in range(1, LEVELS + 1):
        old, new = ([(b, level, p) for b, p, height in moves if height >= level] for moves in (left, taken))
        if old:
            await _ask(records, "raze towers", say.razed, **_columns(("board", "level", "place"), old))
        if new:
            await _ask(records, "raise towers", say.raised, **_columns(("board", "level", "place"), new))
        probes |= {(board, just_before(place)) for board, _, place in new}  # what a new tower took from the one before
        listed = _columns(("board", "probe"), sorted(probes))
        await _ask(records, f"measure level {level}", say.measured(level), **listed)


def _moves(before: Mapping[Key, Score], after: Sequence[Score]) -> tuple[list[tuple[str, str, int]], ...]:
    """The places left and the places taken: board, place, and the height of the tower there."""
    left, taken = [], []
    for score in after:
        earlier = before.get((score.board, score.user_id))
        old, new = earlier.place if earlier else None, score.place
        if old == new:
            continue
        height = height_of(score.user_id)
        if old is not None:
            left.append((score.board, old, height))
        if new is not None:
            taken.append((score.board, new, height))
    return left, taken


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
