"""The `Leaderboards` port over keys and values: a key for each person on each board."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from attrs import evolve, frozen

from sparkle_adapters.codec import JsonCodec
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.leaderboards import Board
from sparkle_core.ports.leaderboards import Gain, Place, Ranked
from sparkle_core.ports.store import Records
from sparkle_dbm.files import View
from sparkle_dbm.records import DbmRecords

_JSON = JsonCodec()


@frozen
class Score:
    """What somebody has on a board, also while they are not listed."""

    user_id: UserId
    score: int
    reached_at: datetime
    shown: bool


class DbmLeaderboards:
    """The `Leaderboards` port for `DbmStore`. A board is read whole and sorted, whatever is asked of it."""

    async def add(self, records: Records, gains: Iterable[Gain]) -> None:
        view = _view(records)
        for gain in gains:
            key = f"score/{gain.board.key}/{gain.user_id.hex}"
            before = _score(view, key) or Score(gain.user_id, 0, gain.at, gain.shown)
            after = Score(gain.user_id, before.score + gain.by, max(before.reached_at, gain.at), gain.shown)
            view.put(key, _JSON.encode(after))
            if gain.board.ends_at is not None:
                view.put(f"ends/{gain.board.key}", gain.board.ends_at.isoformat())

    async def show(self, records: Records, user_id: UserId, shown: bool) -> None:
        view = _view(records)
        for key in view.under("score/"):
            if key.endswith(user_id.hex) and (score := _score(view, key)) is not None:
                view.put(key, _JSON.encode(evolve(score, shown=shown)))

    async def around(self, records: Records, board: Board, user_id: UserId, each_way: int) -> list[Ranked]:
        listed = _listed(records, board)
        rank = next((one.rank for one in listed if one.place.user_id == user_id), None)
        return [] if rank is None else listed[max(0, rank - 1 - each_way) : rank + each_way]

    async def page(self, records: Records, board: Board, *, after: Place | None, limit: int) -> list[Ranked]:
        listed = _listed(records, board)
        return [one for one in listed if after is None or _order(one.place) > _order(after)][:limit]

    async def among(self, records: Records, board: Board, user_ids: Iterable[UserId]) -> list[Ranked]:
        wanted = set(user_ids)
        places = [one.place for one in _listed(records, board) if one.place.user_id in wanted]
        return list(map(Ranked, count(1), places))

    async def size(self, records: Records, board: Board) -> int:
        return len(_listed(records, board))

    async def forget(self, records: Records, before: datetime) -> int:
        view = _view(records)
        for end in view.under("ends/"):
            if datetime.fromisoformat(view.get(end) or "") < before:
                for key in [*view.under(end.replace("ends/", "score/", 1) + "/"), end]:
                    view.drop(key)
                return 1
        return 0


def _view(records: Records) -> View:
    """What the transaction sees, whose records they are."""
    if not isinstance(records, DbmRecords):
        raise TypeError(f"DbmLeaderboards go with the records of DbmStore, not with {type(records).__name__}")
    return records.view


def _score(view: View, key: str) -> Score | None:
    found = view.get(key)
    return None if found is None else _JSON.decode(found, Score)


def _listed(records: Records, board: Board) -> list[Ranked]:
    view = _view(records)
    scores = [score for key in view.under(f"score/{board.key}/") if (score := _score(view, key)) is not None]
    places = [Place(one.score, one.reached_at, one.user_id) for one in scores if one.shown and one.score > 0]
    return list(map(Ranked, count(1), sorted(places, key=_order)))


def _order(place: Place) -> tuple[int, datetime, UserId]:
    return (-place.score, place.reached_at, place.user_id)
