"""Moderation when many act at once. Each test says which race it stops; all stores run it, PostgreSQL makes it bite."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from sparkle_core.application.content import PostById, PublishPost
from sparkle_core.application.moderation import Appeal, CaseById, Decide, DecideAppeal, ReportContent, WithdrawAppeal
from sparkle_core.domain.accounts import Actor, Role
from sparkle_core.domain.content import Article, RichText
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from tests.communities import STORES
from tests.racing import Call, Track, outcomes, track


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    with track(request.param) as made:
        yield made


@pytest.fixture
def ada(on: Track) -> Actor:
    return on.joins("ada")


@pytest.fixture
def bob(on: Track) -> Actor:
    return on.joins("bob")


@pytest.fixture
def grace(on: Track) -> Actor:
    return on.joins("grace", Role.MODERATOR)


def published(on: Track, by: Actor) -> UUID:
    post = on.run(PublishPost(title="Inks", content=Article(body=RichText.of("How to ink."))), by)
    id: UUID = post.id
    return id


def reporting(post: UUID, reason: ReportReason = ReportReason.SPAM) -> ReportContent:
    return ReportContent(target_type=TargetType.POST, target_id=post, reason=reason)


def decided(on: Track, post: UUID, reporter: Actor, by: Actor, action: Action) -> Any:
    case = on.run(reporting(post), reporter).case_id
    return on.run(Decide(case_id=case, action=action, ground=ReportReason.SPAM, reason="As seen."), by)


def test_many_reports_by_one_person_at_once_are_one(on: Track, ada: Actor, bob: Actor, grace: Actor) -> None:
    """Stops: one person's word counted as often as they can press at the same time."""
    post = published(on, ada)
    answers = on.race([Call(reporting(post, reason), bob) for reason in ReportReason for _ in range(2)])
    assert outcomes(answers) == {"ok": 1, "already_reported": 19}
    filed = next(a for a in answers if not isinstance(a, Exception))
    seen = on.run(CaseById(case_id=filed.case_id), grace)
    assert (seen.case.reports, len(seen.reports)) == (1, 1)


def test_many_appeals_at_once_are_one(on: Track, ada: Actor, bob: Actor, grace: Actor) -> None:
    """Stops: several appeals of one decision, and so several chances."""
    made = decided(on, published(on, ada), bob, grace, Action.REMOVE)
    answers = on.race([Call(Appeal(decision_id=made.id, text=f"Try {n}."), ada) for n in range(10)])
    assert outcomes(answers) == {"ok": 1, "already_appealed": 9}


def test_an_appeal_decided_and_withdrawn_at_once_ends_one_way(on: Track, ada: Actor, bob: Actor, grace: Actor) -> None:
    """Stops: a withdrawn appeal that overturns, and two judges who decide both ways."""
    judges = [on.joins(name, Role.MODERATOR) for name in ("mia", "cleo")]
    post = published(on, ada)
    made = decided(on, post, bob, grace, Action.REMOVE)
    filed = on.run(Appeal(decision_id=made.id, text="A joke."), ada).id
    calls = [
        Call(DecideAppeal(appeal_id=filed, overturn=n % 2 == 0, reason="So."), judge) for n, judge in enumerate(judges)
    ]
    answers = on.race([*calls, Call(WithdrawAppeal(appeal_id=filed), ada)])
    assert outcomes(answers) == {"ok": 1, "already_decided": 2}
    ended = next(a for a in answers if not isinstance(a, Exception)).status.value
    assert on.run(PostById(post_id=post), ada).moderation.value == ("VISIBLE" if ended == "OVERTURNED" else "REMOVED")


def test_two_removals_overturned_at_once_show_the_post_again(on: Track, ada: Actor, bob: Actor, grace: Actor) -> None:
    """Stops: each overturning seeing the other's removal still in force, and the post staying hidden for ever."""
    judges = [on.joins(name, Role.MODERATOR) for name in ("mia", "cleo")]
    for _ in range(5):
        post = published(on, ada)
        made = [decided(on, post, bob, grace, Action.REMOVE) for _ in judges]
        filed = [on.run(Appeal(decision_id=d.id, text="A joke."), ada).id for d in made]
        calls = [
            Call(DecideAppeal(appeal_id=id, overturn=True, reason="Fine."), judge)
            for id, judge in zip(filed, judges, strict=True)
        ]
        assert outcomes(on.race(calls)) == {"ok": 2}
        assert on.run(PostById(post_id=post), bob).moderation.value == "VISIBLE"


def test_reports_at_once_all_count(on: Track, ada: Actor, grace: Actor) -> None:
    """Stops: a score that loses reports made in the same moment."""
    people = [on.joins(f"voice{n}") for n in range(12)]
    post = published(on, ada)
    answers = on.race([Call(reporting(post, ReportReason.ILLEGAL), p) for p in people])
    assert outcomes(answers) == {"ok": 12}
    case = on.run(CaseById(case_id=answers[0].case_id), grace)
    assert case.case.reports == 12
    assert case.case.score == sum(r.weight for r in case.reports)
