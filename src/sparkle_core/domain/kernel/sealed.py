"""What is kept under a key: sealed texts, `1.KEY.PAYLOAD`, and peppered hashes, `p.KEY.HASH`. Source: docs/security.md.

The key's id stands at the beginning, so that a store finds by prefix which rows are under a key.
"""

import base64
import re
from enum import Enum
from typing import Annotated

from attrs import frozen

VERSION = "1"
"""The one there is: AES-256-GCM with a random nonce of 96 bits; PAYLOAD is nonce, ciphertext and tag in base64url."""

LONGEST = 8_192
"""Bytes of a secret; a text sealed over as many has 10,960 characters after the key's id."""

KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SEALED = re.compile(rf"{VERSION}\.({KEY_ID.pattern})\.([A-Za-z0-9_-]{{38,10960}})")


class Purpose(Enum):
    """What a ring of keys is for: secrets at rest, or the pepper of passwords."""

    SECRETS = "secrets"
    PASSWORDS = "passwords"


def key_id_of(text: str) -> str | None:
    """The id of the key that a text is sealed under; None for what is no sealed text.

    >>> key_id_of("1.k7.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), key_id_of("+4930901820")
    ('k7', None)
    """
    found = _SEALED.fullmatch(text)
    return found[1] if found else None


def payload_of(text: str) -> bytes:
    """What a sealed text holds. Raises ValueError unless it is written in the one way that those bytes are."""
    written = text.rpartition(".")[2]
    payload = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    if _written(payload) != written:  # spare bits of the last character say nothing, and so could be changed
        raise ValueError("this is not how the payload of a sealed text is written")
    return payload


def sealed_text(key_id: str, payload: bytes) -> str:
    """A sealed text of its parts."""
    return under(key_id) + _written(payload)


def _written(payload: bytes) -> str:
    return base64.urlsafe_b64encode(payload).rstrip(b"=").decode()


def under(key_id: str) -> str:
    """How every text begins that is sealed under a key."""
    return f"{VERSION}.{key_id}."


_PEPPERED = re.compile(rf"p\.({KEY_ID.pattern})\.(.+)")


def peppered(key_id: str, hash: str) -> str:
    """A hash that was made with a pepper."""
    return f"p.{key_id}.{hash}"


def pepper_of(text: str) -> tuple[str | None, str]:
    """The id of the pepper that a hash was made with, None for none, and the hash itself.

    >>> pepper_of("p.k7.$argon2id$…"), pepper_of("$argon2id$…")
    (('k7', '$argon2id$…'), (None, '$argon2id$…'))
    """
    found = _PEPPERED.fullmatch(text)
    return (found[1], found[2]) if found else (None, text)


@frozen
class Sealed:
    """A field's check: sealed text and nothing else, so that nobody stores the secret itself by mistake."""

    def __call__(self, value: object) -> str | None:
        return None if isinstance(value, str) and key_id_of(value) is not None else "must be sealed before it is kept"


SealedText = Annotated[str, Sealed()]
"""The annotation of a field that holds a sealed text; its `Kind` says so too, in `sealed`."""
