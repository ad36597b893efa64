"""When things break behind HTTP: crashes tell nothing, outages say when to come back, addresses cannot be forged."""

import asyncio
import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from sparkle_bootstrap import in_memory
from sparkle_core.application.accounts import SearchPeople
from sparkle_core.application.kernel.dispatcher import Outcome
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import Origin
from sparkle_core.domain.kernel.errors import Invalid, Limited, Unavailable
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.store import Store
from sparkle_web.addresses import TrustedProxies, parsed
from sparkle_web.app import create_app
from sparkle_worker import working
from sparkle_worker.work import rest_s
from tests.integration.web_community import API, Community


class Broken:
    """An application whose every call ends the same way; it remembers where calls came from."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.origins: list[Origin | None] = []

    async def call(self, request: Any, *, origin: Origin | None = None, **_: Any) -> Outcome:
        self.origins.append(origin)
        raise self.error

    @property
    def store(self) -> Store:
        raise self.error


def client_of(application: Broken, **options: Any) -> TestClient:
    return TestClient(create_app(application, **options), raise_server_exceptions=False)


def test_a_crash_is_logged_under_the_requests_id_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "sparkle.web"):
        answer = client_of(Broken(RuntimeError("password=hunter2"))).get(f"{API}/people")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "hunter2" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert "hunter2" in caplog.text


def test_an_outage_says_when_to_come_back() -> None:
    answer = client_of(Broken(Unavailable("The store"))).get(f"{API}/people")
    assert (answer.status_code, answer.json()["code"], answer.json()["what"]) == (503, "unavailable", "The store")
    assert int(answer.headers["retry-after"]) > 0


def test_health_stays_up_while_the_store_is_away_and_ready_does_not() -> None:
    client = client_of(Broken(ConnectionError("refused")))
    assert client.get("/health").status_code == 200
    ready = client.get("/ready")
    assert (ready.status_code, ready.headers["content-type"]) == (503, "application/problem+json")


PROXIES = ("10.0.0.0/8", "fd00::/8")
PEER, OTHER = "203.0.113.9", "1.2.3.4"

X_FORWARDED_FOR: tuple[tuple[str, str | None, list[str], str | None], ...] = (
    ("a peer that is trusted by nobody, spoofing", PEER, [OTHER], PEER),
    ("a peer and no header", PEER, [], PEER),
    ("a trusted proxy and no header", "10.0.0.1", [], "10.0.0.1"),
    ("one hop", "10.0.0.1", [OTHER], OTHER),
    ("a client that spoofs one", "10.0.0.1", ["6.6.6.6, 1.2.3.4"], OTHER),
    ("a client that spoofs one in a line of its own", "10.0.0.1", ["6.6.6.6", OTHER], OTHER),
    ("a client that spoofs a trusted one", "10.0.0.1", ["10.0.0.9, 1.2.3.4"], OTHER),
    ("two trusted hops", "10.0.0.1", ["1.2.3.4, 10.0.0.2"], OTHER),
    ("two trusted hops in two lines", "10.0.0.1", [OTHER, "10.0.0.2"], OTHER),
    ("trusted hops alone", "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    ("a port", "10.0.0.1", ["1.2.3.4:5678"], OTHER),
    ("IPv6 in brackets with a port", "10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
    ("IPv6 in brackets", "10.0.0.1", ["[2001:db8::1]"], "2001:db8::1"),
    ("IPv6 in another spelling", "10.0.0.1", ["2001:DB8:0::1"], "2001:db8::1"),
    ("IPv6 with a zone", "10.0.0.1", ["fe80::1%eth0"], "fe80::1"),
    ("IPv4 inside IPv6", "10.0.0.1", ["::ffff:1.2.3.4"], OTHER),
    ("a trusted proxy that is IPv4 inside IPv6", "::ffff:10.0.0.1", [OTHER], OTHER),
    ("a trusted proxy of IPv6", "fd00::5", [OTHER], OTHER),
    ("malformed right away", "fd00::5", ["6.6.6.6, unknown"], "fd00::5"),
    ("malformed further on", "10.0.0.1", ["1.2.3.4, what?, 10.0.0.2"], "10.0.0.2"),
    ("a hop that is empty", "10.0.0.1", ["1.2.3.4, "], "10.0.0.1"),
    ("a header that is empty", "10.0.0.1", [""], "10.0.0.1"),
    ("a bad port", "10.0.0.1", ["1.2.3.4:port"], "10.0.0.1"),
    ("a bracket that is not closed", "10.0.0.1", ["[2001:db8::1"], "10.0.0.1"),
    ("the other header's words", "10.0.0.1", ["for=1.2.3.4"], "10.0.0.1"),
    ("a local socket", "unix", [OTHER], "unix"),
    ("nobody", None, [OTHER], None),
    ("an empty peer", "", [OTHER], None),
)
"""What comes from where, and whose address that is, where `X-Forwarded-For` of `PROXIES` is believed."""

FORWARDED: tuple[tuple[str, str | None, list[str], str | None], ...] = (
    ("a peer that is trusted by nobody, spoofing", PEER, ["for=1.2.3.4"], PEER),
    ("a trusted proxy and no header", "10.0.0.1", [], "10.0.0.1"),
    ("one hop", "10.0.0.1", ["for=1.2.3.4"], OTHER),
    ("one hop with all there is", "10.0.0.1", ["by=10.0.0.1; For=1.2.3.4;host=x;proto=https"], OTHER),
    ("a client that spoofs one", "10.0.0.1", ["for=6.6.6.6, for=1.2.3.4"], OTHER),
    ("a client that spoofs one in a line of its own", "10.0.0.1", ["for=6.6.6.6", "for=1.2.3.4"], OTHER),
    ("a client that opens a quote", "10.0.0.1", ['for="6.6.6.6, for=1.2.3.4'], OTHER),
    ("two trusted hops", "10.0.0.1", ["for=1.2.3.4, for=10.0.0.2"], OTHER),
    ("a port, quoted", "10.0.0.1", ['for="1.2.3.4:5678"'], OTHER),
    ("IPv6", "10.0.0.1", ['for="[2001:db8::1]"'], "2001:db8::1"),
    ("IPv6 with a port", "10.0.0.1", ['for="[2001:db8::1]:4711"'], "2001:db8::1"),
    ("a port that is not quoted", "10.0.0.1", ["for=1.2.3.4:5678"], "10.0.0.1"),
    ("IPv6 that is not quoted", "10.0.0.1", ["for=[2001:db8::1]"], "10.0.0.1"),
    ("an unknown hop", "10.0.0.1", ["for=6.6.6.6, for=unknown, for=10.0.0.2"], "10.0.0.2"),
    ("a hidden hop", "10.0.0.1", ["for=6.6.6.6, for=_gateway"], "10.0.0.1"),
    ("an element that says for twice", "10.0.0.1", ["for=6.6.6.6;for=1.2.3.4"], "10.0.0.1"),
    ("an element that says it not at all", "10.0.0.1", ["for=6.6.6.6, proto=https"], "10.0.0.1"),
    ("a quote that is not closed", "10.0.0.1", ['for="1.2.3.4'], "10.0.0.1"),
    ("an empty quote", "10.0.0.1", ['for=""'], "10.0.0.1"),
    ("one quote alone", "10.0.0.1", ['for="'], "10.0.0.1"),
    ("nothing", "10.0.0.1", [""], "10.0.0.1"),
    ("the other header's words", "10.0.0.1", [OTHER], "10.0.0.1"),
    ("nobody", None, ["for=1.2.3.4"], None),
)
"""The same for `Forwarded` (RFC 7239)."""

CLIENTS = [("X-Forwarded-For", *row) for row in X_FORWARDED_FOR] + [("Forwarded", *row) for row in FORWARDED]


@pytest.mark.parametrize(("header", "what", "peer", "lines", "client"), CLIENTS)
def test_a_client_is_the_first_from_the_right_that_is_no_trusted_proxy(
    header: str, what: str, peer: str | None, lines: list[str], client: str | None
) -> None:
    """Stops a client from naming its own address, and so from having as many limits as it likes."""
    assert TrustedProxies.of(PROXIES, header).client(peer, lines) == client, what


def test_only_the_header_that_is_named_is_read() -> None:
    """Stops a client from naming its address in the header that its proxy passes on as it came."""
    for header, named in (("X-Forwarded-For", "1.1.1.1"), ("Forwarded", "2.2.2.2")):
        application = Broken(Unavailable("it"))
        client = client_of(application, trusted_proxies=["10.0.0.0/8"], forwarding_header=header)
        client = TestClient(client.app, client=("10.1.1.1", 5), raise_server_exceptions=False)
        client.get(f"{API}/people", headers={"X-Forwarded-For": "1.1.1.1", "Forwarded": "for=2.2.2.2"})
        assert [origin.address for origin in application.origins if origin] == [named]
    with pytest.raises(Invalid, match="forwarding_header"):
        TrustedProxies.of(PROXIES, "X-Real-IP")


def test_who_has_no_address_shares_no_limit_with_others() -> None:
    """Stops one who hides from using up what everybody else without an address would have."""
    rules = Rules(security=SecurityRules(read=RateTier(limit=2, window_s=60)))
    with in_memory(rules=rules) as sparkle:
        for _ in range(5):
            sparkle.run(SearchPeople(text=""), origin=Origin(address=None))
        for address in ("198.51.100.7", "2001:db8::1"):
            for _ in range(2):
                sparkle.run(SearchPeople(text=""), origin=Origin(address=address))
            with pytest.raises(Limited):
                sparkle.run(SearchPeople(text=""), origin=Origin(address=address))


def test_nobody_is_trusted_unless_told() -> None:
    assert TrustedProxies.of(()).client("127.0.0.1", ["1.2.3.4"]) == "127.0.0.1"


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "1.2.3.4:x", "[::1", "[::1]443", "a.b", "1.2.3.4:567890", "x" * 65, "::g"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parsed(text) is None


def test_a_trusted_proxy_must_be_a_network() -> None:
    with pytest.raises(Invalid, match=r"10\.0\.0\.1/8"):
        TrustedProxies.of(["10.0.0.1/8"])


def test_where_a_call_came_from_reaches_the_application() -> None:
    application = Broken(Unavailable("it"))
    client = client_of(application, trusted_proxies=["10.0.0.0/8"])
    client = TestClient(client.app, client=("10.1.1.1", 5), raise_server_exceptions=False)
    mine = "0198c5f2-0000-7000-8000-000000000001"
    headers = {
        "X-Forwarded-For": "1.2.3.4",
        "User-Agent": "curl\t8 " + "x" * 600,
        "Accept-Language": "en;q=0.5, de-AT, *;q=0.1",
        "X-Request-Id": mine,
    }
    client.get(f"{API}/people", headers=headers)
    (origin,) = application.origins
    assert origin is not None
    assert (origin.address, origin.locale) == ("1.2.3.4", "de-AT")
    assert origin.user_agent == "curl8 " + "x" * 493
    assert str(origin.request_id) == str(origin.correlation_id) == mine


class Flaky:
    """Work that fails a few times and then goes on."""

    def __init__(self, failures: int) -> None:
        self.failures, self.drained = failures, asyncio.Event()

    async def step(self) -> int:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the store is away")
        self.drained.set()
        return 1

    async def tidy_up(self) -> int:
        return 0

    async def seal(self) -> int:
        return 0

    async def chain_audit(self) -> int:
        return 0


def test_the_worker_outlives_a_store_that_is_away_and_stops_when_told() -> None:
    async def story() -> None:
        work = Flaky(failures=3)
        async with working(work, idle_s=0.001):
            await asyncio.wait_for(work.drained.wait(), 5)
        assert not [t for t in asyncio.all_tasks() if t.get_name() == "sparkle-worker"]

    asyncio.run(story())


def test_the_worker_rests_longer_after_each_failure_but_never_too_long() -> None:
    assert [rest_s(0.2, n) for n in (0, 1, 2, 6, 10_000)] == [0.2, 0.4, 0.8, 10.0, 10.0]


def test_the_application_runs_what_is_beside_it() -> None:
    with Community() as community:
        work = Flaky(failures=0)
        app = create_app(community.sparkle, beside=lambda: working(work, idle_s=0.001))
        with TestClient(app) as client:
            assert client.get("/health").status_code == 200
        assert work.drained.is_set()
