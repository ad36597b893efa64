"""Browsers over HTTP: a session in a cookie, which no script reads and no other site can use."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from attrs import frozen

from sparkle_adapters.memory.world import SeededWorld
from sparkle_core.application.accounts import Register, VerifyEmail
from sparkle_web.browsers import COOKIE, GONE, is_from_elsewhere, token_in
from tests.integration.web_community import API, PASSWORD, Community

HOST = "sparkle.example"
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": f"https://{HOST}", "Host": HOST}
ASKS = {"Sparkle-Session": "cookie"}
EVIL = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example", "Host": HOST}
NEIGHBOUR = {"Sec-Fetch-Site": "same-site", "Origin": f"https://blog.{HOST}", "Host": HOST}


@frozen
class Browser:
    """What a browser holds of a session, and what it sends."""

    community: Community
    token: str
    csrf: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.community.send(method, path, body, headers={"Cookie": f"{COOKIE}={self.token}", **named})

    def ours(self, method: str, path: str, body: Any = None, *, csrf: str | None = None, **headers: str) -> Any:
        """As our own pages do it."""
        shown = self.csrf if csrf is None else csrf
        return self.send(method, path, body, **OURS, **{"X-CSRF-Token": shown}, **headers)


@pytest.fixture
def community() -> Iterator[Community]:
    with Community() as there:
        yield there


@pytest.fixture
def ada(community: Community) -> Browser:
    run, email = community.sparkle.run, "ada@example.org"
    run(Register(email=email, username="ada", password=PASSWORD, agree_to_terms=True))
    run(VerifyEmail(email=email, code=community.sparkle.mailbox.latest(email).code))
    return signed_in(community)


def signing_in(community: Community, **headers: str) -> Any:
    body = {"email": "ada@example.org", "password": PASSWORD}
    return community.send("POST", "/sessions", body, headers={**OURS, **ASKS, **headers})


def signed_in(community: Community) -> Browser:
    answer = signing_in(community)
    return Browser(community, token_of(answer), answer.json()["csrf"]["token"])


def token_of(answer: Any) -> str:
    """The token in `Set-Cookie`."""
    value: str = answer.headers.get_list("set-cookie")[0]
    return value.removeprefix(f"{COOKIE}=").partition(";")[0]


def test_a_browser_gets_the_token_in_a_cookie_that_no_script_reads_and_nowhere_else(
    community: Community, ada: Browser
) -> None:
    answer = signing_in(community)
    assert answer.status_code == 201
    token, attributes = answer.headers.get_list("set-cookie")[0].removeprefix(f"{COOKIE}=").split("; ", 1)
    assert token.startswith("sess_")
    assert attributes == "Path=/; Secure; HttpOnly; SameSite=Strict"
    assert token not in answer.text
    assert answer.json().keys() == {"actor", "status", "csrf"}
    assert answer.headers["cache-control"] == "no-store"


def test_who_does_not_ask_for_a_cookie_gets_none(community: Community, ada: Browser) -> None:
    answer = community.send("POST", "/sessions", {"email": "ada@example.org", "password": PASSWORD})
    assert "set-cookie" not in answer.headers
    assert answer.json()["token"].startswith("sess_")


def test_a_wish_that_is_none_is_refused(community: Community, ada: Browser) -> None:
    answer = signing_in(community, **{"Sparkle-Session": "local-storage"})
    assert (answer.status_code, answer.json()["faults"][0]["path"]) == (400, "Sparkle-Session")


def test_a_wish_that_is_none_is_refused_before_anything_is_done(community: Community) -> None:
    """Stops a misspelt header from ending a session whose new token then goes to nobody."""
    bob = community.member("bob")
    proof = {"password": PASSWORD}
    wrong = community.send("POST", "/sessions/current/proof", proof, bob, {"Sparkle-Session": "yes"})
    assert wrong.status_code == 400
    assert community.get("/me", bob).status_code == 200, "the session that was there goes on"


def test_a_bad_authorization_beside_a_good_cookie_makes_no_browser_forget_it(ada: Browser) -> None:
    """Stops an extension's header from signing people out: the cookie was never tried."""
    for authorization in ("Bearer sess_nothing", "Basic YTpi"):
        refused = ada.send("GET", "/me", Authorization=authorization)
        assert refused.status_code == 401
        assert "set-cookie" not in refused.headers
    assert ada.send("GET", "/me").status_code == 200


def test_the_cookie_reads_and_with_the_csrf_token_it_writes(ada: Browser) -> None:
    mine = ada.send("GET", "/me", **OURS)
    assert (mine.status_code, mine.json()["username"]) == (200, "ada")
    assert mine.headers["cache-control"] == "no-store"
    assert "cookie" in mine.headers["vary"]
    assert ada.ours("PATCH", "/me", {"bio": "I count."}).json()["profile"]["bio"] == "I count."


@pytest.mark.parametrize("headers", [EVIL, NEIGHBOUR], ids=["another site", "a neighbour under our name"])
def test_another_sites_page_changes_nothing_even_with_the_right_token(ada: Browser, headers: dict[str, str]) -> None:
    """Cross-site request forgery: the browser adds the cookie to what evil.example sends."""
    answer = ada.send("PATCH", "/me", {"bio": "pwned"}, **headers, **{"X-CSRF-Token": ada.csrf})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_rejected")
    assert ada.send("GET", "/me", **OURS).json()["profile"]["bio"] == ""


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a_browser_that_says_only_the_origin_is_held_to_that(ada: Browser, headers: dict[str, str]) -> None:
    answer = ada.send("PATCH", "/me", {"bio": "pwned"}, Host=HOST, **headers, **{"X-CSRF-Token": ada.csrf})
    assert answer.json()["code"] == "csrf_rejected"


@pytest.mark.parametrize("shown", ["", "csrf_1.00", "sess_", "csrf_99999999999." + "0" * 64, "x" * 300])
def test_without_the_sessions_token_nothing_is_changed_from_anywhere(ada: Browser, shown: str) -> None:
    """Forgery by a browser that says nothing of where a call is from."""
    answer = ada.send("PATCH", "/me", {"bio": "pwned"}, **{"X-CSRF-Token": shown})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_rejected")


def test_the_csrf_token_of_ones_own_session_does_not_go_with_anothers(community: Community, ada: Browser) -> None:
    """An attacker has a session, and so a token, of their own."""
    other = signed_in(community)
    assert ada.ours("PATCH", "/me", {"bio": "pwned"}, csrf=other.csrf).json()["code"] == "csrf_rejected"


def test_a_csrf_token_is_good_for_an_hour_and_a_new_one_is_to_be_had(community: Community, ada: Browser) -> None:
    world = community.sparkle.world
    assert isinstance(world, SeededWorld)
    world.advance(timedelta(minutes=59, seconds=59))
    assert ada.ours("PATCH", "/me", {"bio": "in time"}).status_code == 200
    world.advance(timedelta(seconds=1))
    assert ada.ours("PATCH", "/me", {"bio": "too late"}).json()["code"] == "csrf_rejected"
    anew = ada.send("GET", "/sessions/current/csrf", **OURS).json()["token"]
    assert ada.ours("PATCH", "/me", {"bio": "again"}, csrf=anew).status_code == 200


def test_another_site_cannot_sign_a_browser_in(community: Community, ada: Browser) -> None:
    """Login CSRF: the victim goes on in the attacker's account. Without the header no cookie is set at all."""
    forged = signing_in(community, **EVIL)
    assert (forged.status_code, forged.json()["code"]) == (403, "csrf_rejected")
    assert "set-cookie" not in forged.headers


def test_a_planted_cookie_is_not_what_one_is_signed_in_with(community: Community, ada: Browser) -> None:
    """Session fixation: the attacker knows a token, plants it, and waits for the victim to sign in."""
    planted = "sess_" + "A" * 43
    answer = signing_in(community, Cookie=f"{COOKIE}={planted}")
    assert answer.status_code == 201
    assert planted not in answer.headers["set-cookie"]
    assert Browser(community, planted, "").send("GET", "/me").status_code == 401


def test_proving_who_one_is_puts_the_new_token_into_the_cookie(ada: Browser) -> None:
    proved = ada.ours("POST", "/sessions/current/proof", {"password": PASSWORD})
    assert proved.status_code == 201
    assert "token" not in proved.json()
    anew = Browser(ada.community, token_of(proved), proved.json()["csrf"]["token"])
    assert anew.token != ada.token
    assert ada.send("GET", "/me", **OURS).status_code == 401
    assert anew.ours("PATCH", "/me", {"bio": "me again"}).status_code == 200


def test_a_wrong_password_where_one_is_signed_in_signs_nobody_out(ada: Browser) -> None:
    """A typing error at a step-up is no reason for the browser to forget its session."""
    refused = ada.ours("POST", "/sessions/current/proof", {"password": "Wr0ng-horse-battery"})
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")
    assert "set-cookie" not in refused.headers
    assert ada.send("GET", "/me", **OURS).status_code == 200


def test_a_session_to_be_remembered_outlasts_the_browser_and_so_it_does_after_a_proof(
    community: Community, ada: Browser
) -> None:
    body = {"email": "ada@example.org", "password": PASSWORD, "remember": True}
    answer = community.send("POST", "/sessions", body, headers={**OURS, **ASKS})
    browser = Browser(community, token_of(answer), answer.json()["csrf"]["token"])
    proved = browser.ours("POST", "/sessions/current/proof", {"password": PASSWORD})
    for told in (answer, proved):
        assert told.headers.get_list("set-cookie")[0].partition("; ")[2] == (
            "Max-Age=15552000; Path=/; Secure; HttpOnly; SameSite=Strict"
        )
    forgotten = ada.ours("POST", "/sessions/current/proof", {"password": PASSWORD})
    assert "Max-Age" not in forgotten.headers.get_list("set-cookie")[0]


def test_signing_out_ends_the_session_and_the_cookie(ada: Browser) -> None:
    gone = ada.ours("DELETE", "/sessions/current")
    assert (gone.status_code, gone.headers["set-cookie"]) == (204, GONE.decode())
    assert ada.send("GET", "/me", **OURS).status_code == 401


def test_another_site_cannot_sign_one_out(ada: Browser) -> None:
    assert ada.send("DELETE", "/sessions/current", **EVIL, **{"X-CSRF-Token": ada.csrf}).status_code == 403
    assert ada.send("GET", "/me", **OURS).status_code == 200


def test_a_cookie_that_opens_nothing_is_nobodys_and_is_forgotten_where_somebody_is_needed(ada: Browser) -> None:
    ada.ours("DELETE", "/sessions/current")
    assert ada.send("GET", "/levels", **OURS).status_code == 200
    refused = ada.send("GET", "/me", **OURS)
    assert (refused.status_code, refused.headers["set-cookie"]) == (401, GONE.decode())


def test_a_bearer_token_goes_before_a_cookie_and_needs_no_csrf_token(community: Community, ada: Browser) -> None:
    bob = community.member("bob")
    answer = ada.send("PATCH", "/me", {"bio": "mine"}, **bob.headers)
    assert (answer.status_code, answer.json()["username"]) == (200, "bob")


@pytest.mark.parametrize(
    ("cookies", "token"),
    [
        ("__Host-sparkle=sess_1", "sess_1"),
        ("theme=dark; __Host-sparkle=sess_1; x=y", "sess_1"),
        ("__Host-sparkle=sess_1;theme", "sess_1"),
        ("__Host-sparkle=", None),
        ("__host-sparkle=sess_1", None),
        ("sparkle=sess_1", None),
        ("__Host-sparkle=sess_1; __Host-sparkle=sess_2", None),
        ("__Host-sparkle=" + "x" * 1_001, None),
        ("__Host-sparkle=caf\u00e9", None),
        ("", None),
    ],
)
def test_the_cookie_is_found_among_others_and_only_under_its_own_name(cookies: str, token: str | None) -> None:
    assert token_in(cookies) == token


@pytest.mark.parametrize(
    ("site", "origin", "elsewhere"),
    [
        ("same-origin", None, False),
        ("none", None, False),
        ("same-site", None, True),
        ("cross-site", f"https://{HOST}", True),
        ("", f"https://{HOST}", True),
        (None, None, False),
        (None, f"https://{HOST}", False),
        (None, f"https://{HOST.upper()}", False),
        (None, f"https://{HOST}:8443", True),
        (None, f"https://{HOST}.evil.example", True),
        (None, f"https://{HOST}@evil.example", True),
        (None, "null", True),
        (None, "", True),
    ],
)
def test_where_a_call_is_from_is_what_the_browser_says(site: str | None, origin: str | None, elsewhere: bool) -> None:
    assert is_from_elsewhere(site, origin, HOST) is elsewhere


def test_without_a_host_an_origin_is_elsewhere() -> None:
    assert is_from_elsewhere(None, f"https://{HOST}", None)


def test_the_api_is_of_no_other_origin(ada: Browser) -> None:
    """No page of another origin may send our headers, or read an answer."""
    preflight = ada.community.client.options(
        f"{API}/me",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Headers": "sparkle-session"},
    )
    answers = (preflight, ada.send("GET", "/me", **EVIL))
    assert not [name for a in answers for name in a.headers if name.startswith("access-control-")]
