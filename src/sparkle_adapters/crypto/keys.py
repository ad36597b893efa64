"""Keyed hashes under the deployment's key."""

import hmac


class HmacKeys:
    """The `KeyedHash` port: HMAC-SHA-256, with one key derived from the deployment's for each purpose."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 32:
            raise ValueError(f"the key needs 32 bytes or more, has {len(key)}")
        self._key = key
        self._derived: dict[str, bytes] = {}

    def of(self, purpose: str, data: bytes) -> bytes:
        key = self._derived.get(purpose)
        if key is None:
            key = self._derived[purpose] = hmac.digest(self._key, b"sparkle/" + purpose.encode(), "sha256")
        return hmac.digest(key, data, "sha256")
