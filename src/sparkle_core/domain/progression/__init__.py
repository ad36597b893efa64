"""XP and levels."""

from sparkle_core.domain.progression.calendars import CALENDARS, PersonCalendar
from sparkle_core.domain.progression.curves import (
    XP_MAX,
    ArithmeticCurve,
    Curve,
    GeometricCurve,
    LevelConfig,
    LevelRow,
    TableCurve,
    curve_table,
    next_total,
)
from sparkle_core.domain.progression.rules import Awards, DailyCaps, ProgressionRules, StreakRules, Xp
from sparkle_core.domain.progression.streaks import STREAKS, PersonStreak, StreakContinued, StreakEnded
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
    "CALENDARS",
    "EVENTS",
    "PROGRESS",
    "STORED",
    "STREAKS",
    "XP_ENTRIES",
    "XP_MAX",
    "ArithmeticCurve",
    "Awards",
    "Curve",
    "DailyCaps",
    "GeometricCurve",
    "LevelConfig",
    "LevelReached",
    "LevelRow",
    "PersonCalendar",
    "PersonProgress",
    "PersonStreak",
    "ProgressionRules",
    "StreakContinued",
    "StreakEnded",
    "StreakRules",
    "TableCurve",
    "Xp",
    "XpAwarded",
    "XpEntry",
    "XpReversed",
    "XpSource",
    "curve_table",
    "next_total",
]
