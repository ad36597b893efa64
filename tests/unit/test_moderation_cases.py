"""Screening, reports and the queue. Each test says which abuse or race it stops."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.support.clock import later
from tests.support.moderating import decide, queue, report, told
from tests.support.people import Somebody, member, newcomer
from tests.support.writing import RULES, community, publish, say, view, within

from sparkle_adapters.text.patterns import Re2Patterns
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import EditProfile, PublicProfile
from sparkle_core.application.content import DeletePost, EditPost, LatestPosts
from sparkle_core.application.kernel.commands import Request
from sparkle_core.application.moderation import CaseById, ClaimCase, OpenCases, ReportContent
from sparkle_core.application.rules import Rules
from sparkle_core.application.shared.screening import Screener, screen
from sparkle_core.domain.accounts import ANONYMOUS, Role
from sparkle_core.domain.content import Moderation
from sparkle_core.domain.kernel.errors import Forbidden, Invalid, NotFound, NotWhile, Unauthenticated
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.errors import (
    AlreadyClaimed,
    AlreadyDecided,
    AlreadyReported,
    ConflictOfInterest,
    ContentBlocked,
    OwnContent,
)
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.reports import TrackRecord, sha256_of, weight_of
from sparkle_core.domain.moderation.rules import Hold, ModerationRules, ReportRules, Rule, Words
from sparkle_core.domain.moderation.targets import Scope, TargetType


@pytest.fixture
def sparkle() -> Sparkle:
    return community()


@pytest.fixture
def mod(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "grace", Role.MODERATOR)


def crowd(sparkle: Sparkle, count: int) -> Iterator[Somebody]:
    return (member(sparkle, f"voice{i}") for i in range(count))


# screening


def test_what_a_rule_blocks_is_refused_with_its_message_and_not_saved(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(ContentBlocked, match=r"Not here\."):
        publish(sparkle, ada, "b.l.o.c.k.m.e")
    assert not sparkle.run(LatestPosts()).items


def test_what_a_rule_holds_waits_for_moderators_and_shows_once_dismissed(
    sparkle: Sparkle, ada: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada, "please h0ldme")
    with pytest.raises(NotFound):
        view(sparkle, id)
    (case,) = sparkle.run(OpenCases(), actor=mod.actor).items
    assert (case.target_id, case.hidden, case.score, case.reports) == (id, True, 20, 0)
    (finding,) = sparkle.run(CaseById(case_id=case.id), actor=mod.actor).findings
    assert (finding.rule, finding.effect) == ("holdme", "hold")
    decide(sparkle, mod, case.id, Action.DISMISS)
    assert view(sparkle, id).moderation is Moderation.VISIBLE


def test_an_edit_that_is_held_takes_a_published_post_out_of_sight(
    sparkle: Sparkle, ada: Somebody, mod: Somebody
) -> None:
    """Stops: publishing something harmless and turning it into what the rules would have held."""
    id = publish(sparkle, ada)
    sparkle.run(EditPost(post_id=id, title="holdme"), actor=ada.actor)
    with pytest.raises(NotFound):
        view(sparkle, id)
    (case,) = sparkle.run(OpenCases(), actor=mod.actor).items
    sparkle.run(EditPost(post_id=id, title="holdme again"), actor=ada.actor)
    (again,) = sparkle.run(OpenCases(), actor=mod.actor).items
    assert (again.id, again.score) == (case.id, case.score)


def test_the_words_that_were_screened_are_kept_as_evidence(sparkle: Sparkle, ada: Somebody, mod: Somebody) -> None:
    publish(sparkle, ada, "darnit holdme")
    (case,) = sparkle.run(OpenCases(), actor=mod.actor).items
    seen = sparkle.run(CaseById(case_id=case.id), actor=mod.actor)
    assert "darnit" in seen.evidence[0].text
    assert "****** holdme" in seen.text


def test_a_profile_is_judged_but_a_person_is_not_hidden() -> None:
    bio = Rule(id="bio", scopes=(Scope.BIO,), condition=Words(terms=("holdme",)), effect=Hold())
    with in_memory(seed=2, rules=Rules(moderation=ModerationRules(rules=(bio,)))) as sparkle:
        ada, mod = member(sparkle, "ada"), member(sparkle, "grace", Role.MODERATOR)
        sparkle.run(EditProfile(bio="Please h0ldme."), actor=ada.actor)
        (case,) = sparkle.run(OpenCases(), actor=mod.actor).items
        assert (case.target_type, case.target_id, case.hidden) == (TargetType.PERSON, ada.id, False)
        assert sparkle.run(PublicProfile(username="ada")).username == "ada"


def test_links_are_held_of_newcomers_only() -> None:
    with in_memory(seed=2) as sparkle:
        ada, mod = member(sparkle, "ada"), member(sparkle, "grace", Role.MODERATOR)
        links = "https://a.example https://b.example https://c.example"
        held = publish(sparkle, ada, links)
        later(sparkle, hours=80)
        publish(sparkle, ada, links, title="Later")
        assert queue(sparkle, mod) == [held]


def test_a_part_of_what_was_screened_is_censored_as_it_stands(sparkle: Sparkle) -> None:
    screener = Screener.of(RULES.moderation, Re2Patterns())
    screening = within(sparkle, lambda work: screen(work, screener, Scope.POST, "d.a.r.n.i.t, one\n\nand d4rnit"))
    assert screening.censored("d.a.r.n.i.t, one\n\nand d4rnit") == "***********, one\n\nand ******"
    assert screening.censored("and d4rnit") == "and ******"
    assert screening.censored("harmless") == "harmless"


# reports


def test_a_report_freezes_the_evidence_before_its_author_can_change_it(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: being reported, editing the words away, and calling the reporter a liar."""
    id = publish(sparkle, ada, "Nasty words.")
    case = report(sparkle, bob, id, note="See for yourself.")
    sparkle.run(EditPost(post_id=id, title="Harmless"), actor=ada.actor)
    seen = sparkle.run(CaseById(case_id=case), actor=mod.actor)
    (evidence,) = seen.evidence
    assert (evidence.text, evidence.revision) == ("Inks\n\nNasty words.", 1)
    assert evidence.sha256 == sha256_of(evidence.text)
    (filed,) = seen.reports
    assert (filed.reporter_id, filed.note, filed.evidence_id) == (bob.id, "See for yourself.", evidence.id)
    assert seen.text.startswith("Harmless")


def test_something_deleted_since_can_still_be_reported_and_decided(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: escaping by deleting what one wrote."""
    id = publish(sparkle, ada, "Nasty words.")
    sparkle.run(DeletePost(post_id=id), actor=ada.actor)
    case = report(sparkle, bob, id)
    assert "Nasty words." in sparkle.run(CaseById(case_id=case), actor=mod.actor).evidence[0].text
    assert decide(sparkle, mod, case, Action.WARN).subject_id == ada.id


def test_the_same_words_are_kept_once_for_all_reports(sparkle: Sparkle, ada: Somebody, mod: Somebody) -> None:
    id = publish(sparkle, ada)
    for somebody in crowd(sparkle, 3):
        case = report(sparkle, somebody, id)
    seen = sparkle.run(CaseById(case_id=case), actor=mod.actor)
    assert (len(seen.evidence), len(seen.reports), seen.case.reports) == (1, 3, 3)


def test_one_person_has_one_open_report_on_a_target(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: one person raising a score by reporting again and again, under other reasons."""
    id = publish(sparkle, ada)
    case = report(sparkle, bob, id)
    with pytest.raises(AlreadyReported):
        report(sparkle, bob, id, reason=ReportReason.HATE)
    assert sparkle.run(CaseById(case_id=case), actor=mod.actor).case.reports == 1
    decide(sparkle, mod, case, Action.DISMISS)
    assert report(sparkle, bob, id) != case


def test_a_report_sent_twice_under_one_key_is_one_report(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    command = ReportContent(target_type=TargetType.POST, target_id=publish(sparkle, ada), reason=ReportReason.SPAM)
    first = sparkle.run(command, actor=bob.actor, key="k")
    assert sparkle.run(command, actor=bob.actor, key="k") == first


def test_nobody_reports_themselves_or_their_own(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops: sending one's own post through review to have it cleared."""
    id = publish(sparkle, ada)
    for type, target in ((TargetType.POST, id), (TargetType.PERSON, ada.id)):
        with pytest.raises(OwnContent):
            report(sparkle, ada, target, type)


def test_people_and_comments_can_be_reported(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    comment = say(sparkle, ada, publish(sparkle, ada), "A comment.")
    report(sparkle, bob, comment, TargetType.COMMENT, ReportReason.HARASSMENT)
    report(sparkle, bob, ada.id, TargetType.PERSON, ReportReason.IMPERSONATION)
    assert set(queue(sparkle, mod)) == {comment, ada.id}


def test_what_is_not_there_cannot_be_reported(sparkle: Sparkle, bob: Somebody) -> None:
    for type in TargetType:
        with pytest.raises(NotFound):
            report(sparkle, bob, uuid4(), type)


def test_a_note_has_two_thousand_characters(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    id = publish(sparkle, ada)
    with pytest.raises(Invalid, match="note"):
        report(sparkle, bob, id, note="x" * 2_001)
    report(sparkle, bob, id, note="x" * 2_000)


def test_strangers_and_newcomers_without_an_address_report_nothing(sparkle: Sparkle, ada: Somebody) -> None:
    command = ReportContent(target_type=TargetType.POST, target_id=publish(sparkle, ada), reason=ReportReason.SPAM)
    with pytest.raises(Unauthenticated):
        sparkle.run(command, actor=ANONYMOUS)
    with pytest.raises(NotWhile):
        sparkle.run(command, actor=newcomer(sparkle, "eve").actor)


# what reports weigh


def weigh(age_days: int = 100, upheld: int = 0, dismissed: int = 0, reason: ReportReason = ReportReason.HATE) -> int:
    return weight_of(ReportRules(), reason, timedelta(days=age_days), TrackRecord(upheld, dismissed))


def test_a_report_weighs_by_its_reason_its_reporter_and_their_record() -> None:
    assert weigh(reason=ReportReason.SPAM) == 10
    assert weigh(reason=ReportReason.HATE) == 25
    assert weigh(upheld=50) == 30  # capped
    assert weigh(upheld=3) < weigh(upheld=20) or weigh(upheld=3) == 30
    assert weigh(dismissed=50) < 10
    assert weigh(age_days=1, upheld=50) == 6


def test_a_few_lucky_reports_are_no_record_yet() -> None:
    """Stops: three easy reports making somebody's word weigh like a veteran's."""
    spam = ReportReason.SPAM
    assert weigh(upheld=3, reason=spam) - weigh(reason=spam) <= 2


def test_enough_reporters_hide_content_until_a_moderator_decides(
    sparkle: Sparkle, ada: Somebody, mod: Somebody
) -> None:
    id = publish(sparkle, ada)
    somebodies = list(crowd(sparkle, 8))
    later(sparkle, days=10)
    for n, somebody in enumerate(somebodies, start=1):
        case = report(sparkle, somebody, id, reason=ReportReason.HATE)
        hidden = sparkle.run(CaseById(case_id=case), actor=mod.actor).case.hidden
        assert hidden == (n * 25 >= ModerationRules().reports.hide_at)
    with pytest.raises(NotFound):
        view(sparkle, id)
    decide(sparkle, mod, case, Action.DISMISS)
    assert view(sparkle, id).moderation is Moderation.VISIBLE


def test_what_a_moderator_has_cleared_is_not_hidden_again_by_the_same_crowd(
    sparkle: Sparkle, ada: Somebody, mod: Somebody
) -> None:
    """Stops: a crowd that hides the same words again right after a moderator let them stand."""
    id = publish(sparkle, ada)
    somebodies = list(crowd(sparkle, 12))
    later(sparkle, days=10)
    case = [report(sparkle, s, id, reason=ReportReason.HATE) for s in somebodies][-1]
    decide(sparkle, mod, case, Action.DISMISS)
    for somebody in somebodies:
        report(sparkle, somebody, id, reason=ReportReason.ILLEGAL)
    assert view(sparkle, id)
    sparkle.run(EditPost(post_id=id, title="Something else"), actor=ada.actor)
    report(sparkle, mod, id, reason=ReportReason.ILLEGAL)
    with pytest.raises(NotFound):
        view(sparkle, id)


def test_reporters_whose_reports_are_dismissed_weigh_less_and_less(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: flooding the queue with baseless reports at full weight."""
    later(sparkle, days=10)
    weights = []
    for n in range(4):
        case = report(sparkle, bob, publish(sparkle, ada, title=f"Post {n}"), reason=ReportReason.HATE)
        weights.append(sparkle.run(CaseById(case_id=case), actor=mod.actor).reports[0].weight)
        decide(sparkle, mod, case, Action.DISMISS)
    assert weights == sorted(set(weights), reverse=True)


# the queue


def test_the_queue_is_oldest_and_highest_score_first(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    low, high, old = (publish(sparkle, ada, title=t) for t in ("Low", "High", "Old"))
    report(sparkle, bob, old)
    later(sparkle, days=10)
    report(sparkle, bob, low, reason=ReportReason.SPAM)
    report(sparkle, bob, high, reason=ReportReason.ILLEGAL)
    assert queue(sparkle, mod) == [old, high, low]


def test_the_queue_pages_without_losing_or_repeating(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    posts = [publish(sparkle, ada, title=f"Post {n}") for n in range(5)]
    for id in posts:
        report(sparkle, bob, id)
    seen, after = [], None
    while True:
        page = sparkle.run(OpenCases(limit=2, after=after), actor=mod.actor)
        seen += [c.target_id for c in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == posts


def test_only_moderators_see_the_queue(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    case = report(sparkle, bob, publish(sparkle, ada))
    requests: tuple[Request[Any], ...] = (OpenCases(), CaseById(case_id=case), ClaimCase(case_id=case))
    for request in requests:
        with pytest.raises(Forbidden):
            sparkle.run(request, actor=bob.actor)


def test_nobody_sees_who_reported_them(sparkle: Sparkle, bob: Somebody, mod: Somebody) -> None:
    """Stops: a moderator reading the case about themselves, and paying their reporters back."""
    case = report(sparkle, bob, publish(sparkle, mod))
    assert queue(sparkle, mod) == []
    requests: tuple[Request[Any], ...] = (CaseById(case_id=case), ClaimCase(case_id=case))
    for request in requests:
        with pytest.raises(ConflictOfInterest):
            sparkle.run(request, actor=mod.actor)


def test_a_claimed_case_is_one_moderators_for_ten_minutes(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: two moderators deciding the same case at once, and a case stuck with one who went home."""
    other = member(sparkle, "mia", Role.MODERATOR)
    case = report(sparkle, bob, publish(sparkle, ada))
    claimed = sparkle.run(ClaimCase(case_id=case), actor=mod.actor)
    assert claimed.claimed_by == mod.id
    with pytest.raises(AlreadyClaimed) as refused:
        sparkle.run(ClaimCase(case_id=case), actor=other.actor)
    assert refused.value.by == mod.id
    with pytest.raises(AlreadyClaimed):
        decide(sparkle, other, case, Action.DISMISS)
    later(sparkle, minutes=10)
    assert sparkle.run(OpenCases(), actor=mod.actor).items[0].claimed_by is None
    assert sparkle.run(ClaimCase(case_id=case), actor=other.actor).claimed_by == other.id
    with pytest.raises(AlreadyClaimed):
        decide(sparkle, mod, case, Action.DISMISS)


def test_claiming_again_renews_the_claim(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    other = member(sparkle, "mia", Role.MODERATOR)
    case = report(sparkle, bob, publish(sparkle, ada))
    sparkle.run(ClaimCase(case_id=case), actor=mod.actor)
    later(sparkle, minutes=9)
    sparkle.run(ClaimCase(case_id=case), actor=mod.actor)
    later(sparkle, minutes=9)
    with pytest.raises(AlreadyClaimed):
        sparkle.run(ClaimCase(case_id=case), actor=other.actor)


def test_a_decided_case_is_neither_claimed_nor_decided_again(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody
) -> None:
    """Stops: two sanctions for one thing."""
    case = report(sparkle, bob, publish(sparkle, ada))
    decide(sparkle, mod, case, Action.WARN)
    with pytest.raises(AlreadyDecided):
        sparkle.run(ClaimCase(case_id=case), actor=mod.actor)
    with pytest.raises(AlreadyDecided):
        decide(sparkle, mod, case, Action.BAN)
    assert queue(sparkle, mod) == []


def test_a_reporter_is_told_the_outcome(sparkle: Sparkle, ada: Somebody, bob: Somebody, mod: Somebody) -> None:
    decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada)), Action.REMOVE)
    decide(sparkle, mod, report(sparkle, bob, publish(sparkle, ada, title="Two")), Action.DISMISS)
    assert [t["outcome"] for t in told(sparkle, bob)] == ["UPHELD", "DISMISSED"]
