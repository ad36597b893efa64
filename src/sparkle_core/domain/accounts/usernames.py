"""Usernames: what one may be, and how one is made when none is given. Source: docs/contexts/accounts.md."""

import re
from typing import Annotated

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Text

Username = Annotated[str, Text(3, 50)]

_ALLOWED = re.compile(r"[A-Za-z0-9_]{3,50}")
NEUTRAL = "fan"
"""What a made username begins with where the email's local part may not be one."""

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def checked_username(username: str, reserved: frozenset[str]) -> str:
    """The username, if somebody may have it.

    >>> checked_username("Ada_1815", frozenset())
    'Ada_1815'

    Raises `Invalid` at "username".
    """
    if not _ALLOWED.fullmatch(username):
        raise Invalid.at("username", "must have 3 to 50 letters (a–z), digits or underscores")
    if is_reserved(username, reserved):
        raise Invalid.at("username", "is reserved; choose another")
    return username


def is_reserved(username: str, reserved: frozenset[str]) -> bool:
    """Whether the community keeps it for itself."""
    key = username_key(username)
    return key in reserved or key.startswith("deleted_")


def username_key(username: str) -> str:
    """The form that is unique: usernames differ by more than case."""
    return username.lower()


def username_from(email: str, reserved: frozenset[str]) -> str:
    """A username made of an email's local part, before any clash.

    >>> username_from("ada.lovelace+news@example.org", frozenset())
    'ada_lovelace_news'
    """
    base = re.sub(r"[^A-Za-z0-9]+", "_", email.rpartition("@")[0]).strip("_")[:40]
    if len(base) < 3 or is_reserved(base, reserved):
        base = f"{NEUTRAL}_{base}"[:40]
    return base


def with_suffix(base: str, number: int) -> str:
    """A username with 4 base-36 characters appended, from a number below 36⁴.

    >>> with_suffix("ada", 36)
    'ada_0010'
    """
    digits = ""
    for _ in range(4):
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return f"{base[:45]}_{digits}"


SUFFIXES = 36**4
