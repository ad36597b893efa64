"""The contract of `Passkeys`, held against every adapter: what was signed for us, and what was not."""

import json
from typing import Any, Protocol

import pytest

from sparkle_core.domain.accounts.errors import PasskeyRejected
from sparkle_core.domain.accounts.passkeys import NewCredential
from sparkle_core.ports.passkeys import Enrollee, Passkeys

ADA = Enrollee(handle=b"ada-by-her-id-16", name="ada")
CHALLENGE, ANOTHER = b"c" * 32, b"d" * 32


class Authenticator(Protocol):
    """What holds keys, in a browser: it answers options with the JSON of a `PublicKeyCredential`.

    `wrong`: what it does in place of what is right: `challenge` (bytes), `origin`, `rp_id`, `type`, `present`,
    `cross_origin`, `handle` (bytes), `counter`, `user_verified`, `stranger` (signs with another key).
    """

    def create(self, options: str, **wrong: Any) -> str: ...

    def get(self, options: str, **wrong: Any) -> str: ...


WRONG: dict[str, dict[str, Any]] = {
    "an answer to another challenge": {"challenge": ANOTHER},
    "another site's page": {"origin": "https://evil.example"},
    "a key for another site": {"rp_id": "evil.example"},
    "nobody was there": {"present": False},
    "another site's frame": {"cross_origin": True},
}


class PasskeysContract:
    """Credentials are made and used for our challenges, on our pages, and for nobody else's. Say `make` and `buy`."""

    def make(self) -> Passkeys:
        raise NotImplementedError

    def buy(self) -> Authenticator:
        """An authenticator with nothing in it."""
        raise NotImplementedError

    @pytest.fixture
    def passkeys(self) -> Passkeys:
        return self.make()

    @pytest.fixture
    def authenticator(self) -> Authenticator:
        return self.buy()

    def enrolled(self, passkeys: Passkeys, authenticator: Authenticator, **wrong: Any) -> NewCredential:
        made = authenticator.create(passkeys.creation(CHALLENGE, ADA, ()), **wrong)
        return passkeys.created(made, CHALLENGE)

    def test_what_is_made_for_us_signs_for_us(self, passkeys: Passkeys, authenticator: Authenticator) -> None:
        credential = self.enrolled(passkeys, authenticator)
        response = authenticator.get(passkeys.request(ANOTHER), user_verified=True)
        assert passkeys.credential_of(response) == credential.id
        said = passkeys.asserted(response, ANOTHER, credential.public_key)
        assert (said.user_verified, said.user_handle) == (True, ADA.handle)
        assert said.counter > credential.counter

    def test_options_say_the_challenge_the_person_and_what_there_is(
        self, passkeys: Passkeys, authenticator: Authenticator
    ) -> None:
        credential = self.enrolled(passkeys, authenticator)
        creation = json.loads(passkeys.creation(CHALLENGE, ADA, [credential.id]))
        assert [one["id"] for one in creation["excludeCredentials"]] == [credential.id]
        assert creation["user"]["name"] == "ada"
        request = json.loads(passkeys.request(CHALLENGE, [credential.id]))
        assert [one["id"] for one in request["allowCredentials"]] == [credential.id]
        assert request["challenge"] == creation["challenge"]
        assert not json.loads(passkeys.request(CHALLENGE)).get("allowCredentials"), "nobody is named"

    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
    def test_what_was_not_made_for_us_is_refused(
        self, passkeys: Passkeys, authenticator: Authenticator, wrong: dict[str, Any]
    ) -> None:
        """Stops phishing: a page that looks like ours gets answers that are good for nothing here."""
        with pytest.raises(PasskeyRejected):
            self.enrolled(passkeys, authenticator, **wrong)

    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
    def test_what_was_not_signed_for_us_is_refused(
        self, passkeys: Passkeys, authenticator: Authenticator, wrong: dict[str, Any]
    ) -> None:
        credential = self.enrolled(passkeys, authenticator)
        response = authenticator.get(passkeys.request(CHALLENGE), **wrong)
        with pytest.raises(PasskeyRejected):
            passkeys.asserted(response, CHALLENGE, credential.public_key)

    def test_what_another_key_signed_is_refused(self, passkeys: Passkeys, authenticator: Authenticator) -> None:
        """Stops whoever knows a credential's id, which is no secret, from signing for it."""
        credential = self.enrolled(passkeys, authenticator)
        forged = authenticator.get(passkeys.request(CHALLENGE), stranger=True)
        with pytest.raises(PasskeyRejected):
            passkeys.asserted(forged, CHALLENGE, credential.public_key)
        other = self.buy()
        self.enrolled(passkeys, other)
        theirs = other.get(passkeys.request(CHALLENGE))
        with pytest.raises(PasskeyRejected):
            passkeys.asserted(theirs, CHALLENGE, credential.public_key)

    def test_making_and_using_are_told_apart(self, passkeys: Passkeys, authenticator: Authenticator) -> None:
        """Stops an answer to one ceremony from being one to another (WebAuthn, 7.1 and 7.2, type)."""
        credential = self.enrolled(passkeys, authenticator)
        used = authenticator.get(passkeys.request(CHALLENGE))
        with pytest.raises(PasskeyRejected):
            passkeys.created(used, CHALLENGE)
        made = self.buy().create(passkeys.creation(CHALLENGE, ADA, ()))
        with pytest.raises(PasskeyRejected):
            passkeys.asserted(made, CHALLENGE, credential.public_key)

    def test_whether_the_user_was_verified_and_the_counter_are_as_the_authenticator_says(
        self, passkeys: Passkeys, authenticator: Authenticator
    ) -> None:
        credential = self.enrolled(passkeys, authenticator, user_verified=False, counter=7)
        assert (credential.user_verified, credential.counter) == (False, 7)
        response = authenticator.get(passkeys.request(CHALLENGE), user_verified=False, counter=3)
        said = passkeys.asserted(response, CHALLENGE, credential.public_key)
        assert (said.user_verified, said.counter) == (False, 3)

    @pytest.mark.parametrize(
        "response", ["", "[]", "{}", "nothing", '{"id": 7}', "[" * 20_000, '{"id": "a"}', "\u0663"]
    )
    def test_what_is_no_answer_is_refused(self, passkeys: Passkeys, response: str) -> None:
        with pytest.raises(PasskeyRejected):
            passkeys.created(response, CHALLENGE)
        with pytest.raises(PasskeyRejected):
            passkeys.asserted(response, CHALLENGE, "no key")
