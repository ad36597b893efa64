"""The state machine of moderation: reports, claims, decisions and their inverses, appeals."""

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.content import PublishPost
from sparkle_core.application.moderation import (
    Appeal,
    CaseById,
    ClaimCase,
    Decide,
    DecideAppeal,
    DecisionById,
    MyDecisions,
    OpenAppeals,
    OpenCases,
    ReportContent,
    WithdrawAppeal,
)
from sparkle_core.domain.content import Article, RichText
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.testing.stories.content import ContentStory, versions
from sparkle_core.testing.stories.story import NOWHERE, keys, picks, words

moderators = st.sampled_from((1, 1, 2, 2, 0, 3))
"""Mostly the moderator and the admin."""


class ModerationStory(ContentStory):
    """People report what is written and who wrote it; moderators decide, and are appealed against."""

    def goes_on(self) -> None:
        """A moderator and what they wrote are reported, who may judge neither; what was removed is appealed about."""
        super().goes_on()
        ada, mo = self.actor(0), self.actor(1)
        rules, shoes = self.publishes("House rules", mo), self.publishes("Cheap shoes", ada)
        for what, target in (
            (TargetType.POST, rules),
            (TargetType.PERSON, self.person(1).id),
            (TargetType.POST, shoes),
        ):
            report = ReportContent(target_type=what, target_id=target, reason=ReportReason.SPAM)
            self.known.cases.append(self.done(report, actor=self.actor(3)).case_id)
        remove = Decide(case_id=self.known.cases[-1], action=Action.REMOVE, ground=ReportReason.SPAM, reason="it sells")
        self.note(self.known.decisions, self.say(remove, actor=mo), ada)
        appeal = Appeal(decision_id=self.known.decisions[-1], text="It is a still life.")
        self.note(self.known.appeals, self.say(appeal, actor=ada), ada)

    def publishes(self, title: str, by: Actor) -> UUID:
        """Somebody publishes something; its id."""
        content = Article(body=RichText.of("Have a look"))
        self.note(self.known.posts, self.say(PublishPost(title=title, content=content), actor=by), by)
        return self.known.posts[-1]

    @rule(
        what=st.sampled_from(TargetType),
        which=picks,
        by=picks,
        reason=st.sampled_from(ReportReason),
        note=words,
        key=keys,
    )
    def report(self, what: TargetType, which: int, by: int, reason: ReportReason, note: str, key: str | None) -> None:
        people: list[UUID] = [p.id for p in self.known.people]
        there = {TargetType.POST: self.known.posts, TargetType.COMMENT: self.known.comments, TargetType.PERSON: people}
        target = self.one_of(there[what], which) or NOWHERE
        command = ReportContent(target_type=what, target_id=target, reason=reason, note=note)
        self.say(command, actor=self.actor(by), key=key)

    @rule(by=moderators, limit=st.integers(1, 3))
    def read_the_queue(self, by: int, limit: int) -> None:
        cases = self.pages(lambda after: OpenCases(after=after, limit=limit), actor=self.actor(by))
        self.known.cases += [c.id for c in cases if c.id not in self.known.cases]
        appeals = self.pages(lambda after: OpenAppeals(after=after, limit=limit), actor=self.actor(by))
        self.known.appeals += [a.id for a in appeals if a.id not in self.known.appeals]

    @rule(which=picks, by=moderators)
    def read_a_case(self, which: int, by: int) -> None:
        id = self.one_of(self.known.cases, which) or NOWHERE
        self.say(CaseById(case_id=id), actor=self.actor(by))

    @rule(which=picks, by=moderators, key=keys)
    def claim(self, which: int, by: int, key: str | None) -> None:
        id = self.one_of(self.known.cases, which) or NOWHERE
        self.say(ClaimCase(case_id=id), actor=self.actor(by), key=key)

    @rule(
        which=picks,
        by=moderators,
        action=st.sampled_from(Action),
        ground=st.sampled_from((None, *ReportReason)),
        days=st.sampled_from((None, None, 3)),
        version=versions,
        key=keys,
    )
    def decide(
        self,
        which: int,
        by: int,
        action: Action,
        ground: ReportReason | None,
        days: int | None,
        version: int | None,
        key: str | None,
    ) -> None:
        id = self.one_of(self.known.cases, which) or NOWHERE
        command = Decide(
            case_id=id, action=action, ground=ground, reason="as it says", days=days, expected_version=version
        )
        told = self.say(command, actor=self.actor(by), key=key)
        if told.ok:
            self.note(self.known.decisions, told, Actor(user_id=told.answer.subject_id))

    @rule(who=picks, which=picks, limit=st.integers(1, 3))
    def read_decisions(self, who: int, which: int, limit: int) -> None:
        self.pages(lambda after: MyDecisions(after=after, limit=limit), actor=self.actor(who))
        id = self.one_of(self.known.decisions, which) or NOWHERE
        self.say(DecisionById(decision_id=id), actor=self.owner_of(id, who))

    @rule(which=picks, by=picks, text=words, key=keys)
    def appeal(self, which: int, by: int, text: str, key: str | None) -> None:
        id = self.one_of(self.known.decisions, which) or NOWHERE
        actor = self.owner_of(id, by)
        self.note(self.known.appeals, self.say(Appeal(decision_id=id, text=text), actor=actor, key=key), actor)

    @rule(which=picks, by=picks)
    def withdraw_appeal(self, which: int, by: int) -> None:
        id = self.one_of(self.known.appeals, which) or NOWHERE
        self.say(WithdrawAppeal(appeal_id=id), actor=self.owner_of(id, by))

    @rule(which=picks, by=moderators, overturn=st.booleans(), version=versions, key=keys)
    def decide_appeal(self, which: int, by: int, overturn: bool, version: int | None, key: str | None) -> None:
        id = self.one_of(self.known.appeals, which) or NOWHERE
        command = DecideAppeal(appeal_id=id, overturn=overturn, reason="looked again", expected_version=version)
        self.say(command, actor=self.actor(by), key=key)
