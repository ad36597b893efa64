"""Devices over HTTP: what a refusal says of them, which is nothing, and where their token is kept."""

from collections.abc import Iterator
from typing import Any

import pytest

from sparkle_web.browsers import COOKIE, DEVICE_COOKIE
from tests.integration.web_community import PASSWORD, Community

ASKS = {"Sparkle-Session": "cookie", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def community() -> Iterator[Community]:
    with Community() as there:
        there.member("ada")
        there.member("ben")
        yield there


def signs_in(community: Community, password: str = PASSWORD, *, email: str = "ada@example.org", **headers: str) -> Any:
    return community.send("POST", "/sessions", {"email": email, "password": password}, headers=headers)


def in_cookies(answer: Any) -> dict[str, tuple[str, str]]:
    """What a browser is to keep: by name, the value and its attributes."""
    found = (line.partition("=") for line in answer.headers.get_list("set-cookie"))
    return {name: (rest.partition("; ")[0], rest.partition("; ")[2]) for name, _, rest in found}


def test_a_client_with_a_bearer_token_gets_the_devices_in_the_body_and_says_it_there(community: Community) -> None:
    first = signs_in(community)
    assert in_cookies(first) == {}
    token = first.json()["device_token"]
    body = {"email": "ada@example.org", "password": PASSWORD, "device_token": token}
    for _ in range(6):
        assert signs_in(community, "wrong").status_code == 401
    assert signs_in(community).status_code == 401
    again = community.send("POST", "/sessions", body)
    assert (again.status_code, again.json()["device_token"]) == (201, token)


def test_a_browser_keeps_it_in_a_cookie_of_its_own_which_outlives_the_session(community: Community) -> None:
    answer = signs_in(community, **ASKS)
    token, attributes = in_cookies(answer)[DEVICE_COOKIE]
    assert attributes == "Max-Age=34560000; Path=/; Secure; HttpOnly; SameSite=Strict"
    assert "dev_" not in answer.text
    session, csrf = in_cookies(answer)[COOKIE][0], answer.json()["csrf"]["token"]
    cookies = f"{COOKIE}={session}; {DEVICE_COOKIE}={token}"
    left = community.send("DELETE", "/sessions/current", headers={"Cookie": cookies, "X-CSRF-Token": csrf})
    assert in_cookies(left).keys() == {COOKIE}, "logging out forgets the session alone"
    for _ in range(6):
        assert signs_in(community, "wrong").status_code == 401
    assert signs_in(community, **ASKS).status_code == 401
    again = signs_in(community, **ASKS, Cookie=f"{DEVICE_COOKIE}={token}")
    assert in_cookies(again)[DEVICE_COOKIE][0] == token


@pytest.mark.parametrize("cookie", ["", "dev_", "dev_" + "A" * 64, "dev_" + "A" * 2000, "sess_" + "A" * 43, '"', "é"])
def test_what_is_no_devices_token_changes_nothing(community: Community, cookie: str) -> None:
    headers = {"Cookie": f"{DEVICE_COOKIE}={cookie}".encode("latin-1").decode("latin-1")}
    answer = community.client.post(
        "/api/v1/sessions",
        json={"email": "ada@example.org", "password": PASSWORD},
        headers={name: value.encode("latin-1") for name, value in headers.items()},  # type: ignore[arg-type]
    )
    assert answer.status_code == 201
    two = signs_in(community, Cookie=f"{DEVICE_COOKIE}=a; {DEVICE_COOKIE}=b")
    assert two.status_code == 201


def test_unknown_wrong_and_locked_are_byte_for_byte_the_same_with_and_without_a_device(community: Community) -> None:
    """Stops learning who has an account, whether it is locked, and whose a device is."""
    adas = signs_in(community).json()["device_token"]
    bens = signs_in(community, email="ben@example.org").json()["device_token"]
    devices: list[dict[str, str]] = [{}, *({"Cookie": f"{DEVICE_COOKIE}={token}"} for token in (adas, bens))]
    answers = []
    for n in range(8):  # the account and the device are locked from the sixth on
        for headers in devices:
            for email in ("ada@example.org", f"nobody{n}@example.org"):
                answers.append(signs_in(community, "wrong", email=email, **headers))
    answers += [signs_in(community, **headers) for headers in devices]
    said = {(a.status_code, without_id(a), a.headers["content-length"]) for a in answers}
    assert len(said) == 1
    assert next(iter(said))[0] == 401
    assert {frozenset(a.headers.keys()) for a in answers} == {frozenset(answers[0].headers.keys())}
    assert "set-cookie" not in answers[0].headers


def without_id(answer: Any) -> bytes:
    """The body, but for the request's own id."""
    body: bytes = answer.content
    return body.replace(answer.headers["x-request-id"].encode(), b"")


def test_one_reads_ones_own_history(community: Community) -> None:
    ada, ben = community.member("ada2"), community.member("ben2")
    signs_in(community, "wrong", email="ada2@example.org", **{"User-Agent": "curl/8.5.0"})
    listed = community.get("/me/logins", ada).json()["items"]
    assert [login["result"] for login in listed] == ["wrong", "succeeded"]
    assert listed[0]["program"] == {"name": "curl", "version": "8", "system": None, "device": "unknown"}
    assert [login["result"] for login in community.get("/me/logins", ben).json()["items"]] == ["succeeded"]
    assert community.get("/me/logins").status_code == 401
