"""Identity providers held to their contract: those in memory, and authlib's against a real provider's process."""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import asdict, evolve

from sparkle_adapters.memory.identities import MemoryIdentityProviders
from sparkle_adapters.oauth.descriptions import DESCRIPTIONS, Client, Clients, described
from sparkle_adapters.oauth.providers import AuthlibProviders
from sparkle_core.domain.kernel.errors import Invalid, Unavailable
from sparkle_core.ports.identities import CameBack, IdentityProviders
from sparkle_core.testing.contracts import IdentityProvidersContract
from sparkle_core.testing.contracts.identities import SENT, AtProvider, Back, Whom
from sparkle_core.testing.contracts.staging import running
from sparkle_core.testing.visiting import signed_in
from tests.providing import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Provider, shared_provider, started

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class TestInMemory(IdentityProvidersContract):
    ISSUER = "https://google.invalid"

    def make(self) -> IdentityProviders:
        return MemoryIdentityProviders()

    @pytest.fixture
    def now(self) -> datetime:
        return NOW

    def sign_in(self, address: str, whom: Whom, **says: Any) -> Back:
        said = {"sub": whom.subject, "email": whom.email, "email_verified": whom.email_verified, "name": whom.name}
        state, code = signed_in(address, **said | says)
        return Back(state=state, code=code)

    def lose(self, providers: IdentityProviders) -> None:
        assert isinstance(providers, MemoryIdentityProviders)
        providers.lost.add("google")


def clients_of(provider: Provider) -> Clients:
    """Clients of the provider's process, which is asked in place of the providers that there are."""

    def client(face: str, **more: str) -> Client:
        issuer = provider.issuer(face)
        own: Mapping[str, str] = {"issuer": issuer}
        if face in DESCRIPTIONS and not DESCRIPTIONS[face].discovered:
            own = {"authorize_url": f"{issuer}/authorize", "token_url": f"{issuer}/token"}
            own = {**own, "person_url": f"{issuer}/person"}
        return Client(client_id=CLIENT_ID, **{**own, **more})

    made = {face: client(face, client_secret=CLIENT_SECRET) for face in ("google", "discord", "twitch", "keycloak")}
    emails = f"{provider.issuer('github')}/emails"
    made["github"] = client("github", client_secret=CLIENT_SECRET, addresses_url=emails)
    made["apple"] = client("apple", private_key=provider.apple_key, team_id="TEAM", key_id="KEY")
    return Clients(redirect_uri=REDIRECT_URI, providers=made)


class OnARealProvider(IdentityProvidersContract):
    """What each of them is held to; `lose` has a provider of its own to end."""

    waits = True

    @pytest.fixture
    def now(self) -> datetime:
        return datetime.now(UTC)

    def make(self) -> IdentityProviders:
        return AuthlibProviders(clients_of(shared_provider()))

    def sign_in(self, address: str, whom: Whom, **says: Any) -> Back:
        return Back(**shared_provider().sign_in(address, asdict(whom), says))

    def lose(self, providers: IdentityProviders) -> None:
        raise NotImplementedError

    def test_a_provider_that_does_not_answer_is_unavailable(self, at: AtProvider) -> None:
        """Its process is killed between being visited and being asked."""
        own = started()
        mortal = AtProvider(at.runs, AuthlibProviders(clients_of(own)), self.PROVIDER, at.now)
        back = Back(**own.sign_in(mortal.address(), asdict(Whom()), {}))
        own.close()
        with pytest.raises(Unavailable) as lost:
            mortal.ask(back)
        assert lost.value.what == self.PROVIDER


class OfOpenIdConnect(OnARealProvider):
    """What is signed is held against the keys that the provider publishes."""

    @property
    def ISSUER(self) -> str:  # type: ignore[override] # known once it has started
        return shared_provider().issuer(self.PROVIDER)


class TestGoogle(OfOpenIdConnect):
    PROVIDER = "google"

    @pytest.mark.parametrize(
        "says",
        [
            {"forged": True},
            {"alg": "none"},
            {"aud": "another-client"},
            {"aud": ["another-client", CLIENT_ID]},
            {"aud": "another-client", "azp": CLIENT_ID},
            {"azp": "another-client"},
            {"at_hash": "of-another-token"},
            {"sub": "left out"},
            {"sub": ""},
            {"exp": "left out"},
            {"nonce": "left out"},
            {"iat": 4_000_000_000},
            {"kid": "unheard-of"},
        ],
        ids=str,
    )
    def test_a_token_that_is_not_signed_for_us_is_refused(self, at: AtProvider, says: dict[str, Any]) -> None:
        """Stops forged tokens, those without a signature, and those made for somebody else (OIDC Core, 3.1.3.7)."""
        at.refuses(self.sign_in(at.address(), Whom(), **says))

    def test_a_provider_that_says_who_it_is_has_to_say_so_each_time(self, at: AtProvider) -> None:
        """Stops a mix-up by leaving out what would show it (RFC 9207, 2.4)."""
        back = self.sign_in(at.address(), Whom())
        assert back.iss == self.ISSUER
        at.refuses(evolve(back, iss=None))


class TestApple(OfOpenIdConnect):
    """Whose secret is a token signed with our key, and who posts a form."""

    PROVIDER = "apple"

    def test_a_secret_is_made_anew_and_known_by_its_key(self, at: AtProvider) -> None:
        clients = clients_of(shared_provider())
        stranger = evolve(clients.providers["apple"], key_id="ANOTHER")
        other = AuthlibProviders(evolve(clients, providers={"apple": stranger}))
        with pytest.raises(Unavailable):
            AtProvider(at.runs, other, "apple", at.now).ask(self.sign_in(at.address(), Whom()))


class TestAnyOther(OfOpenIdConnect):
    """An issuer that nothing is known of but its address; it has people sign in anew, and says when they did."""

    PROVIDER = "keycloak"

    def test_who_is_to_sign_in_anew_is_not_believed_without_saying_when(self, at: AtProvider) -> None:
        sent = evolve(SENT, again=True)
        assert "max_age=0" in at.address(sent)
        assert at.ask(self.sign_in(at.address(sent), Whom()), sent).subject == "42"
        at.refuses(self.sign_in(at.address(sent), Whom(), auth_time="left out"), sent)


class OfOAuth(OnARealProvider):
    """Who it is is asked for with the access token."""

    SIGNS = False

    def test_it_is_told_by_the_name_it_is_really_known_by(self) -> None:
        assert DESCRIPTIONS[self.PROVIDER].issuer.startswith("https://")


class TestDiscord(OfOAuth):
    PROVIDER, ISSUER = "discord", DESCRIPTIONS["discord"].issuer


class TestGithub(OfOAuth):
    """Whose people have several addresses, which a second call tells: the primary one is theirs."""

    PROVIDER, ISSUER = "github", DESCRIPTIONS["github"].issuer


class TestTwitch(OfOAuth):
    """Who says no address that is not verified."""

    PROVIDER, ISSUER = "twitch", DESCRIPTIONS["twitch"].issuer


# what is wrong with a provider, or with how it is configured


@pytest.mark.parametrize(
    ("face", "says"),
    [
        ("twitch", {"person": {"data": []}}),
        ("twitch", {"person": {"data": {"id": "42"}}}),
        ("twitch", {"person": {"data": ["42"]}}),
        ("twitch", {"person": []}),
        ("discord", {"person": []}),
        ("discord", {"person": None}),
        ("discord", {"person": "x"}),
        ("github", {"emails": {"message": "Requires authentication"}}),
        ("github", {"emails": ["x"]}),
        ("github", {"emails": None}),
        ("discord", {"token": []}),
        ("discord", {"token": "access_token"}),
        ("google", {"token": None}),
    ],
    ids=str,
)
def test_a_provider_that_answers_nonsense_is_unavailable(face: str, says: dict[str, Any]) -> None:
    """Stops an odd answer from showing people a crash."""
    with running(True) as runs:
        at = AtProvider(runs, AuthlibProviders(clients_of(shared_provider())), face, datetime.now(UTC))
        back = Back(**shared_provider().sign_in(at.address(), asdict(Whom()), says))
        with pytest.raises(Unavailable):
            at.ask(back)


@pytest.fixture
def at_google() -> Any:
    with running(True) as runs:
        yield AtProvider(runs, AuthlibProviders(clients_of(shared_provider())), "google", datetime.now(UTC))


def test_a_provider_that_takes_too_long_is_unavailable(at_google: AtProvider) -> None:
    """Stops a provider that hangs from keeping people, and what serves them, waiting."""
    hasty = AuthlibProviders(clients_of(shared_provider()), within_s=0.2)
    at_google.address()
    began = time.monotonic()
    came = CameBack(code="slow", iss=shared_provider().issuer("google"), sent=SENT, since=at_google.now)
    with pytest.raises(Unavailable):
        at_google.runs.run(hasty.ask("google", came, at_google.now))
    assert time.monotonic() - began < 5


def test_a_wrong_secret_is_our_fault_and_says_nothing_of_it(
    at_google: AtProvider, caplog: pytest.LogCaptureFixture
) -> None:
    clients = clients_of(shared_provider())
    wrong = evolve(clients.providers["google"], client_secret="0ther-secret")
    providers = AuthlibProviders(evolve(clients, providers={"google": wrong}))
    back = Back(**shared_provider().sign_in(at_google.address(), asdict(Whom()), {}))
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable):
        AtProvider(at_google.runs, providers, "google", at_google.now).ask(back)
    assert "invalid_client" in caplog.text
    for hidden in ("0ther-secret", back.code, SENT.verifier):
        assert hidden not in caplog.text
        assert hidden not in repr(wrong)


def test_metadata_of_another_issuer_are_not_believed(at_google: AtProvider) -> None:
    """Stops an issuer from taking another one's place (OpenID Connect Discovery 1.0, 4.3)."""
    clients = clients_of(shared_provider())
    liar = evolve(clients.providers["google"], issuer=shared_provider().issuer("liar"))
    providers = AuthlibProviders(evolve(clients, providers={"google": liar}))
    with pytest.raises(Unavailable):
        at_google.runs.run(providers.address("google", SENT, at_google.now))


def test_keys_are_read_anew_for_one_that_is_not_known_but_not_each_time() -> None:
    """Stops a rotation of keys there from locking people out, and made-up keys from having us ask all the time."""
    own, later = started(), datetime.now(UTC) + timedelta(seconds=90)
    try:
        with running(True) as runs:
            at = AtProvider(runs, AuthlibProviders(clients_of(own)), "google", datetime.now(UTC))
            one, other = (Back(**own.sign_in(at.address(), asdict(Whom()), {"kid": "unheard-of"})) for _ in range(2))
            own.rotate()
            at.refuses(one)
            came = CameBack(code=other.code, iss=other.iss, sent=SENT, since=at.now)
            assert runs.run(at.providers.ask("google", came, later)).subject == "42"
    finally:
        own.close()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"client_id": "a"}, "client_secret: must be given"),
        ({"client_id": "a", "client_secret": "b", "private_key": "c"}, "client_secret: must be given"),
        ({"client_id": "a", "private_key": "c"}, "private_key: needs team_id"),
        ({"client_id": "a", "client_secret": "b", "issuer": "http://evil.example"}, "issuer: must start with https"),
    ],
)
def test_a_client_that_cannot_work_is_refused(given: dict[str, str], fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        Client(**given)


def test_clients_that_cannot_work_are_refused() -> None:
    client = Client(client_id="a", client_secret="b")
    for redirect_uri, name, fault in (
        ("http://sparkle.example", "google", "redirect_uri"),
        (REDIRECT_URI, "myspace", "needs an issuer"),
        (REDIRECT_URI, "go/ogle", "must be a name"),
    ):
        with pytest.raises(Invalid, match=fault):
            Clients(redirect_uri=redirect_uri, providers={name: client})


def test_a_key_that_is_none_is_refused_and_not_shown() -> None:
    apple = Client(client_id="a", private_key="-----BEGIN PRIVATE KEY-----", team_id="T", key_id="K")
    with pytest.raises(Invalid, match=r"providers\.apple\.private_key") as refused:
        AuthlibProviders(Clients(redirect_uri=REDIRECT_URI, providers={"apple": apple}))
    assert "BEGIN" not in str(refused.value)


def test_providers_are_spoken_to_as_they_say() -> None:
    """The addresses that people are really sent to."""
    client = Client(client_id="a", client_secret="b")
    providers = AuthlibProviders(Clients(redirect_uri=REDIRECT_URI, providers=dict.fromkeys(DESCRIPTIONS, client)))
    with running(True) as runs:
        address = runs.run(providers.address("github", evolve(SENT, again=True), NOW))
    parts, said = urlsplit(address), parse_qs(urlsplit(address).query)
    assert (parts.netloc, parts.path) == ("github.com", "/login/oauth/authorize")
    assert said["scope"] == ["read:user user:email"]
    assert said["code_challenge_method"] == ["S256"]
    assert said["prompt"] == ["select_account"]
    assert {name for name in DESCRIPTIONS if described(name, client).discovered} == {"google", "apple"}
