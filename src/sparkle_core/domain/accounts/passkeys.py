"""Passkeys: credentials of WebAuthn (W3C, Level 3), and the challenges that they answer.

Source: docs/contexts/accounts.md.
"""

from datetime import datetime
from enum import Enum
from typing import Annotated, Self
from uuid import UUID

from attrs import evolve, field, frozen

from sparkle_core.domain.accounts.events import PasskeyAdded, PasskeyCloneSuspected, PasskeyRemoved
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId, Whole

MOST_PASSKEYS = 20
"""How many a person may have: every one is listed, and is told to authenticators that make another."""

CredentialId = Annotated[str, Text(1, 1_364)]
"""At most 1,023 bytes (WebAuthn, 4), in base64url."""

PasskeyName = Annotated[str, Text(1, 50)]
Counter = Annotated[int, Whole(0, 2**32 - 1)]


@frozen(kw_only=True)
class NewCredential(Record):
    """What an authenticator made: its id and public key in base64url, and its counter."""

    id: CredentialId
    public_key: Annotated[str, Text(1, 2_000)] = field(repr=False)
    counter: Counter
    user_verified: bool
    backed_up: bool


@frozen(kw_only=True)
class Assertion(Record):
    """What an authenticator signed: its counter, whether it has verified its user, and whom it takes them for.

    `user_verified`: by a PIN, a finger, a face. `user_handle`: the person's id here, where the authenticator says it.
    """

    counter: Counter
    user_verified: bool
    user_handle: bytes | None


@frozen(kw_only=True)
class Passkey(Aggregate):
    """A key pair of somebody's authenticator, with the public key here. `backed_up`: it is on several devices."""

    user_id: UserId
    credential_id: CredentialId
    public_key: Annotated[str, Text(1, 2_000)]
    counter: Counter
    name: PasskeyName
    backed_up: bool
    created_at: Instant
    last_used_at: Instant | None = None

    def added(self) -> Self:
        return self.then(PasskeyAdded(user_id=self.user_id, passkey_id=self.id))

    def renamed(self, name: str) -> Self:
        return evolve(self, name=name)

    def is_older(self, counter: int) -> bool:
        """Whether a counter has not grown, so that two may have the same key (WebAuthn, 6.1.1).

        Those that do not count say 0 each time.
        """
        return (counter > 0 or self.counter > 0) and counter <= self.counter

    def used(self, now: datetime, counter: int) -> Self:
        return evolve(self, counter=counter, last_used_at=now)

    def suspected(self) -> PasskeyCloneSuspected:
        """What a counter that went back is told as."""
        return PasskeyCloneSuspected(user_id=self.user_id, passkey_id=self.id)

    def removed(self) -> PasskeyRemoved:
        """What taking it away is told as."""
        return PasskeyRemoved(user_id=self.user_id, passkey_id=self.id)


class CeremonyFor(Enum):
    """What a challenge is for; one that was given out for one thing is good for no other."""

    ADD = "add"
    SIGN_IN = "sign_in"
    PROVE = "prove"


@frozen(kw_only=True)
class PasskeyCeremony(Aggregate):
    """A challenge that an authenticator is to sign, once, within five minutes.

    The challenge is derived from this id, so that no table holds it. `user_id`, `session_id`: who
    began it, unless it is for signing in.
    """

    purpose: CeremonyFor
    user_id: UserId | None
    session_id: UUID | None
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None

    def open_at(self, now: datetime) -> bool:
        """Whether it can still be answered."""
        return self.used_at is None and now < self.expires_at

    def used(self, now: datetime) -> Self:
        return evolve(self, used_at=now)
