"""Reading the boards: page by page, and around oneself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.people import shown_people
from sparkle_core.domain.kernel.fields import Instant, Record, UserId, Whole
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, cursor_to, position_of
from sparkle_core.domain.leaderboards import Board, LeaderboardRules, Metric, Period, Span, board_at, board_named
from sparkle_core.ports.leaderboards import Leaderboards, Place, Ranked


@frozen(kw_only=True)
class BoardRow(Record):
    """Somebody on a board: their rank, score, and when they reached it."""

    rank: int
    user_id: UserId
    username: str
    display_name: str
    score: int
    reached_at: Instant


@frozen(kw_only=True)
class Standing(Record):
    """Where a person stands on a board: rank and score (None for who is not listed), of how many, and who is near."""

    span: Span
    rank: int | None
    score: int | None
    listed: int
    around: tuple[BoardRow, ...]


@frozen(kw_only=True)
class LeaderboardOf(Query[Page[BoardRow]]):
    """A board, the first first. `span` names an earlier one (`2026-W47`, `2026-10`, a season); by default it is now's.

    Raises `NotFound` between seasons, and `Invalid` for what is no span of that period.
    """

    metric: Metric
    period: Period = Period.ALL_TIME
    span: Span | None = None
    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class MyRank(Query[Standing]):
    """One's own rank on a board, with at most 20 neighbours on each side. Raises as `LeaderboardOf`."""

    metric: Metric
    period: Period = Period.ALL_TIME
    span: Span | None = None
    neighbours: Annotated[int, Whole(0, 20)] = 3


async def leaderboard_of(
    query: LeaderboardOf, work: Work, *, boards: Leaderboards, rules: LeaderboardRules
) -> Page[BoardRow]:
    board = _board(query, work.now, rules)
    scope = (board.key,)
    last = position_of(query.after, "leaderboard", scope, (int, datetime, UUID))
    after = Place(last[0], last[1], UserId(last[2])) if last else None
    places = await boards.page(work.store, board, after=after, limit=query.limit + 1)
    kept, more = places[: query.limit], places[query.limit :]
    cursor = cursor_to("leaderboard", scope, kept[-1].place) if more else None
    return Page(await _rows(work, kept), cursor)


async def my_rank(query: MyRank, work: Work, *, boards: Leaderboards, rules: LeaderboardRules) -> Standing:
    board = _board(query, work.now, rules)
    places = await boards.around(work.store, board, work.user_id, query.neighbours)
    own = next((one for one in places if one.place.user_id == work.user_id), None)
    return Standing(
        span=board.span,
        rank=own.rank if own else None,
        score=own.place.score if own else None,
        listed=await boards.size(work.store, board),
        around=await _rows(work, places),
    )


def _board(query: LeaderboardOf | MyRank, now: datetime, rules: LeaderboardRules) -> Board:
    if query.span is not None:
        return board_named(query.metric, query.period, query.span, rules)
    return found(board_at(query.metric, query.period, now, rules), "season at this time")


async def _rows(work: Work, places: Iterable[Ranked]) -> tuple[BoardRow, ...]:
    """Places with their people's names; without who is hidden since, and leaves the board in a moment."""
    some = list(places)
    people = await shown_people(work, [one.place.user_id for one in some])
    return tuple(
        BoardRow(
            rank=one.rank,
            user_id=one.place.user_id,
            username=people[one.place.user_id].username,
            display_name=people[one.place.user_id].display_name,
            score=one.place.score,
            reached_at=one.place.reached_at,
        )
        for one in some
        if one.place.user_id in people
    )
