"""Moderation: rules on text, reports and cases, decisions with their inverses, appeals."""

from sparkle_core.domain.kernel.stored import ERASED, NOT_PERSONAL, Counter, Kind, retained
from sparkle_core.domain.moderation.appeals import Appeal
from sparkle_core.domain.moderation.cases import Case, Takedown
from sparkle_core.domain.moderation.decisions import Decision
from sparkle_core.domain.moderation.events import EVENTS
from sparkle_core.domain.moderation.reports import Evidence, Report

_ACCOUNTABLE = retained("a decision's ground can be checked as long as the decision stands")

EVIDENCE = Kind(
    Evidence,
    "evidence",
    indexes=(("target_id",),),
    personal={"text": retained("reported content is kept until its case is closed"), "sha256": NOT_PERSONAL},
)
REPORTS = Kind(
    Report,
    "report",
    unique=(("open_key",),),
    indexes=(("case_id",), ("reporter_id",)),
    personal={"note": ERASED, "open_key": retained("two ids, not a name")},
)
CASES = Kind(
    Case,
    "moderation_case",
    unique=(("open_key",),),
    indexes=(("status", "due_at"),),
    personal={"open_key": NOT_PERSONAL, "findings": NOT_PERSONAL},
)
TAKEDOWNS = Kind(Takedown, "takedown", personal={"holders": NOT_PERSONAL})
DECISIONS = Kind(
    Decision,
    "decision",
    unique=(("case_id",),),
    indexes=(("subject_id",), ("target_id",)),
    personal={"reason": _ACCOUNTABLE, "sha256": NOT_PERSONAL},
)
APPEALS = Kind(
    Appeal,
    "appeal",
    unique=(("decision_id",),),
    indexes=(("status", "id"),),
    personal={"text": ERASED, "reason": _ACCOUNTABLE},
)
REPORTERS = Counter("reporter")
"""By person: how many of their reports were upheld and dismissed."""

UPHELD, DISMISSED = "upheld", "dismissed"

STORED = (EVIDENCE, REPORTS, CASES, TAKEDOWNS, DECISIONS, APPEALS, REPORTERS)

__all__ = [
    "APPEALS",
    "CASES",
    "DECISIONS",
    "DISMISSED",
    "EVENTS",
    "EVIDENCE",
    "REPORTERS",
    "REPORTS",
    "STORED",
    "TAKEDOWNS",
    "UPHELD",
]
