"""The story's steps of leaderboards: boards are read, and are what progress says."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.leaderboards import LeaderboardOf, MyLeague, MyRank, SettleLeagues
from sparkle_core.application.progression import ProgressOf
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.leaderboards import Metric, Period
from tests.property.story import Story, picks


class LeaderboardSteps(Story):
    """Steps of leaderboards."""

    @rule(
        by=picks,
        metric=st.sampled_from(Metric),
        period=st.sampled_from(Period),
        span=st.sampled_from((None, None, None, "ever", "2026-W01", "2026-01", "2026-Q1", "2026-W54")),
        limit=st.integers(1, 3),
    )
    def read_a_board(self, by: int, metric: Metric, period: Period, span: str | None, limit: int) -> None:
        def page(after: str | None) -> LeaderboardOf:
            return LeaderboardOf(metric=metric, period=period, span=span, after=after, limit=limit)

        self.pages(page, actor=self.actor(by))
        self.say(MyRank(metric=metric, period=period, span=span, neighbours=limit), actor=self.actor(by))

    @rule(by=picks, week=st.sampled_from((None, None, "2026-W01", "2026-W02")))
    def read_a_league(self, by: int, week: str | None) -> None:
        self.say(MyLeague(week=week), actor=self.actor(by))

    @rule(times=st.integers(1, 3))
    def settle_leagues(self, times: int) -> None:
        for _ in range(times):
            self.say(SettleLeagues(), actor=SYSTEM)

    @rule()
    def the_board_of_all_time_says_what_progress_says(self) -> None:
        rows = self.pages(lambda after: LeaderboardOf(metric=Metric.XP, after=after, limit=100))
        assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
        assert rows == sorted(rows, key=lambda row: (-row.score, row.reached_at, row.user_id))
        for row in rows:
            assert self.told.tell(ProgressOf(user_id=row.user_id)).answer.xp == row.score
