"""Bad input over HTTP: each a clear 4xx problem that names every faulty field, and nothing is written."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sparkle_core.application.economy import BalanceOf
from sparkle_core.domain.kernel.actors import Role
from tests.integration.web_community import API, PASSWORD, Community, Member, faults_of

WELCOME = 100


class Town:
    """A community with two people and an admin."""

    def __init__(self, community: Community) -> None:
        self.community = community
        self.ada, self.bob = community.member("ada"), community.member("bob")
        self.admin = community.member("grace", Role.ADMIN)

    def tip(self, body: bytes | dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        """A tip from ada, in raw bytes or as a JSON object."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | self.ada.headers | (headers or {})
        return self.community.client.post(f"{API}/tips", content=raw, headers=sent)

    def points_of(self, member: Member) -> int:
        return self.community.sparkle.run(BalanceOf(user_id=member.id), actor=member.actor).available


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with Community() as community:
        yield Town(community)


@pytest.fixture(autouse=True)
def nothing_is_written(town: Town) -> Iterator[None]:
    before = {m.username: town.points_of(m) for m in (town.ada, town.bob)}
    yield
    assert {m.username: town.points_of(m) for m in (town.ada, town.bob)} == before == {"ada": WELCOME, "bob": WELCOME}


def is_problem(response: Any, status: int, code: str) -> None:
    """Assert the shape that every problem has."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"/problems/{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == f"urn:uuid:{response.headers['x-request-id']}"


@pytest.mark.parametrize(
    ("body", "faulty"),
    [
        ({"to": "me", "amount": 1}, {"to"}),
        ({"amount": 1}, {"to"}),
        ({}, {"to", "amount"}),
        ({"to": "me", "amount": "5", "note": "hi"}, {"to", "amount", "note"}),
        ({"to": None, "amount": None}, {"to", "amount"}),
        ({"to": "{bob}", "amount": "5"}, {"amount"}),
        ({"to": "{bob}", "amount": 5.0}, {"amount"}),
        ({"to": "{bob}", "amount": True}, {"amount"}),
        ({"to": "{bob}", "amount": -5}, {"amount"}),
        ({"to": "{bob}", "amount": 0}, {"amount"}),
        ({"to": "{bob}", "amount": 2**63}, {"amount"}),
        ({"to": "{bob}", "amount": 10**400}, {"amount"}),
        ({"to": "{bob}", "amount": [1]}, {"amount"}),
        ({"to": {"id": "{bob}"}, "amount": 1}, {"to"}),
        ({"to": "urn:uuid:{bob}", "amount": 1}, {"to"}),
        ({"to": "{bob}", "amount": 1, "actor": {"system": True}}, {"actor"}),
    ],
)
def test_every_faulty_field_of_a_body_is_named(town: Town, body: dict[str, Any], faulty: set[str]) -> None:
    filled = {k: v.replace("{bob}", str(town.bob.id)) if isinstance(v, str) else v for k, v in body.items()}
    refused = town.tip(filled)
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == faulty


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 100_001, "has 100001"),
        ("a\x00b", "NUL"),
        ("a\ud800b", "lone surrogate"),
    ],
)
def test_text_no_store_could_keep_is_refused(town: Town, text: str, reason: str) -> None:
    body = json.dumps({"bio": text, "display_name": "x" * 500, "website": 7}).encode()
    refused = town.community.send_raw("PATCH", "/me", body, town.ada)
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"bio", "display_name", "website"}
    assert reason in faults_of(refused)["bio"]


def test_nested_fields_are_named_by_their_path(town: Town) -> None:
    refused = town.community.send("PATCH", "/me", {"interests": ["art", 5, "x" * 999]}, town.ada)
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"interests.1", "interests.2"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "is not JSON"),
        (b"", "is missing"),
        (b"[]", "must be an object"),
        (b"null", "is missing"),
        (b'{"to": NaN, "amount": 1}', "NaN"),
        (b'{"amount": -Infinity}', "-Infinity"),
        (b'{"amount": 1e999}', "too large"),
        (b'{"amount": 1, "amount": 2}', "twice"),
        (b'{"amount": 1} x', "is not JSON"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b'{"to": "\xff"}', "is not UTF-8 at byte 8"),
        (b"[" * 65 + b"]" * 65, "deeper than 64"),
        (b"[" * 200_000, "deeper than 64"),
        (b'{"a":' * 100_000, "deeper than 64"),
    ],
)
def test_a_body_that_is_not_one_clear_json_object_is_refused(town: Town, body: bytes, says: str) -> None:
    refused = town.tip(body)
    assert refused.status_code in (400, 422)
    is_problem(refused, refused.status_code, "malformed" if refused.status_code == 400 else "invalid")
    assert says in refused.json()["detail"]


def test_brackets_inside_text_are_no_nesting(town: Town) -> None:
    refused = town.tip({"to": "[" * 100 + '\\"{' * 100, "amount": 1})
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"to"}


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 20 * 1024 * 1024])
@pytest.mark.parametrize("told", [True, False])
def test_a_body_of_more_than_a_mebibyte_is_refused(town: Town, size: int, told: bool) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(0, size, 65_536):
            yield b" " * 65_536

    content: Any = b" " * size if told else chunks()
    headers = {"Content-Type": "application/json"} | town.ada.headers
    refused = town.community.client.post(f"{API}/tips", content=content, headers=headers)
    is_problem(refused, 413, "body_too_large")


@pytest.mark.parametrize("type", ["text/plain", "application/xml", "application/json; charset=latin-1", "", "json"])
def test_a_body_of_another_type_is_refused(town: Town, type: str) -> None:
    is_problem(town.tip(b"{}", {"Content-Type": type}), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "since", ["2026-01-01T00:00:00", "2026-01-01", "yesterday", "2026-13-01T00:00:00Z", "1767225600"]
)
def test_an_instant_must_say_its_zone_and_exist(town: Town, since: str) -> None:
    refused = town.community.get(f"/users/{town.ada.id}/wallet/entries?since={since}", town.ada)
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"since"}


@pytest.mark.parametrize("since", ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00%2B01:00", "2026-01-01t00:00:00.5z"])
def test_an_instant_in_any_zone_is_understood(town: Town, since: str) -> None:
    assert town.community.get(f"/users/{town.ada.id}/wallet/entries?since={since}", town.ada).status_code == 200


@pytest.mark.parametrize(
    ("query", "faulty"),
    [
        ("limit=0", {"limit"}),
        ("limit=101", {"limit"}),
        ("limit=five", {"limit"}),
        ("limit=05", {"limit"}),
        ("limit=1%D9%A2", {"limit"}),  # a digit, but not one of ours
        ("limit=9223372036854775808", {"limit"}),
        ("limit=1&limit=2", {"limit"}),
        ("role=KING&colour=red", {"role", "colour"}),
        ("text=%00", {"text"}),
        ("text=%FF", {"$query"}),
        ("after=bm90IG91cnM", {"after"}),
        ("after=" + "x" * 3_000, {"after"}),
        ("&".join(f"a{i}=1" for i in range(101)), {"$query"}),
    ],
)
def test_a_query_string_is_read_as_strictly(town: Town, query: str, faulty: set[str]) -> None:
    refused = town.community.get(f"/people?{query}")
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == faulty


def test_a_cursor_of_another_list_is_refused(town: Town) -> None:
    own = town.community.get(f"/users/{town.ada.id}/xp?limit=1", town.ada).json()["next"]
    assert own
    refused = town.community.get(f"/people?after={own}")
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"after"}


@pytest.mark.parametrize(
    "path", ["/people/..%2F..%2Fetc%2Fpasswd", "/people/../../etc/passwd", "/people/%2e%2e", "/people/a%00b"]
)
def test_paths_lead_nowhere_else(town: Town, path: str) -> None:
    refused = town.community.client.get(API + path)
    assert refused.status_code in (404, 422)
    is_problem(refused, refused.status_code, refused.json()["code"])


@pytest.mark.parametrize("path", ["/", "/nowhere", "/people/", "/people/ada/", f"/users/{'0' * 36}/wallet/x"])
def test_an_unknown_path_is_a_problem_too(town: Town, path: str) -> None:
    is_problem(town.community.client.get(API + path), 404, "no_such_path")


def test_an_id_in_a_path_must_be_one(town: Town) -> None:
    refused = town.community.get("/users/ada/progress")
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"user_id"}


@pytest.mark.parametrize("tag", ["3", "three", '"three"', 'W/"3"', '"3", "4"', '"99999999999999999999"', ""])
def test_an_if_match_that_is_no_entity_tag_of_ours_is_refused(town: Town, tag: str) -> None:
    refused = town.community.send("PATCH", "/me", {"bio": "x"}, town.ada, {"If-Match": tag})
    is_problem(refused, 400, "malformed")
    assert set(faults_of(refused)) == {"If-Match"}


def test_an_if_match_where_nothing_is_versioned_is_refused_rather_than_ignored(town: Town) -> None:
    refused = town.tip({"to": str(town.bob.id), "amount": 1}, {"If-Match": '"1"'})
    is_problem(refused, 400, "malformed")


def test_the_version_comes_from_if_match_and_from_nowhere_else(town: Town) -> None:
    refused = town.community.send("PATCH", "/me", {"bio": "x", "expected_version": 1}, town.ada)
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"expected_version"}


@pytest.mark.parametrize("key", ["", "x" * 129, "\u00e9", "a b"])
def test_a_key_that_cannot_be_kept_is_refused(town: Town, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode("latin-1"), b"Authorization": town.ada.headers["Authorization"].encode()}
    tip = {"to": str(town.bob.id), "amount": 1}
    refused = town.community.client.post(f"{API}/tips", json=tip, headers=headers)
    is_problem(refused, 400, "malformed")
    assert set(faults_of(refused)) == {"Idempotency-Key"}


def test_logging_in_takes_no_key(town: Town) -> None:
    credentials = {"email": "ada@example.org", "password": PASSWORD}
    refused = town.community.send("POST", "/sessions", credentials, headers={"Idempotency-Key": "k"})
    is_problem(refused, 400, "malformed")
    assert set(faults_of(refused)) == {"Idempotency-Key"}


def test_a_header_that_steers_a_call_may_come_only_once(town: Town) -> None:
    headers = [("Authorization", "Bearer a"), ("Authorization", town.ada.headers["Authorization"])]
    refused = town.community.client.get(f"{API}/me", headers=headers)
    is_problem(refused, 400, "malformed")


def test_a_command_takes_nothing_from_the_query_string(town: Town) -> None:
    refused = town.community.send("POST", "/tips?amount=5", {"to": str(town.bob.id), "amount": 5}, town.ada)
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"amount"}


def test_what_is_in_the_path_may_not_come_in_the_body_too(town: Town) -> None:
    body = {"user_id": str(town.bob.id), "amount": 5, "source": "gift", "subject": "x"}
    refused = town.community.send("POST", f"/users/{town.bob.id}/xp", body, town.admin)
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"user_id"}


def test_passwords_are_bounded_before_they_are_hashed(town: Town) -> None:
    refused = town.community.send("POST", "/sessions", {"email": "ada@example.org", "password": "x" * 1_025})
    is_problem(refused, 422, "invalid")
    assert set(faults_of(refused)) == {"password"}
    assert "x" * 20 not in refused.text


def test_somebody_unknown_and_somebody_without_the_right_are_told_apart(town: Town) -> None:
    award = {"amount": 5, "source": "gift", "subject": "x"}
    path = f"/users/{town.bob.id}/xp"
    is_problem(town.community.send("POST", path, award), 401, "unauthenticated")
    is_problem(town.community.send("POST", path, award, town.ada), 403, "forbidden")


def test_of_many_faults_fifty_are_named_and_the_others_counted(town: Town) -> None:
    """Stops a body of nonsense from being answered with twelve times as much."""
    body = {f"field_{n}": 1 for n in range(1_000)}
    answer = town.community.send("POST", "/sessions", body)
    faults = faults_of(answer)
    assert answer.status_code == 422
    assert len([f for f in faults.values() if "is not a field" in f]) == 50
    assert faults["$"] == "there are 952 more faults"
    assert len(answer.content) < len(json.dumps(body))
