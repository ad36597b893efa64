"""State machines, one a context: random stories that are told to your communities, and what must hold after each step.

    class OnMyStore(EconomyStory):
        def make(self):
            return {"memory": in_memory(7, inline=False), "mine": my_community(seed=7)}

    TestTheEconomyOnMyStore = OnMyStore.TestCase        # pytest and unittest find it

Each step is one command or query by somebody, said to every community alike, after which the worker acts.
A story fails where two of them answer differently, where what is kept breaks an invariant of any context
(`invariants`), where somebody is told `unavailable`, and where at the end two of them do not keep the same.
Hypothesis then tells the shortest story that fails. With one community there is nothing to compare; the
invariants hold all the same.
"""

from sparkle_core.testing.stories.accounts import AccountsStory
from sparkle_core.testing.stories.community import Community, Letters, SteppedWorld
from sparkle_core.testing.stories.content import ContentStory
from sparkle_core.testing.stories.economy import EconomyStory
from sparkle_core.testing.stories.invariants import at_any_moment, once_settled
from sparkle_core.testing.stories.keeping import all_of, kept_by
from sparkle_core.testing.stories.kept import Kept
from sparkle_core.testing.stories.leaderboards import LeaderboardsStory
from sparkle_core.testing.stories.moderation import ModerationStory
from sparkle_core.testing.stories.notifications import NotificationsStory
from sparkle_core.testing.stories.progression import ProgressionStory
from sparkle_core.testing.stories.security import SecurityStory
from sparkle_core.testing.stories.store import StoreStory
from sparkle_core.testing.stories.story import Story
from sparkle_core.testing.stories.trading import TradingStory


class WholeStory(
    AccountsStory,
    SecurityStory,
    ProgressionStory,
    EconomyStory,
    LeaderboardsStory,
    TradingStory,
    ModerationStory,
    NotificationsStory,
):
    """The steps of all contexts in one story, so that each may get in any other's way."""


__all__ = [
    "AccountsStory",
    "Community",
    "ContentStory",
    "EconomyStory",
    "Kept",
    "LeaderboardsStory",
    "Letters",
    "ModerationStory",
    "NotificationsStory",
    "ProgressionStory",
    "SecurityStory",
    "SteppedWorld",
    "StoreStory",
    "Story",
    "TradingStory",
    "WholeStory",
    "all_of",
    "at_any_moment",
    "kept_by",
    "once_settled",
]
