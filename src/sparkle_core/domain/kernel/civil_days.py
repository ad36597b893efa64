"""Civil days: which day it is for somebody, by their time zone and the hour at which days start.

Source: docs/contexts/progression.md.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from attrs import frozen

from sparkle_core.domain.kernel.errors import Invalid

_EARLIEST, _LATEST = timedelta(hours=-11), timedelta(hours=13)
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


@frozen(kw_only=True)
class CivilDay:
    """A day of somebody's calendar, from an instant up to, and without, another: 23 to 25 hours, as a rule."""

    date: date
    starts_at: datetime
    ends_at: datetime


def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone of a name, such as Europe/Berlin. Raises `Invalid` where there is none."""
    try:
        return _zone(name)
    except (KeyError, ValueError, OSError):
        raise Invalid.at("time_zone", f"{name!r} is not an IANA time zone, such as Europe/Berlin") from None


@lru_cache(maxsize=700)
def _zone(name: str) -> ZoneInfo:
    """`ZoneInfo` also opens what differs in case only, on some file systems; kept, since both mean the same."""
    return ZoneInfo(name)


def civil_day(at: datetime, zone: tzinfo, starts_at_hour: int = 0) -> CivilDay:
    """The day an instant is in; days start at `starts_at_hour`, 0 to 23, on the zone's clock.

    Days follow one another without gap or overlap. One that begins twice, as the clock is put back
    over its start, has begun the first time. Clocks count as at most 11 hours behind and 13 ahead of
    UTC: so two are never more than 24 hours apart, and nobody gains or loses more than one day by
    moving between them.

    >>> civil_day(datetime(2024, 3, 1, 2, tzinfo=UTC), zone_named("America/New_York")).date
    datetime.date(2024, 2, 29)
    """
    at = at.astimezone(UTC)
    day = (at + _offset(at, zone) - timedelta(hours=starts_at_hour)).date()
    following = _start(day + _DAY, zone, starts_at_hour)
    if following <= at:
        day, following = day + _DAY, _start(day + 2 * _DAY, zone, starts_at_hour)
    return CivilDay(date=day, starts_at=_start(day, zone, starts_at_hour), ends_at=following)


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first instant of a civil day, where days start at midnight.

    >>> start_of(date(2026, 11, 26), zone_named("Asia/Tokyo")).isoformat()
    '2026-11-25T15:00:00+00:00'
    """
    return _start(day, zone, 0)


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    """How far the zone's clock is ahead of UTC."""
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    return min(max(offset, _EARLIEST), _LATEST)


def _start(day: date, zone: tzinfo, hour: int) -> datetime:
    """The first instant at which the zone's clock shows the day's start, or something later.

    A zone changes its clock at most once in the 24 hours in which that can be.
    """
    shown = datetime.combine(day, time(hour), UTC)
    low, high = shown - _LATEST, shown - _EARLIEST
    before, after = _offset(low, zone), _offset(high, zone)
    if before == after:
        return shown - before
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    changed = high.replace(microsecond=0)
    return shown - before if shown - before < changed else max(changed, shown - after)
