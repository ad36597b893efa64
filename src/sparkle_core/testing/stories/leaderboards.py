"""The state machine of leaderboards: what is earned and lost again moves scores, and boards say what there is."""

from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.accounts import ChangeStatus
from sparkle_core.application.content import React, Unreact
from sparkle_core.application.economy import ReverseTransfer, SendTip
from sparkle_core.application.leaderboards import LeaderboardOf, MyLeague, MyRank, SettleLeagues
from sparkle_core.application.progression import AwardXp, ReverseXp
from sparkle_core.domain.accounts import PEOPLE, SYSTEM
from sparkle_core.domain.kernel.actors import Status
from sparkle_core.domain.leaderboards import Metric, Period
from sparkle_core.testing.stories.invariants.leaderboards import scores_of
from sparkle_core.testing.stories.kept import Kept
from sparkle_core.testing.stories.story import Story, picks
from sparkle_core.testing.stories.telling import Told


class LeaderboardsStory(Story):
    """People earn XP, likes and points, lose some again, and look where they stand."""

    @rule(who=picks, by=picks, what=st.sampled_from(Metric), back=st.booleans(), amount=st.sampled_from((5, 40, 150)))
    def a_score_moves(self, who: int, by: int, what: Metric, back: bool, amount: int) -> None:
        """Something is earned, or taken back again."""
        person, liked = self.person(who), self.one_of([*self.known.posts, *self.known.comments], who)
        if what is Metric.XP:
            award = AwardXp(user_id=person.id, amount=amount, source="contest", subject=f"round {by % 3}")
            undo = ReverseXp(user_id=person.id, source=award.source, subject=award.subject)
            self.say(undo if back else award, actor=SYSTEM)
        elif what is Metric.LIKES and liked is not None:
            self.say((Unreact if back else React)(target_id=liked), actor=self.actor(by))
        elif back:
            namespace, key = self.one_of(self.known.transfers, who) or ("welcome_bonus", str(person.id))
            reversal = ReverseTransfer(namespace=namespace, key=key, amount=3, reason="a mistake")
            self._moves(self.say(reversal, actor=SYSTEM))
        else:
            self._moves(self.say(SendTip(to=person.id, amount=amount), actor=self.actor(by)))

    def _moves(self, told: Told) -> None:
        """What moved points can be reversed, a reversal too."""
        if told.ok:
            self.known.transfers.append((told.answer.namespace, told.answer.key))

    @rule(who=picks, status=st.sampled_from((Status.ACTIVE, Status.ACTIVE, Status.BANNED)))
    def somebody_is_hidden_or_shown(self, who: int, status: Status) -> None:
        self.say(ChangeStatus(user_id=self.person(who).id, status=status, reason="a reason"), actor=SYSTEM)

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

    def faults_of(self, kept: Kept) -> list[str]:
        return super().faults_of(kept) + (self._misranked(kept) if kept.whole else [])

    def _misranked(self, kept: Kept) -> list[str]:
        """Where the boards of all time are not the scores of all who are shown, in order."""
        now, faults = self.told.world.now, []
        shown = {p.id for p in kept.all_of(PEOPLE) if p.shown_at(now)}
        for metric, scores in scores_of(kept).items():
            due = {id: score for id, score in scores.items() if score > 0 and id in shown}
            rows = self.pages(partial(_board, metric))
            if {row.user_id: row.score for row in rows} != due:
                faults.append(f"the board of {metric.value} lists {rows}, and should list {due}")
            if rows != sorted(rows, key=lambda row: (-row.score, row.reached_at, row.user_id)):
                faults.append(f"the board of {metric.value} is out of order: {rows}")
            if [row.rank for row in rows] != list(range(1, len(rows) + 1)):
                faults.append(f"the board of {metric.value} has ranks with gaps: {rows}")
        return faults


def _board(metric: Metric, after: str | None) -> LeaderboardOf:
    return LeaderboardOf(metric=metric, after=after, limit=100)
