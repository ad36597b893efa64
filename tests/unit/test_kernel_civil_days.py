"""Civil days: contiguous in every zone, and nobody gains or loses more than one by travelling."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.people import member

from sparkle_bootstrap import in_memory
from sparkle_core.application.accounts import EditProfile
from sparkle_core.domain.kernel.civil_days import civil_day, zone_named
from sparkle_core.domain.kernel.errors import Invalid

DAY = timedelta(days=1)
instants = st.datetimes(datetime(1975, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC))
zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
hours = st.integers(0, 23)


@given(instants, zones, hours)
@example(datetime(2011, 12, 30, 10, tzinfo=UTC), ZoneInfo("Pacific/Apia"), 0)
@example(datetime(1989, 10, 29, 2, 30, 30, tzinfo=UTC), ZoneInfo("America/St_Johns"), 0)
@example(datetime(2024, 3, 10, 7, tzinfo=UTC), ZoneInfo("America/New_York"), 2)
def test_an_instant_is_within_its_day_and_days_follow_without_a_gap(at: datetime, zone: ZoneInfo, hour: int) -> None:
    day = civil_day(at, zone, hour)
    assert day.starts_at <= at < day.ends_at
    assert civil_day(day.starts_at, zone, hour) == day
    following = civil_day(day.ends_at, zone, hour)
    assert following.starts_at == day.ends_at
    assert following.date > day.date
    before = civil_day(day.starts_at - timedelta(microseconds=1), zone, hour)
    assert before.ends_at == day.starts_at
    assert before.date < day.date


@given(instants, zones, hours, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_the_date_never_goes_back_where_one_stays(at: datetime, zone: ZoneInfo, hour: int, later: timedelta) -> None:
    assert civil_day(at, zone, hour).date <= civil_day(at + later, zone, hour).date


@given(instants, hours)
def test_in_utc_a_day_is_the_date_of_its_start(at: datetime, hour: int) -> None:
    assert civil_day(at, ZoneInfo("UTC"), hour).date == (at - timedelta(hours=hour)).date()


@given(
    instants,
    hours,
    st.lists(st.tuples(zones, st.timedeltas(timedelta(0), timedelta(hours=40))), min_size=2, max_size=40),
)
@example(
    datetime(2024, 2, 29, 10, 59, tzinfo=UTC),
    0,
    [(ZoneInfo("Pacific/Niue"), timedelta(0)), (ZoneInfo("Pacific/Kiritimati"), timedelta(minutes=2))] * 10,
)
@example(
    datetime(2011, 12, 29, 9, tzinfo=UTC),
    0,
    [(ZoneInfo("Etc/GMT+12"), timedelta(hours=1)), (ZoneInfo("Pacific/Apia"), timedelta(hours=23))],
)
def test_a_traveller_gains_and_loses_at_most_one_day(
    at: datetime, hour: int, walk: list[tuple[ZoneInfo, timedelta]]
) -> None:
    """Stops a day's caps and rewards from being had again by changing one's zone.

    Days that were begun count once (a calendar is never turned back). Who stays where they are begins
    at most the whole days that passed, rounded up, and one more.
    """
    begun: set[date] = set()
    latest, first, now = date.min, civil_day(at, walk[0][0], hour).date, at
    for zone, stay in walk:
        for moment in (now, now + stay / 2, now + stay):
            latest = max(latest, civil_day(moment, zone, hour).date)
            begun.add(latest)
        now += stay
    passed = now - at
    at_home = -(-passed // DAY) + 1
    assert len(begun) <= at_home + 1
    assert (latest - first).days >= passed // DAY - 1
    assert (latest - first).days <= at_home


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("America/New_York", (2024, 3, 10), 23),
        ("America/New_York", (2024, 11, 3), 25),
        ("America/New_York", (2024, 2, 29), 24),
        ("Australia/Lord_Howe", (2024, 10, 6), 23.5),
        ("Africa/Cairo", (2024, 4, 26), 23),
    ],
)
def test_days_on_which_clocks_change_are_shorter_or_longer(zone: str, day: tuple[int, int, int], length: float) -> None:
    found = civil_day(datetime(*day, 12, tzinfo=ZoneInfo(zone)), ZoneInfo(zone))
    assert found.date == date(*day)
    assert found.ends_at - found.starts_at == timedelta(hours=length)


def test_the_day_that_samoa_left_out_lasts_the_hour_beyond_twenty_four() -> None:
    """Samoa went from 10 hours behind to 14 ahead, which counts as 13: no day is lost without a trace."""
    apia = ZoneInfo("Pacific/Apia")
    day = civil_day(datetime(2011, 12, 30, 10, tzinfo=UTC), apia)
    assert (day.date, day.ends_at - day.starts_at) == (date(2011, 12, 30), timedelta(hours=1))


def test_a_day_that_begins_twice_has_begun_the_first_time() -> None:
    """Newfoundland put its clocks back at one minute past midnight."""
    johns = ZoneInfo("America/St_Johns")
    midnight = datetime(1989, 10, 29, 2, 30, tzinfo=UTC)
    shown = [civil_day(midnight + timedelta(minutes=n), johns).date.day for n in (-1, 0, 2, 59, 70)]
    assert shown == [28, 29, 29, 29, 29]


def test_a_day_may_start_in_the_small_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert civil_day(datetime(2026, 1, 1, 3, 59, tzinfo=berlin), berlin, 4).date == date(2025, 12, 31)
    assert civil_day(datetime(2026, 1, 1, 4, tzinfo=berlin), berlin, 4).date == date(2026, 1, 1)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "/etc/localtime", "Europe", "UTC+2", "a\x00b"])
def test_a_zone_that_there_is_not_is_refused_by_name(name: str) -> None:
    with pytest.raises(Invalid, match=r"time_zone: .* is not an IANA time zone"):
        zone_named(name)


def test_a_person_sets_their_zone_and_an_unknown_one_is_refused() -> None:
    sparkle = in_memory(seed=7)
    ada = member(sparkle, "ada")
    own = sparkle.run(EditProfile(time_zone="America/St_Johns"), actor=ada.actor)
    assert own.profile.time_zone == "America/St_Johns"
    with pytest.raises(Invalid, match="time_zone: 'Europe/Berlino' is not an IANA time zone"):
        EditProfile(time_zone="Europe/Berlino")
