"""What somebody earns: XP with its history, awarded and taken back by hand, and their days in a row."""

from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_cli.options import DatabaseUrl, Json, Whole, opened, operator
from sparkle_cli.output import minute, tell, tell_json, tell_table
from sparkle_cli.paging import Limit, first
from sparkle_cli.whom import Whom, person_named, seen_by
from sparkle_core.application.progression import (
    AwardXp,
    MyStreak,
    Progress,
    ProgressOf,
    ReputationOf,
    ReverseXp,
    XpHistory,
)

Source = Annotated[str, Parameter(help="What for, such as contest: 1 to 50 characters.")]
Subject = Annotated[str, Parameter(help="Which one, such as inktober: with the source it names the award.")]


def show(username: Whom, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Say how far somebody is: XP, level, and their reputation."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        progress = sparkle.run(ProgressOf(user_id=person.id), actor=operator())
        reputation = sparkle.run(ReputationOf(user_id=person.id), actor=operator()).score
    if json:
        tell_json(_told(person.username, progress) | {"reputation": reputation})
    else:
        tell(f"{_said(person.username, progress)} Their reputation is {reputation:,}.")


def award(
    username: Whom,
    amount: Annotated[Whole, Parameter(help="XP, from 1 to 1,000,000.")],
    *,
    source: Source,
    subject: Subject,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Give somebody XP, once per source and subject; each level they reach pays points. A repeat changes nothing."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        command = AwardXp(user_id=person.id, amount=amount, source=source, subject=subject)
        progress = sparkle.run(command, actor=operator())
    _tell(person.username, progress, json=json)


def reverse(
    username: Whom, *, source: Source, subject: Subject, database_url: DatabaseUrl = None, json: Json = False
) -> None:
    """Take an award back by an opposite entry. Their level may fall; points that a level paid stay."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        command = ReverseXp(user_id=person.id, source=source, subject=subject)
        progress = sparkle.run(command, actor=operator())
    _tell(person.username, progress, json=json)


def history(username: Whom, *, limit: Limit = 20, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """List awards and reversals of somebody's XP, newest first, with the total after each."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        entries = list(first(sparkle, XpHistory(user_id=person.id), limit, operator()))
    if json:
        tell_json([asdict(entry) for entry in entries])
        return
    tell_table(
        ("at", "XP", "total", "source", "subject"),
        [(minute(e.at), e.amount, e.total, e.source, e.subject) for e in entries],
        numbers=("XP", "total"),
    )


def streak(username: Whom, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Say on how many days in a row somebody has been here, as they see it themselves."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        found = sparkle.run(MyStreak(), actor=seen_by(person))
    if json:
        tell_json({"id": person.id, "username": person.username} | asdict(found))
        return
    today = "here today" if found.visited_today else "not here yet today"
    had = f"the longest {found.longest:,}, {found.freezes:,} freezes"
    tell(f"{person.username}: {found.days:,} days in a row, {today}; {had}.")


def _tell(username: str, progress: Progress, *, json: bool) -> None:
    if json:
        tell_json(_told(username, progress))
    else:
        tell(_said(username, progress))


def _told(username: str, progress: Progress) -> dict[str, object]:
    told = asdict(progress)
    return {"id": told.pop("user_id"), "username": username} | told


def _said(username: str, progress: Progress) -> str:
    left = "the last" if progress.next_level_at is None else f"{progress.next_level_at - progress.xp:,} XP to the next"
    return f"{username} has {progress.xp:,} XP and is at level {progress.level:,}, {left}."
