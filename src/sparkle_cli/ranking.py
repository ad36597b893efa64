"""Who has the most of something, where somebody stands, and their league."""

from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_cli.options import DatabaseUrl, Json, Whole, opened, operator
from sparkle_cli.output import minute, tell, tell_json, tell_table
from sparkle_cli.paging import Limit, first
from sparkle_cli.whom import Whom, person_named, seen_by
from sparkle_core.application.leaderboards import BoardRow, LeaderboardOf, MyLeague, MyRank
from sparkle_core.domain.leaderboards import Metric, Period

By = Annotated[Metric, Parameter(help="What is counted.")]
Over = Annotated[Period, Parameter(help="Over which time.")]
Named = Annotated[
    str | None,
    Parameter(help="An earlier one: a month such as 2026-11, a week such as 2026-W48, or a season's name."),
]


def show(
    metric: By,
    *,
    period: Over = Period.ALL_TIME,
    span: Named = None,
    limit: Limit = 20,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """List who has the most of something, the first first."""
    asked = LeaderboardOf(metric=metric, period=period, span=span)
    with opened(database_url) as sparkle:
        rows = list(first(sparkle, asked, limit, operator()))
    if json:
        tell_json([asdict(row) for row in rows])
    else:
        _tell_rows(rows)


def rank(
    username: Whom,
    metric: By,
    *,
    period: Over = Period.ALL_TIME,
    span: Named = None,
    neighbours: Annotated[Whole, Parameter(help="How many on each side, from 0 to 20.")] = 3,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Say where somebody stands and who is near, as they see it themselves."""
    asked = MyRank(metric=metric, period=period, span=span, neighbours=neighbours)
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        standing = sparkle.run(asked, actor=seen_by(person))
    if json:
        tell_json({"id": person.id, "username": person.username} | asdict(standing))
        return
    place = "not listed" if standing.rank is None else f"number {standing.rank:,}"
    tell(f"{person.username} is {place} of {standing.listed:,} by {metric.value}, {standing.span}.")
    _tell_rows(standing.around)


def league(
    username: Whom,
    *,
    week: Annotated[str | None, Parameter(help="Such as 2026-W48; their last one without it.")] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """List the cohort that somebody competes in for a week, as they see it themselves."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        found = sparkle.run(MyLeague(week=week), actor=seen_by(person))
    if json:
        tell_json({"id": person.id, "username": person.username} | asdict(found))
        return
    until = "decided" if found.settled else f"until {minute(found.ends_at)} UTC"
    tell(f"{person.username} is in {found.name}, tier {found.tier}, in {found.week}, {until}.")
    tell_table(
        ("place", "person", "score", "outcome"),
        [(row.place, row.username, row.score, row.outcome.value) for row in found.rows],
        numbers=("place", "score"),
    )


def _tell_rows(rows: list[BoardRow] | tuple[BoardRow, ...]) -> None:
    tell_table(
        ("rank", "person", "score", "reached"),
        [(row.rank, row.username, row.score, minute(row.reached_at)) for row in rows],
        numbers=("rank", "score"),
    )
