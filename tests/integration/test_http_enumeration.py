"""Who has an account cannot be found out by signing in, signing up or asking for a reset.

Stops enumeration: an attacker with a list of addresses asks about each and compares answers. Every sample comes
from an address of its own under the limits of production, and all of what is sent back has to be equal, byte
by byte; so has what is asked of the password hasher, which is most of the time a call takes. How long they take by
the clock is measured in `benchmarks/signing_in.py`.
"""

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from attrs import Factory, frozen
from starlette.testclient import TestClient

from sparkle_adapters.memory.security import FastHasher
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import LogIn, Register, VerifyEmail
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_web.app import create_app
from tests.integration.web_community import API, PASSWORD

SAMPLES = 500
TRIES = Rules().security.login_per_account.limit
"""How many wrong passwords an account takes before it is locked: the existing ones are people enough for that."""

WRONG = "Wr0ng-horse-battery"
REQUEST = "00000000-0000-4000-8000-000000000000"
STATES = ("existing", "unverified", "locked")


class Counted(FastHasher):
    """What was asked of the hasher since one looked last."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def hash(self, password: str) -> str:
        self.asked.append("hash")
        return await super().hash(password)

    async def verify(self, stored: str | None, password: str) -> bool:
        self.asked.append("verify")
        return await super().verify(stored, password)

    def taken(self) -> tuple[str, ...]:
        asked, self.asked = tuple(self.asked), []
        return asked


@frozen
class Town:
    """People in every state, behind HTTP, and a worker that does nothing until it is told."""

    sparkle: Sparkle
    hasher: Counted
    client: TestClient
    networks: Iterator[int] = Factory(partial(itertools.count, 1))

    def observed(self, path: str, body: dict[str, Any]) -> tuple[Any, ...]:
        """Everything that an attacker sees of one call from a new network, and what it asked of the hasher."""
        self.hasher.taken()
        where = f"2001:db8:{next(self.networks):x}::1"
        answer = self.client.post(API + path, json=body, headers={"X-Forwarded-For": where, "X-Request-Id": REQUEST})
        return answer.status_code, tuple(answer.headers.raw), answer.content, self.hasher.taken()


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    hasher = Counted()
    sparkle = in_memory(seed=7, hasher=hasher, inline=False)
    addresses = [(state, _address(state, number)) for state in STATES for number in range(0, SAMPLES, TRIES)]
    for _, email in addresses:
        sparkle.run(Register(email=email, username=email[:-12], password=PASSWORD, agree_to_terms=True))
    sparkle.run_coroutine(sparkle.drain())
    for state, email in addresses:
        if state != "unverified":
            sparkle.run(VerifyEmail(email=email, code=sparkle.mailbox.latest(email).code))
        for _ in range(TRIES if state == "locked" else 0):
            with pytest.raises(InvalidCredentials):
                sparkle.run(LogIn(email=email, password=WRONG))
    with TestClient(create_app(sparkle, trusted_proxies=["127.0.0.0/8"]), client=("127.0.0.1", 50_000)) as client:
        yield Town(sparkle, hasher, client)
    sparkle.close()


def _address(state: str, sample: int) -> str:
    """Of an account in a state; a new one every few samples, so that the samples themselves lock nobody."""
    return f"{state}{sample // TRIES * TRIES:05}@example.org"


def log_in(email: str) -> dict[str, Any]:
    return {"email": email, "password": WRONG}


def sign_up(email: str) -> dict[str, Any]:
    return {"email": email, "password": PASSWORD, "agree_to_terms": True, "birth_date": "1990-05-17"}


def reset(email: str) -> dict[str, Any]:
    return {"email": email}


@pytest.mark.parametrize(
    ("path", "body", "told", "asked"),
    [
        ("/sessions", log_in, {401}, ("verify",)),
        ("/sign-up", sign_up, {202}, ("hash",)),
        ("/password/reset-request", reset, {202, 429}, ()),
    ],
)
def test_nothing_in_an_answer_says_who_has_an_account(
    town: Town, path: str, body: Callable[[str], dict[str, Any]], told: set[int], asked: tuple[str, ...]
) -> None:
    statuses = set()
    for sample in range(SAMPLES):
        answers = {town.observed(path, body(_address(state, sample))) for state in (*STATES, "unknown")}
        assert len(answers) == 1
        statuses.add(next(iter(answers))[0])
        assert next(iter(answers))[3] == asked
    assert statuses == told


@pytest.mark.parametrize("password", ["", WRONG, "x" * 5_000, "pässword"])
def test_whatever_is_sent_as_a_password_is_hashed_once_or_refused_for_everybody_alike(
    town: Town, password: str
) -> None:
    """A password refused before the address is looked at tells nothing; one that is hashed only for some would."""
    seen = {
        town.observed("/sessions", {"email": email, "password": password})
        for email in ("existing00000@example.org", "nobody@example.org")
    }
    assert len(seen) == 1
