"""Reputation: what others did about a person, each thing once, exactly undone when it is taken back."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.moderating import appeal, decide, report
from tests.support.people import Somebody, member
from tests.support.writing import publish, say

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.content import AcceptAnswer, DeleteComment, React, Unreact
from sparkle_core.application.moderation import DecideAppeal
from sparkle_core.application.progression import ProgressOf, ReputationOf
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import Role
from sparkle_core.domain.content import Question, RichText
from sparkle_core.domain.kernel.errors import Invalid, NotFound
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.rules import from_table
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.progression import Deed, ReputationWeights, balance_of, score_of


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7)


@pytest.fixture
def mo(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "moira", Role.MODERATOR)


def score(sparkle: Sparkle, of: Somebody) -> int:
    return sparkle.run(ReputationOf(user_id=of.id)).score


def like(sparkle: Sparkle, by: Somebody, id: UUID) -> None:
    sparkle.run(React(target_id=id, reaction="LIKE"), actor=by.actor)


def ask(sparkle: Sparkle, by: Somebody) -> UUID:
    return publish(sparkle, by, content=Question(body=RichText.of("Which nib?")))


def accept(sparkle: Sparkle, by: Somebody, question: UUID, answer: UUID | None) -> None:
    sparkle.run(AcceptAnswer(post_id=question, comment_id=answer), actor=by.actor)


def found_against(
    sparkle: Sparkle, by: Somebody, moderator: Somebody, post: UUID, action: Action = Action.WARN
) -> UUID:
    return decide(sparkle, moderator, report(sparkle, by, post), action).id


def test_a_like_counts_while_it_stands_and_ones_own_does_not(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    post = publish(sparkle, ada)
    like(sparkle, ada, post)
    assert score(sparkle, ada) == 0
    like(sparkle, bob, post)
    like(sparkle, bob, post)
    assert (score(sparkle, ada), score(sparkle, bob)) == (1, 0)
    sparkle.run(Unreact(target_id=post, reaction="LIKE"), actor=bob.actor)
    assert score(sparkle, ada) == 0


def test_other_reactions_are_no_likes(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    sparkle.run(React(target_id=publish(sparkle, ada), reaction="WOW"), actor=bob.actor)
    assert score(sparkle, ada) == 0


def test_an_accepted_answer_counts_while_it_is_the_accepted_one(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    question = ask(sparkle, ada)
    own, first, second = (say(sparkle, by, question) for by in (ada, bob, bob))
    accept(sparkle, ada, question, first)
    accept(sparkle, ada, question, second)
    assert score(sparkle, bob) == 10
    accept(sparkle, ada, question, own)
    assert (score(sparkle, ada), score(sparkle, bob)) == (0, 0)
    accept(sparkle, ada, question, second)
    sparkle.run(DeleteComment(comment_id=second), actor=bob.actor)
    assert score(sparkle, bob) == 0


def test_an_upheld_report_weighs_against_and_an_overturned_decision_does_not(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mo: Somebody
) -> None:
    for _ in range(3):
        mine = ask(sparkle, bob)
        accept(sparkle, bob, mine, say(sparkle, ada, mine))
    assert score(sparkle, ada) == 30
    decision = found_against(sparkle, bob, mo, publish(sparkle, ada))
    assert score(sparkle, ada) == 10
    other = member(sparkle, "other", Role.MODERATOR)
    overturn = DecideAppeal(appeal_id=appeal(sparkle, ada, decision), overturn=True, reason="It was fine.")
    sparkle.run(overturn, actor=other.actor)
    assert score(sparkle, ada) == 30


def test_a_dismissed_report_says_nothing_about_anybody(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mo: Somebody
) -> None:
    post = publish(sparkle, ada)
    for n in range(21):
        like(sparkle, member(sparkle, f"fan_{n}"), post)
    found_against(sparkle, bob, mo, post, Action.DISMISS)
    assert score(sparkle, ada) == 21


def test_many_reporters_of_one_thing_count_once(sparkle: Sparkle, ada: Somebody, bob: Somebody, mo: Somebody) -> None:
    """Stops a crowd from sinking somebody by reporting the same thing all together."""
    post = publish(sparkle, ada)
    fans = [member(sparkle, f"fan_{n}") for n in range(25)]
    for fan in fans:
        like(sparkle, fan, post)
    for fan in fans[1:]:
        report(sparkle, fan, post)
    found_against(sparkle, fans[0], mo, post)
    assert score(sparkle, ada) == 5


def test_the_score_is_never_below_nothing_and_what_weighs_against_is_not_forgotten(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mo: Somebody
) -> None:
    found_against(sparkle, bob, mo, publish(sparkle, ada))
    assert score(sparkle, ada) == 0
    for _ in range(3):
        question = ask(sparkle, bob)
        accept(sparkle, bob, question, say(sparkle, ada, question))
    assert score(sparkle, ada) == 10


def test_reputation_is_no_xp(sparkle: Sparkle, ada: Somebody, bob: Somebody, mo: Somebody) -> None:
    post = publish(sparkle, ada)
    before = sparkle.run(ProgressOf(user_id=ada.id)).xp
    found_against(sparkle, bob, mo, post)
    assert sparkle.run(ProgressOf(user_id=ada.id)).xp == before


def test_somebody_that_there_is_not_has_no_reputation(sparkle: Sparkle) -> None:
    with pytest.raises(NotFound):
        sparkle.run(ReputationOf(user_id=UserId(uuid4())))


counts = st.integers(0, 10**6)


@given(counts, st.dictionaries(st.sampled_from([d.value for d in Deed]), counts))
def test_each_like_answer_and_report_moves_the_balance_by_its_weight(likes: int, deeds: dict[str, int]) -> None:
    weights = ReputationWeights()
    balance = balance_of(likes, deeds, weights)
    more = {d.value: {**deeds, d.value: deeds.get(d.value, 0) + 1} for d in Deed}
    assert balance_of(likes + 1, deeds, weights) == balance + 1
    assert balance_of(likes, more["answer_accepted"], weights) == balance + 10
    assert balance_of(likes, more["report_upheld"], weights) == balance - 20
    assert score_of(balance) == (balance if balance > 0 else 0)


def test_the_weights_are_rules_and_count_for_what_was_before() -> None:
    rules = from_table(Rules, {"progression": {"reputation": {"like_received": 3}}})
    sparkle = in_memory(seed=7, rules=rules)
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    like(sparkle, bob, publish(sparkle, ada))
    assert score(sparkle, ada) == 3
    with pytest.raises(Invalid, match=r"progression\.reputation\.report_upheld: must be from -1,000"):
        from_table(Rules, {"progression": {"reputation": {"report_upheld": 5}}})
