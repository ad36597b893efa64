"""What is earned again after it was taken away: never more than the days it was earned in would give."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.support.moderating import appeal, decide, report
from tests.support.people import Somebody, member
from tests.support.writing import publish, say, view

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.content import AcceptAnswer, DeletePost
from sparkle_core.application.moderation import DecideAppeal
from sparkle_core.application.progression import AwardXp, ProgressOf, ReputationOf, ReverseXp, XpHistory
from sparkle_core.domain.accounts import SYSTEM, Role
from sparkle_core.domain.content import Question, RichText
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.progression.calendars import DAYS_REMEMBERED

DAY = timedelta(days=1)


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7)


def days_pass(sparkle: Sparkle, days: int) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(days * DAY)


def xp(sparkle: Sparkle, of: Somebody) -> int:
    return sparkle.run(ProgressOf(user_id=of.id)).xp


def like(sparkle: Sparkle, to: Somebody, *subjects: str) -> int:
    for subject in subjects:
        sparkle.run(AwardXp(user_id=to.id, amount=50, source="like_received", subject=subject), actor=SYSTEM)
    return xp(sparkle, to)


def unlike(sparkle: Sparkle, to: Somebody, *subjects: str) -> int:
    for subject in subjects:
        sparkle.run(ReverseXp(user_id=to.id, source="like_received", subject=subject), actor=SYSTEM)
    return xp(sparkle, to)


@pytest.mark.parametrize("later", [0, DAYS_REMEMBERED + 1])
def test_what_moderators_took_away_by_mistake_comes_back_whole_however_much_later(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, later: int
) -> None:
    """Stops a decision that is overturned from costing XP that the day of the overturning has no room for."""
    grace, mia = member(sparkle, "grace", Role.MODERATOR), member(sparkle, "mia", Role.ADMIN)
    posts = []
    for _ in range(2):
        posts += [publish(sparkle, ada, f"How to ink {n}.") for n in range(5)]
        days_pass(sparkle, 1)
    before = xp(sparkle, ada)
    removals = [decide(sparkle, grace, report(sparkle, bob, post), Action.REMOVE) for post in posts]
    assert xp(sparkle, ada) == before - 200
    days_pass(sparkle, later)
    for removal in removals:
        filed = appeal(sparkle, ada, removal.id)
        sparkle.run(DecideAppeal(appeal_id=filed, overturn=True, reason="Inks indeed."), actor=mia.actor)
    assert all(view(sparkle, post) for post in posts)
    assert xp(sparkle, ada) == before


def test_what_moderators_remove_makes_no_room_for_more_of_it_on_that_day(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops what is restored, and what came in its place, from passing the day's cap together."""
    grace = member(sparkle, "grace", Role.MODERATOR)
    posts = [publish(sparkle, ada, f"How to ink {n}.") for n in range(5)]
    before = xp(sparkle, ada)
    decide(sparkle, grace, report(sparkle, bob, posts[0]), Action.REMOVE)
    publish(sparkle, ada, "How to ink for certain.")
    assert xp(sparkle, ada) == before - 20
    sparkle.run(DeletePost(post_id=posts[1]), actor=ada.actor)
    publish(sparkle, ada, "How to ink at last.")
    assert xp(sparkle, ada) == before - 20


def test_what_the_cap_refused_is_not_had_by_taking_it_back_and_giving_it_again_on_another_day(
    sparkle: Sparkle, ada: Somebody
) -> None:
    assert like(sparkle, ada, "one", "two", "three") == 130
    days_pass(sparkle, 1)
    assert unlike(sparkle, ada, "three") == 130
    assert like(sparkle, ada, "three") == 130
    assert like(sparkle, ada, "another", "and another") == 230


def test_what_is_given_again_counts_in_the_day_it_was_given_first(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a day's cap from being had twice: by likes taken back for others, and given again later."""
    assert like(sparkle, ada, "one", "two") == 130
    assert unlike(sparkle, ada, "one", "two") == 30
    assert like(sparkle, ada, "three") == 80
    days_pass(sparkle, 1)
    assert like(sparkle, ada, "one", "two") == 130


def test_once_its_day_is_forgotten_it_counts_in_the_present_one(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a cap from being passed by giving again what made room for others when it was taken back."""
    like(sparkle, ada, "one", "two", "three")
    unlike(sparkle, ada, "one", "two", "three")
    assert like(sparkle, ada, "four", "five") == 130
    days_pass(sparkle, DAYS_REMEMBERED + 1)
    assert like(sparkle, ada, "three") == 130  # the cap had refused it
    assert like(sparkle, ada, "one") == 180
    assert like(sparkle, ada, "six", "two") == 230


def ask_and_accept(sparkle: Sparkle, ada: Somebody, bob: Somebody, title: str) -> UUID:
    """Ada asks, Bob answers, and she accepts; answers the question's id."""
    content = Question(body=RichText.of("Which camera?"))
    asked = publish(sparkle, ada, title=title, content=content)
    answer = say(sparkle, bob, asked, "An old one")
    sparkle.run(AcceptAnswer(post_id=asked, comment_id=answer), actor=ada.actor)
    return asked


def test_an_answer_to_a_question_that_is_deleted_has_helped_nobody(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops two friends from earning by questions that nobody else ever sees."""
    before = xp(sparkle, bob)
    for n in range(12):
        asked = ask_and_accept(sparkle, ada, bob, f"Question {n}")
        sparkle.run(DeletePost(post_id=asked), actor=ada.actor)
    assert xp(sparkle, bob) == before + 50  # of his comments, which are there for whoever has their address
    assert sparkle.run(ReputationOf(user_id=bob.id)).score == 0


def test_accepted_answers_have_a_daily_cap_too(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops two friends from earning without end by asking and answering one another."""
    for n in range(12):
        ask_and_accept(sparkle, ada, bob, f"Question {n}")
    history = sparkle.run(XpHistory(user_id=bob.id, limit=100), actor=bob.actor).items
    assert sum(entry.amount for entry in history if entry.source == "answer_accepted") == 250
