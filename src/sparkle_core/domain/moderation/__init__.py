"""Moderation: rules on text, reports and cases, decisions with their inverses, appeals."""

from attrs import evolve

from sparkle_core.domain.kernel.stored import NOT_PERSONAL, NOTHING_LEFT, Counter, Kind, erased_once, retained
from sparkle_core.domain.moderation.appeals import Appeal
from sparkle_core.domain.moderation.cases import Case, Takedown
from sparkle_core.domain.moderation.decisions import Decision
from sparkle_core.domain.moderation.events import EVENTS
from sparkle_core.domain.moderation.reports import Evidence, Report

_ACCOUNTABLE = retained("a decision's ground can be checked as long as the decision stands")

EVIDENCE = Kind(
    Evidence,
    "evidence",
    indexes=(("target_id",), ("subject_id",)),
    personal={"text": erased_once("its case is closed"), "sha256": NOT_PERSONAL},
)
REPORTS = Kind(
    Report,
    "report",
    unique=(("open_key",),),
    indexes=(("case_id",), ("reporter_id",)),
    personal={"note": erased_once("its case is closed"), "open_key": retained("two ids, not a name")},
    left=lambda report: evolve(report, note=""),
)
CASES = Kind(
    Case,
    "moderation_case",
    unique=(("open_key",),),
    indexes=(("status", "due_at"), ("subject_id",)),
    personal={"open_key": NOT_PERSONAL, "findings": NOT_PERSONAL},
    whose=("subject_id",),
)
TAKEDOWNS = Kind(Takedown, "takedown", personal={"holders": NOT_PERSONAL})
DECISIONS = Kind(
    Decision,
    "decision",
    unique=(("case_id",),),
    indexes=(("subject_id",), ("target_id",)),
    personal={"reason": _ACCOUNTABLE, "sha256": NOT_PERSONAL},
    whose=("subject_id",),
)
APPEALS = Kind(
    Appeal,
    "appeal",
    unique=(("decision_id",),),
    indexes=(("status", "id"), ("appellant_id",)),
    personal={"text": erased_once("it is decided"), "reason": _ACCOUNTABLE},
    whose=("appellant_id",),
    left=lambda appeal: evolve(appeal, text=NOTHING_LEFT),
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
