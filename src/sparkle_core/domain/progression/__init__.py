"""XP and levels, what is counted of people, what they achieve, and quests."""

from sparkle_core.domain.progression import achievements, counters, quests, xp
from sparkle_core.domain.progression.achievements import (
    BACKFILLS,
    UNLOCKS,
    Achievement,
    AchievementUnlocked,
    Backfill,
    LevelMarkReached,
    Unlock,
)
from sparkle_core.domain.progression.calendars import CALENDARS, PersonCalendar
from sparkle_core.domain.progression.counters import PERSON_COUNTERS, PersonCounters
from sparkle_core.domain.progression.criteria import CounterName, Criterion, Step, parsed, steps
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
from sparkle_core.domain.progression.quests import (
    Objective,
    Quest,
    QuestClaimed,
    QuestKind,
)
from sparkle_core.domain.progression.reputation import (
    CONDUCT,
    VISIT,
    Deed,
    balance_of,
    score_of,
)
from sparkle_core.domain.progression.rewards import (
    Reward,
    Rewarded,
)
from sparkle_core.domain.progression.rules import (
    PLATFORM_SOURCES,
    Awards,
    Conduct,
    DailyCaps,
    ProgressionRules,
    ReputationWeights,
    StreakRules,
    TrustRules,
    TrustThreshold,
    Xp,
)
from sparkle_core.domain.progression.streaks import (
    STREAKS,
    PersonStreak,
    StreakContinued,
    StreakEnded,
)
from sparkle_core.domain.progression.trust import (
    TRUST,
    PersonTrust,
    TrustChanged,
    TrustGraceSent,
    TrustLevel,
)
from sparkle_core.domain.progression.xp import (
    PROGRESS,
    XP_ENTRIES,
    LevelReached,
    PersonProgress,
    XpAwarded,
    XpEntry,
    XpReversed,
    XpSource,
)

STORED = (*xp.STORED, counters.PERSON_COUNTERS, achievements.UNLOCKS, achievements.BACKFILLS, *quests.STORED)
EVENTS = (*xp.EVENTS, *achievements.EVENTS, *quests.EVENTS)

__all__ = [
    "BACKFILLS",
    "CALENDARS",
    "CONDUCT",
    "EVENTS",
    "PERSON_COUNTERS",
    "PLATFORM_SOURCES",
    "PROGRESS",
    "STORED",
    "STREAKS",
    "TRUST",
    "UNLOCKS",
    "VISIT",
    "XP_ENTRIES",
    "XP_MAX",
    "Achievement",
    "AchievementUnlocked",
    "ArithmeticCurve",
    "Awards",
    "Backfill",
    "Conduct",
    "CounterName",
    "Criterion",
    "Curve",
    "DailyCaps",
    "Deed",
    "GeometricCurve",
    "LevelConfig",
    "LevelMarkReached",
    "LevelReached",
    "LevelRow",
    "Objective",
    "PersonCalendar",
    "PersonCounters",
    "PersonProgress",
    "PersonStreak",
    "PersonTrust",
    "ProgressionRules",
    "Quest",
    "QuestClaimed",
    "QuestKind",
    "ReputationWeights",
    "Reward",
    "Rewarded",
    "Step",
    "StreakContinued",
    "StreakEnded",
    "StreakRules",
    "TableCurve",
    "TrustChanged",
    "TrustGraceSent",
    "TrustLevel",
    "TrustRules",
    "TrustThreshold",
    "Unlock",
    "Xp",
    "XpAwarded",
    "XpEntry",
    "XpReversed",
    "XpSource",
    "balance_of",
    "curve_table",
    "next_total",
    "parsed",
    "score_of",
    "steps",
]
