"""The `Leaderboards` port in memory: each board a skip list that counts, rolled back with the transaction."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from functools import partial
from typing import TypeVar

from attrs import evolve, field, frozen

from sparkle_adapters.memory.counted import CountedPlaces
from sparkle_adapters.memory.interleaved_records import InterleavedRecords
from sparkle_adapters.memory.interleaving import nothing
from sparkle_adapters.memory.store import MemoryRecords, MemoryTransaction
from sparkle_adapters.memory.tables import MemoryTables, Undo
from sparkle_adapters.places import height_of, just_after, place_of, text_of
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.leaderboards import Board
from sparkle_core.ports.leaderboards import Gain, Place, Ranked
from sparkle_core.ports.store import Records

R = TypeVar("R")


@frozen
class Score:
    """What somebody has on a board, also while they are not listed."""

    score: int
    reached_at: datetime
    shown: bool

    def place(self, user_id: UserId) -> str | None:
        """Where that puts them; None for somebody who is not listed."""
        return text_of(Place(self.score, self.reached_at, user_id)) if self.shown and self.score > 0 else None


@frozen(eq=False)
class MemoryBoard:
    """One board: everybody's score, and the places of those who are listed."""

    ends_at: datetime | None
    scores: dict[UserId, Score] = field(factory=dict)
    places: CountedPlaces = field(factory=CountedPlaces)

    def put(self, user_id: UserId, score: Score | None) -> None:
        """Have somebody stand like that, or be gone."""
        before = self.scores.get(user_id)
        old, new = before and before.place(user_id), score and score.place(user_id)
        if old != new:
            if old:
                self.places.remove(old)
            if new:
                self.places.add(new, height_of(user_id))
        if score is None:
            del self.scores[user_id]
        else:
            self.scores[user_id] = score


Boards = dict[str, MemoryBoard]


class MemoryLeaderboards:
    """The `Leaderboards` port over the records of the in-memory stores."""

    async def add(self, records: Records, gains: Iterable[Gain]) -> None:
        some = list(gains)
        locks = sorted({gain.board.key for gain in some})
        await _changed(records, locks, lambda boards, undo: _add(boards, some, undo))

    async def show(self, records: Records, user_id: UserId, shown: bool) -> None:
        def on(boards: Boards) -> list[str]:
            return sorted(key for key, board in boards.items() if user_id in board.scores)

        locks = await _seen(records, on)
        await _changed(records, locks, lambda boards, undo: _show(boards, user_id, shown, undo))

    async def around(self, records: Records, board: Board, user_id: UserId, each_way: int) -> list[Ranked]:
        def look(boards: Boards) -> list[Ranked]:
            kept = boards.get(board.key)
            own = kept.scores.get(user_id) if kept else None
            place = own and own.place(user_id)
            if not kept or not place:
                return []
            rank = kept.places.before(place)
            start = max(0, rank - each_way)
            return _ranked(kept.places.some(start, rank - start + 1 + each_way), start)

        return await _seen(records, look)

    async def page(self, records: Records, board: Board, *, after: Place | None, limit: int) -> list[Ranked]:
        def look(boards: Boards) -> list[Ranked]:
            kept = boards.get(board.key)
            if kept is None:
                return []
            start = kept.places.before(just_after(text_of(after))) if after else 0
            return _ranked(kept.places.some(start, limit), start)

        return await _seen(records, look)

    async def among(self, records: Records, board: Board, user_ids: Iterable[UserId]) -> list[Ranked]:
        wanted = dict.fromkeys(user_ids)

        def look(boards: Boards) -> list[Ranked]:
            kept = boards.get(board.key)
            scores = kept.scores if kept else {}
            return _ranked(sorted(p for id in wanted if (s := scores.get(id)) and (p := s.place(id))), 0)

        return await _seen(records, look)

    async def size(self, records: Records, board: Board) -> int:
        return await _seen(records, lambda boards: len(boards[board.key].places) if board.key in boards else 0)

    async def forget(self, records: Records, before: datetime) -> int:
        def over(boards: Boards) -> list[str]:
            return sorted(k for k, b in boards.items() if b.ends_at is not None and b.ends_at < before)[:1]

        locks = await _seen(records, over)
        return await _changed(records, locks, lambda boards, undo: _forget(boards, locks, undo))


def _ranked(places: Iterable[str], start: int) -> list[Ranked]:
    return [Ranked(rank, place_of(place)) for rank, place in enumerate(places, start + 1)]


def _add(boards: Boards, gains: Iterable[Gain], undo: Undo) -> None:
    for gain in gains:
        board = _board(boards, gain.board, undo)
        before = board.scores.get(gain.user_id)
        if before is None:
            after = Score(gain.by, gain.at, gain.shown)
        else:
            after = Score(before.score + gain.by, max(before.reached_at, gain.at), gain.shown)
        _put(board, gain.user_id, after, undo)


def _board(boards: Boards, board: Board, undo: Undo) -> MemoryBoard:
    found = boards.get(board.key)
    if found is None:
        found = boards[board.key] = MemoryBoard(board.ends_at)
        undo.append(partial(boards.pop, board.key))
    return found


def _show(boards: Boards, user_id: UserId, shown: bool, undo: Undo) -> None:
    for board in boards.values():
        score = board.scores.get(user_id)
        if score is not None and score.shown != shown:
            _put(board, user_id, evolve(score, shown=shown), undo)


def _put(board: MemoryBoard, user_id: UserId, score: Score, undo: Undo) -> None:
    undo.append(partial(board.put, user_id, board.scores.get(user_id)))
    board.put(user_id, score)


def _forget(boards: Boards, keys: Iterable[str], undo: Undo) -> int:
    gone = [(key, boards.pop(key)) for key in keys if key in boards]
    undo.append(lambda: boards.update(gone))
    return len(gone)


def _boards(data: MemoryTables) -> Boards:
    boards: Boards = data.boards
    return boards


async def _seen(records: Records, look: Callable[[Boards], R]) -> R:
    """What a look at the boards answers, in the records' transaction."""
    if isinstance(records, InterleavedRecords):

        async def within(tx: MemoryTransaction) -> R:
            return look(_boards(tx.records.data))

        return await records.own.see(within)
    return look(_boards(_of_memory(records).data))


async def _changed(records: Records, boards: Iterable[str], change: Callable[[Boards, Undo], R]) -> R:
    """What a change of boards answers, which are held from now on."""
    if isinstance(records, InterleavedRecords):
        locks: list[Hashable] = [("board", key) for key in boards]
        await records.own.see(nothing)
        answer: R = await records.own.do(  # type: ignore[assignment] # what the deed answers
            locks, lambda tx: change(_boards(tx.records.data), tx.records.undo)
        )
        return answer
    own = _of_memory(records)
    return change(_boards(own.data), own.undo)


def _of_memory(records: Records) -> MemoryRecords:
    if not isinstance(records, MemoryRecords):
        raise TypeError(
            f"MemoryLeaderboards go with the records of MemoryStore, not with {type(records).__name__}: "
            "give the community the leaderboards of its store, as in in_memory(…, boards=…)"
        )
    return records
