"""Decisions and appeals. Each test says which abuse or race it stops."""

from datetime import timedelta
from uuid import uuid4

import pytest
from attrs import evolve
from tests.support.clock import later
from tests.support.moderating import appeal, decide, queue, report, told
from tests.support.people import Somebody, member
from tests.support.writing import community, publish, say, thread, view, within

from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import ChangeStatus, PublicProfile
from sparkle_core.application.content import DeletePost
from sparkle_core.application.economy import BalanceOf
from sparkle_core.application.moderation import (
    Appeal,
    CaseById,
    ClaimCase,
    Decide,
    DecideAppeal,
    DecisionById,
    MyDecisions,
    OpenAppeals,
    WithdrawAppeal,
)
from sparkle_core.application.shared.people import standing_of
from sparkle_core.domain.accounts import SYSTEM, Role, Status
from sparkle_core.domain.accounts.errors import Outranked
from sparkle_core.domain.kernel.errors import Forbidden, Invalid, NotFound, NotWhile, VersionMismatch
from sparkle_core.domain.moderation.appeals import AppealStatus
from sparkle_core.domain.moderation.decisions import Action, DecisionScope
from sparkle_core.domain.moderation.errors import (
    AlreadyAppealed,
    AlreadyDecided,
    ConflictOfInterest,
    NothingToAppeal,
    TooLateToAppeal,
)
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType


@pytest.fixture
def sparkle() -> Sparkle:
    return community()


@pytest.fixture
def mod(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "grace", Role.MODERATOR)


@pytest.fixture
def mia(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "mia", Role.MODERATOR)


def status(sparkle: Sparkle, somebody: Somebody) -> str:
    """Somebody's status now."""
    standing = within(sparkle, lambda work: standing_of(work, somebody.id))
    assert standing is not None
    return standing.status.value


# what decisions do


def test_a_removed_post_is_gone_for_everybody_else(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada)
    made = decide(sparkle, mod, report(sparkle, bob, id), Action.REMOVE, reason="Spam for shoes.")
    with pytest.raises(NotFound):
        view(sparkle, id, bob.actor)
    assert (made.scope, made.ends_at, made.automated, made.decided_by) == (DecisionScope.CONTENT, None, False, mod.id)
    (statement,) = told(sparkle, ada)
    assert (statement["action"], statement["ground"], statement["reason"]) == ("REMOVE", "spam", "Spam for shoes.")
    assert sparkle.run(DecisionById(decision_id=made.id), actor=ada.actor).reason == "Spam for shoes."


def test_a_removed_comment_leaves_the_thread(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    post = publish(sparkle, bob)
    comment = say(sparkle, ada, post, "Rude.")
    decide(sparkle, mod, report(sparkle, bob, comment, TargetType.COMMENT), Action.REMOVE)
    assert [c.text for c in thread(sparkle, post) if c.id == comment] == [""]


def test_a_warning_tells_and_changes_nothing_else(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada)
    made = decide(sparkle, mod, report(sparkle, bob, id), Action.WARN)
    assert view(sparkle, id)
    assert status(sparkle, ada) == "ACTIVE"
    assert [t["action"] for t in told(sparkle, ada)] == ["WARN"]
    assert made.scope is DecisionScope.ACCOUNT


def test_a_dismissal_is_not_held_against_anybody(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.DISMISS)
    assert (made.ground, made.appeal_until, made.scope) == (None, None, DecisionScope.NOTHING)
    assert told(sparkle, ada) == []


def test_a_suspension_ends_by_the_clock(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.SUSPEND)
    assert made.ends_at == made.starts_at + timedelta(days=7)
    assert status(sparkle, ada) == "SUSPENDED"
    later(sparkle, days=7)
    assert status(sparkle, ada) == "ACTIVE"


def test_a_suspension_lasts_as_long_as_the_moderator_says(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.SUSPEND, days=1)
    assert made.ends_at == made.starts_at + timedelta(days=1)


def test_a_ban_has_no_end_and_takes_the_content_along(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada)
    made = decide(sparkle, mod, report(sparkle, bob, id), Action.BAN)
    later(sparkle, days=36_000)
    assert status(sparkle, ada) == "BANNED"
    assert (made.ends_at, made.scope) == (None, DecisionScope.ACCOUNT_AND_CONTENT)
    with pytest.raises(NotFound):
        view(sparkle, id)
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="ada"))


# what decisions need


def test_there_is_no_decision_without_a_reason_or_a_ground(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: sanctions that nobody can answer for."""
    case = report(sparkle, bob, publish(sparkle, ada))
    for reason in ("", "   ", "x" * 1_001):
        with pytest.raises(Invalid, match="reason"):
            decide(sparkle, mod, case, Action.REMOVE, reason=reason)
    with pytest.raises(Invalid, match="ground"):
        decide(sparkle, mod, case, Action.REMOVE, ground=None)
    assert view(sparkle, sparkle.run(CaseById(case_id=case), actor=mod.actor).case.target_id)


def test_days_belong_to_suspensions(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    case = report(sparkle, bob, publish(sparkle, ada))
    for action in (Action.BAN, Action.REMOVE, Action.DISMISS):
        with pytest.raises(Invalid, match="days"):
            decide(sparkle, mod, case, action, days=3)
    for days in (0, -1, 3_651):
        with pytest.raises(Invalid, match="days"):
            decide(sparkle, mod, case, Action.SUSPEND, days=days)


def test_a_person_cannot_be_removed(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    case = report(sparkle, bob, ada.id, TargetType.PERSON)
    with pytest.raises(Invalid, match="cannot be removed"):
        decide(sparkle, mod, case, Action.REMOVE)
    decide(sparkle, mod, case, Action.SUSPEND)
    assert status(sparkle, ada) == "SUSPENDED"


def test_deciding_on_an_old_view_of_the_case_is_refused(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: dismissing a case that got ten more reports since it was read."""
    id = publish(sparkle, ada)
    case = report(sparkle, bob, id)
    seen = sparkle.run(ClaimCase(case_id=case), actor=mod.actor).version
    report(sparkle, member(sparkle, "cleo"), id)
    with pytest.raises(VersionMismatch):
        decide(sparkle, mod, case, Action.DISMISS, expected_version=seen)


@pytest.mark.parametrize("action", [Action.WARN, Action.REMOVE, Action.SUSPEND, Action.BAN])
def test_nobody_sanctions_an_equal_or_higher_role(
    sparkle: Sparkle, bob: Somebody, mod: Somebody, mia: Somebody, action: Action
) -> None:
    """Stops: moderators fighting each other, or locking out an admin."""
    root = member(sparkle, "root_", Role.ADMIN)
    for author in (mia, root):
        case = report(sparkle, bob, publish(sparkle, author, title=f"By {author.username}"))
        with pytest.raises(Outranked):
            decide(sparkle, mod, case, action)
    assert status(sparkle, mia) == status(sparkle, root) == "ACTIVE"
    decide(sparkle, root, report(sparkle, bob, publish(sparkle, mia, title="Again")), action)
    assert sparkle.run(MyDecisions(), actor=mia.actor).items[0].action is action


def test_nobody_decides_on_themselves(sparkle: Sparkle, bob: Somebody, mod: Somebody) -> None:
    """Stops: dismissing the reports about oneself."""
    case = report(sparkle, bob, publish(sparkle, mod))
    with pytest.raises(ConflictOfInterest):
        decide(sparkle, mod, case, Action.DISMISS)


def test_nobody_decides_on_what_they_reported(sparkle: Sparkle, ada: Somebody, mod: Somebody, mia: Somebody) -> None:
    """Stops: being plaintiff and judge."""
    id = publish(sparkle, ada)
    case = report(sparkle, mod, id)
    with pytest.raises(ConflictOfInterest):
        sparkle.run(ClaimCase(case_id=case), actor=mod.actor)
    with pytest.raises(ConflictOfInterest):
        decide(sparkle, mod, case, Action.BAN)
    assert decide(sparkle, mia, case, Action.REMOVE).decided_by == mia.id


def test_members_decide_nothing(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    case = report(sparkle, bob, publish(sparkle, ada))
    with pytest.raises(Forbidden):
        decide(sparkle, bob, case, Action.REMOVE)


def test_what_the_system_decides_is_called_automated(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    case = report(sparkle, bob, publish(sparkle, ada))
    made = sparkle.run(
        Decide(case_id=case, action=Action.REMOVE, ground=ReportReason.SPAM, reason="A rule."), actor=SYSTEM
    )
    assert (made.automated, made.decided_by) == (True, None)


# reading decisions


def test_a_statement_of_reasons_is_the_subjects_and_the_moderators(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: reading what others were sanctioned for, and learning which moderator to be angry with."""
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.REMOVE)
    with pytest.raises(NotFound):
        sparkle.run(DecisionById(decision_id=made.id), actor=bob.actor)
    own = sparkle.run(DecisionById(decision_id=made.id), actor=ada.actor)
    assert own == evolve(made, decided_by=None)
    assert sparkle.run(DecisionById(decision_id=made.id), actor=mod.actor) == made
    assert sparkle.run(MyDecisions(), actor=ada.actor).items == (own,)
    assert sparkle.run(MyDecisions(), actor=bob.actor).items == ()


def test_somebody_banned_reads_the_reasons_appeals_and_nothing_else(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody
) -> None:
    """Stops: a ban that its subject can neither understand nor contest."""
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.BAN)
    (statement,) = sparkle.run(MyDecisions(), actor=ada.actor).items
    filed = appeal(sparkle, ada, statement.id)
    with pytest.raises(NotWhile):
        sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor)
    sparkle.run(DecideAppeal(appeal_id=filed, overturn=True, reason="Wrong person."), actor=mia.actor)
    assert status(sparkle, ada) == "ACTIVE"
    assert made.id == statement.id


# appeals


def test_an_overturned_decision_leaves_no_trace_on_content_and_standing(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody
) -> None:
    id = publish(sparkle, ada)
    before = view(sparkle, id)
    made = decide(sparkle, mod, report(sparkle, bob, id), Action.SUSPEND)
    filed = appeal(sparkle, ada, made.id)
    decided = sparkle.run(DecideAppeal(appeal_id=filed, overturn=True, reason="A joke indeed."), actor=mia.actor)
    assert decided.status is AppealStatus.OVERTURNED
    assert evolve(view(sparkle, id), version=before.version) == before
    assert status(sparkle, ada) == "ACTIVE"
    outcome = {
        "appeal_id": str(filed),
        "decision_id": str(made.id),
        "outcome": "OVERTURNED",
        "reason": "A joke indeed.",
    }
    assert told(sparkle, ada)[-1] == told(sparkle, mod)[-1] == outcome
    assert [t["outcome"] for t in told(sparkle, bob)] == ["UPHELD", "DISMISSED"]
    statement = sparkle.run(DecisionById(decision_id=made.id), actor=ada.actor)
    assert statement.overturned_at == decided.decided_at


def test_an_upheld_decision_stays_and_both_are_told(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody
) -> None:
    id = publish(sparkle, ada)
    made = decide(sparkle, mod, report(sparkle, bob, id), Action.REMOVE)
    sparkle.run(DecideAppeal(appeal_id=appeal(sparkle, ada, made.id), overturn=False, reason="No."), actor=mia.actor)
    with pytest.raises(NotFound):
        view(sparkle, id)
    assert told(sparkle, ada)[-1]["outcome"] == told(sparkle, mod)[-1]["outcome"] == "UPHELD"


def test_what_its_author_deleted_meanwhile_stays_deleted(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody
) -> None:
    """Stops: an overturned removal publishing what its author has taken back."""
    id = publish(sparkle, ada)
    made = decide(sparkle, mod, report(sparkle, bob, id), Action.REMOVE)
    sparkle.run(DeletePost(post_id=id), actor=ada.actor)
    sparkle.run(DecideAppeal(appeal_id=appeal(sparkle, ada, made.id), overturn=True, reason="Fine."), actor=mia.actor)
    with pytest.raises(NotFound):
        view(sparkle, id, ada.actor)


@pytest.mark.parametrize("first", [0, 1])
def test_overturning_one_of_two_decisions_leaves_the_other_in_force(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody, first: int
) -> None:
    """Stops: a second removal or suspension falling with the first, or content nobody holds staying hidden."""
    id = publish(sparkle, ada)
    made = []
    for _ in range(2):
        case = report(sparkle, bob, id)
        made.append(decide(sparkle, mod, case, Action.SUSPEND))
    appeals = [appeal(sparkle, ada, d.id) for d in made]
    sparkle.run(DecideAppeal(appeal_id=appeals[first], overturn=True, reason="One."), actor=mia.actor)
    assert status(sparkle, ada) == "SUSPENDED"
    with pytest.raises(NotFound):
        view(sparkle, id)
    sparkle.run(DecideAppeal(appeal_id=appeals[1 - first], overturn=True, reason="Two."), actor=mia.actor)
    assert view(sparkle, id)
    assert status(sparkle, ada) == "ACTIVE"


def test_a_sanction_given_by_hand_outlives_an_overturned_decision(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody
) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.SUSPEND)
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.BANNED, reason="By hand."), actor=SYSTEM)
    sparkle.run(DecideAppeal(appeal_id=appeal(sparkle, ada, made.id), overturn=True, reason="Yes."), actor=mia.actor)
    assert status(sparkle, ada) == "BANNED"


def test_an_appeal_is_judged_by_somebody_else(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody
) -> None:
    """Stops: whoever decided, reported or is concerned confirming themselves; and a machine confirming a machine."""
    id = publish(sparkle, ada)
    case = report(sparkle, mia, id)
    made = decide(sparkle, mod, case, Action.REMOVE)
    filed = appeal(sparkle, ada, made.id)
    assert sparkle.run(OpenAppeals(), actor=mod.actor).items == ()
    for somebody in (mod.actor, mia.actor, SYSTEM):
        with pytest.raises(ConflictOfInterest):
            sparkle.run(DecideAppeal(appeal_id=filed, overturn=False, reason="I was right."), actor=somebody)
    third = member(sparkle, "third", Role.MODERATOR)
    (waiting,) = sparkle.run(OpenAppeals(), actor=third.actor).items
    assert (waiting.id, waiting.text) == (filed, "It was a joke.")
    assert (
        sparkle.run(DecideAppeal(appeal_id=filed, overturn=True, reason="Fine."), actor=third.actor).decided_by
        == third.id
    )


def test_a_moderator_does_not_judge_their_own_appeal(sparkle: Sparkle, bob: Somebody, mod: Somebody) -> None:
    """Stops: overturning the decision against oneself."""
    root = member(sparkle, "root_", Role.ADMIN)
    made = decide(sparkle, root, report(sparkle, bob, publish(sparkle, mod)), Action.WARN)
    filed = appeal(sparkle, mod, made.id)
    with pytest.raises(ConflictOfInterest):
        sparkle.run(DecideAppeal(appeal_id=filed, overturn=True, reason="I am great."), actor=mod.actor)


def test_only_the_one_concerned_appeals_and_withdraws(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.REMOVE)
    with pytest.raises(NotFound):
        appeal(sparkle, bob, made.id)
    filed = appeal(sparkle, ada, made.id)
    with pytest.raises(NotFound):
        sparkle.run(WithdrawAppeal(appeal_id=filed), actor=bob.actor)
    for missing in (Appeal(decision_id=uuid4(), text="x"), WithdrawAppeal(appeal_id=uuid4())):
        with pytest.raises(NotFound):
            sparkle.run(missing, actor=ada.actor)


def test_there_is_one_appeal_per_decision_also_after_withdrawing(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody
) -> None:
    """Stops: wearing moderators down with the same appeal again and again."""
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.REMOVE)
    filed = appeal(sparkle, ada, made.id)
    with pytest.raises(AlreadyAppealed):
        appeal(sparkle, ada, made.id, "Another one.")
    assert sparkle.run(WithdrawAppeal(appeal_id=filed), actor=ada.actor).status is AppealStatus.WITHDRAWN
    with pytest.raises(AlreadyAppealed):
        appeal(sparkle, ada, made.id)
    with pytest.raises(AlreadyDecided):
        sparkle.run(DecideAppeal(appeal_id=filed, overturn=True, reason="Too late."), actor=mia.actor)
    assert sparkle.run(OpenAppeals(), actor=mia.actor).items == ()


def test_an_appeal_is_decided_once(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody, mia: Somebody
) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.REMOVE)
    filed = appeal(sparkle, ada, made.id)
    sparkle.run(DecideAppeal(appeal_id=filed, overturn=False, reason="No."), actor=mia.actor)
    with pytest.raises(AlreadyDecided):
        sparkle.run(DecideAppeal(appeal_id=filed, overturn=True, reason="Yes."), actor=mia.actor)
    with pytest.raises(AlreadyDecided):
        sparkle.run(WithdrawAppeal(appeal_id=filed), actor=ada.actor)


def test_appeals_end_after_twenty_days(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.REMOVE)
    assert made.appeal_until == made.starts_at + timedelta(days=20)
    later(sparkle, days=19, hours=23)
    later(sparkle, hours=1, seconds=1)
    with pytest.raises(TooLateToAppeal):
        appeal(sparkle, ada, made.id)


def test_an_appeal_has_one_to_two_thousand_characters(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.REMOVE)
    for text in ("", "x" * 2_001):
        with pytest.raises(Invalid, match="text"):
            appeal(sparkle, ada, made.id, text)
    appeal(sparkle, ada, made.id, "x" * 2_000)


def test_a_dismissal_cannot_be_appealed(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    made = decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.DISMISS)
    with pytest.raises(NothingToAppeal):
        appeal(sparkle, ada, made.id)


def test_a_new_case_is_opened_for_what_is_reported_after_a_decision(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada)
    first = report(sparkle, bob, id)
    made = decide(sparkle, mod, first, Action.WARN)
    second = report(sparkle, bob, id)
    assert second != first
    assert queue(sparkle, mod) == [id]
    assert [d.id for d in sparkle.run(CaseById(case_id=second), actor=mod.actor).decisions] == [made.id]
