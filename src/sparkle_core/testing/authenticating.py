"""An authenticator for the passkeys in memory, which believe whatever a response says."""

import base64
import hashlib
import json
from typing import Any

from attrs import Factory, define, field

RP_ID, ORIGIN = "sparkle.invalid", "https://sparkle.invalid"


@define
class Held:
    """A credential in it."""

    id: str
    secret: str = field(repr=False)
    handle: str
    counter: int


@define
class MadeUpAuthenticator:
    """Makes and uses credentials as `MemoryPasskeys` wants them; each of its uses counts one on.

    `name`: what its credentials follow from, so that a story is the same each time it is told. What it
    does in place of what is right is said with each use: see `PasskeysContract`.
    """

    name: str
    verifies: bool = True
    held: list[Held] = Factory(list)

    def create(self, options: str, **wrong: Any) -> str:
        """The answer to `navigator.credentials.create()`."""
        asked = json.loads(options)
        secret = f"{self.name}-{len(self.held)}"
        id = base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).rstrip(b"=").decode()
        held = Held(id, secret, asked["user"]["id"], wrong.get("counter", 1))
        self.held.append(held)
        return self._said(held, "create", asked["challenge"], wrong)

    def get(self, options: str, **wrong: Any) -> str:
        """The answer to `navigator.credentials.get()`, with the newest credential that is asked for."""
        asked = json.loads(options)
        allowed = [one["id"] for one in asked.get("allowCredentials", ())]
        held = next((one for one in reversed(self.held) if not allowed or one.id in allowed), None)
        if held is None:
            raise LookupError("the authenticator has none of these")
        held.counter = wrong.get("counter", held.counter + 1)
        return self._said(held, "get", asked["challenge"], wrong)

    def _said(self, held: Held, type: str, challenge: str, wrong: dict[str, Any]) -> str:
        said = {
            "id": held.id,
            "type": wrong.get("type", type),
            "challenge": _text(wrong["challenge"]) if "challenge" in wrong else challenge,
            "origin": wrong.get("origin", ORIGIN),
            "rp_id": wrong.get("rp_id", RP_ID),
            "secret": "a stranger's" if wrong.get("stranger", False) else held.secret,
            "counter": held.counter,
            "present": wrong.get("present", True),
            "user_verified": wrong.get("user_verified", self.verifies),
            "cross_origin": wrong.get("cross_origin", False),
            "user_handle": _text(wrong["handle"]) if "handle" in wrong else held.handle,
        }
        return json.dumps(said)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
