"""XP and levels."""

from sparkle_core.domain.progression.curves import XP_MAX, ArithmeticCurve, Curve, LevelRow, curve_table
from sparkle_core.domain.progression.rules import Awards, ProgressionRules, Xp
from sparkle_core.domain.progression.xp import (
    EVENTS,
    PROGRESS,
    STORED,
    XP_ENTRIES,
    LevelReached,
    PersonProgress,
    XpAwarded,
    XpEntry,
    XpReversed,
    XpSource,
)

__all__ = [
    "EVENTS",
    "PROGRESS",
    "STORED",
    "XP_ENTRIES",
    "XP_MAX",
    "ArithmeticCurve",
    "Awards",
    "Curve",
    "LevelReached",
    "LevelRow",
    "PersonProgress",
    "ProgressionRules",
    "Xp",
    "XpAwarded",
    "XpEntry",
    "XpReversed",
    "XpSource",
    "curve_table",
]
