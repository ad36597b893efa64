"""What every `Leaderboards` promises: places in order, counted at any size, whatever comes in which order."""

import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from sparkle_core.domain.kernel.fields import UserId, uuid_of
from sparkle_core.domain.leaderboards import Board, Metric, Period
from sparkle_core.ports.leaderboards import Gain, Leaderboards, Place, Ranked
from sparkle_core.ports.store import Body, Store, Transaction
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.people import user
from sparkle_core.testing.contracts.shapes import NOON, later
from sparkle_core.testing.contracts.staging import Stage

WEEK = Board(metric=Metric.XP, period=Period.WEEK, span="2026-W48", ends_at=later(days=7))
EVER = Board(metric=Metric.XP, period=Period.ALL_TIME, span="ever")


def gain(number: int, by: int, *, at: datetime = NOON, board: Board = WEEK, shown: bool = True) -> Gain:
    return Gain(board=board, user_id=user(number), by=by, at=at, shown=shown)


class Naive:
    """The model: a dict, sorted anew for each question."""

    def __init__(self) -> None:
        self.scores: dict[tuple[str, UserId], tuple[int, datetime, bool]] = {}

    def add(self, gains: Iterable[Gain]) -> None:
        for one in gains:
            key = (one.board.key, one.user_id)
            score, at, _ = self.scores.get(key, (0, one.at, True))
            self.scores[key] = (score + one.by, max(at, one.at), one.shown)

    def show(self, user_id: UserId, shown: bool) -> None:
        for (board, id), (score, at, _) in self.scores.items():
            if id == user_id:
                self.scores[board, id] = (score, at, shown)

    def listed(self, board: Board) -> list[Ranked]:
        some = [
            Place(score, at, id)
            for (key, id), (score, at, shown) in self.scores.items()
            if key == board.key and shown and score > 0
        ]
        some.sort(key=lambda p: (-p.score, p.reached_at, p.user_id))
        return [Ranked(rank, place) for rank, place in enumerate(some, 1)]


class LeaderboardsContract(OnAStore):
    """Everything that the port `Leaderboards` promises."""

    def make_boards(self) -> Leaderboards:
        """The adapter that goes with the store."""
        raise NotImplementedError

    def crowd(self) -> Sequence[UserId]:
        """Some hundred people; say others where the shape of what is kept follows from their ids."""
        chance = random.Random(64)  # noqa: S311 # seeded on purpose
        return [UserId(uuid_of(chance.getrandbits(128))) for _ in range(300)]

    @pytest.fixture
    def boards(self) -> Leaderboards:
        return self.make_boards()

    def test_the_highest_score_is_first_and_ties_go_to_who_reached_it_first(
        self, stage: Stage[Store], boards: Leaderboards
    ) -> None:
        late, early = later(seconds=1), NOON
        add(stage, boards, gain(1, 50), gain(2, 70, at=late), gain(3, 70, at=early), gain(5, 70, at=late))
        assert listed(stage, boards) == [(1, 3, 70), (2, 2, 70), (3, 5, 70), (4, 1, 50)]
        assert top(stage, boards)[0].place == Place(70, early, user(3))

    def test_a_score_is_the_sum_of_its_gains_reached_at_the_latest_in_whatever_order_they_come(
        self, stage: Stage[Store], boards: Leaderboards
    ) -> None:
        add(stage, boards, gain(1, 5, at=later(minutes=2)), gain(1, 3, at=later(minutes=1)))
        add(stage, boards, gain(1, 2, at=NOON))
        assert [r.place for r in top(stage, boards)] == [Place(10, later(minutes=2), user(1))]

    def test_who_has_nothing_or_less_is_not_listed(self, stage: Stage[Store], boards: Leaderboards) -> None:
        add(stage, boards, gain(1, 5), gain(2, -5), gain(3, 0))
        add(stage, boards, gain(1, -5), gain(2, 6))
        assert listed(stage, boards) == [(1, 2, 1)]
        assert size(stage, boards) == 1
        assert around(stage, boards, user(1)) == []

    def test_boards_do_not_know_of_one_another(self, stage: Stage[Store], boards: Leaderboards) -> None:
        add(stage, boards, gain(1, 5), gain(1, 7, board=EVER), gain(2, 9, board=EVER))
        assert listed(stage, boards) == [(1, 1, 5)]
        assert listed(stage, boards, EVER) == [(1, 2, 9), (2, 1, 7)]

    def test_a_board_nobody_is_on_is_empty(self, stage: Stage[Store], boards: Leaderboards) -> None:
        assert (listed(stage, boards), size(stage, boards), around(stage, boards, user(1))) == ([], 0, [])
        add(stage, boards)
        assert (listed(stage, boards), size(stage, boards), around(stage, boards, user(1))) == ([], 0, [])

    def test_who_does_not_show_takes_no_place_and_gains_all_the_same(
        self, stage: Stage[Store], boards: Leaderboards
    ) -> None:
        add(stage, boards, gain(1, 9), gain(2, 8), gain(1, 9, board=EVER), gain(3, 7))
        show(stage, boards, user(1), False)
        assert (listed(stage, boards), listed(stage, boards, EVER)) == ([(1, 2, 8), (2, 3, 7)], [])
        add(stage, boards, gain(1, 1, shown=False), gain(4, 20, shown=False))
        assert listed(stage, boards) == [(1, 2, 8), (2, 3, 7)]
        show(stage, boards, user(1), True)
        show(stage, boards, user(9), True)  # on no board
        assert (listed(stage, boards), listed(stage, boards, EVER)) == ([(1, 1, 10), (2, 2, 8), (3, 3, 7)], [(1, 1, 9)])

    def test_neighbours_are_those_next_to_one_and_end_where_the_board_does(
        self, stage: Stage[Store], boards: Leaderboards
    ) -> None:
        add(stage, boards, *(gain(n, 100 - n) for n in range(1, 8)))
        assert [r.place.user_id for r in around(stage, boards, user(4), each_way=2)] == [
            user(n) for n in (2, 3, 4, 5, 6)
        ]
        assert [r.rank for r in around(stage, boards, user(4), each_way=2)] == [2, 3, 4, 5, 6]
        assert [r.rank for r in around(stage, boards, user(1), each_way=2)] == [1, 2, 3]
        assert [r.rank for r in around(stage, boards, user(7), each_way=2)] == [5, 6, 7]
        assert [r.rank for r in around(stage, boards, user(7), each_way=0)] == [7]

    def test_pages_go_on_after_a_place_even_when_it_was_left(self, stage: Stage[Store], boards: Leaderboards) -> None:
        add(stage, boards, *(gain(n, 100 - n) for n in range(1, 8)))
        last = top(stage, boards, limit=3)[-1].place
        assert [r.rank for r in top(stage, boards, limit=3, after=last)] == [4, 5, 6]
        add(stage, boards, gain(3, 50))
        assert [(r.rank, r.place.user_id.int) for r in top(stage, boards, after=last)] == [
            (4, 4),
            (5, 5),
            (6, 6),
            (7, 7),
        ]

    def test_some_people_are_ranked_among_themselves(self, stage: Stage[Store], boards: Leaderboards) -> None:
        add(stage, boards, *(gain(n, 100 - n) for n in range(1, 8)), gain(8, 0))

        async def body(tx: Transaction) -> list[Ranked]:
            return await boards.among(tx.records, WEEK, [user(7), user(2), user(8), user(99), user(2)])

        assert [(r.rank, r.place.user_id.int, r.place.score) for r in stage.read(body)] == [(1, 2, 98), (2, 7, 93)]

    def test_what_was_rolled_back_was_never_there(self, stage: Stage[Store], boards: Leaderboards) -> None:
        add(stage, boards, gain(1, 5), gain(2, 3))

        async def body(tx: Transaction) -> None:
            await boards.add(tx.records, [gain(1, 5), gain(3, 9), gain(3, 9, board=EVER)])
            await boards.show(tx.records, user(2), False)
            assert [r.place.score for r in await boards.page(tx.records, WEEK, after=None, limit=9)] == [10, 9]
            raise TimeoutError

        with pytest.raises(TimeoutError):
            stage.transact(body)
        assert (listed(stage, boards), listed(stage, boards, EVER)) == ([(1, 1, 5), (2, 2, 3)], [])

    def test_boards_that_ended_are_forgotten_one_by_one(self, stage: Stage[Store], boards: Leaderboards) -> None:
        older = evolve(WEEK, span="2026-W47", ends_at=NOON)
        add(stage, boards, gain(1, 5), gain(1, 5, board=EVER), gain(1, 5, board=older))
        assert (forget(stage, boards, NOON), size(stage, boards, older)) == (0, 1)
        assert (forget(stage, boards, later(days=8)), forget(stage, boards, later(days=8))) == (1, 1)
        assert forget(stage, boards, later(days=8)) == 0
        assert [size(stage, boards, b) for b in (older, WEEK, EVER)] == [0, 0, 1]
        assert around(stage, boards, user(1), board=older) == []

    def test_a_forgotten_board_can_be_rolled_back_and_made_anew(
        self, stage: Stage[Store], boards: Leaderboards
    ) -> None:
        add(stage, boards, gain(1, 5))

        async def body(tx: Transaction) -> None:
            await boards.forget(tx.records, later(days=8))
            raise TimeoutError

        with pytest.raises(TimeoutError):
            stage.transact(body)
        assert listed(stage, boards) == [(1, 1, 5)]
        forget(stage, boards, later(days=8))
        add(stage, boards, gain(1, 1))
        assert listed(stage, boards) == [(1, 1, 1)]

    @pytest.mark.parametrize("seed", range(3))
    def test_hundreds_who_come_go_and_tie_are_ranked_as_by_sorting_them(
        self, stage: Stage[Store], boards: Leaderboards, seed: int
    ) -> None:
        chance, model, crowd = random.Random(seed), Naive(), self.crowd()  # noqa: S311 # seeded on purpose
        for _ in range(12):
            gains = [_some_gain(chance, crowd) for _ in range(60)]
            model.add(gains)
            add(stage, boards, *gains)
            who, shown = chance.choice(crowd), chance.random() < 0.5
            model.show(who, shown)
            show(stage, boards, who, shown)
            wanted = model.listed(WEEK)
            assert _all(stage, boards) == wanted
            for one in chance.sample(wanted, min(5, len(wanted))):
                nearby = wanted[max(0, one.rank - 3) : one.rank + 2]
                assert around(stage, boards, one.place.user_id, each_way=2) == nearby

    def test_gains_at_once_are_all_counted(self, stage: Stage[Store], boards: Leaderboards) -> None:
        """Two who measure one board at the same time would each miss the other: whoever adds holds it."""

        def adding(number: int) -> Callable[[], Coroutine[Any, Any, None]]:
            async def body(tx: Transaction) -> None:
                both = [gain(number % 7, 1, board=EVER), gain(number, 1)]
                await boards.add(tx.records, both if number % 2 else both[::-1])

            return lambda: stage.retried(body)

        assert stage.together([adding(n) for n in range(1, 41)]) == [None] * 40
        assert [r.rank for r in top(stage, boards)] == list(range(1, 41))
        assert sum(r.place.score for r in top(stage, boards, board=EVER)) == 40
        assert size(stage, boards) == 40
        assert all(around(stage, boards, user(n), each_way=0) != [] for n in range(1, 41))


def _some_gain(chance: random.Random, crowd: Sequence[UserId]) -> Gain:
    """Few scores and instants, so that many tie."""
    at, shown = NOON + timedelta(seconds=chance.randrange(4)), chance.random() < 0.95
    return Gain(board=WEEK, user_id=chance.choice(crowd), by=chance.choice((1, 1, 2, 5, -1, -3)), at=at, shown=shown)


def _ran(stage: Stage[Store], body: Body[None]) -> None:
    stage.run(stage.retried(body))


def add(stage: Stage[Store], boards: Leaderboards, *gains: Gain) -> None:
    async def body(tx: Transaction) -> None:
        await boards.add(tx.records, gains)

    _ran(stage, body)


def show(stage: Stage[Store], boards: Leaderboards, who: UserId, shown: bool) -> None:
    async def body(tx: Transaction) -> None:
        await boards.show(tx.records, who, shown)

    _ran(stage, body)


def forget(stage: Stage[Store], boards: Leaderboards, before: datetime) -> int:
    async def body(tx: Transaction) -> int:
        return await boards.forget(tx.records, before)

    return stage.transact(body)


def top(
    stage: Stage[Store], boards: Leaderboards, *, board: Board = WEEK, after: Place | None = None, limit: int = 100
) -> list[Ranked]:
    async def body(tx: Transaction) -> list[Ranked]:
        return await boards.page(tx.records, board, after=after, limit=limit)

    return stage.read(body)


def listed(stage: Stage[Store], boards: Leaderboards, board: Board = WEEK) -> Sequence[tuple[int, int, int]]:
    """Rank, number and score of everybody on a board."""
    return [(r.rank, r.place.user_id.int, r.place.score) for r in top(stage, boards, board=board)]


def around(
    stage: Stage[Store], boards: Leaderboards, who: UserId, *, each_way: int = 0, board: Board = WEEK
) -> list[Ranked]:
    async def body(tx: Transaction) -> list[Ranked]:
        return await boards.around(tx.records, board, who, each_way)

    return stage.read(body)


def size(stage: Stage[Store], boards: Leaderboards, board: Board = WEEK) -> int:
    async def body(tx: Transaction) -> int:
        return await boards.size(tx.records, board)

    return stage.read(body)


def _all(stage: Stage[Store], boards: Leaderboards) -> list[Ranked]:
    """A whole board, page by page."""
    found: list[Ranked] = []
    while page := top(stage, boards, after=found[-1].place if found else None, limit=50):
        found += page
    return found
