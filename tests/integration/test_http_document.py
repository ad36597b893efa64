"""The table, the OpenAPI document it makes, and the docs page: complete, valid, and from here alone."""

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

import sparkle_adapters.sql.errors  # noqa: F401  its errors are listed too
from sparkle_core.application.catalog import USE_CASES
from sparkle_core.application.kernel.commands import Query
from sparkle_core.domain.kernel.actors import Permission
from sparkle_web import pages
from sparkle_web.openapi import document
from sparkle_web.problems import RESERVED, errors, status_of
from sparkle_web.routes import NOT_ROUTED, ROWS
from tests.integration.web_community import Community


@pytest.fixture(scope="module")
def community() -> Iterator[Community]:
    with Community() as found:
        yield found


@pytest.fixture(scope="module")
def api(community: Community) -> Any:
    return community.client.get("/openapi.json").json()


def operations(api: Any) -> dict[str, Any]:
    return {o["operationId"]: o for methods in api["paths"].values() for o in methods.values()}


INTERNAL = {use.request for use in USE_CASES if use.permission is Permission.DELIVER}


def test_every_request_has_a_row_or_a_stated_reason() -> None:
    routed, known = {row.request for row in ROWS}, {use.request for use in USE_CASES}
    assert known - routed - NOT_ROUTED.keys() - INTERNAL == set()
    assert routed & NOT_ROUTED.keys() == set()
    assert (routed | NOT_ROUTED.keys()) - known == set()
    assert all(NOT_ROUTED.values())


def test_nothing_that_only_the_worker_may_do_has_a_row() -> None:
    assert {row.request for row in ROWS} & INTERNAL == set()


def test_queries_are_gets_and_commands_are_not() -> None:
    assert all((row.method == "GET") is issubclass(row.request, Query) for row in ROWS)


def test_the_document_is_valid_openapi_3_1(api: Any) -> None:
    validate(api)
    assert api["openapi"].startswith("3.1")


def test_the_document_is_the_same_every_time() -> None:
    first, again = (json.dumps(document(ROWS, USE_CASES)) for _ in range(2))
    assert first == again


def test_docstrings_reach_the_document(api: Any) -> None:
    tip = operations(api)["sendTip"]
    assert tip["summary"] == "Give somebody points"
    assert "InsufficientFunds" in tip["description"]
    for name, operation in operations(api).items():
        assert operation["summary"], name
    described = [s for n, s in api["components"]["schemas"].items() if "properties" in s and not n.endswith("Input")]
    assert sum("description" in s for s in described) > len(described) / 2


def test_checks_reach_the_document(api: Any) -> None:
    schemas = api["components"]["schemas"]
    amount = schemas["SendTip"]["properties"]["amount"]
    assert (amount["type"], amount["minimum"]) == ("integer", 1)
    assert schemas["SendTip"]["properties"]["to"] == {"type": "string", "format": "uuid"}
    assert schemas["SendTip"]["additionalProperties"] is False
    assert set(schemas["SendTip"]["required"]) == {"to", "amount"}
    assert schemas["LogIn"]["properties"]["password"]["format"] == "password"
    assert "expected_version" not in schemas["EditProfile"]["properties"]
    statement = {p["name"]: p for p in operations(api)["statement"]["parameters"]}
    assert statement["since"]["schema"]["format"] == "date-time"
    assert statement["user_id"]["in"] == "path"
    assert statement["limit"]["schema"] | {"minimum": 1, "maximum": 100, "default": 20} == statement["limit"]["schema"]


def test_what_a_caller_needs_is_in_the_document(api: Any) -> None:
    found = operations(api)
    assert found["publicProfile"]["security"] == [{}, {"session": []}, {"cookie": []}]
    assert found["sendTip"]["security"] == [{"session": []}, {"cookie": []}]
    headers = {name: {p["name"] for p in o.get("parameters", ()) if p["in"] == "header"} for name, o in found.items()}
    assert headers["editProfile"] == {"If-Match", "Idempotency-Key"}
    assert headers["logIn"] == {"Sparkle-Session"}
    assert headers["myProfile"] == {"If-None-Match"}
    assert {"200", "412", "422", "429"} <= found["editProfile"]["responses"].keys()


def test_no_fact_of_an_error_hides_a_member_of_its_problem() -> None:
    for kind in errors():
        facts = {a.name for a in getattr(kind, "__attrs_attrs__", ())}
        assert facts & (RESERVED - {"faults"}) == set(), kind


def test_codes_are_unique_and_every_error_has_a_status() -> None:
    kinds = list(errors())
    assert len({kind.code for kind in kinds}) == len(kinds) > 20
    assert all(400 <= status_of(kind) < 600 for kind in kinds)


def test_the_docs_page_takes_nothing_from_elsewhere(community: Community) -> None:
    page = community.client.get("/docs")
    assert page.status_code == 200
    assert "unsafe" not in page.headers["content-security-policy"]
    for text in (page.text, community.client.get("/").text, community.client.get("/docs/assets/docs.js").text):
        assert not re.search(r"(src|href|url)\s*[=:(]\s*[\"']?(https?:)?//", text)
        assert not re.search(r"<(script|style)(?![^>]*\bsrc=)[^>]*>|\bon\w+=|\bstyle=", text)
    for asset in re.findall(r'(?:src|href)="(/docs/assets/[^"]+)"', page.text):
        served = community.client.get(asset)
        assert (served.status_code, bool(served.content)) == (200, True)


def test_the_docs_page_shows_every_operation(community: Community) -> None:
    assert "SwaggerUIBundle" in community.client.get("/docs/assets/docs.js").text
    assert "SwaggerUIBundle" in community.client.get("/docs/assets/swagger-ui-bundle.js").text


def test_assets_are_served_packed_to_those_who_can_unpack_them(community: Community) -> None:
    plain = community.client.get("/docs/assets/swagger-ui.css", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = community.client.get("/docs/assets/swagger-ui.css", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == gzip.decompress(pages.assets()["swagger-ui.css"].content)


@pytest.mark.parametrize("name", ["nothing.js", "..%2fapp.py", "%2e%2e"])
def test_nothing_but_assets_is_served(community: Community, name: str) -> None:
    missing = community.client.get(f"/docs/assets/{name}")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")


def test_defaults_are_in_the_document_as_people_would_send_them(api: Any) -> None:
    buy = api["components"]["schemas"]["BuyItem"]["properties"]
    assert (buy["currency"]["default"], buy["quantity"]["default"]) == ("SPARKLE", 1)
