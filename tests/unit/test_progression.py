"""XP and levels: the curve is exact, awards count once, levels pay once."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.support.people import member
from tests.support.writing import say

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.content import AcceptAnswer, Comment, PublishPost, React
from sparkle_core.application.economy import BalanceOf, ProveLedger
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import (
    AwardXp,
    ClaimQuest,
    LevelTable,
    Progress,
    ProgressOf,
    ReverseXp,
    VisitToday,
    XpHistory,
)
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM, Actor, Role
from sparkle_core.domain.content import Question, RichText
from sparkle_core.domain.kernel.errors import Forbidden, IdempotencyConflict, Invalid, NotFound
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import (
    PLATFORM_SOURCES,
    XP_MAX,
    Achievement,
    ArithmeticCurve,
    ProgressionRules,
    Reward,
)

CURVE = ArithmeticCurve()


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7)


@pytest.mark.parametrize(("level", "total"), [(1, 0), (2, 100), (3, 250), (4, 450), (5, 700), (10, 2_700)])
def test_the_default_curve_is_the_one_of_the_spec(level: int, total: int) -> None:
    assert CURVE.total_for(level) == total
    assert CURVE.level_at(total) == level
    if total:
        assert CURVE.level_at(total - 1) == level - 1


@given(st.integers(0, XP_MAX), st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_level_is_the_last_one_whose_total_is_reached(xp: int, first: int, step: int) -> None:
    curve = ArithmeticCurve(first=first, step=step)
    level = curve.level_at(xp)
    assert curve.total_for(level) <= xp < curve.total_for(level + 1)


@given(st.integers(1, 10**8))
def test_levels_and_totals_are_each_others_inverse_up_to_a_quintillion(level: int) -> None:
    total = CURVE.total_for(level)
    assert CURVE.level_at(total) == level
    assert level == 1 or CURVE.level_at(total - 1) == level - 1


@pytest.mark.parametrize("xp", [-1, XP_MAX + 1])
def test_xp_outside_the_range_is_an_error(xp: int) -> None:
    with pytest.raises(Invalid, match="xp: must be from 0"):
        CURVE.level_at(xp)


def test_level_zero_does_not_exist() -> None:
    with pytest.raises(Invalid, match="level"):
        CURVE.total_for(0)


def award(sparkle: Sparkle, user_id: object, amount: int, subject: str = "launch") -> Progress:
    return sparkle.run(AwardXp(user_id=user_id, amount=amount, source="gift", subject=subject), actor=SYSTEM)  # type: ignore[arg-type]


def test_the_readme_example_crosses_levels_two_and_three_at_once(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    assert award(sparkle, ada.id, 260) == Progress(user_id=ada.id, xp=290, level=3, next_level_at=450)
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor).available == 150
    told = sparkle.run(MyNotifications(), actor=ada.actor).items
    assert [n.data for n in told if n.type is NotificationType.LEVEL_UP] == [{"level": "3"}]


def test_replaying_an_award_changes_nothing(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    first = award(sparkle, ada.id, 40)
    assert award(sparkle, ada.id, 40) == first
    assert len(sparkle.run(XpHistory(user_id=ada.id), actor=ada.actor).items) == 3


def test_the_same_award_with_another_amount_is_a_conflict(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    award(sparkle, ada.id, 40)
    with pytest.raises(IdempotencyConflict):
        award(sparkle, ada.id, 41)


def test_a_reversed_award_can_be_given_again_and_its_level_is_not_paid_twice(sparkle: Sparkle) -> None:
    """Stops farming level rewards by liking and unliking."""
    ada = member(sparkle, "ada")
    award(sparkle, ada.id, 260)
    fallen = sparkle.run(ReverseXp(user_id=ada.id, source="gift", subject="launch"), actor=SYSTEM)
    assert (fallen.xp, fallen.level) == (30, 1)
    assert award(sparkle, ada.id, 260).level == 3
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor).available == 150


def test_reversing_twice_takes_back_once(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    award(sparkle, ada.id, 50)
    reverse = ReverseXp(user_id=ada.id, source="gift", subject="launch")
    assert sparkle.run(reverse, actor=SYSTEM) == sparkle.run(reverse, actor=SYSTEM)


def test_what_was_never_awarded_cannot_be_reversed(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    with pytest.raises(NotFound, match="award"):
        sparkle.run(ReverseXp(user_id=ada.id, source="gift", subject="nothing"), actor=SYSTEM)


@pytest.mark.parametrize("amount", [0, -5, 1_000_001, 2**63])
def test_an_award_outside_its_bounds_is_refused(sparkle: Sparkle, amount: int) -> None:
    ada = member(sparkle, "ada")
    with pytest.raises(Invalid, match="amount: must be from 1 to 1,000,000"):
        award(sparkle, ada.id, amount)


def test_nobody_awards_themselves(sparkle: Sparkle) -> None:
    """Stops a member from minting levels, and with them points."""
    ada = member(sparkle, "ada")
    with pytest.raises(Forbidden):
        sparkle.run(AwardXp(user_id=ada.id, amount=1, source="gift", subject="self"), actor=ada.actor)


@pytest.mark.parametrize("source", ["quest", "achievement", "daily_visit", "account_created", "like_received"])
def test_what_the_platform_awards_is_awarded_by_nobody_else(sparkle: Sparkle, source: str) -> None:
    """Stops a gift under the name of what somebody has yet to earn from refusing them that for ever."""
    ada, mia = member(sparkle, "ada"), member(sparkle, "mia", Role.ADMIN)
    given = AwardXp(user_id=ada.id, amount=7, source=source, subject="2026-01-01")
    for by in (mia.actor, Actor(system=True, operator="root")):
        with pytest.raises(Invalid, match=f"source: {source} is what the platform awards by itself: name another"):
            sparkle.run(given, actor=by)
        sparkle.run(evolve(given, source="contest"), actor=by)
    assert sparkle.run(VisitToday(), actor=ada.actor).xp == 30 + 7 + 5


def test_a_life_full_of_everything_has_the_sources_that_nobody_else_awards_under() -> None:
    """Stops a source that the platform comes to award under from being open to hands as well."""
    kind = Achievement(name="kind", title="Kind", when="likes_given >= 1", reward=Reward(xp=5))
    sparkle = in_memory(seed=7, rules=Rules(progression=ProgressionRules(achievements=(kind,))))
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    sparkle.run(VisitToday(), actor=ada.actor)
    for asking, answering in ((ada, bob), (bob, ada)):
        question = PublishPost(title="Pens?", content=Question(body=RichText.of("Which?")))
        post = sparkle.run(question, actor=asking.actor).id
        answer = say(sparkle, answering, post)
        sparkle.run(AcceptAnswer(post_id=post, comment_id=answer), actor=asking.actor)
        sparkle.run(React(target_id=post), actor=answering.actor)
    sparkle.run(ClaimQuest(quest="first_steps"), actor=ada.actor)
    history = sparkle.run(XpHistory(user_id=ada.id, limit=100), actor=ada.actor).items
    assert {entry.source for entry in history} == PLATFORM_SOURCES


def test_history_pages_newest_first_with_the_running_total(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    for n in range(5):
        award(sparkle, ada.id, 10, str(n))
    first = sparkle.run(XpHistory(user_id=ada.id, limit=4), actor=ada.actor)
    rest = sparkle.run(XpHistory(user_id=ada.id, limit=4, after=first.next), actor=ada.actor)
    totals = [e.total for e in (*first.items, *rest.items)]
    assert totals == [80, 70, 60, 50, 40, 30, 10]
    assert rest.next is None


def test_a_history_is_for_oneself_and_moderators(sparkle: Sparkle) -> None:
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    moderator = member(sparkle, "mia", Role.MODERATOR)
    with pytest.raises(Forbidden):
        sparkle.run(XpHistory(user_id=ada.id), actor=bob.actor)
    assert sparkle.run(XpHistory(user_id=ada.id), actor=moderator.actor).items


def test_progress_of_nobody_is_not_found(sparkle: Sparkle) -> None:
    with pytest.raises(NotFound):
        sparkle.run(ProgressOf(user_id=sparkle.world.moment().new_id()))  # type: ignore[arg-type]


def test_the_table_says_what_each_level_takes(sparkle: Sparkle) -> None:
    rows = sparkle.run(LevelTable(up_to=3))
    assert [(r.level, r.total, r.to_next) for r in rows] == [(1, 0, 100), (2, 100, 150), (3, 250, 200)]


def test_rewards_come_from_issuance_and_the_ledger_proves(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    award(sparkle, ada.id, 1_000_000)
    proof = sparkle.run(ProveLedger(), actor=SYSTEM)
    assert proof.holds
    assert proof.transfers > 100


def test_an_accepted_answer_earns_xp_until_it_is_withdrawn(sparkle: Sparkle) -> None:
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    body = RichText.of("Which camera did she use in the first episode?")
    question = sparkle.run(PublishPost(title="Which camera?", content=Question(body=body)), actor=ada.actor)
    answer = sparkle.run(Comment(post_id=question.id, text="An old one"), actor=bob.actor)
    before = sparkle.run(ProgressOf(user_id=bob.id)).xp
    sparkle.run(AcceptAnswer(post_id=question.id, comment_id=answer.id), actor=ada.actor)
    assert sparkle.run(ProgressOf(user_id=bob.id)).xp == before + 25
    sparkle.run(AcceptAnswer(post_id=question.id, comment_id=None), actor=ada.actor)
    assert sparkle.run(ProgressOf(user_id=bob.id)).xp == before


def test_ones_own_answer_earns_nothing(sparkle: Sparkle) -> None:
    """Stops minting XP by answering oneself."""
    ada = member(sparkle, "ada")
    question = sparkle.run(PublishPost(title="Why?", content=Question(body=RichText.of("Why?"))), actor=ada.actor)
    answer = sparkle.run(Comment(post_id=question.id, text="Because"), actor=ada.actor)
    before = sparkle.run(ProgressOf(user_id=ada.id)).xp
    sparkle.run(AcceptAnswer(post_id=question.id, comment_id=answer.id), actor=ada.actor)
    assert sparkle.run(ProgressOf(user_id=ada.id)).xp == before
