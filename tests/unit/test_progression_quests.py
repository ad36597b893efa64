"""Quests: counted within their periods, open when what comes first is done, claimed exactly once and in time."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.people import Somebody, member, newcomer
from tests.support.trading import balance
from tests.support.writing import publish, say

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import EditProfile, Register, VerifyEmail
from sparkle_core.application.content import DeleteComment, DeletePost
from sparkle_core.application.economy import ProveLedger
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import (
    AchievementsOf,
    AwardXp,
    ClaimQuest,
    Count,
    ProgressOf,
    QuestsOf,
    QuestState,
    QuestView,
    SeeGoal,
    TellOfGoal,
    XpHistory,
)
from sparkle_core.application.progression.goals import TOLD_AT_ONCE
from sparkle_core.application.rules import Rules
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import SYSTEM, Role
from sparkle_core.domain.kernel.errors import Forbidden, Invalid, NotFound
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import (
    Achievement,
    CounterName,
    Objective,
    ProgressionRules,
    Quest,
    QuestKind,
    Reward,
)
from sparkle_core.domain.progression.quest_errors import QuestExpired, QuestNotFinished
from sparkle_core.domain.progression.quests import GOAL_COUNTS
from sparkle_core.ports.store import Transaction

POSTS, COMMENTS = CounterName.POSTS_PUBLISHED, CounterName.COMMENTS_POSTED
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
"""The seeded world begins at noon of it, a Thursday."""


def quest(name: str, kind: QuestKind, *asked: tuple[CounterName, int], **more: Any) -> Quest:
    objectives = tuple(Objective(counter=counter, target=target) for counter, target in asked)
    return Quest(name=name, title=name.title(), kind=kind, objectives=objectives, **more)


DAILY = quest("daily", QuestKind.DAILY, (COMMENTS, 2), reward=Reward(xp=10, points=5))
WEEKLY = quest("weekly", QuestKind.WEEKLY, (COMMENTS, 3), reward=Reward(points=9))
ONCE = quest("once", QuestKind.ONE_OFF, (POSTS, 1), (COMMENTS, 2), reward=Reward(points=7))


def ruled(*quests: Quest, achievements: Iterable[Achievement] = (), **more: Any) -> Sparkle:
    progression = ProgressionRules(quests=quests, achievements=tuple(achievements), **more)
    return in_memory(seed=7, rules=Rules(progression=progression))


def passes(sparkle: Sparkle, by: timedelta) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(by)


def until(sparkle: Sparkle, at: datetime) -> None:
    """Let time pass until some milliseconds after an instant."""
    passes(sparkle, at - sparkle.world.moment().now)


def comments(sparkle: Sparkle, who: Somebody, times: int) -> None:
    post = publish(sparkle, who)
    for _ in range(times):
        say(sparkle, who, post)


def seen(sparkle: Sparkle, who: Somebody) -> dict[tuple[str, int], QuestView]:
    return {(q.name, q.period): q for q in sparkle.run(QuestsOf(user_id=who.id), actor=who.actor)}


def state(sparkle: Sparkle, who: Somebody, name: str) -> QuestState:
    (view,) = [q for q in sparkle.run(QuestsOf(user_id=who.id), actor=who.actor) if q.name == name]
    return view.state


def claims(sparkle: Sparkle, who: Somebody, name: str, period: int | None = None) -> QuestView:
    return sparkle.run(ClaimQuest(quest=name, period=period), actor=who.actor)


def test_what_people_do_gets_a_quest_on_until_it_can_be_claimed() -> None:
    sparkle = ruled(ONCE)
    ada = member(sparkle, "ada")
    (view,) = seen(sparkle, ada).values()
    assert [(o.counter, o.have, o.need) for o in view.objectives] == [(POSTS, 0, 1), (COMMENTS, 0, 2)]
    assert view.state is QuestState.OPEN
    comments(sparkle, ada, 1)
    (view,) = seen(sparkle, ada).values()
    assert [o.have for o in view.objectives] == [1, 1]
    with pytest.raises(QuestNotFinished):
        claims(sparkle, ada, "once")
    comments(sparkle, ada, 1)
    assert state(sparkle, ada, "once") is QuestState.FINISHED
    (told,) = [n for n in sparkle.run(MyNotifications(), actor=ada.actor).items if n.type is NotificationType.QUEST]
    assert told.data == {"quest": "once", "title": "Once", "period": "0"}


def test_a_claim_pays_once() -> None:
    sparkle = ruled(DAILY)
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 2)
    before, xp = balance(sparkle, ada), sparkle.run(ProgressOf(user_id=ada.id)).xp
    claimed = claims(sparkle, ada, "daily")
    assert claimed.state is QuestState.CLAIMED
    assert claims(sparkle, ada, "daily", claimed.period) == claimed
    assert balance(sparkle, ada) == before + 5
    assert sparkle.run(ProgressOf(user_id=ada.id)).xp == xp + 10
    (award,) = [e for e in sparkle.run(XpHistory(user_id=ada.id), actor=ada.actor).items if e.source == "quest"]
    assert award.subject == f"daily:{claimed.period}"
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_what_nobody_did_or_knows_cannot_be_claimed() -> None:
    sparkle = ruled(DAILY, ONCE)
    ada = member(sparkle, "ada")
    for name in ("daily", "once"):
        with pytest.raises(QuestNotFinished):
            claims(sparkle, ada, name)
    with pytest.raises(NotFound, match="quest"):
        claims(sparkle, ada, "nonsense")


def test_a_daily_quest_comes_back_each_day_and_a_weekly_one_each_monday() -> None:
    sparkle = ruled(DAILY, WEEKLY)
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 3)
    (thursday, week), friday = [q.period for q in seen(sparkle, ada).values()], NEW_YEAR.toordinal() + 1
    assert (thursday, week) == (NEW_YEAR.toordinal(), NEW_YEAR.toordinal() - 3)
    claims(sparkle, ada, "daily")
    until(sparkle, NEW_YEAR + timedelta(days=1))
    views = seen(sparkle, ada)
    assert views["daily", friday].state is QuestState.OPEN
    assert views["daily", friday].objectives[0].have == 0
    assert views["daily", friday].ends_at == NEW_YEAR + timedelta(days=2)
    assert views["weekly", week].state is QuestState.FINISHED
    assert views["weekly", week].ends_at == NEW_YEAR + timedelta(days=4)
    until(sparkle, NEW_YEAR + timedelta(days=4))
    assert seen(sparkle, ada)["weekly", week + 7].state is QuestState.OPEN
    comments(sparkle, ada, 2)
    assert claims(sparkle, ada, "daily").period == NEW_YEAR.toordinal() + 4


def test_what_was_done_on_one_day_does_not_count_on_the_next() -> None:
    sparkle = ruled(DAILY)
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 1)
    until(sparkle, NEW_YEAR + timedelta(days=1))
    comments(sparkle, ada, 1)
    assert state(sparkle, ada, "daily") is QuestState.OPEN


def test_a_day_is_that_of_the_persons_own_clock() -> None:
    """Noon in UTC is the evening in Tokyo: the day there ends three hours later, at 15:00 UTC."""
    sparkle = ruled(DAILY)
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    sparkle.run(EditProfile(time_zone="Asia/Tokyo"), actor=ada.actor)
    comments(sparkle, ada, 1)
    comments(sparkle, bob, 1)
    (view,) = seen(sparkle, ada).values()
    assert view.ends_at == NEW_YEAR + timedelta(hours=15)
    until(sparkle, NEW_YEAR + timedelta(hours=15))
    comments(sparkle, ada, 1)
    comments(sparkle, bob, 1)
    assert (state(sparkle, ada, "daily"), state(sparkle, bob, "daily")) == (QuestState.OPEN, QuestState.FINISHED)


def test_a_day_starts_at_the_hour_that_the_rules_say() -> None:
    sparkle = ruled(DAILY, day_starts_at_hour=15)
    ada = member(sparkle, "ada")
    (view,) = seen(sparkle, ada).values()
    assert (view.period, view.ends_at) == (NEW_YEAR.toordinal() - 1, NEW_YEAR + timedelta(hours=15))


def test_moving_back_to_yesterday_does_not_pay_a_day_twice() -> None:
    """Stops earning a day's reward once in every time zone."""
    sparkle = ruled(DAILY, points_per_level=0)
    ada = member(sparkle, "ada")
    until(sparkle, NEW_YEAR + timedelta(hours=20))
    paid, before = [], balance(sparkle, ada)
    for zone in ("Asia/Tokyo", "UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo"):
        sparkle.run(EditProfile(time_zone=zone), actor=ada.actor)
        comments(sparkle, ada, 2)
        paid.append(claims(sparkle, ada, "daily").period - NEW_YEAR.toordinal())
    assert (paid, balance(sparkle, ada)) == ([1] * 6, before + 5)


def test_an_event_counts_in_the_day_in_which_it_happened_however_late_the_worker_is() -> None:
    progression = ProgressionRules(quests=(DAILY,))
    sparkle = in_memory(seed=7, rules=Rules(progression=progression), inline=False)

    def act() -> None:
        sparkle.run_coroutine(sparkle.drain())

    email = "ada@example.org"
    joined = sparkle.run(Register(email=email, username="ada", password="Corr3ct-horse-battery", agree_to_terms=True))
    act()
    sparkle.run(VerifyEmail(email=email, code=sparkle.mailbox.latest(email).code))
    ada = Somebody(joined.id, "ada", email, joined.actor)
    comments(sparkle, ada, 2)
    until(sparkle, NEW_YEAR + timedelta(days=1, hours=1))
    act()
    assert claims(sparkle, ada, "daily", NEW_YEAR.toordinal()).state is QuestState.CLAIMED
    assert state(sparkle, ada, "daily") is QuestState.OPEN


def test_an_event_counts_in_its_own_day_also_when_one_of_the_next_was_counted_first() -> None:
    sparkle = ruled(DAILY)
    ada = member(sparkle, "ada")
    midnight = NEW_YEAR + timedelta(days=1)
    until(sparkle, midnight + timedelta(minutes=1))
    for seconds in (-90, 5, -10):
        at = midnight + timedelta(seconds=seconds)
        sparkle.run(Count(user_id=ada.id, counter=COMMENTS, subject=str(seconds), at=at), actor=SYSTEM)
    assert seen(sparkle, ada)["daily", midnight.toordinal()].objectives[0].have == 1
    assert claims(sparkle, ada, "daily", NEW_YEAR.toordinal()).state is QuestState.CLAIMED


def test_what_is_taken_back_in_time_does_not_count_and_its_again_counts_once() -> None:
    """Stops finishing a quest by writing and deleting one comment again and again."""
    sparkle = ruled(DAILY)
    ada = member(sparkle, "ada")
    post = publish(sparkle, ada)
    for _ in range(3):
        sparkle.run(DeleteComment(comment_id=say(sparkle, ada, post)), actor=ada.actor)
    (view,) = seen(sparkle, ada).values()
    assert view.objectives[0].have == 0
    comments(sparkle, ada, 2)
    assert state(sparkle, ada, "daily") is QuestState.FINISHED


def test_taking_back_what_another_day_counted_costs_nothing_today() -> None:
    sparkle = ruled(DAILY)
    ada = member(sparkle, "ada")
    post = publish(sparkle, ada)
    yesterdays = say(sparkle, ada, post)
    until(sparkle, NEW_YEAR + timedelta(days=1))
    comments(sparkle, ada, 1)
    sparkle.run(DeleteComment(comment_id=yesterdays), actor=ada.actor)
    comments(sparkle, ada, 1)
    assert state(sparkle, ada, "daily") is QuestState.FINISHED


def test_what_is_finished_stays_so() -> None:
    sparkle = ruled(quest("post", QuestKind.DAILY, (POSTS, 1)))
    ada = member(sparkle, "ada")
    sparkle.run(DeletePost(post_id=publish(sparkle, ada)), actor=ada.actor)
    assert state(sparkle, ada, "post") is QuestState.FINISHED


def ruled_anew(before: Sparkle, *quests: Quest, seed: int = 8) -> Sparkle:
    """The same community under other rules."""
    rules = Rules(progression=ProgressionRules(quests=quests, achievements=()))
    return in_memory(seed=seed, rules=rules, through=lambda _: before.store)


def talk(*asked: tuple[CounterName, int]) -> Quest:
    return quest("talk", QuestKind.ONE_OFF, *asked, reward=Reward(points=5))


@pytest.mark.parametrize(
    "asked",
    [[(COMMENTS, 5)], [(COMMENTS, 4), (CounterName.LIKES_GIVEN, 1)]],
    ids=["more of it", "something else besides"],
)
def test_who_has_all_that_is_asked_for_by_now_claims_it(asked: list[tuple[CounterName, int]]) -> None:
    """Stops a quest from hanging for ever when its rules ask for less while somebody is on the way."""
    before = ruled(talk(*asked))
    ada = member(before, "ada")
    comments(before, ada, 4)
    assert state(before, ada, "talk") is QuestState.OPEN
    after = ruled_anew(before, talk((COMMENTS, 3)))
    assert state(after, ada, "talk") is QuestState.FINISHED
    had = balance(after, ada)
    assert claims(after, ada, "talk").state is QuestState.CLAIMED
    assert balance(after, ada) == had + 5
    stricter = ruled_anew(after, talk((COMMENTS, 9)), seed=9)
    comments(stricter, ada, 9)
    assert (state(stricter, ada, "talk"), told(stricter, ada)) == (QuestState.CLAIMED, []), "it is settled"


def test_who_has_all_that_is_asked_for_by_now_is_told_with_the_next_thing_that_they_do() -> None:
    before = ruled(talk((COMMENTS, 5)))
    ada = member(before, "ada")
    comments(before, ada, 4)
    after = ruled_anew(before, talk((COMMENTS, 3)))
    assert told(after, ada) == []
    comments(after, ada, 2)
    assert (told(after, ada), state(after, ada, "talk")) == (["talk"], QuestState.FINISHED)
    stricter = ruled_anew(after, talk((COMMENTS, 9)), seed=9)
    assert state(stricter, ada, "talk") is QuestState.FINISHED, "what finished stays so"
    assert claims(stricter, ada, "talk").state is QuestState.CLAIMED


def test_what_is_over_can_be_claimed_for_some_hours_and_then_not() -> None:
    sparkle = ruled(DAILY)
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 2)
    until(sparkle, NEW_YEAR + timedelta(days=2))
    today = NEW_YEAR.toordinal()
    waiting = seen(sparkle, ada)["daily", today]
    assert (waiting.state, waiting.ends_at) == (QuestState.FINISHED, None)
    assert waiting.expires_at == NEW_YEAR + timedelta(days=3)
    assert claims(sparkle, ada, "daily", today).state is QuestState.CLAIMED
    until(sparkle, NEW_YEAR + timedelta(days=2, hours=1))
    comments(sparkle, ada, 2)
    until(sparkle, NEW_YEAR + timedelta(days=5))
    assert ("daily", today + 2) not in seen(sparkle, ada)
    with pytest.raises(QuestExpired) as refused:
        claims(sparkle, ada, "daily", today + 2)
    assert refused.value.at == (NEW_YEAR + timedelta(days=5)).isoformat()


def test_what_has_expired_is_removed_after_a_month_and_what_was_claimed_is_not_forgotten() -> None:
    after = quest("after", QuestKind.DAILY, (COMMENTS, 2), requires=("daily",))
    sparkle = ruled(DAILY, after)
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 2)
    claims(sparkle, ada, "daily")
    passes(sparkle, timedelta(days=40))
    sparkle.run(TidyUp(), actor=SYSTEM)
    with pytest.raises(QuestNotFinished):
        claims(sparkle, ada, "daily", NEW_YEAR.toordinal())
    assert state(sparkle, ada, "after") is QuestState.OPEN


def test_nothing_counts_before_what_comes_first_is_claimed() -> None:
    sparkle = ruled(DAILY, quest("next", QuestKind.ONE_OFF, (COMMENTS, 1), requires=("daily",)))
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 2)
    assert state(sparkle, ada, "next") is QuestState.LOCKED
    claims(sparkle, ada, "daily")
    assert state(sparkle, ada, "next") is QuestState.OPEN
    comments(sparkle, ada, 1)
    assert claims(sparkle, ada, "next").state is QuestState.CLAIMED


def test_nothing_counts_below_the_level_that_it_needs() -> None:
    sparkle = ruled(quest("high", QuestKind.ONE_OFF, (COMMENTS, 1), min_level=3))
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 1)
    assert state(sparkle, ada, "high") is QuestState.LOCKED
    sparkle.run(AwardXp(user_id=ada.id, amount=300, source="gift", subject="x"), actor=SYSTEM)
    comments(sparkle, ada, 1)
    assert state(sparkle, ada, "high") is QuestState.FINISHED


def test_nothing_counts_outside_a_quests_window() -> None:
    day = timedelta(days=1)
    season = quest("season", QuestKind.SEASONAL, (COMMENTS, 2), starts_at=NEW_YEAR + day, ends_at=NEW_YEAR + 3 * day)
    daily = quest("sale", QuestKind.DAILY, (COMMENTS, 1), starts_at=NEW_YEAR + day, ends_at=NEW_YEAR + 1.5 * day)
    sparkle = ruled(season, daily)
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 2)
    assert seen(sparkle, ada) == {}
    with pytest.raises(NotFound, match="say which period"):
        claims(sparkle, ada, "sale")
    until(sparkle, NEW_YEAR + day)
    comments(sparkle, ada, 2)
    assert {q.ends_at for q in seen(sparkle, ada).values()} == {NEW_YEAR + 3 * day, NEW_YEAR + 1.5 * day}
    until(sparkle, NEW_YEAR + 3 * day)
    comments(sparkle, ada, 2)
    assert [q.state for q in seen(sparkle, ada).values()] == [QuestState.FINISHED] * 2
    assert claims(sparkle, ada, "season").claimed_at is not None


def test_a_season_comes_back_as_often_as_it_says() -> None:
    day = timedelta(days=1)
    season = quest(
        "season", QuestKind.SEASONAL, (COMMENTS, 1), starts_at=NEW_YEAR, ends_at=NEW_YEAR + day, repeat_days=7
    )
    sparkle = ruled(season)
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 1)
    assert claims(sparkle, ada, "season").period == 0
    until(sparkle, NEW_YEAR + 2 * day)
    assert seen(sparkle, ada) == {}
    with pytest.raises(NotFound, match="say which period"):
        claims(sparkle, ada, "season")
    until(sparkle, NEW_YEAR + 14 * day)
    comments(sparkle, ada, 1)
    claimed = claims(sparkle, ada, "season")
    assert (claimed.period, claimed.expires_at) == (2, NEW_YEAR + 17 * day)


# together


def goal(target: int, **more: Any) -> Quest:
    """Of which one person adds all but one at most, and twenty at the very most."""
    more = {"each_at_most": min(target - 1, 20), "ends_at": NEW_YEAR + timedelta(days=10), **more}
    return quest("goal", QuestKind.COMMUNITY, (COMMENTS, target), starts_at=NEW_YEAR, **more)


def test_a_goal_is_reached_by_everybody_together_and_paid_to_each_who_took_part() -> None:
    sparkle = ruled(goal(5, reward=Reward(points=50)))
    ada, bob, eve = (member(sparkle, name) for name in ("ada", "bob", "eve"))
    comments(sparkle, ada, 3)
    comments(sparkle, bob, 1)
    (view,) = seen(sparkle, bob).values()
    assert view.together is not None
    assert (view.together.have, view.together.need, view.objectives[0].have) == (4, 5, 1)
    with pytest.raises(QuestNotFinished):
        claims(sparkle, ada, "goal")
    comments(sparkle, bob, 1)
    assert [state(sparkle, p, "goal") for p in (ada, bob, eve)] == [
        QuestState.FINISHED,
        QuestState.FINISHED,
        QuestState.OPEN,
    ]
    before = balance(sparkle, ada)
    claims(sparkle, ada, "goal")
    assert balance(sparkle, ada) == before + 50
    with pytest.raises(QuestNotFinished):
        claims(sparkle, eve, "goal")


def test_nobody_reaches_a_goal_alone() -> None:
    """Stops one person from filling what everybody should."""
    sparkle = ruled(goal(5, each_at_most=4))
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    comments(sparkle, ada, 9)
    (view,) = seen(sparkle, ada).values()
    assert view.together is not None
    assert (view.together.have, view.objectives[0].have, view.objectives[0].need) == (4, 4, 4)
    comments(sparkle, bob, 1)
    assert state(sparkle, ada, "goal") is QuestState.FINISHED


def test_what_is_taken_back_counts_for_nobody_until_the_goal_is_reached() -> None:
    sparkle = ruled(goal(3))
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    post = publish(sparkle, ada)
    first = say(sparkle, ada, post)
    sparkle.run(DeleteComment(comment_id=first), actor=ada.actor)
    (view,) = seen(sparkle, ada).values()
    assert view.together is not None
    assert view.together.have == 0
    second, *_ = (say(sparkle, who, post) for who in (ada, ada, bob))
    sparkle.run(DeleteComment(comment_id=second), actor=ada.actor)
    assert claims(sparkle, ada, "goal").state is QuestState.CLAIMED


def test_who_joins_in_after_the_goal_was_reached_is_paid_too() -> None:
    sparkle = ruled(goal(2))
    ada, bob, eve = (member(sparkle, name) for name in ("ada", "bob", "eve"))
    for who in (ada, bob, eve):
        comments(sparkle, who, 1)
    assert claims(sparkle, eve, "goal").together is not None


def told(sparkle: Sparkle, who: Somebody) -> list[str]:
    """The quests that somebody was told to claim."""
    page = sparkle.run(MyNotifications(), actor=who.actor)
    return [one.data["quest"] for one in page.items if one.type is NotificationType.QUEST]


def test_everybody_who_took_part_in_a_goal_is_told_once_that_it_is_reached_and_who_joins_in_later_at_once() -> None:
    sparkle = ruled(goal(3))
    ada, bob, eve = (member(sparkle, name) for name in ("ada", "bob", "eve"))
    comments(sparkle, ada, 2)
    assert told(sparkle, ada) == []
    comments(sparkle, bob, 3)
    assert [told(sparkle, who) for who in (ada, bob, eve)] == [["goal"], ["goal"], []]
    comments(sparkle, eve, 2)
    comments(sparkle, ada, 1)
    assert [told(sparkle, who) for who in (ada, bob, eve)] == [["goal"]] * 3


def test_more_people_than_fit_into_one_transaction_are_told_one_part_after_another() -> None:
    crowd = 2 * TOLD_AT_ONCE + 1
    sparkle = ruled(goal(crowd))
    people = [newcomer(sparkle, f"fan{n}") for n in range(crowd)]
    for who in people:
        seen_at = sparkle.world.moment().now
        sparkle.run(Count(user_id=who.id, counter=COMMENTS, subject="one", at=seen_at), actor=SYSTEM, key=who.username)
    assert [told(sparkle, who) for who in people] == [["goal"]] * crowd


def test_who_took_their_part_back_or_claimed_already_is_not_told() -> None:
    sparkle = ruled(goal(3))
    ada, bob, eve = (member(sparkle, name) for name in ("ada", "bob", "eve"))
    post = publish(sparkle, ada)
    sparkle.run(DeleteComment(comment_id=say(sparkle, bob, post)), actor=bob.actor)
    comments(sparkle, ada, 2)
    comments(sparkle, eve, 1)
    assert (told(sparkle, ada), told(sparkle, bob)) == (["goal"], [])


def test_a_goal_that_two_reached_at_once_is_seen_when_both_parts_are_there() -> None:
    """Stops a goal from staying open whose last parts did not see one another."""
    sparkle = ruled(goal(2))
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 1)
    (running,) = sparkle.run(QuestsOf(user_id=ada.id), actor=ada.actor)

    async def unseen(tx: Transaction) -> None:
        tx.records.bump(GOAL_COUNTS, goal(2).goal_id(running.period), "15")

    sparkle.run_coroutine(sparkle.store.transact(unseen))
    assert told(sparkle, ada) == []
    sparkle.run(SeeGoal(user_id=ada.id, quest="goal", period=running.period), actor=SYSTEM)
    assert told(sparkle, ada) == ["goal"]
    assert claims(sparkle, ada, "goal").state is QuestState.CLAIMED


def test_looking_at_what_is_no_goal_or_no_longer_in_the_rules_does_nothing() -> None:
    sparkle = ruled(quest("own", QuestKind.ONE_OFF, (COMMENTS, 3)), goal(2))
    ada = member(sparkle, "ada")
    for name in ("own", "gone"):
        sparkle.run(SeeGoal(user_id=ada.id, quest=name, period=0), actor=SYSTEM)
        sparkle.run(TellOfGoal(quest=name, period=0), actor=SYSTEM)
    assert told(sparkle, ada) == []


# who sees and what follows


def test_quests_are_for_oneself_and_moderators() -> None:
    sparkle = ruled(ONCE)
    ada, bob, mia = member(sparkle, "ada"), member(sparkle, "bob"), member(sparkle, "mia", Role.MODERATOR)
    with pytest.raises(Forbidden):
        sparkle.run(QuestsOf(user_id=ada.id), actor=bob.actor)
    assert sparkle.run(QuestsOf(user_id=ada.id), actor=mia.actor)


def test_claimed_quests_are_counted() -> None:
    keen = Achievement(name="keen", title="Keen", when="quests_claimed >= 1")
    sparkle = ruled(DAILY, achievements=(keen,))
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 2)
    claims(sparkle, ada, "daily")
    (view,) = sparkle.run(AchievementsOf(user_id=ada.id))
    assert view.name == "keen"


def test_a_quest_that_is_no_more_can_neither_be_seen_nor_claimed() -> None:
    sparkle = ruled(DAILY)
    ada = member(sparkle, "ada")
    comments(sparkle, ada, 2)
    later = in_memory(seed=8, rules=Rules(progression=ProgressionRules(quests=())), through=lambda _: sparkle.store)
    assert later.run(QuestsOf(user_id=ada.id), actor=ada.actor) == ()
    with pytest.raises(NotFound):
        claims(later, ada, "daily")


# rules


def test_quests_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        """
        [[progression.quests]]
        name = "inktober"
        title = "Inktober"
        kind = "SEASONAL"
        objectives = [{ counter = "posts_published", target = 31 }]
        reward = { xp = 500, points = 200 }
        starts_at = 2026-10-01T00:00:00Z
        ends_at = 2026-11-01T00:00:00Z
        repeat_days = 365
        """
    )
    (inktober,) = Rules.load(file).progression.quests
    assert inktober.objectives == (Objective(counter=POSTS, target=31),)
    assert inktober.starts_at == datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "path", "reason"),
    [
        ({"name": "A b"}, "name", "must be lower-case letters"),
        ({"asked": [(POSTS, 1), (POSTS, 2)]}, "objectives", "must name each counter once"),
        ({"asked": [(CounterName.LEVEL, 2)]}, "objectives", "level is reached, not counted"),
        ({"asked": [(POSTS, 101)]}, "objectives", "must have a target of at most 100 each"),
        ({"kind": QuestKind.COMMUNITY, "asked": [(POSTS, 1), (COMMENTS, 1)]}, "objectives", "must be one"),
        (
            {"kind": QuestKind.COMMUNITY, "asked": [(POSTS, 20)]},
            "objectives",
            "above each_at_most, which is 20: nobody",
        ),
        ({"kind": QuestKind.SEASONAL}, "starts_at", "a SEASONAL quest must have starts_at and ends_at"),
        ({"starts_at": NEW_YEAR, "ends_at": NEW_YEAR}, "ends_at", "must be after starts_at"),
        ({"repeat_days": 3}, "repeat_days", "is for SEASONAL and COMMUNITY"),
        (
            {
                "kind": QuestKind.SEASONAL,
                "starts_at": NEW_YEAR,
                "ends_at": NEW_YEAR + timedelta(days=4),
                "repeat_days": 3,
            },
            "repeat_days",
            "must be as long as it runs",
        ),
    ],
)
def test_a_wrong_quest_is_named(more: dict[str, Any], path: str, reason: str) -> None:
    given = {"name": "a", "kind": QuestKind.DAILY, "asked": [(POSTS, 1)], **more}
    with pytest.raises(Invalid) as refused:
        quest(given.pop("name"), given.pop("kind"), *given.pop("asked"), **given)
    assert (path, True) in [(f.path, reason in f.message) for f in refused.value.faults]


def test_what_comes_first_is_an_earlier_quest_in_the_list() -> None:
    """So that none waits for itself."""
    first = quest("first", QuestKind.DAILY, (POSTS, 1), requires=("second",))
    second = quest("second", QuestKind.DAILY, (POSTS, 1), requires=("second", "third"))
    with pytest.raises(Invalid) as refused:
        ProgressionRules(quests=(first, second, first))
    assert [(f.path, f.message.split()[0]) for f in refused.value.faults] == [
        ("quests.2.name", "first"),
        ("quests.0.requires", "second"),
        ("quests.1.requires", "second"),
        ("quests.1.requires", "third"),
    ]
