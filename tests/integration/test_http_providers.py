"""Signing in with a provider over HTTP: in memory, with a real provider's process, and where it sends people back."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sparkle_adapters.mail.memory import Mailbox
from sparkle_bootstrap import Settings, connect
from sparkle_core.application.accounts import Departure
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.testing.visiting import came_back
from sparkle_web.app import create_app
from sparkle_web.callback import PATH
from tests.communities import fresh_database
from tests.integration.web_community import API, Community
from tests.providing import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, shared_provider

BEA = {"sub": "7", "email": "bea@example.org", "name": "Bea"}


@pytest.fixture
def community() -> Iterator[Community]:
    with Community() as there:
        yield there


def departs(community: Community, path: str, **by: Any) -> Departure:
    answer = community.send("POST", path, {"return_to": "/home"}, **by)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    return Departure(**answer.json())


def test_somebody_joins_links_proves_and_unlinks_over_http(community: Community) -> None:
    assert community.get("/providers").json()["providers"][0] == "google"
    departure = departs(community, "/providers/google/visits")
    assert departure.return_to == "/home"
    new = community.send("POST", "/sessions/provider", came_back(departure, **BEA))
    assert (new.status_code, new.json()["code"], new.json()["email"]) == (401, "sign_up_required", "bea@example.org")
    form = {"sign_up": new.json()["sign_up"], "agree_to_terms": True, "username": "bea", "birth_date": "1990-05-17"}
    joined = community.send("POST", "/sign-up/provider", form)
    assert (joined.status_code, joined.json()["status"]) == (201, "ACTIVE")
    bea = {"Authorization": f"Bearer {joined.json()['token']}"}
    departure = departs(community, "/me/providers/github/visits", headers=bea)
    linked = community.send("POST", "/me/providers", came_back(departure, sub="70"), headers=bea)
    assert (linked.status_code, linked.json()["provider"]) == (201, "github")
    departure = departs(community, "/sessions/current/proof/providers/github/visits", headers=bea)
    proved = community.send("POST", "/sessions/current/proof/provider", came_back(departure, sub="70"), headers=bea)
    assert proved.status_code == 201
    bea = {"Authorization": f"Bearer {proved.json()['token']}"}
    assert community.send("DELETE", "/me/providers/google", headers=bea).status_code == 204
    last = community.send("DELETE", "/me/providers/github", headers=bea)
    assert (last.status_code, last.json()["code"]) == (409, "last_way_in")
    ways = community.get("/me/ways-in", headers=bea).json()
    assert (ways["password"], [one["provider"] for one in ways["providers"]]) == (False, ["github"])


def test_a_browser_gets_its_session_in_a_cookie_by_a_provider_too(community: Community) -> None:
    departure = departs(community, "/providers/google/visits")
    new = community.send("POST", "/sessions/provider", came_back(departure, **BEA))
    form = {"sign_up": new.json()["sign_up"], "agree_to_terms": True, "birth_date": "1990-05-17"}
    answer = community.send("POST", "/sign-up/provider", form, headers={"Sparkle-Session": "cookie"})
    assert answer.status_code == 201
    assert "set-cookie" in answer.headers
    assert "token" not in answer.json()


# against a real provider's process


def clients_file(folder: Path, **more: str) -> Path:
    file = folder / "clients.toml"
    lines = [f'redirect_uri = "{REDIRECT_URI}"', 'origins = ["https://app.sparkle.example"]']
    lines += [f'{name} = "{value}"' for name, value in more.items()]
    lines += ["[providers.google]", f'client_id = "{CLIENT_ID}"', f'client_secret = "{CLIENT_SECRET}"']
    lines += [f'issuer = "{shared_provider().issuer("google")}"']
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    return file


def test_somebody_signs_in_with_a_real_provider_on_a_database(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The whole way: the settings' file, discovery, PKCE, a signed token, a row in SQLite; and no secret in a log."""
    settings = Settings(key=bytes(32), var=tmp_path, oauth=clients_file(tmp_path))
    with (
        caplog.at_level(logging.DEBUG),
        fresh_database("sqlite") as url,
        connect(url, settings=settings, mailer=Mailbox()) as sparkle,
        TestClient(create_app(sparkle)) as client,
    ):
        ada = {"subject": "42", "email": "ada@example.org", "email_verified": True, "name": "Ada"}

        def comes_back() -> dict[str, str]:
            place = "https://app.sparkle.example/home"
            departure = client.post(f"{API}/providers/google/visits", json={"return_to": place}).json()
            assert departure["return_to"] == place
            back = shared_provider().sign_in(departure["address"], ada, {})
            return back | {"browser": departure["browser"]}

        first = comes_back()
        new = client.post(f"{API}/sessions/provider", json=first).json()
        assert new["code"] == "sign_up_required"
        again = client.post(f"{API}/sessions/provider", json=first)
        assert (again.status_code, again.json()["code"]) == (422, "visit_rejected")
        form = {"sign_up": new["sign_up"], "agree_to_terms": True, "birth_date": "1990-05-17"}
        assert client.post(f"{API}/sign-up/provider", json=form).status_code == 201
        session = client.post(f"{API}/sessions/provider", json=comes_back())
        assert session.status_code == 201
        who = {"Authorization": f"Bearer {session.json()['token']}"}
        assert client.get(f"{API}/me", headers=who).json()["username"] == "ada"
    for hidden in (CLIENT_SECRET, first["browser"], session.json()["token"]):
        assert hidden not in caplog.text


def test_a_file_that_is_wrong_is_refused_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(f'redirect_uri = "{REDIRECT_URI}"\n[providers.google]\nclient_id = "a"\nclient_sekret = "b"\n')
    with pytest.raises(Invalid, match=r"clients\.toml:4: providers\.google\.client_sekret"):
        connect(f"sqlite:///{tmp_path}/a.db", settings=Settings(key=bytes(32), var=tmp_path, oauth=file))


# where providers send people back to


@pytest.fixture
def page() -> Iterator[TestClient]:
    with Community() as there, TestClient(create_app(there.sparkle, sign_in_page="/signed-in")) as client:
        client.follow_redirects = False
        yield client


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_comes_back_is_sent_on_to_the_page_with_what_they_came_with(page: TestClient, method: str) -> None:
    """By a link, or by a form, as Apple does; behind a `#`, which goes to no server and in no Referer."""
    given = {"state": "s p", "code": "c#1", "iss": "https://a.example", "next": "https://evil.example"}
    sent = page.get(PATH, params=given) if method == "GET" else page.post(PATH, data=given)
    assert sent.status_code == 303
    assert sent.headers["location"] == "/signed-in#state=s+p&code=c%231&iss=https%3A%2F%2Fa.example"
    assert (sent.headers["referrer-policy"], sent.headers["cache-control"]) == ("no-referrer", "no-store")


def test_what_nobody_sends_back_is_refused(page: TestClient) -> None:
    """Stops two states in one answer, of which two readers believe one each, and forms without end."""
    assert page.get(f"{PATH}?state=a&state=b").status_code == 400
    assert page.post(PATH, content=b"{}", headers={"content-type": "application/json"}).status_code == 415
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert page.post(PATH, content=b"state=" + b"a" * 17_000, headers=form).status_code == 413


def test_a_query_of_many_fields_is_refused_and_crashes_nothing(page: TestClient) -> None:
    """Stops a line of nonsense from filling the log with tracebacks."""
    assert page.get(PATH, params={f"f{n}": "x" for n in range(51)}).status_code == 400


def test_without_a_page_there_is_no_callback(community: Community) -> None:
    assert community.client.get(PATH).status_code == 404
