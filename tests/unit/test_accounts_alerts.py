"""What people are alerted to about their accounts: each rule at its bounds, each alert once an episode."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from attrs import evolve
from tests.communities import fresh_database
from tests.support.clock import later
from tests.support.mmdb import write_mmdb
from tests.support.people import PASSWORD, Somebody, being_erased, member

from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.security import FastHasher
from sparkle_bootstrap import Settings, Sparkle, connect, in_memory
from sparkle_core.application.accounts import (
    AlertView,
    ChangeEmail,
    ChangePassword,
    ConfirmEmail,
    LogIn,
    MyAlerts,
    MyLogins,
    RaiseAlert,
    WatchLogin,
)
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.domain.accounts import LOGINS, SYSTEM, Actor, Origin
from sparkle_core.domain.accounts.alerts import (
    ALWAYS,
    SEVERITIES,
    AlertType,
    SecurityAlert,
    Severity,
    episode_of,
    of_a_failure,
    of_a_success,
)
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_core.domain.accounts.networks import Location, NetworkKind
from sparkle_core.domain.accounts.proofs import LoginRecord, LoginResult
from sparkle_core.domain.accounts.rules import AlertRules
from sparkle_core.domain.kernel.errors import Invalid, Unauthenticated
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.store import Transaction

NOON = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
RULES = AlertRules()
ADA, PHONE = UserId(UUID(int=1)), UUID(int=77)
MANY, LOCK, SPREAD = AlertType.MULTIPLE_FAILED_LOGINS, AlertType.ACCOUNT_LOCKED, AlertType.DISTRIBUTED_LOGIN_ATTEMPTS
NEW_IP, NEW_DEVICE, ODD_HOUR = AlertType.NEW_IP_LOGIN, AlertType.NEW_DEVICE_LOGIN, AlertType.UNUSUAL_LOGIN_TIME


def tried(
    *,
    address: str | None = "198.51.100.7",
    result: LoginResult = LoginResult.WRONG,
    device_id: UUID | None = None,
    locks: bool = False,
    **ago: float,
) -> LoginRecord:
    """A try of so long ago."""
    at = NOON - timedelta(**ago)
    return LoginRecord(
        id=UUID(int=9), user_id=ADA, result=result, at=at, address=address, user_agent=None, device_id=device_id,
        locks=locks,
    )  # fmt: skip


def types(raised: tuple[tuple[AlertType, str], ...]) -> set[AlertType]:
    return {type for type, _ in raised}


@pytest.mark.parametrize(
    ("before", "raised"),
    [
        ([], set()),
        ([tried(minutes=n) for n in (1, 2, 3)], set()),
        ([tried(minutes=n) for n in (1, 2, 3, 4)], {MANY}),
        ([tried(minutes=n) for n in (1, 2, 3, 15)], set()),
        ([tried(minutes=n) for n in (1, 2, 3)] + [tried(minutes=14, seconds=59)], {MANY}),
        ([tried(minutes=n, result=LoginResult.WRONG_CODE) for n in (1, 2, 3, 4)], {MANY}),
        ([tried(minutes=n, result=LoginResult.LOCKED) for n in (1, 2, 3, 4)], {MANY}),
        ([tried(minutes=n, result=LoginResult.LIMITED) for n in (1, 2, 3, 4)], set()),
        ([tried(minutes=n, result=LoginResult.SUCCEEDED) for n in (1, 2, 3, 4)], set()),
        ([tried(minutes=n, result=LoginResult.AWAITS_SECOND_FACTOR) for n in (1, 2, 3, 4)], set()),
    ],
)
def test_five_failures_in_fifteen_minutes_are_many(before: list[LoginRecord], raised: set[AlertType]) -> None:
    assert types(of_a_failure(tried(), before, RULES)) == raised


@pytest.mark.parametrize(
    ("login", "raised"),
    [
        (tried(), set()),
        (tried(locks=True), {LOCK}),
        (tried(result=LoginResult.LOCKED), {LOCK}),
        (tried(result=LoginResult.WRONG_CODE), set()),
    ],
)
def test_the_lock_is_told_by_the_try_that_locks_and_by_those_it_refuses(
    login: LoginRecord, raised: set[AlertType]
) -> None:
    assert types(of_a_failure(login, [], RULES)) == raised


def spread(*addresses: str | None, minutes: float = 20) -> list[LoginRecord]:
    return [tried(address=address, minutes=minutes + 6 * n) for n, address in enumerate(addresses)]


OTHERS = tuple(f"203.0.113.{n}" for n in range(1, 6))


@pytest.mark.parametrize(
    ("before", "raised"),
    [
        (spread(*OTHERS[:4]), set()),
        (spread(*OTHERS), {SPREAD}),
        (spread(*OTHERS[:4], OTHERS[0], "198.51.100.7"), set()),
        (spread(*OTHERS[:4], None), set()),
        (spread(*OTHERS[:4]) + spread(OTHERS[4], minutes=60), set()),
        (spread(*OTHERS[:4]) + spread(OTHERS[4], minutes=59.9), {SPREAD}),
        (spread(*(f"2001:db8::{n}" for n in range(6))), set()),
        (spread(*(f"2001:db8:0:{n}::1" for n in range(5))), {SPREAD}),
        ([evolve(each, result=LoginResult.LIMITED) for each in spread(*OTHERS)], set()),
        ([evolve(each, result=LoginResult.SUCCEEDED) for each in spread(*OTHERS)], set()),
    ],
)
def test_failures_from_more_than_five_addresses_in_an_hour_are_spread(
    before: list[LoginRecord], raised: set[AlertType]
) -> None:
    """The /64 of IPv6 is one address, as one subscriber has it whole; what has none is none."""
    assert types(of_a_failure(tried(), before, RULES)) == raised


def succeeded(**more: object) -> LoginRecord:
    return tried(result=LoginResult.SUCCEEDED, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("login", "before", "subjects"),
    [
        (succeeded(), [succeeded(days=1)], set()),
        (succeeded(), [succeeded(days=29, hours=23, minutes=59)], set()),
        (succeeded(), [succeeded(days=30)], {"198.51.100.7"}),
        (succeeded(), [succeeded(days=1, address="203.0.113.1")], {"198.51.100.7"}),
        (succeeded(), [succeeded(days=1, address=None)], {"198.51.100.7"}),
        (succeeded(address=None), [succeeded(days=1)], set()),
        (succeeded(address="2001:db8::1"), [succeeded(days=1, address="2001:db8::f00")], set()),
        (succeeded(address="2001:db8::1"), [succeeded(days=1, address="2001:db8:0:1::1")], {"2001:db8::/64"}),
        (succeeded(), [], {"198.51.100.7"}),
    ],
)
def test_an_address_not_seen_in_thirty_days_is_new(
    login: LoginRecord, before: list[LoginRecord], subjects: set[str]
) -> None:
    assert {subject for type, subject in of_a_success(login, before, RULES) if type is NEW_IP} == subjects


@pytest.mark.parametrize(
    ("device_id", "before", "new"),
    [
        (PHONE, [succeeded(days=1, device_id=PHONE)], False),
        (PHONE, [succeeded(days=89, hours=23, minutes=59, device_id=PHONE)], False),
        (PHONE, [succeeded(days=90, device_id=PHONE)], True),
        (PHONE, [succeeded(days=1, device_id=UUID(int=78)), succeeded(days=2)], True),
        (None, [succeeded(days=1, device_id=PHONE)], False),
    ],
)
def test_a_device_not_seen_in_ninety_days_is_new(device_id: UUID | None, before: list[LoginRecord], new: bool) -> None:
    raised = of_a_success(succeeded(device_id=device_id), before, RULES)
    assert [subject for type, subject in raised if type is NEW_DEVICE] == [str(PHONE)] * new


@pytest.mark.parametrize(
    ("hours_ago", "unusual"),
    [
        (range(1, 11), False),  # ten distinct hours: too little is known
        (range(1, 12), True),
        ((*range(1, 12), 24), False),  # this hour, yesterday
        ((*range(1, 12), 24 * 29), False),
        ((*range(1, 12), 24 * 30), True),  # this hour, thirty days ago
        (range(1, 24), True),
        (range(25, 36), True),
        (range(24 * 30 + 1, 24 * 30 + 12), False),  # all of it long ago
        ((1,) * 50, False),
    ],
)
def test_an_hour_never_used_is_unusual_when_more_than_ten_were(hours_ago: tuple[int, ...], unusual: bool) -> None:
    before = [succeeded(hours=each) for each in hours_ago]
    assert [s for type, s in of_a_success(succeeded(), before, RULES) if type is ODD_HOUR] == ["12"] * unusual


def test_severities_are_as_they_are_named() -> None:
    told = {severity: {type.value for type, its in SEVERITIES.items() if its is severity} for severity in Severity}
    assert told == {
        Severity.LOW: {"UNUSUAL_LOGIN_TIME", "TWO_FACTOR_ENABLED", "SESSION_CLIENT_CHANGED"},
        Severity.MEDIUM: {"NEW_IP_LOGIN", "NEW_DEVICE_LOGIN", "BACKUP_CODE_USED", "PASSWORD_CHANGED", "EMAIL_CHANGED"},
        Severity.HIGH: {"MULTIPLE_FAILED_LOGINS", "ACCOUNT_LOCKED", "TWO_FACTOR_DISABLED", "PASSKEY_CLONE_SUSPECTED"},
        Severity.CRITICAL: {"DISTRIBUTED_LOGIN_ATTEMPTS"},
    }
    assert SEVERITIES.keys() == set(AlertType)
    assert [each for each in Severity if each.is_told] == [Severity.HIGH, Severity.CRITICAL]


@pytest.mark.parametrize(
    ("type", "episode"),
    [
        (MANY, timedelta(minutes=15)),
        (LOCK, timedelta(minutes=15)),
        (SPREAD, timedelta(hours=1)),
        (NEW_IP, timedelta(days=30)),
        (NEW_DEVICE, timedelta(days=90)),
        (ODD_HOUR, timedelta(days=30)),
        (AlertType.PASSWORD_CHANGED, ALWAYS),
    ],
)
def test_an_episode_ends_when_nothing_was_seen_for_as_long_as_is_looked_back(
    type: AlertType, episode: timedelta
) -> None:
    assert episode_of(type, RULES) == episode
    alert = SecurityAlert(id=PHONE, user_id=ADA, type=type, subject="", number=1, at=NOON, last_at=NOON, data={})
    if episode is not ALWAYS:
        assert alert.goes_on_at(NOON + episode - timedelta(seconds=1), episode)
        assert not alert.goes_on_at(NOON + episode, episode)
        assert alert.seen_at(NOON + timedelta(minutes=1)).goes_on_at(NOON + episode, episode)
    assert alert.seen_at(NOON - timedelta(minutes=1)).last_at == NOON, "what is seen late was seen before"


@pytest.mark.parametrize(
    "rules", [{"failures": 0}, {"failures": 21}, {"addresses": 0}, {"hours": 24}, {"new_device_days": 91}]
)
def test_rules_past_their_bounds_are_refused(rules: dict[str, int]) -> None:
    with pytest.raises(Invalid, match=next(iter(rules))):
        AlertRules(**rules)


# in a community


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=19)


def signs_in(sparkle: Sparkle, somebody: Somebody, address: str = "198.51.100.7", device: str | None = None) -> str:
    request = LogIn(email=somebody.email, password=PASSWORD, device_token=device)
    token = sparkle.run(request, origin=Origin(address=address)).device_token
    assert token is not None
    return token


def guess(sparkle: Sparkle, somebody: Somebody, times: int = 1, address: str = "203.0.113.66") -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            sparkle.run(LogIn(email=somebody.email, password="wrong"), origin=Origin(address=address))


def alerts(sparkle: Sparkle, somebody: Somebody) -> list[AlertView]:
    return list(sparkle.run(MyAlerts(limit=100), actor=somebody.actor).items)


def told(sparkle: Sparkle, somebody: Somebody) -> list[tuple[str, int]]:
    """Alerts among the notifications, with their priority."""
    listed = sparkle.run(MyNotifications(limit=100), actor=somebody.actor).items
    return [(n.data["alert"], n.priority) for n in listed if n.type.value == "SECURITY_ALERT"]


def names(sparkle: Sparkle, somebody: Somebody) -> list[str]:
    return sorted(alert.type.value for alert in alerts(sparkle, somebody))


def test_many_failures_and_the_lock_are_told_once_each_however_long_it_goes_on(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a flood of guesses from becoming a flood of notifications."""
    guess(sparkle, ada, 4)
    assert alerts(sparkle, ada) == []
    for _ in range(6):
        guess(sparkle, ada, 8)
        later(sparkle, minutes=10)
    assert names(sparkle, ada) == ["ACCOUNT_LOCKED", "MULTIPLE_FAILED_LOGINS"]
    assert sorted(told(sparkle, ada)) == [("ACCOUNT_LOCKED", 2), ("MULTIPLE_FAILED_LOGINS", 2)]
    first = alerts(sparkle, ada)[0]
    assert first.severity is Severity.HIGH
    assert first.last_at - first.at > timedelta(minutes=45)
    assert first.data == {"address": "203.0.113.66"}
    later(sparkle, minutes=20)
    guess(sparkle, ada, 5)
    assert names(sparkle, ada) == ["ACCOUNT_LOCKED"] * 2 + ["MULTIPLE_FAILED_LOGINS"] * 2, "another episode"


def test_guesses_from_many_addresses_are_critical_and_mailed_at_once(sparkle: Sparkle, ada: Somebody) -> None:
    for n in range(5):
        guess(sparkle, ada, address=f"203.0.113.{n}")
    assert "DISTRIBUTED_LOGIN_ATTEMPTS" not in names(sparkle, ada)
    for n in range(5, 12):
        guess(sparkle, ada, address=f"203.0.113.{n}")
    assert names(sparkle, ada).count("DISTRIBUTED_LOGIN_ATTEMPTS") == 1
    assert ("DISTRIBUTED_LOGIN_ATTEMPTS", 3) in told(sparkle, ada)
    letters = [letter for letter in sparkle.mailbox.letters if letter.kind == "security_alert"]
    assert [letter.to for letter in letters] == [ada.email]


def test_the_very_first_login_raises_nothing_and_the_next_is_held_against_it(sparkle: Sparkle, ada: Somebody) -> None:
    device = signs_in(sparkle, ada)
    assert alerts(sparkle, ada) == []
    signs_in(sparkle, ada, device=device)
    assert alerts(sparkle, ada) == []
    signs_in(sparkle, ada, "203.0.113.1", device)
    assert names(sparkle, ada) == ["NEW_IP_LOGIN"]
    signs_in(sparkle, ada)
    assert names(sparkle, ada) == ["NEW_DEVICE_LOGIN", "NEW_IP_LOGIN"]
    for _ in range(3):
        signs_in(sparkle, ada, "203.0.113.1", device)
    assert len(alerts(sparkle, ada)) == 2
    assert told(sparkle, ada) == [], "of medium ones nobody is told"
    assert alerts(sparkle, member(sparkle, "ben")) == []


def test_failures_before_it_do_not_make_the_first_login_another(sparkle: Sparkle, ada: Somebody) -> None:
    guess(sparkle, ada, 2)
    signs_in(sparkle, ada)
    assert alerts(sparkle, ada) == []


def test_a_strangers_failures_do_not_make_their_address_known(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever guesses from being expected by the time that they are right."""
    device = signs_in(sparkle, ada)
    guess(sparkle, ada, 3, address="203.0.113.66")
    signs_in(sparkle, ada, "203.0.113.66", device)
    assert names(sparkle, ada) == ["NEW_IP_LOGIN"]


def test_after_a_long_pause_a_login_is_no_first_one(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops taking over an account that nobody has used for long from going unnoticed."""
    device = signs_in(sparkle, ada)
    later(sparkle, days=100)
    sparkle.run_coroutine(sparkle.tidy_up())
    signs_in(sparkle, ada, device=device)
    assert names(sparkle, ada) == ["NEW_DEVICE_LOGIN", "NEW_IP_LOGIN"]


def test_an_hour_that_is_new_among_many_is_told(sparkle: Sparkle, ada: Somebody) -> None:
    device = signs_in(sparkle, ada)
    for _ in range(11):
        later(sparkle, hours=1)
        signs_in(sparkle, ada, device=device)
    assert names(sparkle, ada) == ["UNUSUAL_LOGIN_TIME"]
    later(sparkle, days=1)
    signs_in(sparkle, ada, device=device)
    assert len(alerts(sparkle, ada)) == 1


def test_what_happens_to_an_account_is_told_each_time(sparkle: Sparkle, ada: Somebody) -> None:
    """(Turning the second factor on and off is told in the tests of second factors.)"""
    for password in ("An0ther-horse-battery", "Y3t-another-horse-battery"):
        proved = Actor(user_id=ada.id, proved_at=sparkle.world.moment().now)
        sparkle.run(ChangePassword(password=password), actor=proved)
    sparkle.run(ChangeEmail(email="new@example.org"), actor=proved)
    sparkle.run(ConfirmEmail(code=sparkle.mailbox.latest("new@example.org").code), actor=ada.actor)
    assert names(sparkle, ada) == ["EMAIL_CHANGED", "PASSWORD_CHANGED", "PASSWORD_CHANGED"]


def test_looking_again_at_what_was_looked_at_changes_nothing(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a worker that was killed and starts again from telling twice."""
    guess(sparkle, ada, 6)
    before = alerts(sparkle, ada)
    for login in sparkle.run(MyLogins(), actor=ada.actor).items:
        sparkle.run(WatchLogin(user_id=ada.id, login_id=login.id), actor=SYSTEM)
    assert alerts(sparkle, ada) == before
    again = RaiseAlert(user_id=ada.id, type=AlertType.PASSWORD_CHANGED, subject="event:1")
    for _ in range(3):
        sparkle.run(again, actor=SYSTEM)
        sparkle.run(WatchLogin(user_id=ada.id, login_id=UUID(int=1)), actor=SYSTEM)
    assert len(alerts(sparkle, ada)) == len(before) + 1


def test_an_alert_says_from_where_it_was_as_far_as_that_is_known(sparkle: Sparkle, ada: Somebody) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    ben, request = member(sparkle, "ben"), LogIn(email=ada.email, password="wrong")
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            sparkle.run(request, origin=Origin(address="192.168.0.7", user_agent=firefox))
        with pytest.raises(InvalidCredentials):
            sparkle.run(evolve(request, email=ben.email))
    facts = {"address": "192.168.0.7", "network": "local", "program": "Firefox on Linux"}
    assert [alert.data for alert in alerts(sparkle, ada)] == [facts] * 2
    assert [alert.data for alert in alerts(sparkle, ben)] == [{}] * 2


def test_where_an_alert_is_from_is_in_it_when_a_file_of_places_says_so(tmp_path: Path) -> None:
    place = {"country": {"iso_code": "GB"}, "city": {"names": {"en": "London"}}}
    write_mmdb(tmp_path / "places.mmdb", "GeoLite2-City", {"81.2.69.0/24": place})
    (tmp_path / "networks.txt").write_text("81.2.69.0/25 vpn\n")
    settings = Settings(
        key=bytes(32), var=tmp_path, locations=tmp_path / "places.mmdb", networks=tmp_path / "networks.txt"
    )
    with (
        fresh_database("sqlite") as url,
        connect(url, settings=settings, mailer=Mailbox(), hasher=FastHasher(), inline=True) as there,
    ):
        ada = member(there, "ada")
        guess(there, ada, 5, address="81.2.69.7")
        said = {"address": "81.2.69.7", "location": "London, GB", "network": "vpn"}
        assert [alert.data for alert in alerts(there, ada)] == [said] * 2
        seen = there.run(MyLogins(), actor=ada.actor).items[0]
        assert (seen.location, seen.network) == (Location(country="GB", city="London"), NetworkKind.VPN)


def flood(sparkle: Sparkle, somebody: Somebody, result: LoginResult) -> None:
    """1,300 tries from one address."""
    moment = sparkle.world.moment()

    async def body(tx: Transaction) -> None:
        for _ in range(1_300):
            login = LoginRecord(
                id=moment.new_id(), user_id=somebody.id, result=result, at=moment.now, address="192.0.2.1",
                user_agent=None,
            )  # fmt: skip
            tx.records.append(LOGINS, login)

    sparkle.run_coroutine(sparkle.store.transact(body))


def test_of_a_flood_a_thousand_tries_are_looked_at(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a long attack from making each look at it long, and from hiding what is new in it."""
    flood(sparkle, ada, LoginResult.LOCKED)
    guess(sparkle, ada, 5)
    assert names(sparkle, ada) == ["ACCOUNT_LOCKED", "MULTIPLE_FAILED_LOGINS"]


def test_tries_that_are_refused_for_their_address_hide_no_others(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops hiding guesses from many networks behind a flood from one address that has had its tries."""
    for n in range(5):
        guess(sparkle, ada, address=f"203.0.113.{n}")
    flood(sparkle, ada, LoginResult.LIMITED)
    guess(sparkle, ada, address="203.0.113.5")
    assert names(sparkle, ada).count("DISTRIBUTED_LOGIN_ATTEMPTS") == 1


def test_alerts_page_and_are_their_owners_alone(sparkle: Sparkle, ada: Somebody) -> None:
    for n in range(3):
        sparkle.run(RaiseAlert(user_id=ada.id, type=AlertType.PASSWORD_CHANGED, subject=f"event:{n}"), actor=SYSTEM)
    first = sparkle.run(MyAlerts(limit=2), actor=ada.actor)
    rest = sparkle.run(MyAlerts(limit=2, after=first.next), actor=ada.actor)
    assert [len(first.items), len(rest.items), rest.next] == [2, 1, None]
    assert alerts(sparkle, member(sparkle, "ben")) == []
    with pytest.raises(Unauthenticated):
        sparkle.run(MyAlerts())


def test_nobody_is_alerted_who_has_left_and_old_alerts_go_after_a_year(sparkle: Sparkle, ada: Somebody) -> None:
    ben = member(sparkle, "ben")
    signs_in(sparkle, ben)
    signs_in(sparkle, ben)
    assert names(sparkle, ben) == ["NEW_DEVICE_LOGIN"]
    later(sparkle, days=364)
    sparkle.run_coroutine(sparkle.tidy_up())
    assert len(alerts(sparkle, ben)) == 1
    later(sparkle, days=2)
    sparkle.run_coroutine(sparkle.tidy_up())
    assert alerts(sparkle, ben) == []
    being_erased(sparkle, ada.id)
    guess(sparkle, ada, 6)
    assert not [letter for letter in sparkle.mailbox.letters if letter.kind == "security_alert"]
    sparkle.run(RaiseAlert(user_id=ada.id, type=AlertType.PASSWORD_CHANGED, subject="event:1"), actor=SYSTEM)
