"""How people prove who they are: email codes, sessions, sign-ups on their way, login history."""

import hmac
from datetime import datetime
from enum import Enum
from typing import Annotated, Self
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.accounts.events import EmailChanged, PasswordResetGranted, SessionSuspected
from sparkle_core.domain.accounts.people import Email
from sparkle_core.domain.accounts.profiles import Country
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.accounts.usernames import Username
from sparkle_core.domain.kernel.actors import Origin
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.kernel.sealed import SealedText

Digest = Annotated[str, Text(64, 64)]

DeviceLabel = Annotated[str, Text(1, 100)]
"""What a client calls the device that somebody signs in from."""


@frozen(kw_only=True)
class EmailChallenge(Aggregate):
    """A code on its way to an address: 6 digits, derived from this id, so that no row or queue holds it.

    `sign_up_id`: of the sign-up that it was mailed for, when somebody else had signed up with the address before and
    never proved it.
    """

    user_id: UserId
    sign_up_id: UUID | None = None
    created_at: Instant
    expires_at: Instant
    tries: int = 0
    used_at: Instant | None = None

    def open_at(self, now: datetime, max_tries: int) -> bool:
        """Whether a code can still be tried."""
        return self.used_at is None and now < self.expires_at and self.tries < max_tries

    def tried(self) -> Self:
        """With one more try used."""
        return evolve(self, tries=self.tries + 1)

    def used(self, now: datetime) -> Self:
        """Used up: a code works once."""
        return evolve(self, tries=self.tries + 1, used_at=now)


def code_from(digest: bytes) -> str:
    """Six digits from a keyed hash; uniform to one part in 2²³⁶.

    >>> code_from(bytes(31) + bytes([7]))
    '000007'
    """
    return f"{int.from_bytes(digest) % 1_000_000:06d}"


def same_code(given: str, expected: str) -> bool:
    """Compared in constant time; spaces people type are forgiven."""
    return hmac.compare_digest(given.replace(" ", "").encode("utf-8", "replace"), expected.encode())


@frozen(kw_only=True)
class Session(Aggregate):
    """A login that goes on. Only the keyed hash of its 256-bit token is stored."""

    user_id: UserId
    token_hash: Digest
    created_at: Instant
    proved_at: Instant
    used_at: Instant
    expires_at: Instant
    revoked_at: Instant | None = None
    epoch: int
    remembered: bool = False
    device_label: DeviceLabel | None = None
    device_id: UUID | None = None
    fingerprint: Annotated[str, Text(1, 100)] | None = None
    suspected_at: Instant | None = None
    address: Annotated[str, Text(1, 64)] | None = None
    user_agent: Annotated[str, Text(0, 500)] | None = None

    def live_at(self, now: datetime, epoch: int) -> bool:
        """Whether the token still opens anything; a person's epoch ends every older session at once."""
        return self.revoked_at is None and now < self.expires_at and self.epoch == epoch

    def slides_at(self, now: datetime, rules: SecurityRules) -> bool:
        """Whether its last noted use is so long ago that this one is noted, and its end put off."""
        return now - self.used_at >= min(rules.session_slide, rules.session_time(remembered=self.remembered) / 2)

    def used(self, now: datetime, rules: SecurityRules) -> Self:
        """Used: it goes on for as long as a new one from now, but not past its absolute limit, nor less than before."""
        end = session_end(self.created_at, now, rules, remembered=self.remembered)
        return evolve(self, used_at=now, expires_at=max(self.expires_at, end))

    def revoked(self, now: datetime) -> Self:
        return evolve(self, revoked_at=now)

    def proved(self, now: datetime, token_hash: str) -> Self:
        """Its person proved again who they are: from now on another token opens it (ASVS 5.0, 7.2.4)."""
        return evolve(self, proved_at=now, token_hash=token_hash)

    def suspected(self, now: datetime) -> Self:
        """Another client than began it uses it: noted once."""
        return self.then(SessionSuspected(user_id=self.user_id, session_id=self.id), suspected_at=now)

    def carried_over(self, epoch: int) -> Self:
        """The one session that a new epoch does not end."""
        return evolve(self, epoch=epoch)


def session_end(created_at: datetime, now: datetime, rules: SecurityRules, *, remembered: bool) -> datetime:
    """When a session ends that is used now and no more: never later than its absolute limit."""
    return min(now + rules.session_time(remembered=remembered), created_at + rules.session_limit)


@frozen(kw_only=True)
class PasswordReset(Aggregate):
    """A way back in, asked for with an address. The worker says whose it is (`user_id`), if anybody's.

    Its token is derived from this id, so that no row or queue holds it; `epoch` is the person's when it
    was given out, so that whatever ends their sessions ends it too: its own use first of all.
    """

    email_key: Email
    token_hash: Digest
    created_at: Instant
    expires_at: Instant
    user_id: UserId | None = None
    epoch: int = 0

    def given_to(self, user_id: UserId, epoch: int) -> Self:
        """Whose it is; only from now on does it open anything."""
        return self.then(PasswordResetGranted(reset_id=self.id), user_id=user_id, epoch=epoch)

    def open_at(self, now: datetime) -> bool:
        """Whether it is somebody's and not too old."""
        return self.user_id is not None and now < self.expires_at


@frozen(kw_only=True)
class EmailChange(Aggregate):
    """A new address that somebody wants, until they prove by a code mailed there that it is theirs."""

    user_id: UserId
    email: Email
    email_key: Email
    old_email: Email
    created_at: Instant
    expires_at: Instant
    tries: int = 0
    used_at: Instant | None = None

    def open_at(self, now: datetime, max_tries: int) -> bool:
        """Whether a code can still be tried."""
        return self.used_at is None and now < self.expires_at and self.tries < max_tries

    def tried(self) -> Self:
        """With one more try used."""
        return evolve(self, tries=self.tries + 1)

    def used(self, now: datetime) -> Self:
        """Done: the address is theirs."""
        return self.then(EmailChanged(user_id=self.user_id, change_id=self.id), tries=self.tries + 1, used_at=now)


@frozen(kw_only=True)
class PendingSignUp(Aggregate):
    """A sign-up over HTTP, waiting for the worker: the caller's answer and time say nothing of who exists."""

    email: Email
    email_key: Email
    username: Username | None
    password_hash: Annotated[str, Text(1, 500)]
    referral_code: Annotated[str, Text(8, 16)] | None
    requested_at: Instant
    birth_date: SealedText | None = None
    country: Country | None = None
    guardian_email: Email | None = None


class LoginResult(Enum):
    """What became of a try to sign in."""

    SUCCEEDED = "succeeded"
    WRONG = "wrong"
    LOCKED = "locked"  # there were too many tries for the account, or from this device of its person
    LIMITED = "limited"  # there were too many from that address or network, or altogether
    AWAITS_SECOND_FACTOR = "awaits_second_factor"
    WRONG_CODE = "wrong_code"


@frozen(kw_only=True)
class LoginRecord(Record):
    """One try to log in to an account that exists, kept 90 days.

    `device_id`: the device it came from, where that has shown or got a token. `locks`: it was the last wrong
    try that was left.
    """

    id: UUID
    user_id: UserId
    result: LoginResult
    at: Instant
    address: Annotated[str, Text(1, 64)] | None
    user_agent: Annotated[str, Text(0, 500)] | None
    device_id: UUID | None = None
    locks: bool = False

    @property
    def network(self) -> str | None:
        """The address, as others are compared with it: of IPv6 its /64, which one subscriber has whole."""
        return Origin(address=self.address).network


@frozen(kw_only=True)
class Referral(Aggregate):
    """Who brought whom; pays once, after the newcomer's waiting time."""

    newcomer: UserId
    owner: UserId
    created_at: Instant
    paid_at: Instant | None = None
