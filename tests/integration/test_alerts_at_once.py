"""Alerts when much happens at once, and several workers look at it beside one another: each once an episode."""

from collections import Counter
from collections.abc import Iterator

import pytest

from sparkle_core.application.accounts import LogIn, MyAlerts, RaiseAlert, WatchLogin
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.domain.accounts import LOGINS, SYSTEM, Actor
from sparkle_core.domain.accounts.alerts import AlertType
from sparkle_core.domain.accounts.proofs import LoginRecord
from sparkle_core.ports.store import Transaction
from tests.communities import PASSWORD, STORES
from tests.racing import Call, Track, id_of, outcomes, track


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A community to race in, on each store."""
    with track(request.param) as found:
        yield found


def raised(on: Track, actor: Actor) -> Counter[str]:
    return Counter(alert.type.value for alert in on.run(MyAlerts(limit=100), actor).items)


def logins(on: Track) -> list[LoginRecord]:
    async def read(tx: Transaction) -> list[LoginRecord]:
        return await tx.records.page(LOGINS)

    return on.sparkle.run_coroutine(on.sparkle.store.read(read))


def test_200_wrong_passwords_at_once_are_one_episode_however_many_workers_look(on: Track) -> None:
    """Stops an attack from telling its victim two hundred times, or twice because two workers saw it together."""
    victim = on.joins("victim")
    guesses = [Call(LogIn(email="victim@example.org", password=f"Gu3ss-number-{n}")) for n in range(200)]
    assert outcomes(on.race(guesses)) == {"invalid_credentials": 200}
    on.drain(4)
    assert raised(on, victim) == {"ACCOUNT_LOCKED": 1, "MULTIPLE_FAILED_LOGINS": 1}
    told = on.run(MyNotifications(limit=100), victim).items
    assert sum(n.type.value == "SECURITY_ALERT" for n in told) == 2


def test_one_try_looked_at_by_many_at_once_is_told_once(on: Track) -> None:
    """Stops a race between workers from doubling what the first of them raises."""
    victim = on.joins("victim")
    on.race([Call(LogIn(email="victim@example.org", password=f"Gu3ss-number-{n}")) for n in range(8)])
    looks = [WatchLogin(user_id=id_of(victim), login_id=login.id) for login in logins(on)]
    assert outcomes(on.race([Call(look, SYSTEM) for look in looks * 4])) == {"ok": 32}
    assert raised(on, victim) == {"ACCOUNT_LOCKED": 1, "MULTIPLE_FAILED_LOGINS": 1}
    alert = RaiseAlert(user_id=id_of(victim), type=AlertType.PASSWORD_CHANGED, subject="event:1")
    assert outcomes(on.race([Call(alert, SYSTEM)] * 20)) == {"ok": 20}
    assert raised(on, victim)["PASSWORD_CHANGED"] == 1


def test_of_first_logins_at_once_one_is_the_first(on: Track) -> None:
    """Stops two who sign in at the same moment from both passing for the first."""
    ada = on.joins("ada")
    sessions = on.race([Call(LogIn(email="ada@example.org", password=PASSWORD)) for _ in range(5)])
    assert outcomes(sessions) == {"ok": 5}
    on.drain(4)
    assert raised(on, ada) == {"NEW_DEVICE_LOGIN": 4}
