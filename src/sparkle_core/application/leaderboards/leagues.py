"""Leagues: taking a seat with the week's first XP, settling cohorts whose week is over, and one's own cohort."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.people import shown_people, shows
from sparkle_core.domain.kernel.fields import Instant, Record, UserId
from sparkle_core.domain.kernel.stored import Order, eq, lt
from sparkle_core.domain.leaderboards import Board, LeaderboardRules, Metric, Period, Span, week_ends, week_of
from sparkle_core.domain.leaderboards.leagues import (
    COHORTS,
    DRAWS,
    LEAGUE_MEMBERS,
    SEATS,
    Cohort,
    Draw,
    LeagueMember,
    Outcome,
    Result,
    Seat,
    SeatSent,
    results,
    tier_after,
)
from sparkle_core.domain.leaderboards.rules import LeagueRules
from sparkle_core.ports.leaderboards import Leaderboards

WEEK = timedelta(days=7)


@frozen(kw_only=True)
class TakeSeat(Command[None]):
    """Give a person a seat in their tier for the week of an instant; once a week, and none in a week that is settled.

    Before the last week can be settled, which decides their tier, nothing is given; `SeatSent` comes back then. Raises
    `NotFound`.
    """

    user_id: UserId
    at: Instant


@frozen(kw_only=True)
class CohortsSettled(Record):
    """How many cohorts were settled."""

    cohorts: int


@frozen(kw_only=True)
class SettleLeagues(Command[CohortsSettled]):
    """Settle one cohort whose week has been over for as long as the rules say, if there is one."""


@frozen(kw_only=True)
class LeagueRow(Record):
    """Somebody in a cohort: their place, score, and what it comes to (or would, were the week over now)."""

    place: int
    user_id: UserId
    username: str
    display_name: str
    score: int
    outcome: Outcome


@frozen(kw_only=True)
class League(Record):
    """A person's cohort in a week. `tier` counts from 1; `settled`: whether it is decided."""

    tier: int
    name: str
    week: Span
    ends_at: Instant
    settled: bool
    rows: tuple[LeagueRow, ...]


@frozen(kw_only=True)
class MyLeague(Query[League]):
    """One's own cohort, in the last week one had a seat or in the one named. Raises `NotFound` without a seat."""

    week: Span | None = None


async def take_seat(cmd: TakeSeat, work: Work, *, boards: Leaderboards, rules: LeaderboardRules) -> None:
    week, ends_at = week_of(cmd.at), week_ends(cmd.at)
    grace = timedelta(minutes=rules.leagues.settle_after_minutes)
    member = await work.store.get(LEAGUE_MEMBERS, cmd.user_id)
    seated = member is not None and member.week >= week  # weeks sort as their names do
    if seated or work.now >= ends_at + grace or not await shows(work, cmd.user_id):
        return
    wait = ends_at - WEEK + grace - work.now
    if wait > timedelta(0):  # XP of the last week may yet be counted, and decides who goes up
        work.record(SeatSent(user_id=cmd.user_id, at=cmd.at), delay=wait)
        return
    if member is not None:  # the tier of this week follows from the last one, whoever comes first: worker or player
        await _settle(work, member.cohort_id, boards, rules.leagues)
        member = found(await work.store.get(LEAGUE_MEMBERS, cmd.user_id), "person")
    tier = min(member.tier, len(rules.leagues.tiers) - 1) if member else 0
    cohort = await _dealt(work, week, tier, ends_at, rules.leagues)
    seat_id = Seat.id_of(week, cmd.user_id)
    work.save(SEATS, Seat(id=seat_id, cohort_id=cohort.id, user_id=cmd.user_id, ends_at=ends_at))
    if member is None:
        member = LeagueMember(id=cmd.user_id, week=week, cohort_id=cohort.id)
    work.save(LEAGUE_MEMBERS, evolve(member, tier=tier, week=week, cohort_id=cohort.id))


async def _dealt(work: Work, week: str, tier: int, ends_at: datetime, rules: LeagueRules) -> Cohort:
    """The cohort that the next seat of a week is in; whoever deals holds the draw."""
    draw = await work.store.hold(DRAWS, Draw.id_of(week, tier))
    if draw is None:
        last = await work.store.get(DRAWS, Draw.id_of(week_of(ends_at - 2 * WEEK), tier))
        draw = Draw.opened(week, tier, ends_at, last, rules)
    draw, number = draw.dealt(rules)
    work.save(DRAWS, draw)
    id = Cohort.id_of(week, tier, number)
    cohort = await work.store.get(COHORTS, id)
    if cohort is None:
        cohort = Cohort(id=id, week=week, tier=tier, number=number, ends_at=ends_at)
    return work.save(COHORTS, cohort.joined())


async def settle_leagues(
    cmd: SettleLeagues, work: Work, *, boards: Leaderboards, rules: LeaderboardRules
) -> CohortsSettled:
    before = work.now - timedelta(minutes=rules.leagues.settle_after_minutes)
    over = (eq("settled_at", None), lt("ends_at", before))
    due = await work.store.find(COHORTS, *over, order=Order("ends_at"), limit=1)
    for cohort in due:
        await _settle(work, cohort.id, boards, rules.leagues)
    return CohortsSettled(cohorts=len(due))


async def _settle(work: Work, cohort_id: UUID, boards: Leaderboards, rules: LeagueRules) -> None:
    """Decide what the week comes to for a cohort, once: its row is held, and says whether that was done."""
    cohort = await work.store.hold(COHORTS, cohort_id)
    if cohort is None or cohort.settled_at is not None:
        return
    seats = await work.store.find(SEATS, eq("cohort_id", cohort_id))
    members = await work.store.get_many(LEAGUE_MEMBERS, [seat.user_id for seat in seats])
    decided = await _results(work, cohort, seats, boards, rules)
    for seat in seats:
        result = decided.get(seat.user_id)
        if result is None:  # hidden, or without a score: not in the week's comparison
            continue
        work.save(SEATS, evolve(seat, place=result.place, score=result.score, outcome=result.outcome))
        member = members[seat.user_id]
        tier = tier_after(cohort.tier, result.outcome, rules)
        if tier != member.tier:
            work.save(LEAGUE_MEMBERS, evolve(member, tier=tier))
    work.save(COHORTS, cohort.settled(work.now))


async def _results(
    work: Work, cohort: Cohort, seats: Sequence[Seat], boards: Leaderboards, rules: LeagueRules
) -> Mapping[UserId, Result]:
    """What the week comes to, by its board: for those of the cohort who are listed there."""
    board = Board(metric=Metric.XP, period=Period.WEEK, span=cohort.week)
    ranked = await boards.among(work.store, board, [seat.user_id for seat in seats])
    return results([(one.place.user_id, one.place.score) for one in ranked], cohort.tier, rules)


async def my_league(query: MyLeague, work: Work, *, boards: Leaderboards, rules: LeaderboardRules) -> League:
    member = found(await work.store.get(LEAGUE_MEMBERS, work.user_id), "seat in a league")
    seat = found(await work.store.get(SEATS, Seat.id_of(query.week or member.week, work.user_id)), "seat in a league")
    cohort = found(await work.store.get(COHORTS, seat.cohort_id), "seat in a league")
    seats = await work.store.find(SEATS, eq("cohort_id", cohort.id))
    if cohort.settled_at is None:
        shown = await _results(work, cohort, seats, boards, rules.leagues)
    else:
        shown = {seat.user_id: result for seat in seats if (result := _result_of(seat)) is not None}
    people = await shown_people(work, shown)
    rows = [
        LeagueRow(
            place=result.place,
            user_id=user_id,
            username=people[user_id].username,
            display_name=people[user_id].display_name,
            score=result.score,
            outcome=result.outcome,
        )
        for user_id, result in shown.items()
        if user_id in people
    ]
    return League(
        tier=cohort.tier + 1,
        name=rules.leagues.name_of(cohort.tier),
        week=cohort.week,
        ends_at=cohort.ends_at,
        settled=cohort.settled_at is not None,
        rows=tuple(sorted(rows, key=lambda row: row.place)),
    )


def _result_of(seat: Seat) -> Result | None:
    if seat.place is None or seat.score is None or seat.outcome is None:
        return None
    return Result(place=seat.place, score=seat.score, outcome=seat.outcome)
