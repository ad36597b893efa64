"""Somebody who left a trace of every kind that there is, each with a mark by which it is found again."""

import base64
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import field, mutable

from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import (
    AddPasskey,
    BeginPasskey,
    ChangeEmail,
    ChangeRole,
    EditProfile,
    EnableTwoFactor,
    LinkProvider,
    LogIn,
    Register,
    RequestPasswordReset,
    SetUpTwoFactor,
    SignUp,
    VerifyEmail,
    VisitProviderToLink,
)
from sparkle_core.application.content import Comment, DeletePost, PublishPost, React
from sparkle_core.application.economy import SendTip
from sparkle_core.application.exporting import RequestExport
from sparkle_core.application.moderation import Appeal, ClaimCase, Decide, ReportContent
from sparkle_core.application.notifications import MuteNotifications
from sparkle_core.domain.accounts import SYSTEM, Actor, Origin, Role
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_core.domain.accounts.factors import step_at
from sparkle_core.domain.accounts.profiles import SocialHandles
from sparkle_core.domain.content import Article, RichText
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.testing.authenticating import MadeUpAuthenticator
from sparkle_core.testing.visiting import came_back
from tests.support.people import BORN, PASSWORD

MARKS = (
    "zoe-mark@example.org",
    "zoe-next@example.org",
    "Zoe_Mark",
    "zoe_mark",
    "Zoe Markova",
    "zoe markova",
    "zoe-at-google@example.org",
    "zoe-subject-4711",
    "+4930123456",
    "zoes-bio",
    "zoes-town",
    "zoe-site.example",
    "zoe_twitters",
    "zoe_grams",
    "zoe_tocks",
    "zoe#4711",
    "zoe-pic",
    "zoe-banner",
    "zoe-lamps",
    "zoe-welding",
    "zoes-laptop",
    "zoes-browser",
    "zoes-phone",
    "198.51.100.77",
    "zoes-report-note",
    "zoes-appeal",
    "zoes-deleted-post",
    "zoes-removed-comment",
)
"""What says who somebody is, as it stands in what they did and in what others wrote of it here."""

ORIGIN = Origin(address="198.51.100.77", user_agent="zoes-browser/1.0 (X11; Linux)")


ELSEWHERE = Origin(address="203.0.113.1")


@mutable
class Life:
    """Zoe, a moderator: so that the audit log has every command of hers, too."""

    sparkle: Sparkle
    id: UserId = field(init=False)
    others: list[Actor] = field(init=False)
    open_case: UUID = field(init=False)
    appeal: UUID = field(init=False)
    published: UUID = field(init=False)

    def say(self, command: Any, actor: Actor | None = None, key: str | None = None) -> Any:
        """As Zoe, freshly proved, from her own machine, and not too often."""
        assert isinstance(self.sparkle.world, SeededWorld)
        self.sparkle.world.advance(timedelta(seconds=10))
        me = Actor(user_id=self.id, proved_at=self.sparkle.world.moment().now)
        origin = ORIGIN if actor is None else ELSEWHERE
        answer = self.sparkle.run(command, actor=actor or me, origin=origin, key=key)
        self.sparkle.run_coroutine(self.sparkle.drain())
        return answer

    def lived(self) -> "Life":
        self._joins()
        self._says_who_she_is()
        self._gets_in_by_every_way()
        self._is_here()
        self.say(RequestExport())
        return self

    def _joins(self) -> None:
        run = self.sparkle.run
        self.others = [self._other(name) for name in ("ann", "ben", "cleo")]
        joins = SignUp(
            email="zoe-mark@example.org", username="Zoe_Mark", password=PASSWORD, agree_to_terms=True, birth_date=BORN
        )
        run(joins)
        self.sparkle.run_coroutine(self.sparkle.drain())
        code = self.sparkle.mailbox.latest("zoe-mark@example.org").code
        run(VerifyEmail(email="zoe-mark@example.org", code=code), origin=ORIGIN)
        session = run(LogIn(email="zoe-mark@example.org", password=PASSWORD, device_label="zoes-laptop"), origin=ORIGIN)
        assert session.actor.user_id is not None
        self.id = session.actor.user_id
        run(ChangeRole(user_id=self.id, role=Role.MODERATOR), actor=SYSTEM)

    def _other(self, name: str) -> Actor:
        email = f"{name}@example.org"
        joined = self.sparkle.run(Register(email=email, username=name, password=PASSWORD, agree_to_terms=True))
        self.sparkle.run_coroutine(self.sparkle.drain())
        self.sparkle.run(VerifyEmail(email=email, code=self.sparkle.mailbox.latest(email).code))
        self.sparkle.run(ChangeRole(user_id=joined.id, role=Role.ADMIN), actor=SYSTEM)
        return Actor(user_id=joined.id)

    def _says_who_she_is(self) -> None:
        profile = EditProfile(
            display_name="Zoe Markova",
            bio="zoes-bio",
            image="https://zoe-site.example/zoe-pic.png",
            banner="https://zoe-site.example/zoe-banner.png",
            location="zoes-town",
            time_zone="Europe/Berlin",
            website="https://zoe-site.example/",
            social=SocialHandles(twitter="zoe_twitters", instagram="zoe_grams", tiktok="zoe_tocks", discord="zoe#4711"),
            interests=("zoe-lamps",),
            skills=("zoe-welding",),
            phone="+4930123456",
        )
        self.say(profile, key="a key")
        self.say(MuteNotifications(muted=(NotificationType.TIP_RECEIVED,)))

    def _gets_in_by_every_way(self) -> None:
        departure = self.say(VisitProviderToLink(provider="google"))
        claims = {"sub": "zoe-subject-4711", "email": "zoe-at-google@example.org"}
        self.say(LinkProvider(**came_back(departure, **claims)))
        self.say(VisitProviderToLink(provider="github"))
        begun = self.say(BeginPasskey())
        made = MadeUpAuthenticator("zoe").create(begun.options)
        self.say(AddPasskey(ceremony=begun.ceremony, credential=made, name="zoes-phone"))
        self.say(ChangeEmail(email="zoe-next@example.org"))
        self.say(RequestPasswordReset(email="zoe-mark@example.org"))
        for _ in range(6):
            with_wrong = LogIn(email="zoe-mark@example.org", password="Wr0ng-horse-battery")
            with suppress(InvalidCredentials):
                self.sparkle.run(with_wrong, origin=ORIGIN)
        setup = self.say(SetUpTwoFactor())
        step = step_at(self.sparkle.world.moment().now)
        self.say(EnableTwoFactor(code=PlainOneTimePasswords().code(base64.b32decode(setup.secret), step)))

    def _is_here(self) -> None:
        ann, ben, _ = self.others
        self.published = self.say(self._post("zoe is proud of this")).id
        gone = self.say(self._post("zoes-deleted-post")).id
        self.say(DeletePost(post_id=gone))
        theirs = self.say(self._post("ann wrote this"), ann).id
        removed = self.say(Comment(post_id=theirs, text="zoes-removed-comment")).id
        self.say(React(target_id=theirs))
        assert ann.user_id is not None
        self.say(SendTip(to=ann.user_id, amount=10), key="a tip")
        self._decided(self._reported(ann, TargetType.COMMENT, removed), ben, appeals=True)
        self._decided(self._reported(None, TargetType.POST, theirs, note="zoes-report-note"), ben)
        self._decided(self._reported(ann, TargetType.PERSON, self.id), ben)
        self.open_case = self._reported(ben, TargetType.POST, self.published)

    def _post(self, words: str) -> PublishPost:
        return PublishPost(title=words, content=Article(body=RichText.of(words)))

    def _reported(self, by: Actor | None, type: TargetType, id: UUID, note: str = "") -> UUID:
        command = ReportContent(target_type=type, target_id=id, reason=ReportReason.SPAM, note=note)
        case_id: UUID = self.say(command, by).case_id
        return case_id

    def _decided(self, case_id: UUID, by: Actor, *, appeals: bool = False) -> None:
        self.say(ClaimCase(case_id=case_id), by)
        action = Action.REMOVE if appeals else Action.DISMISS
        ground = ReportReason.SPAM if appeals else None
        decided = self.say(Decide(case_id=case_id, action=action, ground=ground, reason="As seen."), by)
        if appeals:
            self.appeal = self.say(Appeal(decision_id=decided.id, text="zoes-appeal")).id
