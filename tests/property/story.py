"""The machine that tells one random story to every store; the contexts' own steps are beside it."""

from datetime import timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from attrs import field, frozen, mutable
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sparkle_core.application.accounts import ChangeRole, LogIn, Register, VerifyEmail
from sparkle_core.application.content import Comment, PublishPost
from sparkle_core.application.economy import SendTip
from sparkle_core.application.moderation import Decide, ReportContent
from sparkle_core.application.upkeep import ExpireHolds, TidyUp
from sparkle_core.domain.accounts import ANONYMOUS, SYSTEM, Actor, Role
from sparkle_core.domain.content import Question, RichText
from sparkle_core.domain.kernel.actors import Origin
from sparkle_core.domain.kernel.errors import Category
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.domain.progression import ProgressionRules
from tests.communities import PASSWORD
from tests.property.telling import Tellers, Told

T = TypeVar("T")

picks = st.integers(0, 40)
"""Which of some things: taken modulo how many there are."""

keys = st.sampled_from((None, None, None, "k1", "k2", "k3"))
"""Idempotency keys, few enough to be used again with the same and with other content."""

words = st.sampled_from(
    (
        "Hello there",
        "straße",
        "ÀÉÎ",
        "日本語 and 🎉",
        "a%b_c\\d",
        "x'; --",
        " spaced ",
        "İstanbul",
        "ada",
        "Zoë",
        "\U0001f9d1\u200d\U0001f680",
    )
)
"""Texts on which databases like to disagree."""

origins = st.sampled_from(
    (
        None,
        None,
        None,
        Origin(address="192.0.2.1", user_agent="Story/1"),
        Origin(address="2001:db8::1"),
        Origin(address="unix:"),
    )
)


@frozen
class Somebody:
    """A person of the story."""

    id: UserId
    username: str
    email: str


@mutable
class Known:
    """What has come up in the story so far, for later steps to pick from."""

    people: list[Somebody] = field(factory=list)
    tokens: list[tuple[str, Actor]] = field(factory=list)
    transfers: list[tuple[str, str]] = field(factory=list)
    items: list[UUID] = field(factory=list)
    things: list[UUID] = field(factory=list)
    purchases: list[UUID] = field(factory=list)
    offers: list[UUID] = field(factory=list)
    listings: list[UUID] = field(factory=list)
    auctions: list[UUID] = field(factory=list)
    posts: list[UUID] = field(factory=list)
    comments: list[UUID] = field(factory=list)
    cases: list[UUID] = field(factory=list)
    decisions: list[UUID] = field(factory=list)
    appeals: list[UUID] = field(factory=list)
    somebody_left: bool = False


class Story(RuleBasedStateMachine):
    """Base of the story: who is in it, how a step is told, and what must be true after each one."""

    stores: ClassVar[tuple[str, ...]]
    told: Tellers

    def __init__(self) -> None:
        super().__init__()
        self.known = Known()
        self.told = Tellers(self.stores, seed=0)

    def teardown(self) -> None:
        try:
            self.everything_kept_is_equal()
            self.told.seal()
            self.everything_kept_is_equal()
        finally:
            self.told.close()

    def say(
        self, request: Any, *, actor: Actor = ANONYMOUS, origin: Origin | None = None, key: str | None = None
    ) -> Told:
        """Tell it, and let the workers act on what it brought about."""
        told = self.told.tell(request, actor=actor, origin=origin, key=key)
        assert told.refusal is None or told.refusal.category is not Category.UNAVAILABLE, told.refusal
        self.told.drain()
        return told

    def pages(self, make: Any, *, actor: Actor = ANONYMOUS, at_most: int = 4) -> list[Any]:
        """The items of a list, page by page; `make(cursor)` is the query. No item comes twice."""
        items: list[Any] = []
        cursor = None
        for _ in range(at_most):
            told = self.told.tell(make(cursor), actor=actor)
            if not told.ok:
                return items
            items += told.answer.items
            cursor = told.answer.next
            if cursor is None:
                break
        assert len(items) == len(set(map(repr, items)))
        return items

    @staticmethod
    def one_of(things: list[T], pick: int) -> T | None:
        """One of some things, or None when there are none."""
        return things[pick % len(things)] if things else None

    def person(self, pick: int) -> Somebody:
        return self.known.people[pick % len(self.known.people)]

    def actor(self, pick: int) -> Actor:
        """A person who just proved who they are; now and then the system, or nobody."""
        if pick in (38, 39):
            return SYSTEM
        if pick == 40:
            return ANONYMOUS
        return Actor(user_id=self.person(pick).id, proved_at=self.told.world.now)

    def joins(self, name: str, role: Role = Role.USER) -> None:
        """Somebody joins, verifies their address and gets a role."""
        email = f"{name}@example.org"
        joined = self.say(Register(email=email, username=f"{name}_1", password=PASSWORD, agree_to_terms=True)).answer
        self.known.people.append(Somebody(joined.id, joined.username, email))
        self.say(VerifyEmail(email=email, code=self.told.code_for(email) or ""))
        if role is not Role.USER:
            self.say(ChangeRole(user_id=joined.id, role=role), actor=SYSTEM)

    @initialize()
    def a_day_in_the_community(self) -> None:
        """Enough happens that every step finds something to act on."""
        for name, role in (("ada", Role.USER), ("mo", Role.MODERATOR), ("root", Role.ADMIN), ("eve", Role.USER)):
            self.joins(name, role)
        ada, mo, eve = self.actor(0), self.actor(1), self.actor(3)
        body = Question(body=RichText.of("Which opening do you like?"))
        post = self.say(PublishPost(title="Chess", content=body, tags=("chess",)), actor=ada).answer.id
        comment = self.say(Comment(post_id=post, text="The Spanish one"), actor=eve).answer.id
        self.known.posts.append(post)
        self.known.comments.append(comment)
        report = ReportContent(target_type=TargetType.COMMENT, target_id=comment, reason=ReportReason.OTHER)
        self.known.cases.append(self.say(report, actor=ada).answer.case_id)
        warn = Decide(case_id=self.known.cases[0], action=Action.WARN, ground=ReportReason.OTHER, reason="mind it")
        self.known.decisions.append(self.say(warn, actor=mo).answer.id)
        report = ReportContent(target_type=TargetType.POST, target_id=post, reason=ReportReason.SPAM)
        self.known.cases.append(self.say(report, actor=eve).answer.case_id)
        tip = self.say(SendTip(to=self.person(3).id, amount=20), actor=ada, key="k1").answer
        self.known.transfers.append((tip.namespace, tip.key))
        login = self.say(LogIn(email="eve@example.org", password=PASSWORD)).answer
        self.known.tokens.append((login.token, login.actor))

    @rule(by=st.sampled_from((timedelta(seconds=1), timedelta(minutes=11), timedelta(hours=25), timedelta(days=8))))
    def time_passes(self, by: timedelta) -> None:
        self.told.advance(by)
        self.told.drain()

    @rule()
    def what_has_had_its_time_is_removed(self) -> None:
        """Equally many rows everywhere."""
        self.say(TidyUp(), actor=SYSTEM)
        self.say(ExpireHolds(), actor=SYSTEM)

    @rule()
    def what_waits_is_sealed(self) -> None:
        self.told.seal()

    @invariant()
    def everything_is_as_it_must_be(self) -> None:
        """Money, XP and counters, on every store, after each step."""
        for name, kept in self.told.kept().items():
            faults = kept.faults(ProgressionRules())
            if kept.relations:
                faults += kept.misearned(ProgressionRules()) + kept.miscounted()
            assert not faults, f"{name}: {faults}"

    def everything_kept_is_equal(self) -> None:
        """Every row, relation, number and ledger entry is the same on every store."""
        first, *others = self.told.kept(whole=True).items()
        for name, kept in (first, *others):
            assert not kept.faults(ProgressionRules()), name
            for shape, rows in first[1].rows.items():
                assert kept.rows[shape] == rows, f"{shape} differs between {first[0]} and {name}"
            assert kept == first[1], f"{first[0]} and {name} differ"
