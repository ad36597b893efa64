"""What an attacker sends over HTTP, one attack a test.

Beside these: enumeration in test_http_enumeration.py, forgery and fixation with cookies in test_http_browsers.py,
client addresses in test_http_trouble.py, broken JSON and large bodies in test_http_bad_input.py.
"""

import asyncio
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest

from sparkle_bootstrap import in_memory
from sparkle_core.application.accounts import SessionsOf
from sparkle_core.domain.kernel.actors import SYSTEM
from sparkle_web import endpoint
from sparkle_web.app import create_app
from sparkle_web.routes import ROWS
from tests.integration.web_community import API, PASSWORD, Community, faults_of

EVIL = "evil.example"


@pytest.fixture
def community() -> Iterator[Community]:
    with Community() as there:
        yield there


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Original-Host", "Forwarded"])
def test_a_mail_leads_nowhere_that_a_header_names(community: Community, header: str) -> None:
    """Host-header poisoning: the victim gets our mail with a link to the attacker, who takes the token from it."""
    community.member("ada")
    value = f"host={EVIL}" if header == "Forwarded" else EVIL
    asked = community.send("POST", "/password/reset-request", {"email": "ada@example.org"}, headers={header: value})
    assert asked.status_code == 202
    letter = community.sparkle.mailbox.latest("ada@example.org")
    assert letter.kind == "reset_password"
    assert EVIL not in str(letter.data)


@pytest.mark.parametrize(
    "more",
    [
        {"role": "ADMIN"},
        {"status": "ACTIVE"},
        {"user_id": "00000000-0000-4000-8000-000000000000"},
        {"email_verified_at": "2026-01-01T00:00:00Z"},
        {"session_epoch": 7},
        {"password_hash": "$argon2id$"},
        {"__class__": "Person"},
    ],
)
def test_what_a_request_does_not_ask_for_is_not_taken(community: Community, more: dict[str, Any]) -> None:
    """Mass assignment: fields of the stored person, sent along with a sign-up or an edit, make nobody an admin."""
    newcomer: dict[str, Any] = {"email": "eve@example.org", "username": "eve", "password": PASSWORD}
    newcomer |= {"agree_to_terms": True, "birth_date": "1990-05-17"}
    (name,) = more
    assert faults_of(community.send("POST", "/sign-up", newcomer | more)).keys() == {name}
    ada = community.member("ada")
    assert faults_of(community.send("PATCH", "/me", {"bio": "hello"} | more, ada)).keys() == {name}
    mine = community.get("/me", ada).json()
    assert (mine["role"], mine["profile"]["bio"]) == ("USER", "")


@pytest.mark.parametrize(
    "path", [f"//{EVIL}", f"/\\{EVIL}", f"/%2f%2f{EVIL}", f"/https://{EVIL}/", "/docs/", "/api/v1/"]
)
@pytest.mark.parametrize("query", ["", f"?next=https://{EVIL}", f"?redirect_uri=//{EVIL}"])
def test_nobody_is_led_elsewhere(community: Community, path: str, query: str) -> None:
    """Open redirect: a link to us that ends at the attacker's."""
    answer = community.client.get(path + query, follow_redirects=False)
    assert answer.status_code in (200, 400, 404)
    assert "location" not in answer.headers


def test_only_what_was_created_has_a_location_and_it_is_ours() -> None:
    assert {row.location[0] for row in ROWS if row.location} == {"/"}
    assert {row.status for row in ROWS} <= {200, 201, 202, 204}


def test_no_method_but_the_tables_own_does_anything(community: Community) -> None:
    """Verb tampering: a method that the checks do not know, and headers that name another."""
    ada = community.member("ada")
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        assert community.send(method, "/me", None, ada).status_code == 405
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert community.send("POST", "/me", {}, ada, {header: "DELETE"}).status_code == 405
    assert community.get("/me", ada).status_code == 200


def test_a_session_that_somebody_made_up_opens_nothing_and_costs_one_look(community: Community) -> None:
    """Guessing and forging tokens: what is no token of ours, of the right length or not, with anything in it."""
    ada = community.member("ada")
    token = ada.headers["Authorization"].removeprefix("Bearer ")
    forged = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token + "A",
        token[:-1],
        token.upper(),
        "sess_",
        "x" * 999,
    ]
    for wrong in [*forged, token.replace("sess_", "reset_"), token.replace("sess_", "")]:
        answer = community.get("/me", headers={"Authorization": f"Bearer {wrong}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert len(community.sparkle.run(SessionsOf(user_id=ada.id), actor=SYSTEM)) == 1


class Client:
    """One end of a connection: what it sends, and what came back."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)
        self.sent: list[MutableMapping[str, Any]] = []
        self.reads = 0

    async def receive(self) -> MutableMapping[str, Any]:
        """The next piece of the body; for ever nothing after the last one."""
        self.reads += 1
        if not self._pieces:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": self._pieces.pop(0), "more_body": True}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)


def _posting(path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": API + path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *headers],
        "client": ("203.0.113.7", 50_000),
    }


def test_who_sends_a_body_too_slowly_is_not_waited_for() -> None:
    """Slow bodies: many connections that never finish hold the server's memory. The time is cut short for the test."""
    client = Client(b'{"email": "ada@ex')
    app = create_app(in_memory(seed=7), body_within_s=0.01)
    asyncio.run(app(_posting("/sessions"), client.receive, client.send))  # type: ignore[arg-type]
    assert client.sent[0]["status"] == 408
    assert client.reads == 2


def test_a_body_that_tells_its_size_is_refused_before_it_is_read() -> None:
    """Oversized bodies: what is announced as too large costs nothing to refuse."""
    client = Client(b"x" * 100)
    length = (b"content-length", b"%d" % (endpoint.MAX_BODY + 1))
    asyncio.run(create_app(in_memory(seed=7))(_posting("/sessions", length), client.receive, client.send))  # type: ignore[arg-type]
    assert (client.sent[0]["status"], client.reads) == (413, 0)


def test_a_body_that_does_not_tell_its_size_is_read_no_further_than_the_bound() -> None:
    client = Client(*[b" " * (256 * 1024)] * 100)
    asyncio.run(create_app(in_memory(seed=7))(_posting("/sessions"), client.receive, client.send))  # type: ignore[arg-type]
    assert (client.sent[0]["status"], client.reads) == (413, 5)
