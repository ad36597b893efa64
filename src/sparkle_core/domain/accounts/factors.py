"""The second factor: time-based codes (RFC 6238) and backup codes. Source: docs/contexts/accounts.md."""

import hmac
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.accounts.events import BackupCodeUsed, TwoFactorEnabled
from sparkle_core.domain.accounts.proofs import DeviceLabel, Digest
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Text, UserId
from sparkle_core.domain.kernel.sealed import SealedText

STEP_S = 30
"""Seconds that one code is good for (RFC 6238, X)."""

BACKUP_CODES = 10
BACKUP_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 letters and digits, none of which looks like another (no 0, 1, I, O): ten of them are 50 bits."""
FEW_LEFT = 3
"""From so few backup codes on, one is told to make new ones."""


def step_at(now: datetime) -> int:
    """The time step of an instant (RFC 6238, T)."""
    return int(now.timestamp()) // STEP_S


def one_time_code(secret: bytes, step: int) -> str:
    """The six digits of a secret at a time step (RFC 4226, 5.3, with T of RFC 6238 as the counter).

    >>> one_time_code(b"12345678901234567890", 1)
    '287082'
    """
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"


@frozen(kw_only=True)
class SecondFactor(Aggregate):
    """A person's authenticator app, by the person's id; on since `confirmed_at`, pending until `expires_at` before.

    `last_step`: the time step of the last code accepted. Only later ones are from then on, so that no
    code works twice, nor an older one after a newer one.
    """

    secret: SealedText
    created_at: Instant
    expires_at: Instant
    confirmed_at: Instant | None = None
    last_step: int = 0

    @property
    def on(self) -> bool:
        return self.confirmed_at is not None

    def accepts(self, step: int | None) -> bool:
        """Whether a code of that step may still be used."""
        return step is not None and step > self.last_step

    def confirmed(self, now: datetime, step: int) -> Self:
        """On from now on."""
        event = TwoFactorEnabled(user_id=UserId(self.id))
        return self.then(event, confirmed_at=now, last_step=step)

    def accepted(self, step: int) -> Self:
        """With that code used."""
        return evolve(self, last_step=step)


@frozen(kw_only=True)
class BackupCode(Aggregate):
    """One of ten codes for who has lost the app; only its slow hash is stored. It works once."""

    user_id: UserId
    created_at: Instant
    code_hash: Annotated[str, Text(1, 500)]
    used_at: Instant | None = None

    def used(self, now: datetime, left: int) -> Self:
        """Used up; `left` others are not."""
        return self.then(BackupCodeUsed(user_id=self.user_id, left=left), used_at=now)


@frozen(kw_only=True)
class LoginChallenge(Aggregate):
    """The right password was given; the second factor is awaited. Only the keyed hash of its token is stored."""

    user_id: UserId
    token_hash: Digest
    created_at: Instant
    expires_at: Instant
    epoch: int
    remember: bool
    device_label: DeviceLabel | None = None
    device_id: UUID | None = None
    tries: int = 0
    used_at: Instant | None = None

    def open_at(self, now: datetime, max_tries: int, epoch: int) -> bool:
        """Whether a code can still be tried."""
        return self.used_at is None and now < self.expires_at and self.tries < max_tries and self.epoch == epoch

    def tried(self) -> Self:
        """With one more try used."""
        return evolve(self, tries=self.tries + 1)

    def used(self, now: datetime) -> Self:
        """Done: it has made its one session."""
        return evolve(self, used_at=now)


def backup_code(numbers: list[int]) -> str:
    """A backup code of ten numbers below 32.

    >>> backup_code([0, 1, 2, 3, 4, 31, 30, 29, 28, 27])
    '23456-ZYXWV'
    """
    letters = "".join(BACKUP_ALPHABET[number] for number in numbers)
    return f"{letters[:5]}-{letters[5:]}"


def typed_backup_code(text: str) -> str | None:
    """A backup code as it was made, from what somebody typed: any case, with or without the dash; None for none.

    >>> typed_backup_code(" 23456zyxwv"), typed_backup_code("123456")
    ('23456-ZYXWV', None)
    """
    letters = "".join(text.upper().replace("-", "").split())
    if len(letters) != 10 or any(letter not in BACKUP_ALPHABET for letter in letters):
        return None
    return f"{letters[:5]}-{letters[5:]}"
