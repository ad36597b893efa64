"""What can be asked of leaderboards."""

from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.application.leaderboards import counting, leagues, reading
from sparkle_core.application.leaderboards.counting import (
    BoardsForgotten,
    CountPoints,
    CountScore,
    ForgetBoards,
    ShowOnBoards,
)
from sparkle_core.application.leaderboards.leagues import (
    CohortsSettled,
    League,
    LeagueRow,
    MyLeague,
    SettleLeagues,
    TakeSeat,
)
from sparkle_core.application.leaderboards.reading import BoardRow, LeaderboardOf, MyRank, Standing
from sparkle_core.domain.kernel.actors import Permission

USE_CASES = (
    UseCase(LeaderboardOf, reading.leaderboard_of, Permission.READ),
    UseCase(MyRank, reading.my_rank, Permission.READ_OWN),
    UseCase(CountScore, counting.count_score, Permission.DELIVER),
    UseCase(CountPoints, counting.count_points, Permission.DELIVER),
    UseCase(ShowOnBoards, counting.show_on_boards, Permission.DELIVER),
    UseCase(ForgetBoards, counting.forget_boards, Permission.DELIVER),
    UseCase(MyLeague, leagues.my_league, Permission.READ_OWN),
    UseCase(TakeSeat, leagues.take_seat, Permission.DELIVER),
    UseCase(SettleLeagues, leagues.settle_leagues, Permission.DELIVER),
)

__all__ = [
    "USE_CASES",
    "BoardRow",
    "BoardsForgotten",
    "CohortsSettled",
    "CountPoints",
    "CountScore",
    "ForgetBoards",
    "LeaderboardOf",
    "League",
    "LeagueRow",
    "MyLeague",
    "MyRank",
    "SettleLeagues",
    "ShowOnBoards",
    "Standing",
    "TakeSeat",
]
