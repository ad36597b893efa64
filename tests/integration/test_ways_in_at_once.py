"""Ways into accounts, when many act at once. Each test says which attack or race it stops."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from sparkle_core.application.accounts import (
    AddPasskey,
    BeginPasskey,
    BeginPasskeySignIn,
    JoinWithProvider,
    LinkProvider,
    LoggedIn,
    MyWaysIn,
    RemovePasskey,
    SessionsOf,
    SignInWithPasskey,
    SignInWithProvider,
    UnlinkProvider,
    VisitProvider,
    VisitProviderToLink,
)
from sparkle_core.domain.accounts import ANONYMOUS, Actor
from sparkle_core.domain.accounts.errors import SignUpRequired
from sparkle_core.testing.authenticating import MadeUpAuthenticator
from sparkle_core.testing.visiting import came_back
from tests.communities import STORES
from tests.racing import Call, Track, id_of, outcomes, track
from tests.support.people import BORN


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A community to race in, on each store."""
    with track(request.param) as found:
        yield found


def proved(on: Track, actor: Actor) -> Actor:
    return Actor(user_id=actor.user_id, proved_at=on.sparkle.world.moment().now)


def sign_up_of(on: Track, provider: str, sub: str, email: str) -> str:
    departure = on.run(VisitProvider(provider=provider), ANONYMOUS)
    with pytest.raises(SignUpRequired) as asked:
        on.run(SignInWithProvider(**came_back(departure, sub=sub, email=email)), ANONYMOUS)
    return asked.value.sign_up


def joins_without_password(on: Track) -> Actor:
    """Bea, who signs in with Google and nothing else."""
    sign_up = sign_up_of(on, "google", "7", "bea@example.org")
    session: LoggedIn = on.run(JoinWithProvider(sign_up=sign_up, agree_to_terms=True, birth_date=BORN), ANONYMOUS)
    return Actor(user_id=session.actor.user_id)


def links(on: Track, actor: Actor, provider: str, sub: str) -> None:
    departure = on.run(VisitProviderToLink(provider=provider), proved(on, actor))
    on.run(LinkProvider(**came_back(departure, sub=sub)), proved(on, actor))


def test_of_50_that_come_back_with_one_state_at_once_one_gets_a_session(on: Track) -> None:
    """Stops a state and a code that were read on their way, sent in the moment in which their owner sends them."""
    ada = on.joins("ada")
    links(on, ada, "google", "42")
    departure = on.run(VisitProvider(provider="google"), ANONYMOUS)
    codes = [came_back(departure, name=f"Ada {n}") for n in range(5)]  # each of them good
    answers = on.race([Call(SignInWithProvider(**codes[n % 5])) for n in range(50)])
    assert outcomes(answers) == {"ok": 1, "visit_rejected": 49}
    assert len(on.run(SessionsOf(user_id=id_of(ada)))) == 1


def test_of_20_that_join_by_one_sign_up_at_once_one_does(on: Track) -> None:
    """Stops two accounts of one identity, and two welcome bonuses."""
    sign_up = sign_up_of(on, "google", "7", "bea@example.org")
    answers = on.race(
        [Call(JoinWithProvider(sign_up=sign_up, agree_to_terms=True, birth_date=BORN)) for _ in range(20)]
    )
    assert outcomes(answers) == {"ok": 1, "visit_rejected": 19}


def test_of_10_that_join_with_one_address_at_once_one_has_it(on: Track) -> None:
    """Stops an account without its address: who was slower is told to sign in to it."""
    sign_ups = [sign_up_of(on, "google", str(n), "bea@example.org") for n in range(10)]
    answers = on.race([Call(JoinWithProvider(sign_up=one, agree_to_terms=True, birth_date=BORN)) for one in sign_ups])
    assert outcomes(answers) == {"ok": 1, "link_first": 9}


def test_of_two_that_link_one_identity_at_once_one_has_it(on: Track) -> None:
    """Stops an identity from opening two accounts."""
    people = [on.joins("ada"), on.joins("cem")]
    calls = []
    for actor in people:
        departure = on.run(VisitProviderToLink(provider="google"), proved(on, actor))
        calls.append(Call(LinkProvider(**came_back(departure, sub="42")), proved(on, actor)))
    assert outcomes(on.race(calls)) == {"ok": 1, "taken": 1}


def test_the_last_two_ways_in_taken_away_at_once_leave_one(on: Track) -> None:
    """Stops each from finding the other one still there, so that nobody gets in any more."""
    bea = joins_without_password(on)
    links(on, bea, "github", "70")
    calls = [Call(UnlinkProvider(provider=provider), proved(on, bea)) for provider in ("google", "github")]
    assert outcomes(on.race(calls)) == {"ok": 1, "last_way_in": 1}
    assert len(on.run(MyWaysIn(), bea).providers) == 1


def adds_passkey(on: Track, actor: Actor, authenticator: MadeUpAuthenticator) -> UUID:
    begun = on.run(BeginPasskey(), proved(on, actor))
    made = authenticator.create(begun.options, counter=0)
    added = on.run(AddPasskey(ceremony=begun.ceremony, credential=made, name="key"), proved(on, actor))
    id: UUID = added.id
    return id


def test_of_50_uses_of_one_assertion_at_once_one_makes_a_session(on: Track) -> None:
    """Stops an answer that was read on its way, sent in the moment in which its owner sends it.

    Of an authenticator that does not count, so that its counter does not show it.
    """
    ada, key = on.joins("ada"), MadeUpAuthenticator("key")
    adds_passkey(on, ada, key)
    begun = on.run(BeginPasskeySignIn(), ANONYMOUS)
    signed = key.get(begun.options, counter=0)
    answers = on.race([Call(SignInWithPasskey(ceremony=begun.ceremony, credential=signed)) for _ in range(50)])
    assert outcomes(answers) == {"ok": 1, "passkey_rejected": 49}
    assert len(on.run(SessionsOf(user_id=id_of(ada)))) == 1


def test_of_two_assertions_with_one_counter_at_once_one_makes_a_session(on: Track) -> None:
    """Stops a copy of a key that is used in the same moment as its original."""
    ada, key = on.joins("ada"), MadeUpAuthenticator("key")
    adds_passkey(on, ada, key)
    begun = [on.run(BeginPasskeySignIn(), ANONYMOUS) for _ in range(2)]
    calls = [Call(SignInWithPasskey(ceremony=b.ceremony, credential=key.get(b.options, counter=7))) for b in begun]
    assert outcomes(on.race(calls)) == {"ok": 1, "passkey_rejected": 1}


def test_a_passkey_and_a_provider_taken_away_at_once_leave_one(on: Track) -> None:
    """Stops each from finding the other one still there, so that nobody gets in any more."""
    bea = joins_without_password(on)
    key = adds_passkey(on, bea, MadeUpAuthenticator("key"))
    calls = [
        Call(UnlinkProvider(provider="google"), proved(on, bea)),
        Call(RemovePasskey(passkey_id=key), proved(on, bea)),
    ]
    assert outcomes(on.race(calls)) == {"ok": 1, "last_way_in": 1}
    ways = on.run(MyWaysIn(), bea)
    assert len(ways.providers) + len(ways.passkeys) == 1
