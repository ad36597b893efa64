"""Providers that say who somebody is: Google, Discord, GitHub, Twitch, Apple, and any that speaks OpenID Connect."""

from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from sparkle_core.domain.accounts.identities import ProvedIdentity


@frozen(kw_only=True)
class Sent:
    """What somebody is sent to a provider with, each random and used once.

    `state` comes back from there; `nonce` stands in what the provider signs, where it signs; `verifier` is PKCE's
    (RFC 7636): 43 to 128 of `A-Za-z0-9-._~`. `again`: they are to sign in there anew, even if they are signed in.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    again: bool = False


@frozen(kw_only=True)
class CameBack:
    """What somebody came back from a provider with: its code, and `iss` where it says who it is (RFC 9207).

    `sent`: what they were sent with. `since`: when that was; who was sent to sign in anew may not have done so before.
    """

    code: str = field(repr=False)
    iss: str | None
    sent: Sent
    since: datetime


class IdentityProviders(Protocol):
    """Sends people to providers and asks those who came back. Waits on the world."""

    def names(self) -> tuple[str, ...]:
        """Those there are, in the order in which they are shown."""
        ...

    async def address(self, provider: str, sent: Sent, now: datetime) -> str:
        """Where somebody is sent. Raises `NotFound` for a provider that is not there, `Unavailable`."""
        ...

    async def ask(self, provider: str, back: CameBack, now: datetime) -> ProvedIdentity:
        """Who it was. The code works once, with its verifier.

        Raises `ProviderRefused` for a code that the provider does not take and for an answer that it did not sign,
        for this visit, for us, now; `NotFound`; and `Unavailable` when it does not answer, or not in time.
        """
        ...
