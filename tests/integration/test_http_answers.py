"""What the HTTP API answers when all is well: statuses, headers, tags, keys, sessions."""

from base64 import b32decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import evolve

from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_adapters.memory.world import SeededWorld
from sparkle_core.application.economy import BalanceOf
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts.factors import step_at
from sparkle_core.domain.economy.limits import TRUST_LEVELS, Limit, Limits
from sparkle_core.domain.economy.rules import EconomyRules, TradingRules
from sparkle_core.domain.kernel.actors import Role
from tests.integration.web_community import API, PASSWORD, UNHURRIED, Community

OTHER_PASSWORD = "An0ther-horse-battery"


@pytest.fixture
def community() -> Iterator[Community]:
    found = Community()
    with found:
        yield found


def test_somebody_joins_verifies_and_logs_in_over_http(community: Community) -> None:
    form = {
        "email": "ada@example.org",
        "username": "ada",
        "password": PASSWORD,
        "agree_to_terms": True,
        "birth_date": "1990-02-28",
    }
    joined = community.send("POST", "/sign-up", form)
    assert (joined.status_code, joined.json()) == (202, {"status": "check_your_mail"})
    code = community.sparkle.mailbox.latest("ada@example.org").code
    assert community.send("POST", "/email/verification", {"email": "ada@example.org", "code": code}).status_code == 204
    session = community.send("POST", "/sessions", {"email": "ada@example.org", "password": PASSWORD})
    assert session.status_code == 201
    me = community.get("/me", headers={"Authorization": f"Bearer {session.json()['token']}"})
    assert (me.status_code, me.json()["username"], me.json()["status"]) == (200, "ada", "ACTIVE")


def test_sign_up_answers_alike_for_an_address_that_is_taken(community: Community) -> None:
    community.member("ada")
    form = {"email": "ada@example.org", "password": PASSWORD, "agree_to_terms": True, "birth_date": "1990-02-28"}
    known = community.send("POST", "/sign-up", form)
    unknown = community.send("POST", "/sign-up", form | {"email": "new@example.org"})
    assert known.status_code == unknown.status_code == 202
    assert known.content == unknown.content
    assert {k for k in known.headers} == {k for k in unknown.headers}


def test_asking_for_a_new_password_answers_alike_for_an_address_that_nobody_has(community: Community) -> None:
    """Stops finding out who has an account: equal status, headers and bytes."""
    community.member("ada")
    known, unknown = (
        community.send("POST", "/password/reset-request", {"email": f"{name}@example.org"})
        for name in ("ada", "nobody")
    )
    assert (known.status_code, known.json()) == (202, {"status": "check_your_mail"})
    assert (known.status_code, known.content, list(known.headers)) == (
        unknown.status_code,
        unknown.content,
        list(unknown.headers),
    )


def test_a_forgotten_password_is_chosen_anew_over_http(community: Community) -> None:
    community.member("ada")
    community.send("POST", "/password/reset-request", {"email": "ada@example.org"})
    token = community.sparkle.mailbox.latest("ada@example.org").data["token"]
    refused = community.send("POST", "/password/reset", {"token": "reset_nothing", "password": OTHER_PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (422, "reset_rejected")
    assert community.send("POST", "/password/reset", {"token": token, "password": OTHER_PASSWORD}).status_code == 204
    form = {"email": "ada@example.org", "password": OTHER_PASSWORD}
    assert community.send("POST", "/sessions", form).status_code == 201


def test_proving_it_again_and_seeing_ones_sessions_over_http(community: Community) -> None:
    ada = community.member("ada")
    proved = community.send("POST", "/sessions/current/proof", {"password": PASSWORD}, by=ada)
    assert proved.status_code == 201
    assert community.get("/me", by=ada).status_code == 401, "the token from before opens nothing"
    now = {"Authorization": f"Bearer {proved.json()['token']}"}
    listed = community.get("/me/sessions", headers=now).json()
    assert [one["current"] for one in listed] == [True]
    answer = community.send("PUT", "/me/password", {"password": OTHER_PASSWORD}, headers=now)
    assert answer.status_code == 204
    assert community.send("DELETE", "/me/sessions", headers=now).status_code == 204
    assert community.send("DELETE", f"/me/sessions/{listed[0]['id']}", headers=now).status_code == 204
    assert community.get("/me", headers=now).status_code == 401


def test_signing_in_with_a_second_factor_over_http(community: Community) -> None:
    ada = community.member("ada")
    setup = community.send("POST", "/me/two-factor", {}, by=ada)
    assert (setup.status_code, len(setup.json()["backup_codes"])) == (201, 10)

    def code(steps: int) -> str:
        now = step_at(community.sparkle.world.moment().now)
        return PlainOneTimePasswords().code(b32decode(setup.json()["secret"]), now + steps)

    assert community.send("POST", "/me/two-factor/confirmation", {"code": code(0)}, by=ada).status_code == 204
    asked = community.send("POST", "/sessions", {"email": "ada@example.org", "password": PASSWORD})
    assert (asked.status_code, asked.json()["code"]) == (401, "second_factor_required")
    assert asked.json()["expires_in_s"] == 300
    form = {"challenge": asked.json()["challenge"], "code": code(1)}
    session = community.send("POST", "/sessions/second-factor", form)
    assert session.status_code == 201
    status = community.get("/me/two-factor", headers={"Authorization": f"Bearer {session.json()['token']}"})
    assert status.json() == {"on": True, "backup_codes_left": 10, "few": False}
    used = community.send("POST", "/sessions/second-factor", form)
    assert (used.status_code, used.json()["code"]) == (401, "challenge_rejected")


def test_a_phone_number_is_answered_to_its_owner_alone_and_kept_by_no_cache(community: Community) -> None:
    ada, boss = community.member("ada"), community.member("boss", Role.ADMIN)
    edited = community.send("PATCH", "/me", {"phone": "+49 (30) 901820"}, by=ada)
    assert (edited.status_code, edited.json()["has_phone"]) == (200, True)
    mine = community.get("/me", by=ada)
    assert mine.json()["phone"] == "+4930901820"
    assert mine.headers["cache-control"] == "no-store"
    others = [edited, community.get("/people/ada", by=boss), community.get("/people?text=ada", by=boss)]
    assert all("901820" not in answer.text for answer in others)
    wrong = community.send("PATCH", "/me", {"phone": "0171 5550143"}, by=ada)
    assert (wrong.status_code, wrong.json()["faults"][0]["path"]) == (422, "phone")
    assert "5550143" not in wrong.text


def test_an_ended_session_opens_nothing(community: Community) -> None:
    ada = community.member("ada")
    assert community.send("DELETE", "/sessions/current", by=ada).status_code == 204
    gone = community.get("/me", by=ada)
    assert (gone.status_code, gone.json()["code"]) == (401, "unauthenticated")
    assert gone.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer sess_nothing", "Basic YTpi", "Bearer a b", "sess_x"])
def test_a_token_that_opens_nothing_is_a_401_even_where_nobody_need_sign_in(community: Community, header: str) -> None:
    community.member("ada")
    answer = community.get("/people/ada", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers


def test_a_key_makes_a_repeat_harmless(community: Community) -> None:
    ada, bob = community.member("ada"), community.member("bob")
    tip = {"to": str(bob.id), "amount": 30}
    first, again = (community.send("POST", "/tips", tip, ada, {"Idempotency-Key": "tip-1"}) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert community.sparkle.run(BalanceOf(user_id=bob.id), actor=bob.actor).available == 130
    other = community.send("POST", "/tips", tip | {"amount": 31}, ada, {"Idempotency-Key": "tip-1"})
    assert (other.status_code, other.json()["code"], other.json()["key"]) == (409, "idempotency_conflict", "tip-1")


def test_a_key_works_for_commands_that_answer_nothing_too(community: Community) -> None:
    ada = community.member("ada")
    (told,) = community.get("/me/notifications?limit=1", ada).json()["items"]
    path = f"/me/notifications/{told['id']}/read"
    first, again = (community.send("POST", path, None, ada, {"Idempotency-Key": "read-1"}) for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")


def test_an_edit_names_the_version_it_saw(community: Community) -> None:
    ada = community.member("ada")
    seen = community.get("/me", by=ada)
    tag = seen.headers["etag"]
    assert tag.startswith(f'"{seen.json()["version"]}-')
    edited = community.send("PATCH", "/me", {"bio": "I count."}, ada, {"If-Match": tag})
    assert edited.status_code == 200
    assert edited.headers["etag"] == f'"{edited.json()["version"]}"'
    late = community.send("PATCH", "/me", {"bio": "I do."}, ada, {"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "version_mismatch")
    assert late.json()["actual"] == edited.json()["version"]
    assert community.send("PATCH", "/me", {"bio": "I do."}, ada, {"If-Match": "*"}).status_code == 200


def test_an_unchanged_thing_is_not_sent_again(community: Community) -> None:
    ada = community.member("ada")
    tag = community.get("/me", by=ada).headers["etag"]
    same = community.get("/me", ada, {"If-None-Match": f'W/"0", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    community.send("PATCH", "/me", {"bio": "Changed."}, ada)
    assert community.get("/me", ada, {"If-None-Match": tag}).status_code == 200


def test_a_request_id_is_taken_over_or_made(community: Community) -> None:
    mine = str(uuid4())
    assert community.get("/people", headers={"X-Request-Id": mine}).headers["x-request-id"] == mine
    made = community.get("/people", headers={"X-Request-Id": "not one"}).headers["x-request-id"]
    assert UUID(made)
    missing = community.get("/people/nobody", headers={"X-Request-Id": mine})
    assert missing.json()["instance"] == f"urn:uuid:{mine}"
    assert community.client.get("/nowhere", headers={"X-Request-Id": mine}).headers["x-request-id"] == mine


def test_how_much_of_the_rate_is_left_is_said_and_then_enforced() -> None:
    with Community(Rules()) as community:
        ada = community.member("ada")
        left = [community.get("/me", by=ada) for _ in range(100)]
        assert [int(r.headers["ratelimit-remaining"]) for r in left] == list(range(99, -1, -1))
        assert left[0].headers["ratelimit-limit"] == "100"
        over = community.get("/me", by=ada)
        assert (over.status_code, over.json()["code"], over.json()["limit"]) == (429, "limited", "read")
        assert int(over.headers["retry-after"]) == over.json()["retry_after_s"] > 0
        assert (over.headers["ratelimit-limit"], over.headers["ratelimit-remaining"]) == ("100", "0")
        assert over.headers["ratelimit-reset"] == over.headers["retry-after"]


TIERS: dict[str, tuple[int, int, str, str, dict[str, str] | None]] = {
    "read": (100, 60, "GET", "/people", None),
    "write": (10, 60, "PATCH", "/me", {"bio": "again"}),
    "auth": (5, 900, "POST", "/email/code", {"email": "{n}@example.org"}),
    "reset": (3, 3_600, "POST", "/password/reset-request", {"email": "{n}@example.org"}),
}
"""By tier: how many in how many seconds, and a call that falls under it."""


@pytest.mark.parametrize("tier", TIERS)
def test_each_tier_allows_so_many_in_its_window_and_says_when_it_starts_anew(tier: str) -> None:
    """The body is another each time: no other limit of a call's own is in the way."""
    limit, window_s, method, path, body = TIERS[tier]
    with Community(Rules()) as community:
        ada = community.member("ada") if tier == "write" else None

        def asked(n: int) -> Any:
            said = {name: text.format(n=n) for name, text in body.items()} if body is not None else None
            return community.send(method, path, said, by=ada)

        answers = [asked(n) for n in range(limit + 1)]
        assert [a.status_code < 300 for a in answers] == [True] * limit + [False]
        assert {a.headers["ratelimit-limit"] for a in answers} == {str(limit)}
        assert [int(a.headers["ratelimit-remaining"]) for a in answers] == [*range(limit - 1, -1, -1), 0]
        over = answers[-1]
        assert (over.status_code, over.json()["limit"], over.json()["most"]) == (429, tier, limit)
        assert window_s - 5 <= int(over.headers["retry-after"]) <= window_s
        assert isinstance(community.sparkle.world, SeededWorld)
        community.sparkle.world.advance(timedelta(seconds=int(over.headers["retry-after"])))
        assert asked(limit + 1).status_code < 300


def test_a_change_of_address_falls_under_the_tier_of_mail() -> None:
    with Community(Rules()) as community:
        ada = community.member("ada")
        answers = [community.send("PUT", "/me/email", {"email": f"new{n}@example.org"}, by=ada) for n in range(4)]
        assert [a.status_code for a in answers] == [202, 202, 202, 429]
        assert [a.headers["ratelimit-limit"] for a in answers] == ["1000", "1000", "1000", "3"]
        assert answers[-1].json()["limit"] == "email codes", "its own limit, for one person"


def test_tiers_are_rules_with_the_numbers_of_the_spec() -> None:
    tiers = {name: (tier.limit, tier.window_s) for name, tier in Rules().security.tiers.items()}
    assert tiers == {
        "read": (100, 60),
        "write": (10, 60),
        "auth": (5, 900),
        "reset": (3, 3_600),
        "email": (1_000, 3_600),
    }


def test_head_answers_as_get_does_without_the_body(community: Community) -> None:
    community.member("ada")
    full, head = community.get("/people/ada"), community.client.head(f"{API}/people/ada")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == full.headers["content-length"] == str(len(full.content))


def test_options_and_other_methods_say_what_a_path_takes(community: Community) -> None:
    asked = community.client.options(f"{API}/me")
    assert (asked.status_code, asked.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH")
    refused = community.client.put(f"{API}/me")
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == asked.headers["allow"]


def test_answers_carry_the_headers_that_keep_browsers_safe(community: Community) -> None:
    ada = community.member("ada")
    public, private = community.get("/people/ada"), community.get("/me", by=ada)
    for answer in (public, private, community.get("/people/nobody")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers
    assert (public.headers["cache-control"], private.headers["cache-control"]) == ("no-cache", "no-store")
    assert public.headers["vary"] == "authorization, cookie"


def test_a_suspended_person_is_told_so(community: Community) -> None:
    admin, bob = community.member("grace", Role.ADMIN), community.member("bob")
    body = {"status": "SUSPENDED", "reason": "spam"}
    assert community.send("PUT", f"/users/{bob.id}/status", body, admin).status_code == 204
    refused = community.send("POST", "/tips", {"to": str(admin.id), "amount": 1}, bob)
    assert (refused.status_code, refused.json()["code"], refused.json()["account_status"]) == (
        403,
        "not_while",
        "SUSPENDED",
    )


def test_health_says_the_process_is_up_and_ready_that_the_store_answers(community: Community) -> None:
    assert community.client.get("/health").json() == {"status": "ok"}
    assert community.client.get("/ready").json() == {"status": "ready"}


def test_ones_own_limits_say_when_they_free_and_nothing_where_waiting_does_not_help() -> None:
    tips = tuple(Limit(largest=10, a_day=15) for _ in range(TRUST_LEVELS))
    economy = EconomyRules(limits=Limits(tips=tips), trading=TradingRules(most_open=1))
    with Community(evolve(UNHURRIED, economy=economy)) as community:
        ada, bob = community.member("ada"), community.member("bob")

        def tip(amount: int) -> Any:
            return community.send("POST", "/tips", {"to": str(bob.id), "amount": amount}, by=ada)

        assert tip(10).status_code == 201
        tomorrow = tip(6)
        told = tomorrow.json()
        assert (tomorrow.status_code, told["code"]) == (429, "limit_reached")
        wait = int(tomorrow.headers["retry-after"])
        assert told["retry_after_s"] == wait == int(tomorrow.headers["ratelimit-reset"])
        now = community.sparkle.world.moment().now
        assert abs(datetime.fromisoformat(told["retry_at"]) - now - timedelta(seconds=wait)) < timedelta(seconds=2)
        assert isinstance(community.sparkle.world, SeededWorld)
        community.sparkle.world.advance(timedelta(seconds=wait))
        assert tip(10).status_code == 201, "that it was worth to wait for"

        offer = {"to": str(bob.id), "gives": {"points": 1}, "asks": {}}
        assert community.send("POST", "/offers", offer, by=ada).status_code == 201
        for refused, code in (
            (tip(11), "limit_reached"),
            (community.send("POST", "/offers", offer, by=ada), "too_many_open"),
        ):
            assert (refused.status_code, refused.json()["code"]) == (429, code)
            assert refused.json()["retry_after_s"] is None
            assert not {"retry-after", "ratelimit-reset", "ratelimit-remaining"} & set(refused.headers)
