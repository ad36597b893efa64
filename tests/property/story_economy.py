"""The story's steps of progression and economy: XP, tips, reversals, statements, frozen wallets."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.economy import (
    BalanceOf,
    FreezeWallet,
    ProveLedger,
    ReverseTransfer,
    SendTip,
    Statement,
    UnfreezeWallet,
)
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
    ReputationOf,
    ReverseXp,
    UnlockDue,
    UnlockTrust,
    VisitToday,
    XpHistory,
)
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.actors import Origin
from sparkle_core.domain.kernel.fields import INT64_MAX
from tests.property.story import Story, keys, origins, picks

sources = st.sampled_from(("gift", "quest"))
subjects = st.sampled_from(("one", "two", "three"))


class EconomySteps(Story):
    """Steps of progression and economy."""

    @rule(who=picks, amount=st.sampled_from((1, 70, 100, 260, 1_000_000)), source=sources, subject=subjects, key=keys)
    def award_xp(self, who: int, amount: int, source: str, subject: str, key: str | None) -> None:
        command = AwardXp(user_id=self.person(who).id, amount=amount, source=source, subject=subject)
        self.say(command, actor=SYSTEM, key=key)

    @rule(who=picks, by=picks)
    def award_xp_oneself(self, who: int, by: int) -> None:
        self.say(AwardXp(user_id=self.person(who).id, amount=5, source="gift", subject="own"), actor=self.actor(by))

    @rule(who=picks, key=keys)
    def visit(self, who: int, key: str | None) -> None:
        self.say(VisitToday(), actor=self.actor(who), key=key)
        self.say(MyStreak(), actor=self.actor(who))

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

    @rule(who=picks, source=st.sampled_from(("gift", "quest", "email_verified")), subject=subjects, key=keys)
    def reverse_xp(self, who: int, source: str, subject: str, key: str | None) -> None:
        subject = "email" if source == "email_verified" else subject
        self.say(ReverseXp(user_id=self.person(who).id, source=source, subject=subject), actor=SYSTEM, key=key)

    @rule(who=picks, by=picks, limit=st.integers(1, 3))
    def read_progress(self, who: int, by: int, limit: int) -> None:
        self.say(ProgressOf(user_id=self.person(who).id), actor=self.actor(by))
        self.say(ReputationOf(user_id=self.person(who).id), actor=self.actor(by))
        self.say(LevelTable(up_to=limit), actor=self.actor(by))
        self.pages(lambda after: XpHistory(user_id=self.person(who).id, after=after, limit=limit), actor=self.actor(by))
        self.say(AchievementsOf(user_id=self.person(who).id), actor=self.actor(by))
        self.say(QuestsOf(user_id=self.person(who).id), actor=self.actor(by))

    @rule(by=picks, which=picks, named=st.booleans())
    def claim_quest(self, by: int, which: int, named: bool) -> None:
        actor = self.actor(by)
        seen = self.say(QuestsOf(user_id=actor.user_id or self.person(0).id), actor=actor)
        quest = self.one_of(list(seen.answer or ()), which)
        name, period = (quest.name, quest.period if named else None) if quest else ("nonsense", None)
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

    @rule(
        by=picks,
        to=picks,
        amount=st.sampled_from((1, 7, 40, 40, 99, 100, 101, INT64_MAX)),
        origin=origins,
        times=st.sampled_from((1, 1, 1, 11)),
        key=keys,
    )
    def send_tip(self, by: int, to: int, amount: int, origin: Origin | None, times: int, key: str | None) -> None:
        """Now and then more of them than the rate tier allows."""
        command = SendTip(to=self.person(to).id, amount=amount)
        for _ in range(times):
            told = self.say(command, actor=self.actor(by), origin=origin, key=key)
        if told.ok:
            self.known.transfers.append((told.answer.namespace, told.answer.key))

    @rule(
        which=picks,
        by=st.sampled_from((39, 39, 39, 2, 1)),
        amount=st.sampled_from((None, None, 1, 30, INT64_MAX)),
        key=keys,
    )
    def reverse_transfer(self, which: int, by: int, amount: int | None, key: str | None) -> None:
        namespace, name = self.one_of(self.known.transfers, which) or ("welcome_bonus", str(self.person(which).id))
        command = ReverseTransfer(namespace=namespace, key=name, amount=amount, reason="a mistake")
        told = self.say(command, actor=self.actor(by), key=key)
        if told.ok:
            self.known.transfers.append((told.answer.namespace, told.answer.key))

    @rule(who=picks, amount=st.sampled_from((None, 60, 100)), key=keys)
    def take_back_the_welcome_bonus(self, who: int, amount: int | None, key: str | None) -> None:
        """Often more than is left: the rest becomes a receivable, netted from later credits."""
        command = ReverseTransfer(
            namespace="welcome_bonus", key=str(self.person(who).id), amount=amount, reason="a mistake"
        )
        self.say(command, actor=SYSTEM, key=key)

    @rule(who=picks, by=st.sampled_from((0, 1, 1, 2)), freeze=st.booleans())
    def freeze_wallet(self, who: int, by: int, freeze: bool) -> None:
        command = FreezeWallet if freeze else UnfreezeWallet
        self.say(command(user_id=self.person(who).id, reason="looking into it"), actor=self.actor(by))

    @rule(who=picks, by=picks, kind=st.sampled_from((None, "tip", "reversal")), limit=st.integers(1, 3))
    def read_wallet(self, who: int, by: int, kind: str | None, limit: int) -> None:
        self.say(BalanceOf(user_id=self.person(who).id), actor=self.actor(by))
        self.pages(
            lambda after: Statement(user_id=self.person(who).id, kind=kind, after=after, limit=limit),
            actor=self.actor(by),
        )

    @rule(by=picks)
    def prove_ledger(self, by: int) -> None:
        self.say(ProveLedger(), actor=self.actor(by))
