"""Devices that a person has signed in from before, by a signed token. Source: docs/contexts/accounts.md.

Whoever shows one has a budget of wrong passwords of their own, so that strangers who use up the account's
lock it for themselves. It opens nothing, and no table holds it: a MAC binds it to one person.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.security import KeyedHash

PREFIX = "dev_"
ID_BYTES, MAC_BYTES = 16, 32
LENGTH = len(PREFIX) + (ID_BYTES + MAC_BYTES) * 4 // 3


def device_token(hashes: KeyedHash, user_id: UserId, device_id: UUID) -> str:
    """What shows that a person has signed in from a device: its id, and a MAC over both."""
    return PREFIX + urlsafe_b64encode(device_id.bytes + _mac(hashes, user_id, device_id)).decode()


def recognised(hashes: KeyedHash, user_id: UserId, token: str | None) -> UUID | None:
    """The device that a token is of, if it is this person's. Compared in constant time."""
    if token is None or len(token) != LENGTH or not token.startswith(PREFIX):
        return None
    try:
        plain = urlsafe_b64decode(token[len(PREFIX) :])
    except (binascii.Error, ValueError):
        return None
    if len(plain) != ID_BYTES + MAC_BYTES:
        return None
    device_id = UUID(bytes=plain[:ID_BYTES])
    return device_id if hmac.compare_digest(plain[ID_BYTES:], _mac(hashes, user_id, device_id)) else None


def _mac(hashes: KeyedHash, user_id: UserId, device_id: UUID) -> bytes:
    return hashes.of("device", user_id.bytes + device_id.bytes)
