"""A person's calendar within the transaction of whoever needs the day. Source: docs/contexts/progression.md."""

from attrs import evolve

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import CALENDARS, PROGRESS, PersonCalendar, ProgressionRules


async def calendar_of(work: Work, rules: ProgressionRules, user_id: UserId) -> PersonCalendar:
    """The person's calendar now, not saved yet; whoever saves it holds the person's progress."""
    calendar = await work.store.get(CALENDARS, user_id) or PersonCalendar(id=user_id)
    return calendar.at(work.now, rules.day_starts_at_hour)


async def move_to(work: Work, user_id: UserId, time_zone: str) -> None:
    """From now on the person's days follow another time zone."""
    await work.store.hold(PROGRESS, user_id)
    calendar = await work.store.get(CALENDARS, user_id) or PersonCalendar(id=user_id)
    work.save(CALENDARS, evolve(calendar, time_zone=time_zone))
