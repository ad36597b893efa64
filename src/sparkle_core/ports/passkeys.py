"""Passkeys: what browsers ask authenticators for, and whether what comes back was signed for us (W3C WebAuthn)."""

from collections.abc import Iterable
from typing import Protocol

from attrs import frozen

from sparkle_core.domain.accounts.passkeys import Assertion, NewCredential


@frozen(kw_only=True)
class Enrollee:
    """Whose passkey is made: `handle` (at most 64 bytes) is what it will say of them, `name` what it shows."""

    handle: bytes
    name: str


class Passkeys(Protocol):
    """Ceremonies for one site (`rp.id`) and its origins. Computes, and waits on nothing.

    Ids of credentials are in base64url. Responses are the JSON of `PublicKeyCredential.toJSON()`. What is refused
    raises `PasskeyRejected`: an answer to another challenge, from another origin or for another site, of another
    kind, from within another site's frame, without its user's presence, or not signed by the key.
    """

    def creation(self, challenge: bytes, who: Enrollee, known: Iterable[str]) -> str:
        """The JSON for `navigator.credentials.create()`: a discoverable credential, on none that has a `known` one."""
        ...

    def request(self, challenge: bytes, allowed: Iterable[str] = ()) -> str:
        """The JSON for `navigator.credentials.get()`; without `allowed` ones, any that the authenticator has for us."""
        ...

    def created(self, response: str, challenge: bytes) -> NewCredential:
        """What was made. Raises `PasskeyRejected`."""
        ...

    def credential_of(self, response: str) -> str:
        """Which credential a response says that it is of; nothing is checked. Raises `PasskeyRejected`."""
        ...

    def asserted(self, response: str, challenge: bytes, public_key: str) -> Assertion:
        """What was signed. The counter is not held against any. Raises `PasskeyRejected`."""
        ...
