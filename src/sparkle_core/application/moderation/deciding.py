"""Deciding cases. Source: docs/contexts/moderation.md."""

from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work, at_version, found
from sparkle_core.application.moderation.effects import carry_out, settle_reports, told_of
from sparkle_core.application.moderation.impartiality import impartial
from sparkle_core.application.moderation.views import StatementOfReasons
from sparkle_core.application.shared.cases import let_go
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.sanctions import outranking
from sparkle_core.application.shared.targets import target_of
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Whole
from sparkle_core.domain.moderation import CASES, DECISIONS
from sparkle_core.domain.moderation.cases import Case
from sparkle_core.domain.moderation.decisions import Action, Decision, Reason, effects_of
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.reports import ReportOutcome, sha256_of
from sparkle_core.domain.moderation.rules import ModerationRules
from sparkle_core.domain.notifications import NotificationType


@frozen(kw_only=True)
class Decide(Command[StatementOfReasons]):
    """Decide a case, once: DISMISS, WARN, REMOVE, SUSPEND (for `days`, 7 unless given) or BAN.

    `ground`: which rule was broken, for everything but DISMISS. `reason`: the facts, 1 to 1,000
    characters, told to the one concerned. What a dismissed case kept hidden shows again; the
    content that somebody is suspended or banned for is taken down.
    Raises `NotFound`, `AlreadyDecided`, `AlreadyClaimed`, `ConflictOfInterest`, `Outranked`
    against an equal or higher role, and `VersionMismatch` when `expected_version` is given and
    the case changed in between (one more report, for example).
    """

    case_id: UUID
    action: Action
    ground: ReportReason | None = None
    reason: Reason
    days: Annotated[int, Whole(1, 3_650)] | None = None
    expected_version: int | None = None


async def decide(cmd: Decide, work: Work, *, rules: ModerationRules) -> StatementOfReasons:
    if cmd.days is not None and cmd.action is not Action.SUSPEND:
        raise Invalid.at("days", "only a suspension has days")
    case = found(await work.store.get(CASES, cmd.case_id), "case")
    case = at_version(case.open_to(work.actor.user_id, work.now), cmd.expected_version)
    await impartial(work, case.id, case.subject_id)
    if cmd.action is not Action.DISMISS:
        await outranking(work, case.subject_id)
    decision = await _decision(work, cmd, case, rules)
    await carry_out(work, effects_of(decision))
    if case.hidden:
        await let_go(work, case.target_type, case.target_id, case.id)
    work.save(CASES, case.decided(decision.id, work.now))
    dismissed = decision.action is Action.DISMISS
    await settle_reports(work, case.id, ReportOutcome.DISMISSED if dismissed else ReportOutcome.UPHELD)
    if not dismissed:
        subject = f"decision:{decision.id}"
        await notify(work, case.subject_id, NotificationType.MODERATION, subject, told_of(decision), fresh=True)
    return StatementOfReasons.of(decision, None, moderator=True)


async def _decision(work: Work, cmd: Decide, case: Case, rules: ModerationRules) -> Decision:
    target = await target_of(work, case.target_type, case.target_id)
    decision = Decision.made(
        case,
        id=work.new_id(),
        action=cmd.action,
        ground=cmd.ground,
        reason=cmd.reason,
        days=cmd.days,
        sha256=sha256_of(target.text),
        by=work.actor.user_id,
        now=work.now,
        rules=rules.decisions,
    )
    return work.save(DECISIONS, decision)
