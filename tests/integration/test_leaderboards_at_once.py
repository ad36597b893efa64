"""Leaderboards and leagues when many act at once. Each test says which accident it stops."""

from collections.abc import Iterator

import pytest

from sparkle_core.application.accounts import ChangeStatus
from sparkle_core.application.leaderboards import (
    CountScore,
    LeaderboardOf,
    MyLeague,
    MyRank,
    SettleLeagues,
    ShowOnBoards,
    TakeSeat,
)
from sparkle_core.application.progression import AwardXp, ProgressOf
from sparkle_core.domain.accounts import SYSTEM, Status
from sparkle_core.domain.leaderboards import Metric, Period, week_ends
from tests.communities import STORES
from tests.racing import Call, Track, id_of, outcomes, track


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A community to race in, on each store."""
    with track(request.param) as found:
        yield found


def test_workers_beside_one_another_count_everything_once(on: Track) -> None:
    """Stops a gain from being lost or counted twice, and a rank from drifting from who is really before one."""
    people = [on.joins(f"fan{n}") for n in range(6)]
    for n in range(4):
        for who in people:
            on.run(AwardXp(user_id=id_of(who), amount=n + 1, source="gift", subject=str(n)))
    on.drain(workers=4)
    for period in Period:
        rows = on.run(LeaderboardOf(metric=Metric.XP, period=period)).items
        assert [row.rank for row in rows] == [1, 2, 3, 4, 5, 6]
        assert [row.score for row in rows] == [on.run(ProgressOf(user_id=row.user_id)).xp for row in rows]
    assert [on.run(MyRank(metric=Metric.XP), who).listed for who in people] == [6] * 6


def test_a_ban_beside_gains_leaves_nobody_on_a_board(on: Track) -> None:
    """Stops a person who was seen as active from being put on a new board after the ban took them off the others."""
    ada = on.joins("ada")
    on.drain(workers=1)
    for n in range(8):
        eve = on.joins(f"eve{n}")
        on.drain(workers=1)
        gain = Call(CountScore(user_id=id_of(eve), metric=Metric.LIKES, by=1, at=on.sparkle.world.moment().now), SYSTEM)
        ban = Call(ChangeStatus(user_id=id_of(eve), status=Status.BANNED, reason="spam"), SYSTEM)
        answers = on.race([gain, ban, Call(ShowOnBoards(user_id=id_of(eve)), SYSTEM), gain, gain])
        assert outcomes(answers) == {"ok": 5}
        on.drain(workers=2)
        assert on.run(MyRank(metric=Metric.LIKES, period=Period.WEEK), ada).listed == 0
        assert on.run(LeaderboardOf(metric=Metric.LIKES)).items == ()


def test_people_who_come_at_once_get_one_seat_each(on: Track) -> None:
    """Stops two seats for one person, and more people in a cohort than it has seats."""
    people = [on.joins(f"fan{n}") for n in range(5)]
    now = on.sparkle.world.moment().now
    answers = on.race([Call(TakeSeat(user_id=id_of(who), at=now), SYSTEM) for who in people] * 4)
    assert outcomes(answers) == {"ok": 20}
    on.drain(workers=3)
    leagues = [on.run(MyLeague(), who) for who in people]
    assert [len(league.rows) for league in leagues] == [5] * 5
    assert leagues[0].ends_at == week_ends(now)


def test_settling_at_once_before_a_week_is_over_settles_nothing(on: Track) -> None:
    """Stops a week from being decided while it is being played."""
    ada = on.joins("ada")
    on.drain(workers=1)
    answers = on.race([Call(SettleLeagues(), SYSTEM)] * 5)
    assert [answer.cohorts for answer in answers] == [0] * 5
    assert not on.run(MyLeague(), ada).settled
