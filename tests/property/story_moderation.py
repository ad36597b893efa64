"""The story's steps of moderation: reports, claims, decisions and their inverses, appeals."""

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

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
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from tests.property.story import Story, keys, picks, words
from tests.property.story_content import versions

moderators = st.sampled_from((1, 1, 2, 2, 0, 3))
"""Mostly the moderator and the admin."""


class ModerationSteps(Story):
    """Steps of moderation."""

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
        target = self.one_of(there[what], which)
        if target is not None:
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
        id = self.one_of(self.known.cases, which)
        if id is not None:
            self.say(CaseById(case_id=id), actor=self.actor(by))

    @rule(which=picks, by=moderators, key=keys)
    def claim(self, which: int, by: int, key: str | None) -> None:
        id = self.one_of(self.known.cases, which)
        if id is not None:
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
        id = self.one_of(self.known.cases, which)
        if id is None:
            return
        command = Decide(
            case_id=id, action=action, ground=ground, reason="as it says", days=days, expected_version=version
        )
        told = self.say(command, actor=self.actor(by), key=key)
        if told.ok and told.answer.id not in self.known.decisions:
            self.known.decisions.append(told.answer.id)

    @rule(who=picks, which=picks, limit=st.integers(1, 3))
    def read_decisions(self, who: int, which: int, limit: int) -> None:
        self.pages(lambda after: MyDecisions(after=after, limit=limit), actor=self.actor(who))
        id = self.one_of(self.known.decisions, which)
        if id is not None:
            self.say(DecisionById(decision_id=id), actor=self.actor(who))

    @rule(which=picks, by=picks, text=words, key=keys)
    def appeal(self, which: int, by: int, text: str, key: str | None) -> None:
        id = self.one_of(self.known.decisions, which)
        if id is not None:
            told = self.say(Appeal(decision_id=id, text=text), actor=self.actor(by), key=key)
            if told.ok and told.answer.id not in self.known.appeals:
                self.known.appeals.append(told.answer.id)

    @rule(which=picks, by=picks)
    def withdraw_appeal(self, which: int, by: int) -> None:
        id = self.one_of(self.known.appeals, which)
        if id is not None:
            self.say(WithdrawAppeal(appeal_id=id), actor=self.actor(by))

    @rule(which=picks, by=moderators, overturn=st.booleans(), version=versions, key=keys)
    def decide_appeal(self, which: int, by: int, overturn: bool, version: int | None, key: str | None) -> None:
        id = self.one_of(self.known.appeals, which)
        if id is not None:
            command = DecideAppeal(appeal_id=id, overturn=overturn, reason="looked again", expected_version=version)
            self.say(command, actor=self.actor(by), key=key)
