"""What can be asked of progression."""

from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.application.progression import (
    achievements,
    backfilling,
    counting,
    days,
    goals,
    quests,
    reputation,
    trust,
    xp,
)
from sparkle_core.application.progression.achievements import (
    AchievementsOf,
    AchievementView,
)
from sparkle_core.application.progression.backfilling import (
    BackfillPage,
    BackfillState,
    MarkBackfilled,
    NextToBackfill,
)
from sparkle_core.application.progression.counting import (
    Count,
    Reach,
    UnlockDue,
)
from sparkle_core.application.progression.days import (
    MyStreak,
    Streak,
    VisitToday,
)
from sparkle_core.application.progression.goals import SeeGoal, TellOfGoal
from sparkle_core.application.progression.quests import (
    ClaimQuest,
    ObjectiveView,
    QuestsOf,
    QuestState,
    QuestView,
)
from sparkle_core.application.progression.reputation import (
    CountDeed,
    CountVerdict,
    Reputation,
    ReputationOf,
)
from sparkle_core.application.progression.trust import (
    AssessTrust,
    LockTrust,
    Trust,
    TrustOf,
    UnlockTrust,
)
from sparkle_core.application.progression.xp import (
    AwardXp,
    LevelTable,
    Progress,
    ProgressOf,
    ReverseXp,
    XpHistory,
    XpHistoryEntry,
)
from sparkle_core.domain.kernel.actors import Permission

USE_CASES = (
    UseCase(AwardXp, xp.award_xp, Permission.AWARD_XP),
    UseCase(ReverseXp, xp.reverse_xp, Permission.AWARD_XP),
    UseCase(VisitToday, days.visit_today, Permission.VISIT),
    UseCase(MyStreak, days.my_streak, Permission.READ_OWN),
    UseCase(CountDeed, reputation.count_deed, Permission.DELIVER),
    UseCase(CountVerdict, reputation.count_verdict, Permission.DELIVER),
    UseCase(ReputationOf, reputation.reputation_of, Permission.READ),
    UseCase(AssessTrust, trust.assess_trust, Permission.DELIVER),
    UseCase(LockTrust, trust.lock_trust, Permission.MODERATE),
    UseCase(UnlockTrust, trust.unlock_trust, Permission.MODERATE),
    UseCase(TrustOf, trust.trust_of_person, Permission.READ_OWN),
    UseCase(ProgressOf, xp.progress_of, Permission.READ),
    UseCase(XpHistory, xp.xp_history, Permission.READ_OWN),
    UseCase(LevelTable, xp.level_table, Permission.READ, one_statement=True),
    UseCase(AchievementsOf, achievements.achievements_of, Permission.READ),
    UseCase(QuestsOf, quests.quests_of, Permission.READ_OWN),
    UseCase(ClaimQuest, quests.claim_quest, Permission.CLAIM),
    UseCase(SeeGoal, goals.see_goal, Permission.DELIVER),
    UseCase(TellOfGoal, goals.tell_of_goal, Permission.DELIVER),
    UseCase(Count, counting.count, Permission.DELIVER),
    UseCase(Reach, counting.reach, Permission.DELIVER),
    UseCase(UnlockDue, counting.unlock_due, Permission.DELIVER),
    UseCase(NextToBackfill, backfilling.next_to_backfill, Permission.DELIVER),
    UseCase(MarkBackfilled, backfilling.mark_backfilled, Permission.DELIVER),
)

__all__ = [
    "USE_CASES",
    "AchievementView",
    "AchievementsOf",
    "AssessTrust",
    "AwardXp",
    "BackfillPage",
    "BackfillState",
    "ClaimQuest",
    "Count",
    "CountDeed",
    "CountVerdict",
    "LevelTable",
    "LockTrust",
    "MarkBackfilled",
    "MyStreak",
    "NextToBackfill",
    "ObjectiveView",
    "Progress",
    "ProgressOf",
    "QuestState",
    "QuestView",
    "QuestsOf",
    "Reach",
    "Reputation",
    "ReputationOf",
    "ReverseXp",
    "SeeGoal",
    "Streak",
    "TellOfGoal",
    "Trust",
    "TrustOf",
    "UnlockDue",
    "UnlockTrust",
    "VisitToday",
    "XpHistory",
    "XpHistoryEntry",
]
