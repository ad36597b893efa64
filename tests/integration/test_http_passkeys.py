"""Passkeys over HTTP, with real keys and signatures on a database, and whom they are for by the settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from starlette.testclient import TestClient

from sparkle_adapters.mail.memory import Mailbox
from sparkle_bootstrap import Settings, connect
from sparkle_bootstrap.signing_in import NoPasskeys, passkeys_of, site_of
from sparkle_core.application.accounts import LogIn, Register, VerifyEmail
from sparkle_core.domain.accounts.errors import PasskeyRejected
from sparkle_core.domain.kernel.errors import Invalid, Unavailable
from sparkle_core.ports.passkeys import Enrollee
from sparkle_web.app import create_app
from tests.authenticators import SoftwareAuthenticator
from tests.communities import fresh_database
from tests.integration.web_community import API, PASSWORD

EMAIL, PUBLIC = "ada@example.org", "https://sparkle.example"


@frozen
class Site:
    """A community that listens, and Ada, who is signed in."""

    client: TestClient
    ada: dict[str, str]

    def post(self, path: str, body: Any = None, **who: Any) -> Any:
        return self.client.post(API + path, json=body or {}, **who)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = Settings(key=bytes(32), var=tmp_path_factory.mktemp("var"), public_url=PUBLIC)
    with (
        fresh_database("sqlite") as url,
        connect(url, settings=settings, mailer=Mailbox(), inline=True) as sparkle,
        TestClient(create_app(sparkle)) as client,
    ):
        sparkle.run(Register(email=EMAIL, username="ada", password=PASSWORD, agree_to_terms=True))
        sparkle.run(VerifyEmail(email=EMAIL, code=sparkle.mailbox.latest(EMAIL).code))
        token = sparkle.run(LogIn(email=EMAIL, password=PASSWORD)).token
        yield Site(client, {"Authorization": f"Bearer {token}"})


def test_a_passkey_is_added_used_and_removed_over_http(site: Site) -> None:
    laptop = SoftwareAuthenticator(PUBLIC)
    begun = site.post("/me/passkeys/challenges", headers=site.ada).json()
    form = {"ceremony": begun["ceremony"], "credential": laptop.create(begun["options"]), "name": "laptop"}
    added = site.post("/me/passkeys", form, headers=site.ada)
    assert (added.status_code, added.json()["name"]) == (201, "laptop")
    begun = site.post("/sessions/passkey/challenges").json()
    shown = {"ceremony": begun["ceremony"], "credential": laptop.get(begun["options"])}
    session = site.post("/sessions/passkey", shown)
    assert session.status_code == 201
    again = site.post("/sessions/passkey", shown)
    assert (again.status_code, again.json()["code"]) == (422, "passkey_rejected")
    who = {"Authorization": f"Bearer {session.json()['token']}"}
    begun = site.post("/sessions/current/proof/passkey/challenges", headers=who).json()
    shown = {"ceremony": begun["ceremony"], "credential": laptop.get(begun["options"])}
    proved = site.post("/sessions/current/proof/passkey", shown, headers=who)
    assert proved.status_code == 201
    who = {"Authorization": f"Bearer {proved.json()['token']}"}
    at = f"{API}/me/passkeys/{added.json()['id']}"
    assert site.client.patch(at, json={"name": "old laptop"}, headers=who).status_code == 204
    listed = site.client.get(f"{API}/me/ways-in", headers=who).json()
    assert [passkey["name"] for passkey in listed["passkeys"]] == ["old laptop"]
    assert site.client.delete(at, headers=who).status_code == 204


def test_a_page_that_looks_like_ours_gets_nowhere(site: Site) -> None:
    """Stops phishing: the browser says on which page it was, and the signature covers that."""
    begun = site.post("/me/passkeys/challenges", headers=site.ada).json()
    phished = SoftwareAuthenticator("https://sparkle.example.evil.example").create(begun["options"])
    form = {"ceremony": begun["ceremony"], "credential": phished, "name": "evil"}
    refused = site.post("/me/passkeys", form, headers=site.ada)
    assert (refused.status_code, refused.json()["code"]) == (422, "passkey_rejected")


# whom they are for


@pytest.mark.parametrize(
    ("settings", "host", "origins"),
    [
        (Settings(), "localhost", ("http://localhost:8000",)),
        (Settings(public_url=f"{PUBLIC}/"), "sparkle.example", (PUBLIC,)),
        (Settings(public_url=f"{PUBLIC}:8443/community"), "sparkle.example", (f"{PUBLIC}:8443",)),
        (
            Settings(passkeys_for="example.org", passkey_origins=("https://a.example.org", "https://b.example.org")),
            "example.org",
            ("https://a.example.org", "https://b.example.org"),
        ),
    ],
)
def test_whom_they_are_for_follows_from_the_settings(settings: Settings, host: str, origins: tuple[str, ...]) -> None:
    site = site_of(settings)
    assert site is not None
    assert (site.id, site.origins) == (host, origins)


def test_the_environment_says_whom_they_are_for() -> None:
    said = {
        "SPARKLE_PASSKEYS_FOR": "example.org",
        "SPARKLE_PASSKEY_ORIGINS": "https://a.example.org https://example.org",
    }
    site = site_of(Settings.from_environment(said))
    assert site is not None
    assert site.origins == ("https://a.example.org", "https://example.org")


def test_where_nothing_says_whom_they_are_for_there_are_none(tmp_path: Path) -> None:
    """Stops production from taking answers that were made for this machine."""
    passkeys = passkeys_of(Settings(environment="production", var=tmp_path))
    assert isinstance(passkeys, NoPasskeys)
    with pytest.raises(Unavailable):
        passkeys.creation(b"", Enrollee(handle=b"", name="ada"), ())
    with pytest.raises(Unavailable):
        passkeys.request(b"")
    for refused in (
        lambda: passkeys.created("{}", b""),
        lambda: passkeys.credential_of("{}"),
        lambda: passkeys.asserted("{}", b"", ""),
    ):
        with pytest.raises(PasskeyRejected):
            refused()


def test_an_address_without_tls_has_none_and_keeps_nobody_from_starting() -> None:
    assert isinstance(passkeys_of(Settings(public_url="http://sparkle.example")), NoPasskeys)


def test_origins_that_are_not_theirs_are_refused() -> None:
    with pytest.raises(Invalid, match="SPARKLE_PASSKEY_ORIGINS"):
        passkeys_of(Settings(passkeys_for="example.org", passkey_origins=("https://evil.example",)))
