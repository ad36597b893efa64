"""How each story ends: what everybody asks, to be told the same on every store."""

from collections.abc import Iterator
from typing import Any

from sparkle_core.application.accounts import MyProfile, PublicProfile, SearchPeople
from sparkle_core.application.auditing import AuditLog
from sparkle_core.application.content import CommentsOf, LatestPosts, PostById
from sparkle_core.application.economy import BalanceOf, Statement
from sparkle_core.application.leaderboards import LeaderboardOf, MyRank
from sparkle_core.application.moderation import CaseById, DecisionById, MyDecisions, OpenAppeals, OpenCases
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import MyStreak, ProgressOf, ReputationOf, TrustOf, XpHistory
from sparkle_core.domain.content import PostKind
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.domain.leaderboards import Metric
from sparkle_core.testing.stories.known import Known

TEXTS = ("", "a", "ADA", "o", "%", "_", "\\", "a_1", "STRASSE", "straße", "日本", "i\u0307", "'", "É", "z")
TAGS = ("chess", "fan-art", "日本語", "strasse")


def single_answers(known: Known) -> Iterator[Any]:
    """Queries with one answer."""
    yield MyProfile()
    yield MyStreak()
    for person in known.people:
        yield PublicProfile(username=person.username.upper())
        yield ProgressOf(user_id=person.id)
        yield ReputationOf(user_id=person.id)
        yield TrustOf(user_id=person.id)
        yield BalanceOf(user_id=person.id)
    yield from (MyRank(metric=metric) for metric in Metric)
    yield from (PostById(post_id=id) for id in known.posts)
    yield from (CaseById(case_id=id) for id in known.cases)
    yield from (DecisionById(decision_id=id) for id in known.decisions)


def pages_of(known: Known) -> Iterator[Any]:
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
    for post in known.posts:
        yield CommentsOf(post_id=post, limit=2)
    for person in known.people:
        yield LatestPosts(author_id=person.id, limit=2)
        yield Statement(user_id=person.id, limit=3)
        yield XpHistory(user_id=person.id, limit=3)
    for metric in Metric:
        yield LeaderboardOf(metric=metric, limit=3)
    for query in (AuditLog, MyNotifications, MyDecisions, OpenCases, OpenAppeals):
        yield query(limit=2)
