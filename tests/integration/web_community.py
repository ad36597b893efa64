"""A community in memory behind the HTTP application, and people in it, for the tests of delivery."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

from attrs import frozen
from starlette.testclient import TestClient

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeRole, LogIn, Register, VerifyEmail
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Role
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_web.app import create_app
from sparkle_web.routes import ROWS
from sparkle_web.table import Row

PASSWORD = "Corr3ct-horse-battery"
API = "/api/v1"

PLENTY = RateTier(limit=1_000_000, window_s=60)
UNHURRIED = Rules(
    security=SecurityRules(
        read=PLENTY,
        write=PLENTY,
        auth=PLENTY,
        reset=PLENTY,
        email=PLENTY,
        login_per_address=PLENTY,
        login_per_network=PLENTY,
    )
)


@frozen
class Member:
    """Somebody who is logged in."""

    id: UserId
    username: str
    actor: Actor
    headers: dict[str, str]


class Community:
    """The application over a fresh memory."""

    def __init__(
        self, rules: Rules = UNHURRIED, *, rows: Sequence[Row] = ROWS, trusted_proxies: Iterable[str] = ()
    ) -> None:
        self.sparkle: Sparkle = in_memory(seed=7, rules=rules)
        self.app = create_app(self.sparkle, rows=rows, trusted_proxies=trusted_proxies)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.__exit__()
        self.sparkle.close()

    def member(self, username: str, role: Role = Role.USER) -> Member:
        """Register, verify and log somebody in."""
        run, email = self.sparkle.run, f"{username}@example.org"
        joined = run(Register(email=email, username=username, password=PASSWORD, agree_to_terms=True))
        run(VerifyEmail(email=email, code=self.sparkle.mailbox.latest(email).code))
        if role is not Role.USER:
            run(ChangeRole(user_id=joined.id, role=role), actor=SYSTEM)
        token = run(LogIn(email=email, password=PASSWORD)).token
        return Member(joined.id, username, joined.actor, {"Authorization": f"Bearer {token}"})

    def get(self, path: str, by: Member | None = None, headers: dict[str, str] | None = None) -> Any:
        return self.client.get(API + path, headers=_merged(by, headers))

    def send(
        self, method: str, path: str, body: Any = None, by: Member | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        return self.client.request(method, API + path, json=body, headers=_merged(by, headers))

    def send_raw(
        self, method: str, path: str, body: bytes, by: Member | None = None, type: str = "application/json"
    ) -> Any:
        return self.client.request(method, API + path, content=body, headers=_merged(by, {"Content-Type": type}))


def _merged(by: Member | None, headers: dict[str, str] | None) -> dict[str, str]:
    return (by.headers if by else {}) | (headers or {})


def faults_of(response: Any) -> dict[str, str]:
    """A problem's faults by path."""
    return {fault["path"]: fault["message"] for fault in response.json()["faults"]}
