"""What can be asked of moderation: reporting, the queue, decisions, appeals."""

from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.application.moderation.appealing import (
    Appeal,
    DecideAppeal,
    OpenAppeals,
    WithdrawAppeal,
    appeal,
    decide_appeal,
    open_appeals,
    withdraw_appeal,
)
from sparkle_core.application.moderation.deciding import Decide, decide
from sparkle_core.application.moderation.queue import CaseById, ClaimCase, OpenCases, case_by_id, claim_case, open_cases
from sparkle_core.application.moderation.reporting import ReportContent, Reported, report_content
from sparkle_core.application.moderation.statements import DecisionById, MyDecisions, decision_by_id, my_decisions
from sparkle_core.application.moderation.views import (
    AppealView,
    CaseSummary,
    CaseView,
    EvidenceView,
    ReportView,
    StatementOfReasons,
)
from sparkle_core.domain.kernel.actors import Permission

USE_CASES = (
    UseCase(ReportContent, report_content, Permission.REPORT),
    UseCase(OpenCases, open_cases, Permission.MODERATE),
    UseCase(CaseById, case_by_id, Permission.MODERATE),
    UseCase(ClaimCase, claim_case, Permission.MODERATE),
    UseCase(Decide, decide, Permission.MODERATE),
    UseCase(MyDecisions, my_decisions, Permission.APPEAL),
    UseCase(DecisionById, decision_by_id, Permission.APPEAL),
    UseCase(Appeal, appeal, Permission.APPEAL),
    UseCase(WithdrawAppeal, withdraw_appeal, Permission.APPEAL),
    UseCase(OpenAppeals, open_appeals, Permission.MODERATE),
    UseCase(DecideAppeal, decide_appeal, Permission.MODERATE),
)

__all__ = [
    "USE_CASES",
    "Appeal",
    "AppealView",
    "CaseById",
    "CaseSummary",
    "CaseView",
    "ClaimCase",
    "Decide",
    "DecideAppeal",
    "DecisionById",
    "EvidenceView",
    "MyDecisions",
    "OpenAppeals",
    "OpenCases",
    "ReportContent",
    "ReportView",
    "Reported",
    "StatementOfReasons",
    "WithdrawAppeal",
]
