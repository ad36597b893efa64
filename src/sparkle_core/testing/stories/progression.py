"""The state machine of progression: XP, days, streaks, trust, achievements, quests."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.content import Comment, PublishPost, React
from sparkle_core.application.progression import (
    AchievementsOf,
    AwardXp,
    ClaimQuest,
    LevelTable,
    LockTrust,
    MarkBackfilled,
    MyStreak,
    NextToBackfill,
    ProgressOf,
    QuestsOf,
    QuestState,
    ReputationOf,
    ReverseXp,
    TrustOf,
    UnlockDue,
    UnlockTrust,
    VisitToday,
    XpHistory,
)
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.content import Article, RichText
from sparkle_core.testing.stories.story import Story, keys, picks

sources = st.sampled_from(("gift", "contest"))
subjects = st.sampled_from(("one", "two", "three"))


class ProgressionStory(Story):
    """People earn XP and lose it again, come day after day, unlock achievements, finish quests and claim them."""

    @rule(who=picks, amount=st.sampled_from((1, 70, 100, 260, 1_000_000)), source=sources, subject=subjects, key=keys)
    def award_xp(self, who: int, amount: int, source: str, subject: str, key: str | None) -> None:
        command = AwardXp(user_id=self.person(who).id, amount=amount, source=source, subject=subject)
        self.say(command, actor=SYSTEM, key=key)

    @rule(who=picks, by=picks)
    def award_xp_oneself(self, who: int, by: int) -> None:
        self.say(AwardXp(user_id=self.person(who).id, amount=5, source="gift", subject="own"), actor=self.actor(by))

    @rule(who=picks, days=st.sampled_from((1, 1, 2, 7, 9)), key=keys)
    def visit(self, who: int, days: int, key: str | None) -> None:
        """Now and then day after day."""
        for day in range(days):
            if day:
                self.time_passes(timedelta(days=1))
            self.say(VisitToday(), actor=self.actor(who), key=key if days == 1 else None)
            self.say(MyStreak(), actor=self.actor(who))

    @rule(by=picks, what=st.sampled_from(("post", "comment", "like")), times=st.sampled_from((1, 3, 10)))
    def do_what_counts(self, by: int, what: str, times: int) -> None:
        """In quests, and for achievements."""
        actor = self.actor(by)
        for n in range(times):
            post = self.one_of(self.known.posts, n)
            if what == "post":
                told = self.say(
                    PublishPost(title=f"Part {n}", content=Article(body=RichText.of("It counts"))), actor=actor
                )
                self.note(self.known.posts, told, actor)
            elif post is not None and what == "like":
                self.say(React(target_id=post), actor=actor)
            elif post is not None:
                self.note(self.known.comments, self.say(Comment(post_id=post, text="It counts"), actor=actor), actor)

    @rule(who=picks, by=st.sampled_from((0, 1, 1, 2, 39)), level=st.sampled_from((None, 0, 3, 4)), key=keys)
    def lock_trust(self, who: int, by: int, level: int | None, key: str | None) -> None:
        """None unlocks it."""
        of = self.person(who).id
        reason = "looked into it"
        command = (
            UnlockTrust(user_id=of, reason=reason)
            if level is None
            else LockTrust(user_id=of, level=level, reason=reason)
        )
        self.say(command, actor=self.actor(by), key=key)

    @rule(who=picks, source=st.sampled_from(("gift", "contest", "email_verified")), subject=subjects, key=keys)
    def reverse_xp(self, who: int, source: str, subject: str, key: str | None) -> None:
        subject = "email" if source == "email_verified" else subject
        self.say(ReverseXp(user_id=self.person(who).id, source=source, subject=subject), actor=SYSTEM, key=key)

    @rule(who=picks, by=picks, limit=st.integers(1, 3))
    def read_progress(self, who: int, by: int, limit: int) -> None:
        self.say(ProgressOf(user_id=self.person(who).id), actor=self.actor(by))
        self.say(ReputationOf(user_id=self.person(who).id), actor=self.actor(by))
        self.say(TrustOf(user_id=self.person(who).id), actor=self.actor(by))
        self.say(LevelTable(up_to=limit), actor=self.actor(by))
        self.pages(lambda after: XpHistory(user_id=self.person(who).id, after=after, limit=limit), actor=self.actor(by))
        self.say(AchievementsOf(user_id=self.person(who).id), actor=self.actor(by))
        self.say(QuestsOf(user_id=self.person(who).id), actor=self.actor(by))

    @rule(by=picks, which=picks, named=st.booleans(), times=st.sampled_from((1, 2)))
    def claim_quest(self, by: int, which: int, named: bool, times: int) -> None:
        """One that is finished, where there is one."""
        actor = self.actor(by)
        seen = list(self.say(QuestsOf(user_id=actor.user_id or self.person(0).id), actor=actor).answer or ())
        quest = self.one_of([q for q in seen if q.state is QuestState.FINISHED] or seen, which)
        name, period = (quest.name, quest.period if named else None) if quest else ("nonsense", None)
        for _ in range(times):
            self.say(ClaimQuest(quest=name, period=period), actor=actor)

    @rule(limit=st.integers(1, 3), again=st.booleans())
    def backfill_achievements(self, limit: int, again: bool) -> None:
        page = self.say(NextToBackfill(limit=limit), actor=SYSTEM).answer
        for person in page.due:
            self.say(UnlockDue(user_id=person), actor=SYSTEM)
        last = page.looked_at[-1] if page.looked_at else None
        self.say(
            MarkBackfilled(since=page.state.after, after=last, people=len(page.looked_at), again=again), actor=SYSTEM
        )
