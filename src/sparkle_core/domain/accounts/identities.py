"""People as other providers know them, and visits there to prove it. Source: docs/contexts/accounts.md."""

import re
from datetime import datetime
from enum import Enum
from typing import Annotated, Self
from urllib.parse import urlsplit
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.accounts.events import IdentityLinked, IdentityUnlinked
from sparkle_core.domain.accounts.people import Email
from sparkle_core.domain.accounts.proofs import Digest
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.kernel.sealed import SealedText

ProviderName = Annotated[str, Text(2, 32)]
"""How a deployment calls a provider: `google`, `apple` …"""

Issuer = Annotated[str, Text(1, 255)]
"""Who says so (OpenID Connect Core 1.0, `iss`): an https address."""

SubjectId = Annotated[str, Text(1, 255)]
"""Who somebody is to an issuer (`sub`): never given to anybody else there, unlike an email address."""

ReturnTo = Annotated[str, Text(1, 500)]


@frozen(kw_only=True)
class ProvedIdentity(Record):
    """What a provider says of somebody who just signed in there; (`issuer`, `subject`) is who they are."""

    issuer: Issuer
    subject: SubjectId
    email: Email | None
    email_verified: bool
    name: Annotated[str, Text(1, 200)] | None = None

    def _rules(self) -> list[Fault]:
        if self.email_verified and self.email is None:
            return [Fault("email_verified", "there is no address that could be")]
        return []


@frozen(kw_only=True)
class LinkedIdentity(Aggregate):
    """A way into somebody's account: whoever the issuer says is this subject is this person here."""

    user_id: UserId
    provider: ProviderName
    issuer: Issuer
    subject: SubjectId
    email: Email | None
    linked_at: Instant
    last_used_at: Instant | None = None

    def linked(self) -> Self:
        """Added by somebody who was signed in: they are told by mail."""
        return self.then(IdentityLinked(user_id=self.user_id, provider=self.provider))

    def used(self, now: datetime) -> Self:
        return evolve(self, last_used_at=now)

    def unlinked(self) -> IdentityUnlinked:
        """What taking it away is told as."""
        return IdentityUnlinked(user_id=self.user_id, provider=self.provider)


class VisitFor(Enum):
    """What a visit to a provider is for; one that was begun for one thing is good for no other."""

    SIGN_IN = "sign_in"
    LINK = "link"
    PROVE = "prove"


@frozen(kw_only=True)
class ProviderVisit(Aggregate):
    """Somebody was sent to a provider and is awaited back, once, in the same browser, for ten minutes.

    Of `state`, which comes back from the provider, and of the browser's secret, which never leaves it, only keyed
    hashes are kept. `verifier`: of PKCE (RFC 7636), sealed, and forgotten with the visit's use. `user_id`,
    `session_id`: who began it, unless it is for signing in.
    """

    provider: ProviderName
    purpose: VisitFor
    state_hash: Digest
    browser_hash: Digest
    verifier: SealedText | None
    remember: bool
    user_id: UserId | None
    session_id: UUID | None
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None

    def open_at(self, now: datetime) -> bool:
        """Whether its visitor can still come back."""
        return self.used_at is None and now < self.expires_at

    def used(self, now: datetime) -> Self:
        """Its visitor is back; nobody else comes."""
        return evolve(self, used_at=now, verifier=None)


@frozen(kw_only=True)
class ProviderSignUp(Aggregate):
    """Somebody whom a provider vouches for and nobody here knows: they may join, once, for ten minutes."""

    token_hash: Digest
    provider: ProviderName
    issuer: Issuer
    subject: SubjectId
    email: Email
    remember: bool
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None

    def open_at(self, now: datetime) -> bool:
        return self.used_at is None and now < self.expires_at

    def used(self, now: datetime) -> Self:
        return evolve(self, used_at=now)


_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of this site in printable ASCII; not `//host` nor `/\\host`, which browsers take for another site."""


@frozen(kw_only=True)
class Destinations(Record):
    """Where people may be sent once they are signed in: paths of this site, and these origins (`https://host`)."""

    origins: tuple[str, ...] = ()

    def _rules(self) -> list[Fault]:
        return [
            Fault("origins", f"{origin!r} is no origin such as https://sparkle.example")
            for origin in self.origins
            if not (origin.startswith(("https://", "http://")) and origin == _origin_of(origin))
        ]

    def checked(self, return_to: str | None) -> str | None:
        """The destination, if it is one of these. Raises `Invalid` (an open redirect, CWE-601)."""
        if return_to is None or _PATH.fullmatch(return_to):
            return return_to
        printable = all("!" <= c <= "~" and c != "\\" for c in return_to)  # others mean different things to browsers
        if printable and _origin_of(return_to) in self.origins:
            return return_to
        known = " or ".join(("a path such as /home", *self.origins))
        raise Invalid.at("return_to", f"must be {known}")


def _origin_of(url: str) -> str:
    """Scheme, host and port as they are written; "" for what is no address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
