"""Boards: what is counted, over which time, and among whom. Source: docs/contexts/leaderboards.md."""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Annotated, ClassVar

from attrs import frozen

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.leaderboards.rules import LeaderboardRules

Span = Annotated[str, Text(1, 30)]
"""One stretch of time of a period, by name: `2026-W48`, `2026-11`, a season's name, `ever`."""


class Metric(Enum):
    """What is counted. `xp`: what awards add and reversals take; `points`: earned, not traded; `likes`: received."""

    XP = "xp"
    POINTS = "points"
    LIKES = "likes"


class Period(Enum):
    """Over which time. All go by UTC: ISO weeks from Monday, calendar months, seasons as the rules say."""

    ALL_TIME = "all_time"
    SEASON = "season"
    MONTH = "month"
    WEEK = "week"


class Scope(Enum):
    """Among whom. Boards are kept for everybody; one among fewer people is read off these, or kept under its name."""

    GLOBAL = "global"


EVER = "ever"

_DATED = {
    Period.MONTH: (re.compile("[0-9]{4}-[0-9]{2}"), "-01", "must be a month such as 2026-11"),
    Period.WEEK: (re.compile("[0-9]{4}-W[0-9]{2}"), "-1", "must be an ISO week such as 2026-W48"),
}
"""What a span looks like, what makes its first day of it, and what is said of one that has none."""


@frozen(kw_only=True)
class ShowingSent(Event):
    """Sent ahead to when a child is one no longer, who then shows on boards like anybody."""

    topic: ClassVar[str] = "leaderboards.showing_sent"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class Board(Record):
    """One board. `ends_at`: when nothing can be added any more; None for all time."""

    metric: Metric
    period: Period
    span: Span
    scope: Scope = Scope.GLOBAL
    ends_at: Instant | None = None

    @property
    def key(self) -> str:
        """What it is kept under, for ever."""
        return f"{self.scope.value}:{self.metric.value}:{self.period.value}:{self.span}"


def board_at(metric: Metric, period: Period, at: datetime, rules: LeaderboardRules) -> Board | None:
    """The board that counts at an instant; None between seasons."""
    today = at.date()
    if period is Period.ALL_TIME:
        return Board(metric=metric, period=period, span=EVER)
    if period is Period.SEASON:
        season = rules.calendar.season_at(today)
        if season is None:
            return None
        return Board(metric=metric, period=period, span=season.name, ends_at=_midnight(season.ends_on))
    if period is Period.MONTH:
        following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        span = f"{today.year:04}-{today.month:02}"
        return Board(metric=metric, period=period, span=span, ends_at=_midnight(following))
    return Board(metric=metric, period=period, span=week_of(at), ends_at=week_ends(at))


def boards_at(metric: Metric, at: datetime, rules: LeaderboardRules) -> list[Board]:
    """All boards that something which happened at an instant counts on."""
    return [board for period in Period if (board := board_at(metric, period, at, rules)) is not None]


def board_named(metric: Metric, period: Period, span: str, rules: LeaderboardRules) -> Board:
    """A board of any time, by the name of its span. Raises `Invalid` for what is no span of that period."""
    if period is Period.ALL_TIME:
        if span != EVER:
            raise Invalid.at("span", f"must be {EVER}")
    elif period is Period.SEASON:
        if not rules.calendar.knows(span):
            raise Invalid.at("span", "is not a season's name")
    else:
        pattern, first, wanted = _DATED[period]
        if not pattern.fullmatch(span) or not _is_date(f"{span}{first}"):
            raise Invalid.at("span", wanted)
    return Board(metric=metric, period=period, span=span)


def _is_date(text: str) -> bool:
    """Whether there is such a day: not all years have 53 weeks, and none is the year 0."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def week_of(at: datetime) -> str:
    """The ISO week of an instant, in UTC.

    >>> week_of(datetime(2027, 1, 1, tzinfo=UTC))
    '2026-W53'
    """
    year, week, _ = at.isocalendar()
    return f"{year:04}-W{week:02}"


def week_ends(at: datetime) -> datetime:
    """When the ISO week of an instant is over: the following Monday's first instant."""
    return _midnight(at.date() + timedelta(days=8 - at.isoweekday()))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
