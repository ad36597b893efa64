"""The contract of `IdentityProviders`, held against every adapter: who is believed, and who is not."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve, frozen

from sparkle_core.domain.accounts.errors import ProviderRefused
from sparkle_core.domain.accounts.identities import ProvedIdentity
from sparkle_core.domain.kernel.errors import NotFound, Unavailable
from sparkle_core.ports.identities import CameBack, IdentityProviders, Sent
from sparkle_core.testing.contracts.staging import Runs, running


@frozen(kw_only=True)
class Whom:
    """Somebody at a provider."""

    subject: str = "42"
    email: str | None = "ada@example.org"
    email_verified: bool = True
    name: str = "Ada"


@frozen(kw_only=True)
class Back:
    """What a browser is sent back with."""

    state: str
    code: str
    iss: str | None = None


SENT = Sent(state="s" * 43, nonce="n" * 43, verifier="v" * 43)


@frozen
class AtProvider:
    """One provider behind an adapter: being sent there, and asking it who came back."""

    runs: Runs
    providers: IdentityProviders
    name: str
    now: datetime

    def address(self, sent: Sent = SENT) -> str:
        return self.runs.run(self.providers.address(self.name, sent, self.now))

    def ask(self, back: Back, sent: Sent = SENT) -> ProvedIdentity:
        came = CameBack(code=back.code, iss=back.iss, sent=sent, since=self.now)
        return self.runs.run(self.providers.ask(self.name, came, self.now))

    def refuses(self, back: Back, sent: Sent = SENT) -> None:
        with pytest.raises(ProviderRefused) as refused:
            self.ask(back, sent)
        assert refused.value.provider == self.name


class IdentityProvidersContract:
    """People are sent to a provider and come back with a code that says who they are: once, for who was sent.

    Say `make`, `sign_in`, `lose`, and `now` where it is not the adapter's to choose; `waits` where the adapter needs an
    event loop. `PROVIDER`, `ISSUER`: the one that is asked. `SIGNS`: whether it signs what it says (OpenID Connect),
    or is asked for it with an access token (OAuth 2.0).
    """

    waits: ClassVar[bool] = False
    PROVIDER: ClassVar[str] = "google"
    ISSUER: ClassVar[str]
    SIGNS: ClassVar[bool] = True

    def make(self) -> IdentityProviders:
        """Providers of which `PROVIDER` is one."""
        raise NotImplementedError

    def sign_in(self, address: str, whom: Whom, **says: Any) -> Back:
        """What the browser is sent back with, once somebody has signed in at an address.

        `says`: what the provider says in place of what is right (`nonce`, `exp`, `iss`, `aud`, `auth_time`).
        """
        raise NotImplementedError

    def lose(self, providers: IdentityProviders) -> None:
        """From now on the provider does not answer."""
        raise NotImplementedError

    @pytest.fixture
    def now(self) -> datetime:
        raise NotImplementedError

    @pytest.fixture
    def at(self, now: datetime) -> Iterator[AtProvider]:
        with running(self.waits) as runs:
            yield AtProvider(runs, self.make(), self.PROVIDER, now)

    def test_an_address_holds_the_state_and_nothing_of_the_verifier_but_its_hash(self, at: AtProvider) -> None:
        """Stops whoever sees the address from using the code that comes of it (RFC 7636)."""
        address = at.address()
        said = parse_qs(urlsplit(address).query)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(SENT.verifier.encode()).digest()).rstrip(b"=").decode()
        assert (said["state"], said["code_challenge"]) == ([SENT.state], [hashed])
        assert SENT.verifier not in address
        assert ("nonce" in said) is self.SIGNS

    def test_whoever_comes_back_is_who_the_provider_says(self, at: AtProvider) -> None:
        whom = Whom()
        back = self.sign_in(at.address(), whom)
        assert back.state == SENT.state
        assert at.ask(back) == ProvedIdentity(
            issuer=self.ISSUER, subject=whom.subject, email=whom.email, email_verified=True, name=whom.name
        )

    def test_an_address_that_the_provider_has_not_verified_is_said_to_be_so(self, at: AtProvider) -> None:
        """Stops an address that anybody could type in at a provider from counting here."""
        for whom in (Whom(email_verified=False), Whom(email=None)):
            proved = at.ask(self.sign_in(at.address(), whom))
            assert (proved.subject, proved.email_verified) == (whom.subject, False)

    def test_a_code_works_once(self, at: AtProvider) -> None:
        """Stops a code that was read in a log or a browser's history (RFC 9700, 4.5)."""
        back = self.sign_in(at.address(), Whom())
        at.ask(back)
        at.refuses(back)

    def test_of_ten_that_come_with_one_code_at_once_one_is_told(self, at: AtProvider) -> None:
        """Stops a stolen code from being used in the same moment as its owner does."""
        back = self.sign_in(at.address(), Whom())
        came = CameBack(code=back.code, iss=back.iss, sent=SENT, since=at.now)
        answers = at.runs.together([lambda: at.providers.ask(self.PROVIDER, came, at.now)] * 10)
        told = [answer for answer in answers if isinstance(answer, ProvedIdentity)]
        assert len(told) == 1
        assert all(isinstance(answer, ProvedIdentity | ProviderRefused) for answer in answers)

    def test_a_code_without_its_verifier_opens_nothing(self, at: AtProvider) -> None:
        """Stops a code that was intercepted, or injected into somebody else's visit (RFC 7636)."""
        back = self.sign_in(at.address(), Whom())
        at.refuses(back, evolve(SENT, verifier="w" * 43))

    def test_a_code_that_nobody_gave_out_is_refused(self, at: AtProvider) -> None:
        at.refuses(Back(state=SENT.state, code="made-up"))

    def test_a_token_of_another_visit_is_refused(self, at: AtProvider) -> None:
        """Stops a token that was made for somebody else's visit (OpenID Connect Core 1.0, 15.5.2)."""
        if self.SIGNS:
            at.refuses(self.sign_in(at.address(), Whom()), evolve(SENT, nonce="m" * 43))
            at.refuses(self.sign_in(at.address(), Whom(), nonce="somebody else's"))

    def test_an_expired_token_is_refused(self, at: AtProvider) -> None:
        """Stops a token that was kept."""
        if self.SIGNS:
            at.refuses(self.sign_in(at.address(), Whom(), exp=int(at.now.timestamp()) - 3_600))

    def test_a_token_of_another_issuer_is_refused(self, at: AtProvider) -> None:
        """Stops another provider from saying who somebody is here."""
        if self.SIGNS:
            at.refuses(self.sign_in(at.address(), Whom(), iss="https://evil.example"))

    def test_somebody_whom_another_provider_sent_back_is_refused(self, at: AtProvider) -> None:
        """Stops a provider from having its visitors' codes told to another one (the mix-up attack, RFC 9207)."""
        at.refuses(evolve(self.sign_in(at.address(), Whom()), iss="https://evil.example"))

    def test_who_had_signed_in_there_before_has_not_signed_in_anew(self, at: AtProvider) -> None:
        """Stops whoever sits at an open browser from proving that they are its owner."""
        if self.SIGNS:
            sent = evolve(SENT, again=True)
            before = int((at.now - timedelta(hours=1)).timestamp())
            assert at.ask(self.sign_in(at.address(sent), Whom(), auth_time=int(at.now.timestamp()) + 1), sent)
            at.refuses(self.sign_in(at.address(sent), Whom(), auth_time=before), sent)
            assert at.ask(self.sign_in(at.address(), Whom(), auth_time=before)), "which is fine for signing in"

    def test_a_provider_that_is_not_there_is_not_found(self, at: AtProvider) -> None:
        assert self.PROVIDER in at.providers.names()
        for ask in (
            lambda: at.providers.address("myspace", SENT, at.now),
            lambda: at.providers.ask("myspace", CameBack(code="1", iss=None, sent=SENT, since=at.now), at.now),
        ):
            with pytest.raises(NotFound):
                at.runs.run(ask())

    def test_a_provider_that_does_not_answer_is_unavailable(self, at: AtProvider) -> None:
        """Stops an outage there from looking like a wrong sign-in here."""
        back = self.sign_in(at.address(), Whom())
        self.lose(at.providers)
        with pytest.raises(Unavailable) as lost:
            at.ask(back)
        assert lost.value.what == self.PROVIDER
