"""Counting onto the boards: what reactions ask for when somebody got XP, points or a like, and who shows.

Each comes with its event's key, so that an event counts once; boards are added to by the worker
alone, so that nobody who awards, tips or likes waits for one.
"""

from datetime import timedelta
from typing import Annotated

from attrs import frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.people import showing_of, shows
from sparkle_core.application.shared.wallets import earner_of
from sparkle_core.domain.kernel.fields import INT64_MAX, Instant, Record, Text, UserId, Whole
from sparkle_core.domain.leaderboards import LeaderboardRules, Metric, ShowingSent, boards_at
from sparkle_core.ports.leaderboards import Gain, Leaderboards

By = Annotated[int, Whole(-INT64_MAX, INT64_MAX)]


@frozen(kw_only=True)
class CountScore(Command[None]):
    """Add to a person's score on the boards that counted at an instant; `by` is below zero for what was taken back.

    Raises `NotFound`.
    """

    user_id: UserId
    metric: Metric
    by: By
    at: Instant


@frozen(kw_only=True)
class CountPoints(Command[None]):
    """Add what a transfer paid or took back of what somebody earned; `by` is below zero for what was reversed of it."""

    namespace: Annotated[str, Text(1, 64)]
    key: Annotated[str, Text(1, 128)]
    by: By
    at: Instant


@frozen(kw_only=True)
class ShowOnBoards(Command[None]):
    """Have a person show on the boards, or no longer, as they do to others now. Raises `NotFound`.

    A child's birthday comes by the clock: `ShowingSent` comes back then.
    """

    user_id: UserId


@frozen(kw_only=True)
class BoardsForgotten(Record):
    """How many boards went."""

    boards: int


@frozen(kw_only=True)
class ForgetBoards(Command[BoardsForgotten]):
    """Remove one board that ended longer ago than the rules keep it, if there is one."""


async def count_score(cmd: CountScore, work: Work, *, boards: Leaderboards, rules: LeaderboardRules) -> None:
    shown = await shows(work, cmd.user_id)
    gains = [
        Gain(board=board, user_id=cmd.user_id, by=cmd.by, at=cmd.at, shown=shown)
        for board in boards_at(cmd.metric, cmd.at, rules)
    ]
    await boards.add(work.store, gains)


async def count_points(cmd: CountPoints, work: Work, *, boards: Leaderboards, rules: LeaderboardRules) -> None:
    earner = await earner_of(work, cmd.namespace, cmd.key)
    if earner is not None:
        user_id, sign = earner
        count = CountScore(user_id=user_id, metric=Metric.POINTS, by=sign * cmd.by, at=cmd.at)
        await count_score(count, work, boards=boards, rules=rules)


async def show_on_boards(cmd: ShowOnBoards, work: Work, *, boards: Leaderboards) -> None:
    showing = await showing_of(work, cmd.user_id)
    await boards.show(work.store, cmd.user_id, showing.now)
    if showing.child_until is not None:
        work.record(ShowingSent(user_id=cmd.user_id), delay=showing.child_until - work.now)


async def forget_boards(
    cmd: ForgetBoards, work: Work, *, boards: Leaderboards, rules: LeaderboardRules
) -> BoardsForgotten:
    before = work.now - timedelta(days=rules.kept_days)
    return BoardsForgotten(boards=await boards.forget(work.store, before))
