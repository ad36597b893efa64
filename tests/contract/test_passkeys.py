"""Both passkeys held to their contract: those in memory, and the library's with an authenticator in software."""

import json
import logging

import pytest

from sparkle_adapters.memory.passkeys import MemoryPasskeys
from sparkle_adapters.webauthn.passkeys import Site, WebauthnPasskeys
from sparkle_core.domain.accounts.errors import PasskeyRejected
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.passkeys import Passkeys
from sparkle_core.testing.authenticating import MadeUpAuthenticator
from sparkle_core.testing.contracts import PasskeysContract
from sparkle_core.testing.contracts.passkeys import ADA, CHALLENGE, Authenticator
from tests.authenticators import SoftwareAuthenticator

ORIGIN, APP = "https://sparkle.example", "https://app.sparkle.example"
SITE = Site(id="sparkle.example", origins=(ORIGIN, APP))


class TestInMemory(PasskeysContract):
    bought = 0

    def make(self) -> Passkeys:
        return MemoryPasskeys()

    def buy(self) -> Authenticator:
        type(self).bought += 1
        return MadeUpAuthenticator(f"authenticator {self.bought}")


class TestWebauthn(PasskeysContract):
    def make(self) -> Passkeys:
        return WebauthnPasskeys(SITE)

    def buy(self) -> Authenticator:
        return SoftwareAuthenticator(ORIGIN)

    def test_every_origin_of_the_site_is_ours(self, passkeys: Passkeys) -> None:
        credential = self.enrolled(passkeys, SoftwareAuthenticator(APP))
        assert len(credential.public_key) > 50

    def test_options_are_what_a_browser_parses(self, passkeys: Passkeys) -> None:
        """A discoverable credential, no attestation, and a user who is verified where that is possible."""
        creation = json.loads(passkeys.creation(CHALLENGE, ADA, ()))
        assert creation["rp"] == {"name": "Sparkle", "id": "sparkle.example"}
        assert creation["authenticatorSelection"]["residentKey"] == "required"
        assert creation["authenticatorSelection"]["userVerification"] == "preferred"
        assert (creation["attestation"], creation["timeout"]) == ("none", 300_000)
        assert {one["alg"] for one in creation["pubKeyCredParams"]} == {-7, -8, -257}
        assert json.loads(passkeys.request(CHALLENGE))["rpId"] == "sparkle.example"

    def test_why_one_is_refused_is_said_to_the_log_alone(
        self, passkeys: Passkeys, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO), pytest.raises(PasskeyRejected) as refused:
            self.enrolled(passkeys, SoftwareAuthenticator("https://evil.example"))
        assert "evil.example" in caplog.text
        assert refused.value.facts() == {}


@pytest.mark.parametrize(
    ("origins", "fault"),
    [
        ((), "one or more"),
        (("sparkle.example",), "no origin"),
        (("http://sparkle.example",), "no origin"),
        (("https://sparkle.example/login",), "no origin"),
        (("https://evilsparkle.example",), "not of sparkle.example"),
        (("https://sparkle.example.evil.example",), "not of sparkle.example"),
    ],
)
def test_a_site_whose_origins_are_not_its_own_is_refused(origins: tuple[str, ...], fault: str) -> None:
    """Stops a setting with which another site's answers would be taken for ours."""
    with pytest.raises(Invalid, match=fault):
        Site(id="sparkle.example", origins=origins)


def test_a_site_on_this_machine_needs_no_tls() -> None:
    assert Site(id="localhost", origins=("http://localhost:8000",)).origins == ("http://localhost:8000",)
