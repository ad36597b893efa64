"""Devices that were signed in from before, and the history of tries. Each test of a protection says what it stops."""

from base64 import b32decode, urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve
from tests.communities import key_of
from tests.support.clock import later
from tests.support.people import PASSWORD, Somebody, member

from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    AnswerChallenge,
    ChangePassword,
    EnableTwoFactor,
    LoggedIn,
    LogIn,
    LogOut,
    MyLogins,
    ProveIdentity,
    SetUpTwoFactor,
)
from sparkle_core.application.accounts.devices import device_token, recognised
from sparkle_core.application.rules import Rules
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import LOGINS, SYSTEM, Actor, Origin
from sparkle_core.domain.accounts.errors import InvalidCredentials, SecondFactorRequired
from sparkle_core.domain.accounts.factors import step_at
from sparkle_core.domain.accounts.networks import NetworkKind
from sparkle_core.domain.accounts.proofs import LoginRecord, LoginResult
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.errors import Invalid, Unauthenticated
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.store import Transaction

SEED = 17
HASHES = HmacKeys(key_of(SEED))
ADA, BEN = UserId(UUID(int=1)), UserId(UUID(int=2))
HERE, THERE = Origin(address="198.51.100.7"), Origin(address="203.0.113.66")


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=SEED)


def signs_in(
    sparkle: Sparkle, somebody: Somebody, token: str | None = None, password: str = PASSWORD, origin: Origin = HERE
) -> LoggedIn | None:
    """The session, or None for a refusal, which never says why."""
    try:
        return sparkle.run(LogIn(email=somebody.email, password=password), origin=evolve(origin, device_token=token))
    except InvalidCredentials:
        return None


def device_of(sparkle: Sparkle, somebody: Somebody, token: str | None = None) -> str:
    session = signs_in(sparkle, somebody, token)
    assert session is not None
    assert session.device_token is not None
    return session.device_token


def guess(sparkle: Sparkle, somebody: Somebody, times: int, token: str | None = None, origin: Origin = THERE) -> None:
    for _ in range(times):
        assert signs_in(sparkle, somebody, token, "wrong", origin) is None


def test_strangers_never_lock_a_person_out_of_a_device_of_theirs(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops locking people out by guessing at their account, again and again, also from their own address."""
    device = device_of(sparkle, ada)
    for origin in (HERE, THERE):
        guess(sparkle, ada, 60, origin=origin)
        assert signs_in(sparkle, ada) is None, "without the token, the right password does not help"
        assert signs_in(sparkle, ada, device) is not None
    later(sparkle, minutes=15)
    assert signs_in(sparkle, ada) is not None


def test_whoever_signs_in_from_a_device_does_not_give_strangers_their_tries_back(
    sparkle: Sparkle, ada: Somebody
) -> None:
    """Stops guessing on each time the owner comes by."""
    device = device_of(sparkle, ada)
    guess(sparkle, ada, 5)
    assert signs_in(sparkle, ada, device)
    assert signs_in(sparkle, ada, origin=THERE) is None


def test_a_device_has_five_tries_of_its_own_and_uses_up_nobody_elses(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops guessing from a stolen device, and locking the account from one."""
    stolen, other = device_of(sparkle, ada), device_of(sparkle, ada)
    guess(sparkle, ada, 5, stolen)
    assert signs_in(sparkle, ada, stolen) is None
    assert signs_in(sparkle, ada, other) is not None
    assert signs_in(sparkle, ada) is not None
    later(sparkle, minutes=15)
    assert signs_in(sparkle, ada, stolen) is not None
    guess(sparkle, ada, 4, stolen)
    assert signs_in(sparkle, ada, stolen) is not None
    guess(sparkle, ada, 4, stolen)
    assert signs_in(sparkle, ada, stolen) is not None, "a right password gives the tries back"


def test_a_token_of_another_person_counts_nothing(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops having tries of one's own at somebody else's account by having an account."""
    own = device_of(sparkle, member(sparkle, "eve"))
    guess(sparkle, ada, 5, own)
    assert signs_in(sparkle, ada, own) is None
    assert signs_in(sparkle, ada) is None, "they were counted as anybody's"


def test_a_token_stays_the_same_and_survives_the_session_and_a_new_password(sparkle: Sparkle, ada: Somebody) -> None:
    first = signs_in(sparkle, ada)
    assert first is not None
    assert str(first.device_token) not in repr(first)
    sparkle.run(LogOut(), actor=first.actor)
    assert device_of(sparkle, ada, first.device_token) == first.device_token
    assert device_of(sparkle, ada) != first.device_token
    sparkle.run(ChangePassword(password="An0ther-horse-battery"), actor=ada.actor)
    again = signs_in(sparkle, ada, first.device_token, "An0ther-horse-battery")
    assert again is not None
    assert again.device_token == first.device_token
    proved = sparkle.run(ProveIdentity(password="An0ther-horse-battery"), actor=again.actor)
    assert proved.device_token == first.device_token


def test_a_token_said_with_the_password_goes_before_the_one_that_came_along(sparkle: Sparkle, ada: Somebody) -> None:
    one, other = device_of(sparkle, ada), device_of(sparkle, ada)
    request = LogIn(email=ada.email, password=PASSWORD, device_token=one)
    assert sparkle.run(request, origin=evolve(HERE, device_token=other)).device_token == one
    assert sparkle.run(request).device_token == one


def test_with_a_second_factor_a_device_is_known_once_the_code_was_right(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a stolen password from making a device known: the challenge gives no token."""
    device = device_of(sparkle, ada)
    now = sparkle.world.moment().now
    setup = sparkle.run(SetUpTwoFactor(), actor=Actor(user_id=ada.id, proved_at=now))
    otps, secret = PlainOneTimePasswords(), b32decode(setup.secret)
    sparkle.run(EnableTwoFactor(code=otps.code(secret, step_at(now))), actor=ada.actor)
    later(sparkle, seconds=30)
    with pytest.raises(SecondFactorRequired) as asked:
        signs_in(sparkle, ada, device)
    assert "dev_" not in str(asked.value.facts())
    code = otps.code(secret, step_at(sparkle.world.moment().now))
    session = sparkle.run(AnswerChallenge(challenge=asked.value.challenge, code=code))
    assert session.device_token == device
    results = [(login.result.value, login.device_id) for login in sparkle.run(MyLogins(), actor=ada.actor).items[:2]]
    id = recognised(HASHES, ada.id, device)
    assert results == [("succeeded", id), ("awaits_second_factor", id)]


def test_a_token_is_for_one_person_and_one_device() -> None:
    token = device_token(HASHES, ADA, UUID(int=7))
    assert recognised(HASHES, ADA, token) == UUID(int=7)
    assert recognised(HASHES, BEN, token) is None
    assert recognised(HmacKeys(bytes(32)), ADA, token) is None


def test_a_token_cannot_be_altered() -> None:
    """Stops making up devices, each of which would have tries of its own."""
    token = device_token(HASHES, ADA, UUID(int=7))
    plain = urlsafe_b64decode(token[4:])
    for n in range(len(plain)):
        altered = bytes([*plain[:n], plain[n] ^ 1, *plain[n + 1 :]])
        assert recognised(HASHES, ADA, "dev_" + urlsafe_b64encode(altered).decode()) is None


@pytest.mark.parametrize(
    "token", [None, "", "dev_", "dev_" + "A" * 63, "dev_" + "A" * 64, "dev_" + "A" * 65, "sess" + "A" * 64,
              "dev_" + "=" * 64, "dev_" + "A" * 60 + "====", "dev_" + "é" * 64, "dev_" + "\ud800" * 64]
)  # fmt: skip
def test_what_is_no_token_recognises_nothing(token: str | None) -> None:
    assert recognised(HASHES, ADA, token) is None


@pytest.mark.parametrize("limit", [0, 101])
def test_devices_have_a_few_tries(limit: int) -> None:
    with pytest.raises(Invalid, match="login_per_device"):
        SecurityRules(login_per_device=RateTier(limit=limit, window_s=900))


def history(sparkle: Sparkle, somebody: Somebody) -> list[str]:
    return [login.result.value for login in reversed(sparkle.run(MyLogins(), actor=somebody.actor).items)]


def test_one_sees_who_tried_to_sign_in(sparkle: Sparkle, ada: Somebody) -> None:
    member(sparkle, "ben")
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
    guess(sparkle, ada, 1, origin=evolve(THERE, user_agent=firefox))
    device = device_of(sparkle, ada)
    right, wrong = sparkle.run(MyLogins(), actor=ada.actor).items
    assert (right.succeeded, wrong.succeeded, wrong.result.value) == (True, False, "wrong")
    assert (wrong.address, wrong.program.label, wrong.network, wrong.location) == (
        THERE.address,
        "Firefox on Windows",
        NetworkKind.ORDINARY,
        None,
    )
    assert right.at - wrong.at < timedelta(seconds=1)
    assert (right.device_id, wrong.device_id) == (recognised(HASHES, ada.id, device), None)
    guess(sparkle, ada, 1, device)
    assert sparkle.run(MyLogins(), actor=ada.actor).items[0].device_id == right.device_id


def test_the_history_says_why_a_try_was_refused(sparkle: Sparkle, ada: Somebody) -> None:
    guess(sparkle, ada, 6)
    assert history(sparkle, ada) == ["wrong"] * 5 + ["locked"]
    nobody(sparkle, 24, THERE)
    later(sparkle, minutes=14)
    eve = member(sparkle, "eve")
    guess(sparkle, eve, 1)
    assert history(sparkle, eve) == ["limited"], "the address has had its tries"


def nobody(sparkle: Sparkle, times: int, origin: Origin) -> None:
    """Tries at addresses that nobody has."""
    for n in range(times):
        with pytest.raises(InvalidCredentials):
            sparkle.run(LogIn(email=f"nobody{n}@example.org", password="wrong"), origin=origin)


def test_one_address_cannot_use_up_what_all_have() -> None:
    """Stops one machine from keeping everybody from signing in on new devices, by trying until all tries are gone."""
    few = SecurityRules(
        login_per_address=RateTier(limit=3, window_s=900),
        login_per_network=RateTier(limit=6, window_s=900),
        login_overall=RateTier(limit=12, window_s=900),
    )
    with in_memory(seed=SEED, rules=Rules(security=few)) as sparkle:
        ada = member(sparkle, "ada")
        nobody(sparkle, 40, THERE)
        assert signs_in(sparkle, ada, origin=Origin(address="203.0.113.67")), "the network has tries left"
        nobody(sparkle, 40, Origin(address="203.0.113.68"))
        assert signs_in(sparkle, ada, origin=Origin(address="203.0.113.69")) is None, "the network has had its tries"
        assert signs_in(sparkle, ada), "there are tries left overall"
        for n in range(9):
            nobody(sparkle, 1, Origin(address=f"192.0.{n}.1"))
        assert signs_in(sparkle, ada) is None, "all have had theirs"


def test_what_is_refused_for_its_address_counts_against_no_account(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops locking people out from an address that is refused, which no alert would tell them of."""
    nobody(sparkle, 30, THERE)
    guess(sparkle, ada, 10, origin=THERE)
    assert signs_in(sparkle, ada, origin=THERE) is None, "the address has had its tries"
    assert [(login.result, login.locks) for login in kept(sparkle, ada)] == [(LoginResult.LIMITED, False)] * 11
    assert signs_in(sparkle, ada)


def kept(sparkle: Sparkle, somebody: Somebody) -> list[LoginRecord]:
    async def read(tx: Transaction) -> list[LoginRecord]:
        return await tx.records.page(LOGINS)

    return [login for login in sparkle.run_coroutine(sparkle.store.read(read)) if login.user_id == somebody.id]


def test_the_try_that_locks_is_marked(sparkle: Sparkle, ada: Somebody) -> None:
    guess(sparkle, ada, 7)
    assert [login.locks for login in reversed(kept(sparkle, ada))] == [False] * 4 + [True] + [False] * 2
    later(sparkle, minutes=15)
    guess(sparkle, ada, 4)
    assert signs_in(sparkle, ada) is not None
    assert not kept(sparkle, ada)[0].locks, "the last try was right"


def test_the_history_pages_and_is_its_owners_alone(sparkle: Sparkle, ada: Somebody) -> None:
    ben = member(sparkle, "ben")
    guess(sparkle, ada, 3)
    guess(sparkle, ben, 2)
    first = sparkle.run(MyLogins(limit=2), actor=ada.actor)
    rest = sparkle.run(MyLogins(limit=2, after=first.next), actor=ada.actor)
    assert [len(first.items), len(rest.items), rest.next] == [2, 1, None]
    ids = [login.id for page in (first, rest) for login in page.items]
    assert ids == sorted(ids, reverse=True)
    assert len(sparkle.run(MyLogins(), actor=ben.actor).items) == 2
    with pytest.raises(Invalid, match="after"):
        sparkle.run(MyLogins(after=first.next), actor=ben.actor)
    for nobody in (Actor(), Actor(user_id=BEN)):
        with pytest.raises(Unauthenticated):
            sparkle.run(MyLogins(), actor=nobody)


def test_the_history_is_kept_for_ninety_days_and_removed_in_batches(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops the history of a long attack from being removed in one long transaction."""
    guess(sparkle, ada, 450)
    later(sparkle, days=45)
    guess(sparkle, ada, 2)
    later(sparkle, days=44, hours=23)
    sparkle.run_coroutine(sparkle.tidy_up())
    assert len(kept(sparkle, ada)) == 200, "a page of them: none had its time"
    later(sparkle, hours=1, minutes=1)
    batches = []
    while rows := sparkle.run(TidyUp(), actor=SYSTEM).rows:
        batches.append(rows)
    assert sum(batches) >= 450
    assert max(batches) == 200
    assert len(kept(sparkle, ada)) == 2
