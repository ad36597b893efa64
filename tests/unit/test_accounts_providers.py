"""Signing in with providers. Each test of a protection says which attack it stops."""

import re
from base64 import b32decode
from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.support.clock import later
from tests.support.people import BORN, PASSWORD, Somebody, being_erased, member, newcomer, proved

from sparkle_adapters.memory.identities import MemoryIdentityProviders
from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    AnswerChallenge,
    Authenticate,
    ChangePassword,
    Departure,
    EnableTwoFactor,
    JoinWithProvider,
    LinkProvider,
    LoggedIn,
    LogIn,
    MyProfile,
    MyWaysIn,
    ProveIdentity,
    ProveWithProvider,
    Register,
    RequestPasswordReset,
    ResetPassword,
    SetUpTwoFactor,
    SignInProviders,
    SignInWithProvider,
    TwoFactorSetup,
    UnlinkProvider,
    VisitProvider,
    VisitProviderToLink,
    VisitProviderToProve,
)
from sparkle_core.application.economy import BalanceOf
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.progression import ProgressOf
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import (
    LOGINS,
    PEOPLE,
    PROVIDER_SIGN_UPS,
    PROVIDER_VISITS,
    SESSIONS,
    SYSTEM,
    Actor,
    Origin,
    Status,
)
from sparkle_core.domain.accounts.errors import (
    InvalidCredentials,
    LastWayIn,
    LinkFirst,
    ProviderEmailUnverified,
    ProviderRefused,
    SecondFactorRequired,
    SignUpRequired,
    VisitRejected,
)
from sparkle_core.domain.accounts.factors import step_at
from sparkle_core.domain.accounts.identities import Destinations, ProvedIdentity
from sparkle_core.domain.kernel.actors import Minor
from sparkle_core.domain.kernel.errors import (
    Invalid,
    NotFound,
    NotWhile,
    StepUpRequired,
    Taken,
    Unauthenticated,
    Unavailable,
)
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.visiting import came_back

BEA = {"sub": "7", "email": "bea@example.org", "name": "Bea"}


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=31)


def visits(sparkle: Sparkle, provider: str = "google", **more: Any) -> Departure:
    return sparkle.run(VisitProvider(provider=provider, **more))


def signs_in(sparkle: Sparkle, provider: str = "google", **says: Any) -> LoggedIn:
    return sparkle.run(SignInWithProvider(**came_back(visits(sparkle, provider), **says)))


def is_new(sparkle: Sparkle, provider: str = "google", **says: Any) -> str:
    """The sign-up of somebody whom nobody here knows."""
    with pytest.raises(SignUpRequired) as asked:
        signs_in(sparkle, provider, **says)
    assert asked.value.expires_in_s == 600
    return asked.value.sign_up


def joins(sparkle: Sparkle, provider: str = "google", **says: Any) -> LoggedIn:
    return sparkle.run(
        JoinWithProvider(sign_up=is_new(sparkle, provider, **says), agree_to_terms=True, birth_date=BORN)
    )


def links(sparkle: Sparkle, actor: Actor, provider: str = "google", **says: Any) -> None:
    departure = sparkle.run(VisitProviderToLink(provider=provider), actor=proved(sparkle, actor))
    sparkle.run(LinkProvider(**came_back(departure, **says)), actor=proved(sparkle, actor))


def ways_of(sparkle: Sparkle, actor: Actor) -> tuple[bool, list[str]]:
    ways = sparkle.run(MyWaysIn(), actor=actor)
    return ways.password, [linked.provider for linked in ways.providers]


def letters(sparkle: Sparkle, email: str) -> list[str]:
    return [letter.kind for letter in sparkle.mailbox.letters if letter.to == email]


# joining and signing in


def test_whoever_joins_with_a_provider_is_active_and_has_what_everybody_gets(sparkle: Sparkle) -> None:
    session = joins(sparkle, **BEA)
    bea = sparkle.run(MyProfile(), actor=session.actor)
    assert (session.status, bea.username, bea.email) == (Status.ACTIVE, "bea", "bea@example.org")
    assert session.actor.user_id is not None
    assert sparkle.run(BalanceOf(user_id=session.actor.user_id), actor=session.actor).available == 100
    assert sparkle.run(ProgressOf(user_id=session.actor.user_id)).xp == 30
    assert ways_of(sparkle, session.actor) == (False, ["google"])
    assert letters(sparkle, "bea@example.org") == []
    assert sparkle.run(Authenticate(token=session.token)) == session.actor


def test_a_name_made_of_the_address_there_does_not_pose_as_the_team(sparkle: Sparkle) -> None:
    """Stops getting by a provider the name that is blocked when one asks for it."""
    session = joins(sparkle, **BEA | {"email": "sp4rkle_te4m@example.org"})
    assert re.fullmatch("fan_[0-9a-z]{4}", sparkle.run(MyProfile(), actor=session.actor).username)


def test_from_then_on_the_provider_signs_them_in_whatever_their_address_there(sparkle: Sparkle) -> None:
    """Who somebody is there is their subject: an address may change hands (OpenID Connect Core 1.0, 5.7)."""
    first = joins(sparkle, **BEA)
    again = signs_in(sparkle, sub="7", email="other@example.org", email_verified=False)
    assert again.actor.user_id == first.actor.user_id
    is_new(sparkle, sub="8", email="new@example.org")


def test_the_session_is_made_as_by_a_password(sparkle: Sparkle, ada: Somebody) -> None:
    links(sparkle, ada.actor)
    by_password = sparkle.run(LogIn(email=ada.email, password=PASSWORD, remember=True))
    departure = visits(sparkle, remember=True)
    same_device = Origin(device_token=by_password.device_token)
    by_provider = sparkle.run(SignInWithProvider(**came_back(departure)), origin=same_device)
    assert by_provider.device_token == by_password.device_token

    async def kept(tx: Transaction) -> Any:
        sessions = [await tx.records.get(SESSIONS, s.actor.session_id) for s in (by_password, by_provider)]  # type: ignore[arg-type]
        return sessions, await tx.records.page(LOGINS, eq("user_id", ada.id))

    (one, other), history = sparkle.run_coroutine(sparkle.store.read(kept))
    lasts = {session.expires_at - session.created_at for session in (one, other)}
    assert lasts == {timedelta(days=90)}
    moments = {
        name: getattr(other, name) for name in ("id", "token_hash", "created_at", "proved_at", "used_at", "expires_at")
    }
    assert evolve(one, **moments) == other
    assert [line.result.value for line in history] == ["succeeded"] * 2


def test_a_username_is_chosen_and_every_fault_is_named(sparkle: Sparkle, ada: Somebody) -> None:
    sign_up = is_new(sparkle, **BEA)
    with pytest.raises(Invalid) as wrong:
        sparkle.run(JoinWithProvider(sign_up=sign_up, username="admin", agree_to_terms=False, birth_date=BORN))
    assert [fault.path for fault in wrong.value.faults] == ["username", "agree_to_terms"]
    with pytest.raises(Taken, match="username"):
        sparkle.run(JoinWithProvider(sign_up=sign_up, username="ADA", agree_to_terms=True, birth_date=BORN))
    session = sparkle.run(JoinWithProvider(sign_up=sign_up, username="Beatrice", agree_to_terms=True, birth_date=BORN))
    assert sparkle.run(MyProfile(), actor=session.actor).username == "Beatrice"


def test_a_sign_up_works_once_and_for_ten_minutes(sparkle: Sparkle) -> None:
    """Stops a sign-up that was left open from being anybody's."""
    old, done = is_new(sparkle, sub="8", email="old@example.org"), is_new(sparkle, **BEA)
    sparkle.run(JoinWithProvider(sign_up=done, agree_to_terms=True, birth_date=BORN))
    later(sparkle, minutes=10)
    for sign_up in (old, done, "join_nothing"):
        with pytest.raises(VisitRejected):
            sparkle.run(JoinWithProvider(sign_up=sign_up, agree_to_terms=True, birth_date=BORN))


def test_a_referral_by_a_provider_matures_as_any_other(sparkle: Sparkle, ada: Somebody) -> None:
    code = _referral_code(sparkle, ada)
    sparkle.run(
        JoinWithProvider(sign_up=is_new(sparkle, **BEA), agree_to_terms=True, birth_date=BORN, referral_code=code)
    )
    later(sparkle, days=8)
    sparkle.run_coroutine(sparkle.drain())
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor).available == 600


def _referral_code(sparkle: Sparkle, ada: Somebody) -> str:
    async def read(tx: Transaction) -> str:
        person = await tx.records.get(PEOPLE, ada.id)
        assert person is not None
        return person.referral_code

    return sparkle.run_coroutine(sparkle.store.read(read))


# addresses


def test_an_address_that_is_somebodys_here_signs_nobody_in(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever gets an address at a provider, or runs one, from getting the account that has it here."""
    with pytest.raises(LinkFirst) as refused:
        signs_in(sparkle, email="Ada@Example.org")
    assert refused.value.provider == "google"
    assert ways_of(sparkle, ada.actor) == (True, [])


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org", None, "no address"])
def test_an_unverified_address_is_refused_alike_whoevers_it_is(
    sparkle: Sparkle, ada: Somebody, email: str | None
) -> None:
    """Stops asking who has an account here with addresses that anybody can type in at a provider."""
    verified = email == "no address"
    with pytest.raises(ProviderEmailUnverified):
        signs_in(sparkle, "discord", sub="666", email=email, email_verified=verified)
    departure = sparkle.run(VisitProviderToLink(provider="discord"), actor=proved(sparkle, ada.actor))
    came = came_back(departure, sub="666", email=email, email_verified=verified)
    with pytest.raises(ProviderEmailUnverified):
        sparkle.run(LinkProvider(**came), actor=proved(sparkle, ada.actor))
    assert ways_of(sparkle, ada.actor) == (True, [])


def test_an_address_that_somebody_took_meanwhile_is_theirs(sparkle: Sparkle) -> None:
    sign_up = is_new(sparkle, **BEA)
    newcomer(sparkle, "bea")
    with pytest.raises(LinkFirst):
        sparkle.run(JoinWithProvider(sign_up=sign_up, agree_to_terms=True, birth_date=BORN))


def test_who_has_not_proved_their_address_adds_no_way_in(sparkle: Sparkle) -> None:
    """Stops joining with somebody else's address, and waiting, with a way in, for them to take the account over."""
    eve = newcomer(sparkle, "bea")
    with pytest.raises(NotWhile):
        sparkle.run(VisitProviderToLink(provider="google"), actor=proved(sparkle, eve.actor))


# visits


def test_a_visit_is_finished_once(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a state and a code that were read in a log or a history."""
    links(sparkle, ada.actor)
    departure = visits(sparkle)
    back = came_back(departure)
    sparkle.run(SignInWithProvider(**back))
    with pytest.raises(VisitRejected):
        sparkle.run(SignInWithProvider(**back))
    with pytest.raises(VisitRejected):
        sparkle.run(SignInWithProvider(**came_back(departure, name="a fresh code")))


def test_a_visit_is_finished_within_ten_minutes(sparkle: Sparkle, ada: Somebody) -> None:
    links(sparkle, ada.actor)
    departure = visits(sparkle)
    assert departure.expires_in_s == 600
    later(sparkle, minutes=10)
    with pytest.raises(VisitRejected):
        sparkle.run(SignInWithProvider(**came_back(departure)))


def test_a_state_that_nobody_was_sent_with_is_refused(sparkle: Sparkle) -> None:
    """Stops forged requests (RFC 6749, 10.12)."""
    with pytest.raises(VisitRejected):
        sparkle.run(SignInWithProvider(**came_back(visits(sparkle)) | {"state": "made-up"}))


def test_a_visit_is_finished_in_the_browser_that_began_it(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops signing somebody into the attacker's account by a link with the attacker's own state and code.

    (Login CSRF: the victim's browser has a secret of its own, or none.) And the visit stays its owner's.
    """
    links(sparkle, ada.actor, sub="666", email="eve@example.org")
    attackers, victims = visits(sparkle), visits(sparkle)
    for browser in (victims.browser, ""):
        with pytest.raises(VisitRejected):
            sparkle.run(SignInWithProvider(**came_back(attackers, sub="666") | {"browser": browser}))
    assert sparkle.run(SignInWithProvider(**came_back(attackers, sub="666"))).actor.user_id == ada.id


def test_a_code_of_one_visit_is_no_good_in_another(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a code from being injected into a visit that somebody else began (RFC 9700, 4.5)."""
    links(sparkle, ada.actor)
    victims, attackers = came_back(visits(sparkle)), visits(sparkle)
    stolen = came_back(attackers) | {"code": victims["code"]}
    with pytest.raises(ProviderRefused):
        sparkle.run(SignInWithProvider(**stolen))


def test_a_visit_is_good_for_what_it_was_begun_for(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a visit for signing in from linking the account that happens to be signed in, and the other way round."""
    mine = proved(sparkle, ada.actor)
    to_sign_in, to_link = visits(sparkle), sparkle.run(VisitProviderToLink(provider="google"), actor=mine)
    with pytest.raises(VisitRejected):
        sparkle.run(LinkProvider(**came_back(to_sign_in)), actor=mine)
    with pytest.raises(VisitRejected):
        sparkle.run(SignInWithProvider(**came_back(to_link)))
    assert ways_of(sparkle, ada.actor) == (True, [])


def test_a_provider_that_is_lost_is_unavailable_and_one_that_is_not_there_not_found() -> None:
    providers = MemoryIdentityProviders(("google", "apple"))
    sparkle = in_memory(seed=31, providers=providers)
    assert sparkle.run(SignInProviders()).providers == ("google", "apple")
    with pytest.raises(NotFound):
        visits(sparkle, "github")
    departure = visits(sparkle)
    providers.lost.add("google")
    with pytest.raises(Unavailable):
        visits(sparkle)
    with pytest.raises(Unavailable):
        sparkle.run(SignInWithProvider(**came_back(departure)))


def test_nothing_that_a_visit_needs_can_be_read_in_a_dump(sparkle: Sparkle) -> None:
    """Stops whoever has a backup from finishing a visit, and a log from showing one."""
    departure = visits(sparkle)
    back = came_back(departure)
    sign_up = is_new(sparkle, **BEA)

    async def kept(tx: Transaction) -> str:
        return repr((await tx.records.find(PROVIDER_VISITS), await tx.records.find(PROVIDER_SIGN_UPS)))

    dump = sparkle.run_coroutine(sparkle.store.read(kept)) + repr((departure, SignInWithProvider(**back)))
    assert not [told for told in (*back.values(), sign_up) if told in dump]
    with pytest.raises(Invalid, match="key"):
        sparkle.run(VisitProvider(provider="google"), key="k")


def test_visits_and_sign_ups_are_tidied_up_a_day_after_they_ended(sparkle: Sparkle) -> None:
    is_new(sparkle, **BEA)
    later(sparkle, days=2)
    sparkle.run(TidyUp(), actor=SYSTEM)

    async def left(tx: Transaction) -> int:
        return len([*await tx.records.find(PROVIDER_VISITS), *await tx.records.find(PROVIDER_SIGN_UPS)])

    assert sparkle.run_coroutine(sparkle.store.read(left)) == 0


def test_a_provider_that_has_verified_no_address_has_verified_none() -> None:
    """Stops an adapter from vouching for an address that is not there."""
    with pytest.raises(Invalid, match="email_verified"):
        ProvedIdentity(issuer="https://a.example", subject="7", email=None, email_verified=True)


# where people go afterwards


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "https://sparkle.example.evil.example/",
        "https://sparkle.example@evil.example/",
        "https://sparkle.example:8443/",
        "http://sparkle.example/",
        "https://evil.example\\@sparkle.example/",
        "https://[sparkle.example/",
        "/home\t//evil.example",
        "javascript:alert(1)",
        "home",
        "HTTPS://SPARKLE.EXAMPLE/é",
    ],
)
def test_nobody_is_sent_on_to_where_the_settings_do_not_say(elsewhere: str) -> None:
    """Stops a link to us from ending up at somebody else's page that looks like ours (CWE-601)."""
    with pytest.raises(Invalid, match="return_to"):
        Destinations(origins=("https://sparkle.example",)).checked(elsewhere)


@pytest.mark.parametrize("place", ["/", "/home?tab=2#new", "https://sparkle.example/home", "https://sparkle.example"])
def test_people_are_sent_on_to_paths_and_to_what_the_settings_say(place: str) -> None:
    assert Destinations(origins=("https://sparkle.example",)).checked(place) == place


def test_a_visit_is_begun_with_a_place_to_go_on_to_and_with_none_of_somebody_elses(sparkle: Sparkle) -> None:
    assert visits(sparkle, return_to="/posts/7").return_to == "/posts/7"
    with pytest.raises(Invalid, match="return_to"):
        visits(sparkle, return_to="https://evil.example/")


@pytest.mark.parametrize(
    "origin", ["sparkle.example", "https://sparkle.example/", "ftp://sparkle.example", "https://["]
)
def test_an_origin_that_is_none_is_refused(origin: str) -> None:
    with pytest.raises(Invalid, match="origins"):
        Destinations(origins=(origin,))


# the second factor, and proving who one is


def shown(sparkle: Sparkle, setup: TwoFactorSetup) -> str:
    """What the app shows now."""
    return PlainOneTimePasswords().code(b32decode(setup.secret), step_at(sparkle.world.moment().now))


def test_the_second_factor_is_asked_for_all_the_same(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a provider's account that was taken over from being enough."""
    links(sparkle, ada.actor)
    setup = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada.actor))
    sparkle.run(EnableTwoFactor(code=shown(sparkle, setup)), actor=ada.actor)
    later(sparkle, seconds=30)
    with pytest.raises(SecondFactorRequired) as asked:
        signs_in(sparkle)
    answer = AnswerChallenge(challenge=asked.value.challenge, code=shown(sparkle, setup))
    assert sparkle.run(answer).actor.user_id == ada.id


def test_without_a_password_one_proves_by_the_provider_who_one_is_and_can_set_one(sparkle: Sparkle) -> None:
    session = joins(sparkle, **BEA)
    later(sparkle, minutes=6)
    with pytest.raises(StepUpRequired):
        sparkle.run(ChangePassword(password="An0ther-horse-battery"), actor=session.actor)
    with pytest.raises(InvalidCredentials):
        sparkle.run(ProveIdentity(password=""), actor=session.actor)
    departure = sparkle.run(VisitProviderToProve(provider="google"), actor=session.actor)
    assert "prompt=login" in departure.address
    fresh = sparkle.run(ProveWithProvider(**came_back(departure, sub="7")), actor=session.actor)
    assert sparkle.run(Authenticate(token=fresh.token)) == fresh.actor
    sparkle.run(ChangePassword(password="An0ther-horse-battery"), actor=fresh.actor)
    assert sparkle.run(LogIn(email="bea@example.org", password="An0ther-horse-battery")).token


def test_a_session_goes_on_under_a_new_token_once_it_is_proved(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever has the old token from having what the proof was for (ASVS 5.0, 7.2.4)."""
    links(sparkle, ada.actor)
    session = signs_in(sparkle)
    departure = sparkle.run(VisitProviderToProve(provider="google"), actor=session.actor)
    sparkle.run(ProveWithProvider(**came_back(departure)), actor=session.actor)
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=session.token))


def test_only_ones_own_identity_proves_who_one_is_and_only_in_the_session_that_asked(
    sparkle: Sparkle, ada: Somebody
) -> None:
    """Stops whoever sits at an open browser from proving by their own account at the provider."""
    links(sparkle, ada.actor)
    joins(sparkle, sub="666", email="eve@example.org")
    here, elsewhere = signs_in(sparkle), signs_in(sparkle)
    departure = sparkle.run(VisitProviderToProve(provider="google"), actor=here.actor)
    for sub in ("666", "nobody's"):
        with pytest.raises(InvalidCredentials):
            sparkle.run(ProveWithProvider(**came_back(departure, sub=sub)), actor=here.actor)
        departure = sparkle.run(VisitProviderToProve(provider="google"), actor=here.actor)
    with pytest.raises(VisitRejected):
        sparkle.run(ProveWithProvider(**came_back(departure)), actor=elsewhere.actor)
    with pytest.raises(NotFound):
        sparkle.run(VisitProviderToProve(provider="github"), actor=here.actor)


def test_who_was_signed_in_at_the_provider_all_along_proves_nothing(sparkle: Sparkle, ada: Somebody) -> None:
    links(sparkle, ada.actor)
    session = signs_in(sparkle)
    departure = sparkle.run(VisitProviderToProve(provider="google"), actor=session.actor)
    before = sparkle.world.moment().now.timestamp() - 3_600
    with pytest.raises(ProviderRefused):
        sparkle.run(ProveWithProvider(**came_back(departure, auth_time=before)), actor=session.actor)


# linking and unlinking


def test_linking_and_unlinking_take_a_fresh_proof_and_are_told_by_mail(sparkle: Sparkle, ada: Somebody) -> None:
    links(sparkle, ada.actor)
    linked = sparkle.run(MyWaysIn(), actor=ada.actor).providers[0]
    assert (linked.provider, linked.email, linked.last_used_at) == ("google", "ada@example.org", None)
    session = signs_in(sparkle)
    assert sparkle.run(MyWaysIn(), actor=ada.actor).providers[0].last_used_at == session.actor.proved_at
    old = proved(sparkle, ada.actor)
    departure = sparkle.run(VisitProviderToLink(provider="github"), actor=old)
    later(sparkle, minutes=6)
    late: list[Command[Any]] = [VisitProviderToLink(provider="github"), UnlinkProvider(provider="google")]
    for refused in [*late, LinkProvider(**came_back(departure))]:
        with pytest.raises(StepUpRequired):
            sparkle.run(refused, actor=old)
    sparkle.run(UnlinkProvider(provider="google"), actor=proved(sparkle, ada.actor))
    assert ways_of(sparkle, ada.actor) == (True, [])
    told = [letter for letter in sparkle.mailbox.letters if letter.kind.startswith("provider_")]
    assert [(letter.kind, letter.to, letter.data["provider"]) for letter in told] == [
        ("provider_linked", ada.email, "Google"),
        ("provider_unlinked", ada.email, "Google"),
    ]
    with pytest.raises(NotFound):
        sparkle.run(UnlinkProvider(provider="google"), actor=proved(sparkle, ada.actor))
    with pytest.raises(LinkFirst):
        signs_in(sparkle)


def test_an_identity_is_one_persons_and_a_person_has_one_at_a_provider(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops an identity from opening two accounts, so that nobody knows which."""
    bea = joins(sparkle, **BEA).actor
    links(sparkle, ada.actor, sub="42")
    with pytest.raises(Taken, match="provider"):
        links(sparkle, bea, sub="43")
    cem = member(sparkle, "cem").actor
    with pytest.raises(Taken, match="identity"):
        links(sparkle, cem, sub="42")


def test_the_last_way_in_stays(sparkle: Sparkle) -> None:
    """Stops people from locking themselves out."""
    bea = joins(sparkle, **BEA).actor
    with pytest.raises(LastWayIn):
        sparkle.run(UnlinkProvider(provider="google"), actor=proved(sparkle, bea))
    links(sparkle, bea, "github", sub="70")
    sparkle.run(UnlinkProvider(provider="google"), actor=proved(sparkle, bea))
    with pytest.raises(LastWayIn):
        sparkle.run(UnlinkProvider(provider="github"), actor=proved(sparkle, bea))
    sparkle.run(ChangePassword(password="An0ther-horse-battery"), actor=proved(sparkle, bea))
    sparkle.run(UnlinkProvider(provider="github"), actor=proved(sparkle, bea))
    assert ways_of(sparkle, bea) == (True, [])


def test_who_took_an_account_back_by_mail_has_it_to_themselves(sparkle: Sparkle) -> None:
    """Stops whoever joined first with somebody's address from staying in: they never got a way in but the password."""
    newcomer(sparkle, "bea")
    with pytest.raises(LinkFirst):
        signs_in(sparkle, **BEA)
    sparkle.run(RequestPasswordReset(email="bea@example.org"))
    token = sparkle.mailbox.latest("bea@example.org").data["token"]
    sparkle.run(ResetPassword(token=token, password="An0ther-horse-battery"))
    session = sparkle.run(LogIn(email="bea@example.org", password="An0ther-horse-battery"))
    assert ways_of(sparkle, session.actor) == (True, [])


def test_whoever_left_is_not_signed_in(sparkle: Sparkle) -> None:
    bea = joins(sparkle, **BEA).actor
    assert bea.user_id is not None
    being_erased(sparkle, bea.user_id)
    with pytest.raises(InvalidCredentials):
        signs_in(sparkle, **BEA)


def test_nobody_gets_in_by_a_password_that_was_never_set(sparkle: Sparkle) -> None:
    joins(sparkle, **BEA)
    for password in ("", "None", PASSWORD):
        with pytest.raises(InvalidCredentials):
            sparkle.run(LogIn(email="bea@example.org", password=password))


def test_joining_by_password_finds_the_address_taken(sparkle: Sparkle) -> None:
    joins(sparkle, **BEA)
    with pytest.raises(Taken, match="email"):
        sparkle.run(Register(email="bea@example.org", password=PASSWORD, agree_to_terms=True))
    assert not [letter for letter in sparkle.mailbox.letters if letter.kind == "verify_email"]


def test_a_child_joins_with_a_provider_only_with_a_guardian_who_is_not_themself(sparkle: Sparkle) -> None:
    """Stops a child from joining without consent through the other door."""
    born = date(sparkle.world.moment().now.year - 12, 1, 1)
    command = JoinWithProvider(sign_up=is_new(sparkle, **BEA), agree_to_terms=True, birth_date=born)
    for wrong in (command, evolve(command, guardian_email="BEA@example.org")):
        with pytest.raises(Invalid, match="guardian_email"):
            sparkle.run(wrong)
    session = sparkle.run(evolve(command, guardian_email="guardian@example.org"))
    assert sparkle.run(MyProfile(), actor=session.actor).minor is Minor.WITHOUT_CONSENT
    assert sparkle.mailbox.latest("guardian@example.org").kind == "guardian_consent"
