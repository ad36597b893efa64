"""What follows a person's civil days: visits and streaks."""

from datetime import date

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.progression.xp import Progress, progress_answer
from sparkle_core.application.shared.calendars import calendar_of
from sparkle_core.application.shared.xp import grant_xp
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.progression import CALENDARS, CONDUCT, PROGRESS, STREAKS, VISIT, PersonStreak, ProgressionRules


@frozen(kw_only=True)
class Streak(Record):
    """Days in a row with a visit, as of today, the most there have been, and how many missed days are covered.

    `visited_today`: whether today is counted already.
    """

    days: int
    longest: int
    freezes: int
    visited_today: bool


@frozen(kw_only=True)
class VisitToday(Command[Progress]):
    """Be counted as here today: XP and a day of one's streak, once in each civil day. A repeat changes nothing."""


@frozen(kw_only=True)
class MyStreak(Query[Streak]):
    """One's own days in a row, and the freezes for days to be missed."""


async def visit_today(cmd: VisitToday, work: Work, *, rules: ProgressionRules) -> Progress:
    held = found(await work.store.hold(PROGRESS, work.user_id), "person")
    calendar = await calendar_of(work, rules, work.user_id)
    before = await work.store.get(STREAKS, work.user_id) or PersonStreak(id=work.user_id)
    streak = before.visited(calendar.day, rules.streaks)
    if streak is before:  # whatever the rules gave for it then
        return progress_answer(held, rules)
    today = date.fromordinal(calendar.day).isoformat()
    if calendar.opened_at == work.now:  # before the award, which saves it too where visits have a daily cap
        work.save(CALENDARS, calendar)
    progress = await grant_xp(work, rules, work.user_id, rules.awards.daily_visit, "daily_visit", today)
    work.save(STREAKS, streak)
    work.store.bump(CONDUCT, work.user_id, VISIT)
    return progress_answer(progress, rules)


async def my_streak(query: MyStreak, work: Work, *, rules: ProgressionRules) -> Streak:
    today = (await calendar_of(work, rules, work.user_id)).day
    kept = await work.store.get(STREAKS, work.user_id) or PersonStreak(id=work.user_id)
    now = kept.as_of(today)
    return Streak(days=now.days, longest=now.longest, freezes=now.freezes, visited_today=kept.last_day == today)
