"""In-memory passkeys: for tests, simulations and stories, without any cryptography but a hash."""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sparkle_core.domain.accounts.errors import PasskeyRejected
from sparkle_core.domain.accounts.passkeys import Assertion, NewCredential
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.passkeys import Enrollee

RP_ID, ORIGIN = "sparkle.invalid", "https://sparkle.invalid"


class MemoryPasskeys:
    """The `Passkeys` port for made-up authenticators: a public key is a secret's hash, a signature the secret itself.

    A response is JSON: `id`, `type` (`create` or `get`), `challenge` in base64url, `origin`, `rp_id`, `secret`,
    `counter`, `present`, `user_verified`, `cross_origin` and `user_handle` in base64url. So a story says by
    itself what was signed.
    """

    def creation(self, challenge: bytes, who: Enrollee, known: Iterable[str]) -> str:
        user = {"id": text_of(who.handle), "name": who.name}
        said = {"challenge": text_of(challenge), "rp": {"id": RP_ID}, "user": user}
        return json.dumps(said | {"excludeCredentials": [{"id": id} for id in known]})

    def request(self, challenge: bytes, allowed: Iterable[str] = ()) -> str:
        said = {"challenge": text_of(challenge), "rpId": RP_ID, "allowCredentials": [{"id": id} for id in allowed]}
        return json.dumps(said)

    def created(self, response: str, challenge: bytes) -> NewCredential:
        said = _right(response, "create", challenge)
        try:
            return NewCredential(
                id=said["id"],
                public_key=public_key_of(said["secret"]),
                counter=said["counter"],
                user_verified=said["user_verified"],
                backed_up=False,
            )
        except (Invalid, KeyError):
            raise PasskeyRejected from None

    def credential_of(self, response: str) -> str:
        id = _read(response).get("id")
        if not isinstance(id, str):
            raise PasskeyRejected
        return id

    def asserted(self, response: str, challenge: bytes, public_key: str) -> Assertion:
        said = _right(response, "get", challenge)
        if public_key_of(said["secret"]) != public_key:
            raise PasskeyRejected
        try:
            handle = said.get("user_handle")
            return Assertion(
                counter=said["counter"],
                user_verified=said["user_verified"],
                user_handle=bytes_of(handle) if handle is not None else None,
            )
        except (Invalid, KeyError, ValueError, TypeError):
            raise PasskeyRejected from None


def _right(response: str, type: str, challenge: bytes) -> dict[str, Any]:
    """What a response says, if it is of our challenge, here."""
    said = _read(response)
    expected = {"type": type, "challenge": text_of(challenge), "origin": ORIGIN, "rp_id": RP_ID, "present": True}
    if any(said.get(name) != value for name, value in expected.items()) or said.get("cross_origin", False):
        raise PasskeyRejected
    if not isinstance(said.get("secret"), str):
        raise PasskeyRejected
    return said


def _read(response: str) -> dict[str, Any]:
    try:
        said = json.loads(response)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise PasskeyRejected
    return said


def public_key_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
