"""Achievements: unlocked once by what people do, with all they give, and seen by whom they may be seen."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from tests.support.people import PASSWORD, Somebody, member
from tests.support.trading import a_thing, an_item, balance, buys, things
from tests.support.writing import publish, say

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import DeleteAccount, LogIn
from sparkle_core.application.content import DeletePost, React, Unreact
from sparkle_core.application.economy import ProveLedger, RefundPurchase, SendTip
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import (
    AchievementsOf,
    AchievementView,
    AwardXp,
    BackfillState,
    Count,
    MarkBackfilled,
    NextToBackfill,
    ProgressOf,
    UnlockDue,
    VisitToday,
    XpHistory,
)
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM, Actor, Role
from sparkle_core.domain.economy.inventory import Acquired
from sparkle_core.domain.economy.items import Content, ItemKind
from sparkle_core.domain.kernel.errors import Invalid, NotFound
from sparkle_core.domain.kernel.rarity import Rarity
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import Achievement, CounterName, ProgressionRules, Reward, Step


def ruled(*achievements: Achievement) -> Sparkle:
    return in_memory(seed=7, rules=Rules(progression=ProgressionRules(achievements=achievements)))


def named(name: str, when: str, *, hidden: bool = False, **reward: Any) -> Achievement:
    return Achievement(name=name, title=name.title(), when=when, hidden=hidden, reward=Reward(**reward))


TWO_POSTS = named("writer", "posts_published >= 2", xp=20, points=15)


def seen(sparkle: Sparkle, whose: Somebody, by: Actor) -> dict[str, AchievementView]:
    return {a.name: a for a in sparkle.run(AchievementsOf(user_id=whose.id), actor=by)}


def had(sparkle: Sparkle, whose: Somebody) -> set[str]:
    return {name for name, a in seen(sparkle, whose, whose.actor).items() if a.unlocked_at is not None}


def likes(sparkle: Sparkle, somebody: Somebody, post: UUID) -> None:
    sparkle.run(React(target_id=post, reaction="LIKE"), actor=somebody.actor)


def test_what_people_do_unlocks_it_with_xp_points_and_a_word() -> None:
    sparkle = ruled(TWO_POSTS)
    ada = member(sparkle, "ada")
    publish(sparkle, ada)
    assert had(sparkle, ada) == set()
    before, points = sparkle.run(ProgressOf(user_id=ada.id)).xp, balance(sparkle, ada)
    publish(sparkle, ada)
    assert had(sparkle, ada) == {"writer"}
    assert sparkle.run(ProgressOf(user_id=ada.id)).xp == before + 20 + 20
    assert balance(sparkle, ada) == points + 15
    (told,) = [
        n for n in sparkle.run(MyNotifications(), actor=ada.actor).items if n.type is NotificationType.ACHIEVEMENT
    ]
    assert told.data == {"achievement": "writer", "title": "Writer", "rarity": "COMMON"}
    (award,) = [e for e in sparkle.run(XpHistory(user_id=ada.id), actor=ada.actor).items if e.source == "achievement"]
    assert (award.subject, award.amount) == ("writer", 20)
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_it_is_unlocked_once_however_much_follows() -> None:
    sparkle = ruled(TWO_POSTS)
    ada = member(sparkle, "ada")
    for _ in range(5):
        publish(sparkle, ada)
    assert balance(sparkle, ada) == 100 + 20 + 15  # welcome, level 2, once
    assert sparkle.run(UnlockDue(user_id=ada.id), actor=SYSTEM) == 0


def test_publishing_and_deleting_again_and_again_unlocks_nothing() -> None:
    """Stops farming what counts posts with one post at a time."""
    sparkle = ruled(TWO_POSTS)
    ada = member(sparkle, "ada")
    for _ in range(4):
        sparkle.run(DeletePost(post_id=publish(sparkle, ada)), actor=ada.actor)
    assert had(sparkle, ada) == set()
    assert seen(sparkle, ada, ada.actor)["writer"].steps == (Step(CounterName.POSTS_PUBLISHED, 0, 2),)


def test_what_is_unlocked_stays_when_what_it_counted_goes() -> None:
    sparkle = ruled(TWO_POSTS)
    ada = member(sparkle, "ada")
    for post in [publish(sparkle, ada) for _ in range(2)]:
        sparkle.run(DeletePost(post_id=post), actor=ada.actor)
    assert had(sparkle, ada) == {"writer"}
    assert seen(sparkle, ada, ada.actor)["writer"].percent == 100


def test_likes_count_for_both_and_not_from_oneself_nor_once_taken_back() -> None:
    sparkle = ruled(named("liked", "likes_received >= 2"), named("fan", "likes_given >= 1"))
    ada, bob, eve = member(sparkle, "ada"), member(sparkle, "bob"), member(sparkle, "eve")
    post = publish(sparkle, ada)
    for somebody in (ada, bob):
        likes(sparkle, somebody, post)
    sparkle.run(Unreact(target_id=post, reaction="LIKE"), actor=bob.actor)
    likes(sparkle, eve, post)
    assert (had(sparkle, ada), had(sparkle, bob)) == (set(), {"fan"})
    assert seen(sparkle, ada, ada.actor)["liked"].steps[0].have == 1
    likes(sparkle, bob, post)
    assert had(sparkle, ada) == {"liked"}


def test_tips_purchases_and_trades_count() -> None:
    counters = ("tips_sent", "tips_received", "purchases_made", "comments_posted")
    sparkle = ruled(*(named(c, f"{c} >= 1") for c in counters))
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    sparkle.run(SendTip(to=bob.id, amount=5), actor=ada.actor)
    buys(sparkle, bob, an_item(sparkle, price=10))
    say(sparkle, bob, publish(sparkle, ada))
    assert (had(sparkle, ada), had(sparkle, bob)) == ({"tips_sent"}, set(counters) - {"tips_sent"})


def test_a_purchase_given_back_does_not_count() -> None:
    """Stops unlocking by buying and giving back."""
    sparkle = ruled(named("buyer", "purchases_made >= 2"))
    ada = member(sparkle, "ada")
    item = an_item(sparkle, price=10, refund_hours=1)
    for _ in range(3):
        sparkle.run(RefundPurchase(purchase_id=buys(sparkle, ada, item).id), actor=ada.actor)
    assert had(sparkle, ada) == set()


def test_a_level_unlocks_when_it_is_reached_also_with_others_at_once() -> None:
    sparkle = ruled(named("three", "level >= 3", points=7), named("five", "level >= 5 and posts_published >= 1"))
    ada = member(sparkle, "ada")
    award = AwardXp(user_id=ada.id, amount=1_000, source="gift", subject="x")
    sparkle.run(award, actor=SYSTEM)
    assert had(sparkle, ada) == {"three"}
    publish(sparkle, ada)
    assert had(sparkle, ada) == {"three", "five"}


def test_the_highest_level_counts_not_the_one_fallen_back_to() -> None:
    sparkle = ruled(named("three", "level >= 3"))
    ada = member(sparkle, "ada")
    assert seen(sparkle, ada, ada.actor)["three"].steps == (Step(CounterName.LEVEL, 1, 3),)
    sparkle.run(AwardXp(user_id=ada.id, amount=150, source="gift", subject="x"), actor=SYSTEM)
    assert seen(sparkle, ada, ada.actor)["three"].steps == (Step(CounterName.LEVEL, 2, 3),)


def test_days_in_a_row_unlock_and_the_longest_streak_counts() -> None:
    sparkle = ruled(named("three_days", "streak_days >= 3"), named("five_days", "streak_days >= 5"))
    assert isinstance(sparkle.world, SeededWorld)
    ada = member(sparkle, "ada")
    for missed in (0, 0, 0, 9, 0):
        sparkle.world.advance(timedelta(days=1 + missed))
        sparkle.run(VisitToday(), actor=ada.actor)
    assert had(sparkle, ada) == {"three_days"}
    assert seen(sparkle, ada, ada.actor)["five_days"].steps == (Step(CounterName.STREAK_DAYS, 3, 5),)


def test_a_hidden_one_is_not_there_until_it_is_unlocked() -> None:
    sparkle = ruled(named("secret", "posts_published >= 1", hidden=True))
    ada, mo = member(sparkle, "ada"), member(sparkle, "mia", Role.MODERATOR)
    assert seen(sparkle, ada, ada.actor) == seen(sparkle, ada, mo.actor) == {}
    publish(sparkle, ada)
    assert seen(sparkle, ada, ada.actor)["secret"].hidden
    assert set(seen(sparkle, ada, mo.actor)) == {"secret"}


def test_others_see_what_somebody_has_and_not_how_far_they_are() -> None:
    """What somebody buys and tips is their own business."""
    sparkle = ruled(named("first", "posts_published >= 1"), named("buyer", "purchases_made >= 2"))
    ada, bob, mo = member(sparkle, "ada"), member(sparkle, "bob"), member(sparkle, "mia", Role.MODERATOR)
    publish(sparkle, ada)
    a_thing(sparkle, ada, an_item(sparkle, price=1))
    assert seen(sparkle, ada, ada.actor)["buyer"].percent == 50
    for somebody in (bob.actor, Actor()):
        (only,) = seen(sparkle, ada, somebody).values()
        assert (only.name, only.percent, only.steps) == ("first", None, ())
    assert seen(sparkle, ada, mo.actor)["buyer"].percent == 50


def test_a_hidden_one_of_somebody_else_is_told_only_to_who_has_it_too() -> None:
    """Stops the first who finds it from giving it away to everybody."""
    sparkle = ruled(named("secret", "likes_given >= 1", hidden=True, points=7), named("first", "likes_given >= 1"))
    ada, bob, eve = (member(sparkle, name) for name in ("ada", "bob", "eve"))
    mo = member(sparkle, "moe", Role.MODERATOR)
    post = publish(sparkle, ada)
    for fan in (bob, eve):
        likes(sparkle, fan, post)
    assert [set(seen(sparkle, bob, by)) for by in (Actor(), ada.actor)] == [{"first"}, {"first"}]
    for by in (eve.actor, bob.actor, mo.actor, SYSTEM):
        assert seen(sparkle, bob, by)["secret"].reward.points == 7


def test_those_unlocked_come_first_the_newest_of_them_first() -> None:
    sparkle = ruled(*(named(name, f"posts_published >= {n}") for name, n in (("c", 9), ("a", 1), ("b", 2))))
    ada = member(sparkle, "ada")
    publish(sparkle, ada)
    publish(sparkle, ada)
    assert list(seen(sparkle, ada, ada.actor)) == ["b", "a", "c"]


def test_nobody_has_achieved_nothing() -> None:
    with pytest.raises(NotFound):
        ruled().run(AchievementsOf(user_id=UUID(int=5)))  # type: ignore[arg-type]


def test_an_item_comes_with_it_soul_bound_or_in_a_bundle() -> None:
    """The store has its items before the rules can name them: a second community of the same seed has the same ids."""
    first = in_memory(seed=7)
    badge = an_item(first, price=None, tradable=False)
    bundle = an_item(first, price=None, kind=ItemKind.BUNDLE, contents=(Content(item_id=badge.id, quantity=3),))
    sparkle = ruled(
        named("one", "posts_published >= 1", item=badge.id),
        named("two", "posts_published >= 2", item=bundle.id),
        named("gone", "posts_published >= 2", item=UUID(int=9), points=1),
    )
    assert an_item(sparkle, price=None, tradable=False).id == badge.id
    an_item(sparkle, price=None, kind=ItemKind.BUNDLE, contents=(Content(item_id=badge.id, quantity=3),))
    ada = member(sparkle, "ada")
    publish(sparkle, ada)
    (got,) = things(sparkle, ada)
    assert (got.item_id, got.quantity, got.acquired) == (badge.id, 1, Acquired.EARNED)
    publish(sparkle, ada)
    assert [t.quantity for t in things(sparkle, ada)] == [3, 1]
    assert had(sparkle, ada) == {"one", "two", "gone"}  # an item that is not there stands in nobody's way


def test_who_has_left_is_still_counted_and_nothing_breaks() -> None:
    sparkle = ruled(named("liked", "likes_received >= 1"))
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    post = publish(sparkle, ada)
    sparkle.run(DeleteAccount(), actor=sparkle.run(LogIn(email=ada.email, password=PASSWORD)).actor)
    likes(sparkle, bob, post)
    assert set(seen(sparkle, ada, SYSTEM)) == {"liked"}


def test_counts_are_never_less_than_nothing() -> None:
    """What was made before there were counters may go after."""
    sparkle = ruled()
    ada = member(sparkle, "ada")
    now = sparkle.world.moment().now
    fewer = Count(user_id=ada.id, counter=CounterName.POSTS_PUBLISHED, subject="x", at=now, taken_back=True)
    assert sparkle.run(fewer, actor=SYSTEM) == 0


# rules


def test_achievements_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        """
        [[progression.achievements]]
        name = "poet"
        title = "Poet"
        rarity = "EPIC"
        when = "posts_published >= 3 and level >= 2"
        hidden = true
        reward = { xp = 5, item = "00000000-0000-0000-0000-000000000009" }
        """
    )
    (poet,) = Rules.load(file).progression.achievements
    assert (poet.rarity, poet.hidden, poet.reward) == (Rarity.EPIC, True, Reward(xp=5, item=UUID(int=9)))
    assert str(poet.criterion) == "posts_published >= 3 and level >= 2"


@pytest.mark.parametrize(
    ("line", "key", "reason"),
    [
        ('when = "posts >= 3"', "when", "posts is not a counter"),
        ('when = "level >= 3"\nname = "A b"', "name", "must be lower-case letters"),
        (
            'when = "level >= 3"\nrarity = "MYTHICAL"',
            "rarity",
            "must be one of COMMON, UNCOMMON, RARE, EPIC, LEGENDARY",
        ),
        ('when = "level >= 3"\nreward = { xp = -1 }', "reward.xp", "must be from 0 to 1,000,000"),
        ('when = "level >= 3"\nreward = { item = "badge" }', "reward.item", "must be an id (UUID), not text"),
        ('title = "No criterion"', "when", "is missing"),
    ],
)
def test_a_wrong_one_in_a_file_is_named(tmp_path: Path, line: str, key: str, reason: str) -> None:
    file = tmp_path / "rules.toml"
    named = "" if "name =" in line else 'name = "a"\n'
    titled = "" if "title =" in line else 'title = "A"\n'
    file.write_text(f"[[progression.achievements]]\n{named}{titled}{line}\n")
    with pytest.raises(Invalid) as refused:
        Rules.load(file)
    assert [f.path.rpartition(" ")[2] for f in refused.value.faults] == [f"progression.achievements.0.{key}"]
    assert reason in refused.value.faults[0].message


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match=r"achievements\.1\.name: writer is the name of an earlier one"):
        ProgressionRules(achievements=(TWO_POSTS, TWO_POSTS))


# going through everybody


def later(before: Sparkle, *achievements: Achievement) -> Sparkle:
    """The same community under other rules."""
    rules = Rules(progression=ProgressionRules(achievements=achievements))
    return in_memory(seed=8, rules=rules, through=lambda _: before.store)


def page_done(sparkle: Sparkle, limit: int = 2) -> BackfillState:
    """The next page looked at and marked."""
    page = sparkle.run(NextToBackfill(limit=limit), actor=SYSTEM)
    unlocked = sum(sparkle.run(UnlockDue(user_id=person), actor=SYSTEM) for person in page.due)
    last = page.looked_at[-1] if page.looked_at else None
    mark = MarkBackfilled(since=page.state.after, after=last, people=len(page.looked_at), unlocked=unlocked)
    return sparkle.run(mark, actor=SYSTEM)


def backfilled(sparkle: Sparkle) -> BackfillState:
    """Everybody looked at, from where the last run got to."""
    while (state := page_done(sparkle)).finished_at is None:
        assert state.percent < 100
    return state


@pytest.fixture
def counted() -> tuple[Sparkle, list[Somebody]]:
    """Five people who published 0, 1, 2, 3 and 2 posts while nothing could be achieved by it."""
    sparkle = ruled()
    people = [member(sparkle, name) for name in ("ada", "bob", "cyn", "dan", "eve")]
    for somebody, number in zip(people, (0, 1, 2, 3, 2), strict=True):
        for _ in range(number):
            publish(sparkle, somebody)
    return sparkle, people


def test_those_who_qualify_already_get_it(counted: tuple[Sparkle, list[Somebody]]) -> None:
    before, people = counted
    before.run(AwardXp(user_id=people[0].id, amount=100, source="gift", subject="x"), actor=SYSTEM)
    sparkle = later(before, TWO_POSTS, named("two", "level >= 2"))
    state = backfilled(sparkle)
    assert (state.people, state.unlocked, state.percent) == (5, 4, 100)
    both = {"writer", "two"}  # the XP of the one is a level
    assert [had(sparkle, p) for p in people] == [{"two"}, set(), {"writer"}, both, {"writer"}]
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_a_run_that_was_stopped_goes_on_where_it_was(counted: tuple[Sparkle, list[Somebody]]) -> None:
    sparkle = later(counted[0], TWO_POSTS)
    first = page_done(sparkle)
    assert (first.people, first.finished_at) == (2, None)
    assert 0 < first.percent < 100
    page = sparkle.run(NextToBackfill(limit=2), actor=SYSTEM)
    sparkle.run(UnlockDue(user_id=page.due[0]), actor=SYSTEM)  # and killed here, before the page is marked
    again = sparkle.run(NextToBackfill(limit=2), actor=SYSTEM)
    assert (again.looked_at, again.due) == (page.looked_at, page.due[1:])
    assert backfilled(sparkle).people == 5
    assert [bool(had(sparkle, p)) for p in counted[1]] == [False, False, True, True, True]


def test_two_runs_at_once_mark_each_page_once(counted: tuple[Sparkle, list[Somebody]]) -> None:
    sparkle = later(counted[0], TWO_POSTS)
    page = sparkle.run(NextToBackfill(limit=2), actor=SYSTEM)
    mark = MarkBackfilled(since=page.state.after, after=page.looked_at[-1], people=2)
    assert sparkle.run(mark, actor=SYSTEM) == sparkle.run(mark, actor=SYSTEM)
    assert backfilled(sparkle).people == 5


def test_what_is_finished_stays_so_until_it_is_begun_again(counted: tuple[Sparkle, list[Somebody]]) -> None:
    sparkle = later(counted[0], TWO_POSTS)
    done = backfilled(sparkle)
    assert page_done(sparkle) == done
    anew = sparkle.run(MarkBackfilled(since=None, after=None, again=True), actor=SYSTEM)
    assert (anew.people, anew.finished_at) == (0, None)
    assert (backfilled(sparkle).people, backfilled(sparkle).unlocked) == (5, 0)


def test_other_criteria_begin_anew_by_themselves_other_words_do_not(counted: tuple[Sparkle, list[Somebody]]) -> None:
    backfilled(later(counted[0], TWO_POSTS))
    reworded = evolve(TWO_POSTS, title="Scribe", reward=Reward(xp=1))
    assert page_done(later(counted[0], reworded)).finished_at is not None
    easier = later(counted[0], evolve(TWO_POSTS, when="posts_published >= 1"))
    assert backfilled(easier).unlocked == 1


def test_many_unlocks_on_one_page_are_all_looked_up(counted: tuple[Sparkle, list[Somebody]]) -> None:
    """More than the 200 rows that one read answers."""
    many = tuple(named(f"post_{n}", "posts_published >= 1") for n in range(120))
    sparkle = later(counted[0], *many)
    assert backfilled(sparkle).unlocked == 4 * 120
    sparkle.run(MarkBackfilled(since=None, after=None, again=True), actor=SYSTEM)
    assert sparkle.run(NextToBackfill(limit=100), actor=SYSTEM).due == ()


def test_nobody_at_all_is_finished_at_once() -> None:
    state = page_done(ruled(TWO_POSTS))
    assert (state.people, state.percent) == (0, 100)


def test_a_run_is_begun_anew_where_nobody_is_too() -> None:
    anew = MarkBackfilled(since=None, after=None, again=True)
    state = ruled(TWO_POSTS).run(anew, actor=SYSTEM)
    assert (state.people, state.percent, state.finished_at) == (0, 0, None)
