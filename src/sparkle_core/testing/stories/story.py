"""The state machine that tells one random story to every store; the contexts' own steps are beside it."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from attrs import evolve
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
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.testing.stories.community import Community
from sparkle_core.testing.stories.invariants import at_any_moment, once_settled
from sparkle_core.testing.stories.kept import Kept
from sparkle_core.testing.stories.known import Known, Somebody
from sparkle_core.testing.stories.reading import pages_of, single_answers
from sparkle_core.testing.stories.telling import Tellers, Told

T = TypeVar("T")

PASSWORD = "Corr3ct-horse-battery"  # noqa: S105 # of people in tests
"""Everybody's, unless a step tries another one."""

NOWHERE = UUID(int=77)
"""The id of nothing."""

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


class Story(RuleBasedStateMachine):
    """Base of the stories: who is in it, how a step is told, and what must be true after each one.

    Say `make`, and run `TestCase` of your class.
    """

    def __init__(self) -> None:
        super().__init__()
        self.known = Known()
        self.told = Tellers(self.make())

    def make(self) -> Mapping[str, AbstractContextManager[Community]]:
        """Fresh communities by the names of their stores, to be opened when a story begins and closed at its end."""
        raise NotImplementedError(f"{type(self).__name__} says no `make`, which answers the communities to tell it to")

    def teardown(self) -> None:
        if sys.exc_info()[0] is not None:  # what failed first is what is told
            self.told.close()
            return
        try:
            for pick in (0, 1, 3, 40):
                self.reads_everything(self.actor(pick))
            self.everything_kept_is_equal()
            self.told.seal()
            self.everything_kept_is_equal()
        finally:
            self.told.close()

    def reads_everything(self, by: Actor) -> None:
        """Somebody asks for everything, page by page, and is told the same on every store."""
        for query in single_answers(self.known):
            self.told.tell(query, actor=by)
        for query in pages_of(self.known):
            self.pages(partial(_after, query), actor=by, at_most=20)

    def say(
        self, request: Any, *, actor: Actor = ANONYMOUS, origin: Origin | None = None, key: str | None = None
    ) -> Told:
        """Tell it, and let the workers act on what it brought about."""
        told = self.told.tell(request, actor=actor, origin=origin, key=key)
        assert told.refusal is None or told.refusal.category is not Category.UNAVAILABLE, told.refusal
        self.told.drain()
        return told

    def done(self, request: Any, *, actor: Actor = ANONYMOUS, key: str | None = None) -> Any:
        """The answer to what nothing stands in the way of, at the beginning of a story."""
        told = self.say(request, actor=actor, key=key)
        assert told.ok, f"{request} was refused: {told.refusal}"
        return told.answer

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
        assert len(items) == len(set(map(repr, items))), f"{make(None)} answered something twice: {items}"
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

    def owner_of(self, id: UUID, pick: int) -> Actor:
        """Mostly whoever something belongs to, when it came up with them; now and then anybody."""
        owner = self.known.owners.get(id)
        return (
            Actor(user_id=owner, proved_at=self.told.world.now) if owner is not None and pick < 30 else self.actor(pick)
        )

    def note(self, known: list[UUID], told: Told, by: Actor) -> None:
        """Keep in mind what a command made, and whose it is."""
        if told.ok and told.answer.id not in known:
            known.append(told.answer.id)
            if by.user_id is not None:
                self.known.owners[told.answer.id] = by.user_id

    def joins(self, name: str, role: Role = Role.USER) -> None:
        """Somebody joins, verifies their address and gets a role."""
        email = f"{name}@example.org"
        joined = self.done(Register(email=email, username=f"{name}_1", password=PASSWORD, agree_to_terms=True))
        self.known.people.append(Somebody(joined.id, joined.username, email))
        self.done(VerifyEmail(email=email, code=self.told.code_for(email) or "none came"))
        if role is not Role.USER:
            self.done(ChangeRole(user_id=joined.id, role=role), actor=SYSTEM)

    @initialize()
    def a_day_in_the_community(self) -> None:
        """Enough happens that every step finds something to act on."""
        for name, role in (("ada", Role.USER), ("mo", Role.MODERATOR), ("root", Role.ADMIN), ("eve", Role.USER)):
            self.joins(name, role)
        ada, mo, eve = self.actor(0), self.actor(1), self.actor(3)
        body = Question(body=RichText.of("Which opening do you like?"))
        self.note(self.known.posts, self.say(PublishPost(title="Chess", content=body, tags=("chess",)), actor=ada), ada)
        (post,) = self.known.posts
        self.note(self.known.comments, self.say(Comment(post_id=post, text="The Spanish one"), actor=eve), eve)
        (comment,) = self.known.comments
        report = ReportContent(target_type=TargetType.COMMENT, target_id=comment, reason=ReportReason.OTHER)
        self.known.cases.append(self.done(report, actor=ada).case_id)
        warn = Decide(case_id=self.known.cases[0], action=Action.WARN, ground=ReportReason.OTHER, reason="mind it")
        self.note(self.known.decisions, self.say(warn, actor=mo), eve)
        report = ReportContent(target_type=TargetType.POST, target_id=post, reason=ReportReason.SPAM)
        self.known.cases.append(self.done(report, actor=eve).case_id)
        tip = self.done(SendTip(to=self.person(3).id, amount=20), actor=ada, key="k1")
        self.known.transfers.append((tip.namespace, tip.key))
        login = self.done(LogIn(email="eve@example.org", password=PASSWORD))
        self.known.tokens.append((login.token, login.actor))
        self.goes_on()

    def goes_on(self) -> None:
        """What else there is to begin with, so that a context's steps find something; nothing here."""

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
            faults = self.faults_of(kept)
            assert not faults, f"{name}: {faults}"

    def faults_of(self, kept: Kept) -> list[str]:
        """What is not as it must be; a context's story may know of more."""
        return at_any_moment(kept, self.told.rules) + once_settled(kept, self.told.rules)

    def everything_kept_is_equal(self) -> None:
        """Every row, relation, number and ledger entry is the same on every store."""
        first, *others = self.told.kept(whole=True).items()
        for name, kept in (first, *others):
            faults = self.faults_of(kept)
            assert not faults, f"{name}: {faults}"
            for shape, rows in first[1].rows.items():
                assert kept.rows[shape] == rows, f"{shape} differs between {first[0]} and {name}"
            assert kept == first[1], f"{first[0]} and {name} differ"


def _after(query: Any, cursor: str | None) -> Any:
    """The same query, from a cursor on."""
    return evolve(query, after=cursor)
