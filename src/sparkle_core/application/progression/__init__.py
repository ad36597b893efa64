"""What can be asked of progression."""

from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.application.progression import xp
from sparkle_core.application.progression.xp import (
    AwardXp,
    LevelTable,
    Progress,
    ProgressOf,
    ReverseXp,
    VisitToday,
    XpHistory,
    XpHistoryEntry,
)
from sparkle_core.domain.kernel.actors import Permission

USE_CASES = (
    UseCase(AwardXp, xp.award_xp, Permission.AWARD_XP),
    UseCase(ReverseXp, xp.reverse_xp, Permission.AWARD_XP),
    UseCase(VisitToday, xp.visit_today, Permission.VISIT),
    UseCase(ProgressOf, xp.progress_of, Permission.READ, one_statement=True),
    UseCase(XpHistory, xp.xp_history, Permission.READ_OWN),
    UseCase(LevelTable, xp.level_table, Permission.READ, one_statement=True),
)

__all__ = [
    "USE_CASES",
    "AwardXp",
    "LevelTable",
    "Progress",
    "ProgressOf",
    "ReverseXp",
    "VisitToday",
    "XpHistory",
    "XpHistoryEntry",
]
