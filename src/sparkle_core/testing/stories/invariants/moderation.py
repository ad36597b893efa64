"""What must be true of reports, cases, decisions and appeals. Source: docs/contexts/moderation.md."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.content import COMMENTS, POSTS
from sparkle_core.domain.content.contributions import Moderation
from sparkle_core.domain.moderation import APPEALS, CASES, DECISIONS, EVIDENCE, REPORTERS, REPORTS, TAKEDOWNS
from sparkle_core.domain.moderation.appeals import AppealStatus
from sparkle_core.domain.moderation.cases import CaseStatus, Takedown
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reports import ReportOutcome, sha256_of
from sparkle_core.testing.stories.kept import Kept


def cases(kept: Kept, rules: Rules) -> Iterator[str]:
    """One open case a target, closed by one decision, with as many reports as it says."""
    open_ones = Tally((c.target_type, c.target_id) for c in kept.all_of(CASES) if c.status is CaseStatus.OPEN)
    yield from (f"{target} has {n} open cases" for target, n in open_ones.items() if n > 1)
    reports = Tally(r.case_id for r in kept.all_of(REPORTS))
    decisions = Tally(d.case_id for d in kept.all_of(DECISIONS))
    for case in kept.all_of(CASES):
        is_open = case.status is CaseStatus.OPEN
        if case.reports != reports[case.id]:
            yield f"{case} has {reports[case.id]} reports"
        if (case.open_key is not None) != is_open or decisions[case.id] != (not is_open):
            yield f"{case} is open with a decision, or decided without one"
        if not is_open and (case.hidden or case.decision_id not in kept.by_id(DECISIONS)):
            yield f"{case} is decided, and still holds something down or names no decision"


def reports(kept: Kept, rules: Rules) -> Iterator[str]:
    """A report stands as its case was decided, and counts so for whoever made it; its evidence is unchanged, or went
    with whose words it was once the case was closed.
    """
    decided, counted = {d.case_id: d for d in kept.all_of(DECISIONS)}, Tally[tuple[UUID, str]]()
    for report in kept.all_of(REPORTS):
        decision, expected = decided.get(report.case_id), None
        if decision is not None:
            dismissed = decision.action is Action.DISMISS or decision.overturned_at is not None
            expected = ReportOutcome.DISMISSED if dismissed else ReportOutcome.UPHELD
            counted[report.reporter_id, expected.value.lower()] += 1
        if report.outcome is not expected or (report.open_key is None) != (expected is not None):
            yield f"{report} should be {expected}"
        evidence = kept.by_id(EVIDENCE).get(report.evidence_id)
        if evidence is None and decision is not None and decision.subject_id in kept.erased:
            continue
        if evidence is None or evidence.sha256 != sha256_of(evidence.text) or evidence.target_id != report.target_id:
            yield f"{report} has no evidence, or another's"
    told = kept.counted(REPORTERS)
    for at in counted.keys() | told.keys():
        if told.get(at, 0) != counted[at]:
            yield f"record of {at} is {told.get(at, 0)}, and should be {counted[at]}"


def takedowns(kept: Kept, rules: Rules) -> Iterator[str]:
    """Content is held down by the decisions in force and the cases not decided, and by nothing else."""
    holders = _holders(kept)
    content = {**kept.by_id(POSTS), **kept.by_id(COMMENTS)}
    told = {t.id: t for t in kept.all_of(TAKEDOWNS)}
    for id in holders.keys() | told.keys():
        if set(told[id].holders if id in told else ()) != holders[id]:
            yield f"takedown {id} is held by {told.get(id)}, and should be by {holders[id]}"
    for takedown in told.values():
        if takedown.holders and content[takedown.target_id].visible:
            yield f"{takedown.target_id} is seen by everybody, and is held down"
    down = {t.target_id for t in told.values() if t.holders}
    for id, thing in content.items():
        if thing.moderation is Moderation.REMOVED and id not in down:
            yield f"{id} stays taken down, and nothing holds it"


def _holders(kept: Kept) -> dict[UUID, set[UUID]]:
    """By takedown: who should hold it."""
    holders: dict[UUID, set[UUID]] = defaultdict(set)
    for decision in kept.all_of(DECISIONS):
        if decision.action.takes_down and decision.target_type.is_content and decision.overturned_at is None:
            holders[Takedown.id_of(decision.target_type, decision.target_id)].add(decision.id)
    for case in kept.all_of(CASES):
        if case.hidden:
            holders[Takedown.id_of(case.target_type, case.target_id)].add(case.id)
    return holders


def impartiality(kept: Kept, rules: Rules) -> Iterator[str]:
    """Nobody judges themselves, what they reported, or their own decision."""
    reporters = {(r.case_id, r.reporter_id) for r in kept.all_of(REPORTS)}
    for decision in kept.all_of(DECISIONS):
        if decision.decided_by == decision.subject_id or (decision.case_id, decision.decided_by) in reporters:
            yield f"{decision} was made by somebody with a part in it"
    for appeal in kept.all_of(APPEALS):
        decision = kept.by_id(DECISIONS)[appeal.decision_id]
        parties = {decision.subject_id, decision.decided_by}
        judged = appeal.status in (AppealStatus.UPHELD, AppealStatus.OVERTURNED)
        if judged and (appeal.decided_by in parties or (decision.case_id, appeal.decided_by) in reporters):
            yield f"{appeal} was judged by somebody with a part in it"


def appeals(kept: Kept, rules: Rules) -> Iterator[str]:
    """One appeal a decision, by the one concerned; a decision is taken back by its appeal alone, sanction and all."""
    filed = Tally(a.decision_id for a in kept.all_of(APPEALS))
    yield from (f"decision {id} was appealed {n} times" for id, n in filed.items() if n > 1)
    overturned = {a.decision_id for a in kept.all_of(APPEALS) if a.status is AppealStatus.OVERTURNED}
    for appeal in kept.all_of(APPEALS):
        if appeal.appellant_id != kept.by_id(DECISIONS)[appeal.decision_id].subject_id:
            yield f"{appeal} is by somebody else than the one concerned"
    for decision in kept.all_of(DECISIONS):
        taken_back = decision.overturned_at is not None
        if taken_back != (decision.id in overturned):
            yield f"{decision} is taken back without an appeal, or stands after one"
        if taken_back and decision.id in {s.id for s in kept.by_id(PEOPLE)[decision.subject_id].sanctions}:
            yield f"{decision} is taken back, and its sanction stands"


INVARIANTS = (cases, reports, takedowns, impartiality, appeals)
