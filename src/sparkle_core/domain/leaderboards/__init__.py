"""Leaderboards: who has the most of something, over a time."""

from sparkle_core.domain.leaderboards.boards import (
    EVER,
    Board,
    Metric,
    Period,
    Scope,
    ShowingSent,
    Span,
    board_at,
    board_named,
    boards_at,
    week_ends,
    week_of,
)
from sparkle_core.domain.leaderboards.rules import LeaderboardRules, LeagueRules, Listed, Quarters, Season

__all__ = [
    "EVER",
    "Board",
    "LeaderboardRules",
    "LeagueRules",
    "Listed",
    "Metric",
    "Period",
    "Quarters",
    "Scope",
    "Season",
    "ShowingSent",
    "Span",
    "board_at",
    "board_named",
    "boards_at",
    "week_ends",
    "week_of",
]
