"""In-memory identity providers: for tests, simulations and stories, where nobody really signs in anywhere."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sparkle_core.domain.accounts.errors import ProviderRefused
from sparkle_core.domain.accounts.identities import ProvedIdentity
from sparkle_core.domain.kernel.errors import Invalid, NotFound, Unavailable
from sparkle_core.ports.identities import CameBack, Sent

NAMES = ("google", "discord", "github", "twitch", "apple")


class MemoryIdentityProviders:
    """The `IdentityProviders` port, for providers that believe whatever a code says.

    A code is JSON in base64url: who signed in (`sub`, `email`, `email_verified`, `name`), and what the address said
    (`nonce`, `code_challenge`); optionally `iss`, `exp` and `auth_time`. It works once. So a story says by
    itself who comes back. `lost`: those that do not answer.
    """

    def __init__(self, names: Iterable[str] = NAMES) -> None:
        self._names = tuple(names)
        self._used: set[str] = set()
        self._lock = threading.Lock()
        self.lost: set[str] = set()

    def names(self) -> tuple[str, ...]:
        return self._names

    async def address(self, provider: str, sent: Sent, now: datetime) -> str:
        self._asked(provider)
        said = {"state": sent.state, "nonce": sent.nonce, "code_challenge": challenge_of(sent.verifier)}
        return f"{issuer_of(provider)}/authorize?{urlencode(said | ({'prompt': 'login'} if sent.again else {}))}"

    async def ask(self, provider: str, back: CameBack, now: datetime) -> ProvedIdentity:
        self._asked(provider)
        said = _read(back.code)
        moment = now.timestamp()
        right = (
            said.get("nonce") == back.sent.nonce
            and said.get("code_challenge") == challenge_of(back.sent.verifier)
            and said.get("iss", issuer_of(provider)) == issuer_of(provider)
            and back.iss in (None, issuer_of(provider))
            and moment < _number(said, "exp", moment + 1)
            and not (back.sent.again and _number(said, "auth_time", moment) < back.since.timestamp())
        )
        if not right or not self._first(back.code):
            raise ProviderRefused(provider)
        try:
            return ProvedIdentity(
                issuer=issuer_of(provider),
                subject=said.get("sub", ""),
                email=said.get("email"),
                email_verified=said.get("email_verified", False) and said.get("email") is not None,
                name=said.get("name"),
            )
        except Invalid:
            raise ProviderRefused(provider) from None

    def _first(self, code: str) -> bool:
        with self._lock:
            first = code not in self._used
            self._used.add(code)
        return first

    def _asked(self, provider: str) -> None:
        if provider not in self._names:
            raise NotFound("provider of that name")
        if provider in self.lost:
            raise Unavailable(provider)


def issuer_of(provider: str) -> str:
    """Who a provider is; `.invalid` is nobody's (RFC 2606)."""
    return f"https://{provider}.invalid"


def challenge_of(verifier: str) -> str:
    """What is sent of a verifier (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _read(code: str) -> dict[str, Any]:
    try:
        said = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
    except (ValueError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {}


def _number(said: dict[str, Any], name: str, default: float) -> float:
    value = said.get(name, default)
    return value if isinstance(value, int | float) else 0.0
