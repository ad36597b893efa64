"""How each story ends: everybody reads everything, page by page, and sees the same on every store."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from attrs import evolve

from sparkle_core.application.accounts import MyProfile, PublicProfile, SearchPeople
from sparkle_core.application.content import CommentsOf, LatestPosts, PostById
from sparkle_core.application.economy import BalanceOf, Statement
from sparkle_core.application.leaderboards import LeaderboardOf, MyRank
from sparkle_core.application.moderation import CaseById, DecisionById, MyDecisions, OpenAppeals, OpenCases
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import MyStreak, ProgressOf, ReputationOf, TrustOf, XpHistory
from sparkle_core.domain.accounts import ANONYMOUS, Actor
from sparkle_core.domain.content import PostKind
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.domain.leaderboards import Metric
from tests.property.story import Story

TEXTS = ("", "a", "ADA", "o", "%", "_", "\\", "a_1", "STRASSE", "straße", "日本", "i\u0307", "'", "É", "z")
TAGS = ("chess", "fan-art", "日本語", "strasse")


class Reading(Story):
    """What is asked at the end."""

    def teardown(self) -> None:
        try:
            for by in (ANONYMOUS, self.actor(0), self.actor(1), self.actor(3)):
                self.reads_everything(by)
        finally:
            super().teardown()

    def reads_everything(self, by: Actor) -> None:
        for query in self.single():
            self.told.tell(query, actor=by)
        for query in self.lists():
            self.pages(partial(_after, query), actor=by, at_most=20)

    def single(self) -> Iterator[Any]:
        yield MyProfile()
        yield MyStreak()
        for person in self.known.people:
            yield PublicProfile(username=person.username.upper())
            yield ProgressOf(user_id=person.id)
            yield ReputationOf(user_id=person.id)
            yield TrustOf(user_id=person.id)
            yield BalanceOf(user_id=person.id)
        yield from (MyRank(metric=metric) for metric in Metric)
        yield from (PostById(post_id=id) for id in self.known.posts)
        yield from (CaseById(case_id=id) for id in self.known.cases)
        yield from (DecisionById(decision_id=id) for id in self.known.decisions)

    def lists(self) -> Iterator[Any]:
        """Queries in pages of two or three, so that every list has some."""
        for text in TEXTS:
            yield SearchPeople(text=text, limit=3)
        for role in (Role.USER, Role.MODERATOR):
            yield SearchPeople(role=role, limit=2)
        for status in Status:
            yield SearchPeople(status=status, limit=2)
        for kind in (None, *PostKind):
            yield LatestPosts(kind=kind, limit=2)
        for tag in TAGS:
            yield LatestPosts(tag=tag, limit=2)
        for post in self.known.posts:
            yield CommentsOf(post_id=post, limit=2)
        for person in self.known.people:
            yield LatestPosts(author_id=person.id, limit=2)
            yield Statement(user_id=person.id, limit=3)
            yield XpHistory(user_id=person.id, limit=3)
        for metric in Metric:
            yield LeaderboardOf(metric=metric, limit=3)
        for query in (MyNotifications, MyDecisions, OpenCases, OpenAppeals):
            yield query(limit=2)


def _after(query: Any, cursor: str | None) -> Any:
    """The same query, from a cursor on."""
    return evolve(query, after=cursor)
