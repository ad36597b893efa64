"""Programs, places and networks: each adapter held to its port, and files that are not what they should be."""

import random
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from sparkle_adapters.memory.watching import MemoryLocator, MemoryNetworks, PlainUserAgents
from sparkle_adapters.networks.maxmind import KnownNetworks, MaxMindLocator
from sparkle_adapters.networks.ranges import NetworkRanges, ranges_in
from sparkle_adapters.text.user_agents import UaParser
from sparkle_core.domain.accounts.networks import Location, NetworkKind, address_of
from sparkle_core.domain.accounts.programs import DeviceKind
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.watching import GeoLocator, IpIntelligence, UserAgents
from sparkle_core.testing.contracts import GeoLocatorContract, IpIntelligenceContract, UserAgentsContract
from sparkle_core.testing.contracts.watching import NETWORKS, PLACES
from tests.support.mmdb import write_mmdb


def said_of(place: Location) -> dict[str, object]:
    """A place as MaxMind's files say it."""
    said: dict[str, object] = {"country": {"iso_code": place.country, "names": {"en": "so called"}}}
    if place.city:
        said |= {
            "city": {"names": {"en": place.city, "de": "anders"}},
            "subdivisions": [{"names": {"en": place.region}}],
        }
    return said


FLAGS = {
    NetworkKind.HOSTING: {"is_hosting_provider": True, "is_anonymous": True},
    NetworkKind.VPN: {"is_hosting_provider": True, "is_anonymous_vpn": True},
    NetworkKind.PROXY: {"is_anonymous_vpn": True, "is_tor_exit_node": True},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of each kind."""
    folder = tmp_path_factory.mktemp("files")
    write_mmdb(folder / "places.mmdb", "GeoLite2-City", {cidr: said_of(place) for cidr, place in PLACES.items()})
    write_mmdb(folder / "networks.mmdb", "GeoIP2-Anonymous-IP", {c: FLAGS[kind] for c, kind in NETWORKS.items()})
    lines = [f"{cidr} {kind.value}  # as told" for cidr, kind in NETWORKS.items()]
    (folder / "networks.txt").write_text("# from us\n\n" + "\n".join(lines) + "\n")
    return folder


UA_PARSER = UaParser()
"""Made once: its expressions are read when it is first asked."""


class TestUaParser(UserAgentsContract):
    def make(self) -> UserAgents:
        return UA_PARSER


class TestPlainUserAgents(UserAgentsContract):
    def make(self) -> UserAgents:
        return PlainUserAgents()


class TestMaxMindLocator(GeoLocatorContract):
    @pytest.fixture
    def locator(self, files: Path) -> GeoLocator:
        return MaxMindLocator(files / "places.mmdb")


class TestMemoryLocator(GeoLocatorContract):
    def make(self) -> GeoLocator:
        return MemoryLocator(PLACES)


class TestListedNetworks(IpIntelligenceContract):
    @pytest.fixture
    def networks(self, files: Path) -> IpIntelligence:
        return KnownNetworks(ranges_in(files / "networks.txt"))


class TestMaxMindNetworks(IpIntelligenceContract):
    @pytest.fixture
    def networks(self, files: Path) -> IpIntelligence:
        return KnownNetworks(file=files / "networks.mmdb")


class TestMemoryNetworks(IpIntelligenceContract):
    def make(self) -> IpIntelligence:
        return MemoryNetworks(NETWORKS)


def test_the_expressions_know_more_than_what_everybody_has() -> None:
    program = UA_PARSER.program("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
    assert (program.label, program.device) == ("Firefox on Ubuntu", DeviceKind.DESKTOP)
    assert UA_PARSER.program("nothing that anybody knows").label == "an unknown program"


def test_nothing_heavy_is_read_before_it_is_asked_for() -> None:
    code = "import sys; import sparkle_bootstrap; assert not {'ua_parser', 'maxminddb'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_operators_own_list_goes_before_the_file(files: Path) -> None:
    both = KnownNetworks(NetworkRanges([(ip_network("185.220.101.0/25"), NetworkKind.VPN)]), files / "networks.mmdb")
    assert [both.kind_of(f"185.220.101.{n}") for n in (127, 128)] == [NetworkKind.VPN, NetworkKind.PROXY]
    assert KnownNetworks().kind_of("185.220.101.1") is NetworkKind.ORDINARY
    assert MaxMindLocator().locate("185.220.101.1") is None


def test_a_file_of_ipv4_alone_says_nothing_of_ipv6(tmp_path: Path) -> None:
    file = write_mmdb(
        tmp_path / "four.mmdb", "GeoLite2-Country", {"81.2.69.0/24": said_of(Location(country="GB"))}, ip_version=4
    )
    locator = MaxMindLocator(file)
    assert locator.locate("81.2.69.1") == Location(country="GB")
    assert locator.locate("2a02:d000::1") is None


def test_what_a_file_says_in_another_shape_is_not_believed(tmp_path: Path) -> None:
    odd: dict[str, dict[str, object]] = {
        "1.0.0.0/24": {"country": {"iso_code": "DEU"}},
        "1.0.1.0/24": {"country": "DE"},
        "1.0.2.0/24": {"city": {}},
        "1.0.3.0/24": {"country": {"iso_code": "DE"}, "city": {"names": "Berlin"}},
    }
    locator = MaxMindLocator(write_mmdb(tmp_path / "odd.mmdb", "Odd", odd))
    assert [locator.locate(f"1.0.{n}.1") for n in range(3)] == [None] * 3
    assert locator.locate("1.0.3.1") == Location(country="DE")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("192.0.2.0/24", "must be a network and one of hosting, vpn, proxy"),
        ("192.0.2.0/24 evil", "must be a network and one of hosting, vpn, proxy"),
        ("192.0.2.0/24 vpn proxy", "must be a network and one of hosting, vpn, proxy"),
        ("192.0.2.1/24 vpn", "has host bits set"),
        ("example.org vpn", "is not a network such as"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    file = tmp_path / "networks.txt"
    file.write_text(f"192.0.2.0/24 vpn\n{line}\n")
    with pytest.raises(Invalid) as refused:
        ranges_in(file)
    (fault,) = refused.value.faults
    assert fault.path == f"{file}:2"
    assert why in fault.message


def test_a_file_that_is_not_there_or_is_another_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for reading in (ranges_in, MaxMindLocator, lambda file: KnownNetworks(file=file)):
        with pytest.raises(Invalid, match="file"):
            reading(file)
    file.write_bytes(b"\xff\xfe nothing of the kind")
    for reading in (ranges_in, MaxMindLocator, lambda file: KnownNetworks(file=file)):
        with pytest.raises(Invalid, match="file"):
            reading(file)


def _drawn(draw: random.Random, count: int) -> list[tuple[str, NetworkKind]]:
    kinds = (NetworkKind.HOSTING, NetworkKind.VPN, NetworkKind.PROXY)
    found: dict[str, NetworkKind] = {}
    while len(found) < count:
        bits = draw.randint(8, 32)
        start = draw.getrandbits(32) >> (32 - bits) << (32 - bits)
        found[f"{'.'.join(str(start >> shift & 255) for shift in (24, 16, 8, 0))}/{bits}"] = draw.choice(kinds)
    return list(found.items())


def test_bisection_answers_what_looking_through_all_of_them_does() -> None:
    draw = random.Random(5)
    networks = [*_drawn(draw, 300), ("0.0.0.0/8", NetworkKind.VPN), ("255.255.255.255/32", NetworkKind.PROXY)]
    ranges, slow = NetworkRanges((ip_network(c), kind) for c, kind in networks), MemoryNetworks(dict(networks))
    known = KnownNetworks(ranges)
    edges = [ip_network(cidr) for cidr, _ in networks]
    asked = {str(net[at]) for net in edges for at in (0, -1)} | {str(net[0] - 1) for net in edges if int(net[0])}
    asked |= {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::fffe:ffff:ffff", "::1:0:0:0"}
    assert {a: known.kind_of(a) for a in asked} == {a: slow.kind_of(a) for a in asked}


def test_the_whole_of_ipv6_may_be_listed() -> None:
    ranges = NetworkRanges([(ip_network("::/0"), NetworkKind.HOSTING), (ip_network("ffff::/16"), NetworkKind.VPN)])
    for text, kind in (("::", NetworkKind.HOSTING), ("ffff::", NetworkKind.VPN), ("8.8.8.8", NetworkKind.HOSTING)):
        address = address_of(text)
        assert address is not None
        assert ranges.kind_of(address) is kind


def test_among_a_hundred_thousand_networks_one_is_found_as_fast_as_among_few() -> None:
    """Stops a long list from making every look at an address long: a bisection takes 17 steps."""
    few, many = (
        NetworkRanges((ip_network((n << 12, 24)), NetworkKind.VPN) for n in range(1, count)) for count in (100, 100_000)
    )
    address = address_of("24.106.0.7")
    assert address is not None

    def seconds(ranges: NetworkRanges) -> float:
        started = time.perf_counter()
        for _ in range(2_000):
            ranges.kind_of(address)
        return time.perf_counter() - started

    assert min(seconds(many) for _ in range(5)) < 20 * min(seconds(few) for _ in range(5))
