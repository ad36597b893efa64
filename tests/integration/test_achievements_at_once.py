"""What happens when much is counted at once. Each test says which attack or accident it stops."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sparkle_core.application.content import PublishPost, React
from sparkle_core.application.economy import BalanceOf, CreateItem, Inventory, ProveLedger
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import AchievementsOf, Count, ProgressOf, UnlockDue, XpHistory
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM, Actor
from sparkle_core.domain.content import Question, RichText
from sparkle_core.domain.economy.items import ItemKind, ItemTerms
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import Achievement, CounterName, ProgressionRules, Reward
from tests.communities import STORES
from tests.racing import Call, Track, id_of, outcomes, track

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
POSTS, COMMENTS = CounterName.POSTS_PUBLISHED, CounterName.COMMENTS_POSTED
RULES = Rules(
    progression=ProgressionRules(
        achievements=(
            Achievement(name="busy", title="Busy", when="posts_published >= 25", reward=Reward(xp=40, points=30)),
            Achievement(name="both", title="Both", when="posts_published >= 25 and comments_posted >= 25"),
            Achievement(name="liked", title="Liked", when="likes_received >= 10", reward=Reward(points=5)),
        )
    )
)


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A community to race in, on each store."""
    with track(request.param, RULES) as found:
        yield found


def counts(who: Actor, counter: CounterName, key: str) -> Call:
    return Call(Count(user_id=id_of(who), counter=counter, subject=key, at=NOW), SYSTEM, key)


def had(on: Track, who: Actor) -> set[str]:
    return {a.name for a in on.run(AchievementsOf(user_id=id_of(who)), who) if a.unlocked_at is not None}


def test_50_events_at_once_unlock_once_and_pay_once(on: Track) -> None:
    """Stops a burst of events from paying a reward for each of those that find the criterion met."""
    ada = on.joins("ada")
    before = on.run(ProgressOf(user_id=id_of(ada))).xp
    answers = on.race([counts(ada, POSTS, f"event-{n}") for n in range(50)], width=50)
    assert sorted(answers) == list(range(1, 51))
    assert had(on, ada) == {"busy"}
    assert on.run(ProgressOf(user_id=id_of(ada))).xp == before + 40
    assert on.run(BalanceOf(user_id=id_of(ada))).available == 130
    entries = on.run(XpHistory(user_id=id_of(ada)), ada).items
    assert [e.subject for e in entries if e.source == "achievement"] == ["busy"]
    told = on.run(MyNotifications(), ada).items
    assert sum(n.type is NotificationType.ACHIEVEMENT for n in told) == 1
    assert on.run(ProveLedger()).holds


def test_two_halves_of_a_criterion_met_at_once_unlock_it(on: Track) -> None:
    """Stops an achievement from being missed when neither of two transactions sees the other's half."""
    for round in range(4):
        who = on.joins(f"ada{round}")
        for n in range(24):
            on.race([counts(who, POSTS, f"p{round}-{n}"), counts(who, COMMENTS, f"c{round}-{n}")])
        assert had(on, who) == set()
        on.race([counts(who, POSTS, f"p{round}"), counts(who, COMMENTS, f"c{round}")])
        assert had(on, who) == {"busy", "both"}


def test_an_event_acted_on_50_times_at_once_counts_once(on: Track) -> None:
    """Stops a relay that repeats itself from counting more than happened."""
    ada = on.joins("ada")
    answers = on.race([counts(ada, POSTS, "one-event") for _ in range(50)], width=50)
    assert answers == [1] * 50
    assert on.run(counts(ada, POSTS, "another").request) == 2


def test_unlocking_what_is_due_beside_what_happens_pays_once(on: Track) -> None:
    """Stops a backfill from paying beside the events that it meets."""
    ada = on.joins("ada")
    for n in range(24):
        on.run(counts(ada, POSTS, f"e{n}").request)
    due = [Call(UnlockDue(user_id=id_of(ada)), SYSTEM) for _ in range(20)]
    answers = on.race([*due, counts(ada, POSTS, "last"), *due], width=41)
    assert outcomes(answers) == {"ok": 41}
    assert on.run(BalanceOf(user_id=id_of(ada))).available == 130


def test_several_workers_count_each_like_once(on: Track) -> None:
    """Stops workers side by side from counting one event twice, or not at all."""
    ada = on.joins("ada")
    body = Question(body=RichText.of("Which opening do you like?"))
    post = on.run(PublishPost(title="Chess", content=body), ada).id
    fans = [on.joins(f"fan{n}") for n in range(10)]
    on.race([Call(React(target_id=post, reaction="LIKE"), fan) for fan in fans])
    on.drain(workers=4)
    (liked,) = [a for a in on.run(AchievementsOf(user_id=id_of(ada)), ada) if a.name == "liked"]
    assert (liked.steps[0].have, liked.unlocked_at is not None) == (10, True)
    assert on.run(BalanceOf(user_id=id_of(ada))).earned == 100 + 5


def test_an_item_is_given_once(on: Track) -> None:
    """Stops a burst of events from filling an inventory."""
    item = on.run(CreateItem(terms=ItemTerms(name="Star", kind=ItemKind.BADGE)))
    star = Achievement(name="star", title="Star", when="posts_published >= 1", reward=Reward(item=item.id))
    ruled = Rules(progression=ProgressionRules(achievements=(star,)))
    with on.under(ruled) as later:
        ada = later.joins("ada")
        later.race([counts(ada, POSTS, f"e{n}") for n in range(20)])
        assert [t.item_id for t in later.run(Inventory(user_id=id_of(ada))).items] == [item.id]
