"""What happens when much counts and is claimed at once. Each test says which attack or accident it stops."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sparkle_core.application.economy import BalanceOf, ProveLedger
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import ClaimQuest, Count, QuestsOf, QuestView, XpHistory
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM, Actor
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import CounterName, Objective, ProgressionRules, Quest, QuestKind, Reward
from tests.communities import STORES
from tests.racing import Call, Track, id_of, outcomes, track

POSTS = CounterName.POSTS_PUBLISHED
RUSHES = (5, 6, 7, 8, 9, 10)
RULES = Rules(
    progression=ProgressionRules(
        achievements=(),
        quests=(
            Quest(
                name="once",
                title="Once",
                kind=QuestKind.ONE_OFF,
                objectives=(Objective(counter=POSTS, target=20),),
                reward=Reward(xp=40, points=30),
            ),
            Quest(
                name="together",
                title="Together",
                kind=QuestKind.COMMUNITY,
                objectives=(Objective(counter=POSTS, target=100),),
                reward=Reward(points=7),
                each_at_most=10,
                starts_at=datetime(2020, 1, 1, tzinfo=UTC),
                ends_at=datetime(2220, 1, 1, tzinfo=UTC),
            ),
            *(
                Quest(
                    name=f"rush_{target}",
                    title="Rush",
                    kind=QuestKind.COMMUNITY,
                    objectives=(Objective(counter=POSTS, target=target),),
                    each_at_most=1,
                    starts_at=datetime(2020, 1, 1, tzinfo=UTC),
                    ends_at=datetime(2220, 1, 1, tzinfo=UTC),
                )
                for target in RUSHES
            ),
        ),
    )
)


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A community to race in, on each store."""
    with track(request.param, RULES) as found:
        yield found


def counts(on: Track, who: Actor, key: str) -> Call:
    now = on.sparkle.world.moment().now
    return Call(Count(user_id=id_of(who), counter=POSTS, subject=key, at=now), SYSTEM, key)


def quest(on: Track, who: Actor, name: str) -> QuestView:
    views: tuple[QuestView, ...] = on.run(QuestsOf(user_id=id_of(who)), who)
    (found,) = [q for q in views if q.name == name]
    return found


def test_50_claims_at_once_are_paid_once(on: Track) -> None:
    """Stops an impatient finger, or a script, from taking one reward many times."""
    ada = on.joins("ada")
    on.race([counts(on, ada, f"e{n}") for n in range(25)])
    answers = on.race([Call(ClaimQuest(quest="once"), ada) for _ in range(50)], width=50)
    assert outcomes(answers) == {"ok": 50}
    assert on.run(BalanceOf(user_id=id_of(ada))).available == 130
    assert [e.amount for e in on.run(XpHistory(user_id=id_of(ada)), ada).items if e.source == "quest"] == [40]
    assert on.run(ProveLedger()).holds


def test_one_key_claims_once_and_answers_alike(on: Track) -> None:
    """Stops a client that asks again after a lost answer from being told no."""
    ada = on.joins("ada")
    on.race([counts(on, ada, f"e{n}") for n in range(20)])
    answers = on.race([Call(ClaimQuest(quest="once"), ada, "k") for _ in range(20)])
    assert outcomes(answers) == {"ok": 20}
    assert len(set(map(repr, answers))) == 1


def test_claiming_beside_what_still_counts_neither_loses_nor_deadlocks(on: Track) -> None:
    """Stops a claim and a burst of events, which touch the same rows, from waiting for one another."""
    ada = on.joins("ada")
    on.race([counts(on, ada, f"e{n}") for n in range(20)])
    claims = [Call(ClaimQuest(quest="once"), ada) for _ in range(10)]
    events = [counts(on, ada, f"f{n}") for n in range(20)]
    mixed = [call for pair in zip(events, [*claims, *claims], strict=True) for call in pair]
    answers = on.race(mixed, width=40)
    assert outcomes(answers) == {"ok": 40}
    assert sorted(a for a in answers if isinstance(a, int)) == list(range(21, 41))


def test_everybody_at_once_reaches_a_goal_exactly(on: Track) -> None:
    """Stops parts of a shared goal from being lost, and the goal from being missed."""
    people = [on.joins(f"person{n}") for n in range(10)]
    on.race([counts(on, who, f"{n}-{i}") for n in range(12) for i, who in enumerate(people)], width=50)
    for who in people:
        view = quest(on, who, "together")
        assert view.together is not None
        assert (view.together.have, view.objectives[0].have) == (100, 10)
    answers = on.race([Call(ClaimQuest(quest="together"), who) for who in people * 5], width=50)
    assert outcomes(answers) == {"ok": 50}
    assert sum(on.run(BalanceOf(user_id=id_of(who))).available for who in people) == 10 * 107


def test_a_goal_that_is_reached_by_many_at_once_is_seen_and_everybody_in_it_is_told(on: Track) -> None:
    """Stops the last parts of a goal, each unseen by the others, from leaving it open."""
    people = [on.joins(f"person{n}") for n in range(max(RUSHES))]
    on.race([counts(on, who, f"{n}") for n, who in enumerate(people)], width=50)
    on.drain(workers=2)
    for who in people:
        page = on.run(MyNotifications(), who)
        told = {one.data["quest"] for one in page.items if one.type is NotificationType.QUEST}
        assert told == {f"rush_{target}" for target in RUSHES}


def test_one_thing_delivered_by_two_events_counts_once(on: Track) -> None:
    """Stops what is hidden and shown again from counting anew."""
    ada = on.joins("ada")
    calls = [counts(on, ada, f"e{n}") for n in range(10)]
    same = [
        Call(Count(user_id=id_of(ada), counter=POSTS, subject="one", at=c.request.at), SYSTEM, c.key) for c in calls
    ]
    on.race(same)
    assert quest(on, ada, "once").objectives[0].have == 1
