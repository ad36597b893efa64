"""The contracts of `UserAgents`, `GeoLocator` and `IpIntelligence`, held against every adapter."""

from collections.abc import Mapping

import pytest

from sparkle_core.domain.accounts.networks import Location, NetworkKind
from sparkle_core.domain.accounts.programs import DeviceKind, Program
from sparkle_core.ports.watching import GeoLocator, IpIntelligence, UserAgents

_MOZILLA = "Mozilla/5.0 "
_KHTML = "AppleWebKit/537.36 (KHTML, like Gecko) "
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "

PROGRAMS: tuple[tuple[str, str | None, str | None, str | None, DeviceKind], ...] = (
    (
        _MOZILLA + "(Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Firefox", "145", "Windows", DeviceKind.DESKTOP,
    ),
    (
        _MOZILLA + "(Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
        "Firefox", "145", "Android", DeviceKind.PHONE,
    ),
    (
        _MOZILLA + "(Macintosh; Intel Mac OS X 10_15_7) " + _KHTML + "Chrome/142.0.0.0 Safari/537.36",
        "Chrome", "142", "macOS", DeviceKind.DESKTOP,
    ),
    (
        _MOZILLA + "(Linux; Android 10; K) " + _KHTML + "Chrome/142.0.0.0 Mobile Safari/537.36",
        "Chrome", "142", "Android", DeviceKind.PHONE,
    ),
    (
        _MOZILLA + "(Linux; Android 14; SM-X910) " + _KHTML + "Chrome/142.0.0.0 Safari/537.36",
        "Chrome", "142", "Android", DeviceKind.TABLET,
    ),
    (
        _MOZILLA + "(X11; Linux x86_64) " + _KHTML + "Chrome/142.0.0.0 Safari/537.36",
        "Chrome", "142", "Linux", DeviceKind.DESKTOP,
    ),
    (
        _MOZILLA + "(X11; CrOS x86_64 14541.0.0) " + _KHTML + "Chrome/142.0.0.0 Safari/537.36",
        "Chrome", "142", "Chrome OS", DeviceKind.DESKTOP,
    ),
    (
        _MOZILLA + "(Windows NT 10.0; Win64; x64) " + _KHTML + "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        "Edge", "142", "Windows", DeviceKind.DESKTOP,
    ),
    (
        _MOZILLA + "(Windows NT 10.0; Win64; x64) " + _KHTML + "Chrome/142.0.0.0 Safari/537.36 OPR/124.0.0.0",
        "Opera", "124", "Windows", DeviceKind.DESKTOP,
    ),
    (
        _MOZILLA + "(Macintosh; Intel Mac OS X 10_15_7) " + _APPLE + "Safari/605.1.15",
        "Safari", "18", "macOS", DeviceKind.DESKTOP,
    ),
    (
        _MOZILLA + "(iPhone; CPU iPhone OS 18_1 like Mac OS X) " + _APPLE + "Mobile/15E148 Safari/604.1",
        "Safari", "18", "iOS", DeviceKind.PHONE,
    ),
    (
        _MOZILLA + "(iPad; CPU OS 18_1 like Mac OS X) " + _APPLE + "Mobile/15E148 Safari/604.1",
        "Safari", "18", "iOS", DeviceKind.TABLET,
    ),
    (
        _MOZILLA + "(compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Googlebot", "2", None, DeviceKind.BOT,
    ),
    ("curl/8.5.0", "curl", "8", None, DeviceKind.UNKNOWN),
)  # fmt: skip
"""What nearly everybody has, as it says of itself, and what that means."""

BERLIN, FRANCE = Location(country="DE", region="Land Berlin", city="Berlin"), Location(country="FR")

PLACES: Mapping[str, Location] = {"81.2.69.0/24": BERLIN, "2a02:d000::/28": FRANCE}
"""What a locator to be tested knows."""

NETWORKS: Mapping[str, NetworkKind] = {
    "185.220.0.0/16": NetworkKind.HOSTING,
    "185.220.101.0/24": NetworkKind.PROXY,
    "185.220.102.8/32": NetworkKind.VPN,
    "2a0b:f4c0::/32": NetworkKind.VPN,
    "192.168.0.0/16": NetworkKind.VPN,
}
"""What an intelligence to be tested knows; of these, the narrowest counts, and local addresses are none of them."""

NO_ADDRESSES = ("", "localhost", "1.2.3", "1.2.3.4:80", "[::1]", "1.2.3.4, 5.6.7.8", "unix", "٣.٣.٣.٣", "\ud800")


class UserAgentsContract:
    """Common programs are told apart, and no text breaks it. Say `make`."""

    def make(self) -> UserAgents:
        raise NotImplementedError

    @pytest.fixture
    def user_agents(self) -> UserAgents:
        return self.make()

    @pytest.mark.parametrize(("text", "name", "version", "system", "device"), PROGRAMS)
    def test_what_nearly_everybody_has_is_known(
        self, user_agents: UserAgents, text: str, name: str, version: str, system: str | None, device: DeviceKind
    ) -> None:
        assert user_agents.program(text) == Program(name=name, version=version, system=system, device=device)

    @pytest.mark.parametrize(
        "text", ["", " ", "x", "(((((", "Firefox", "\x00", "\ud800", "é" * 500, "Mozilla/5.0 " * 4000]
    )
    def test_no_text_breaks_it(self, user_agents: UserAgents, text: str) -> None:
        assert isinstance(user_agents.program(text), Program)

    def test_of_what_says_nothing_nothing_is_known(self, user_agents: UserAgents) -> None:
        assert user_agents.program("") == Program()


class GeoLocatorContract:
    """Addresses are in the places that it knows. Say `make`, which knows `PLACES`."""

    def make(self) -> GeoLocator:
        raise NotImplementedError

    @pytest.fixture
    def locator(self) -> GeoLocator:
        return self.make()

    @pytest.mark.parametrize(
        ("address", "place"),
        [
            ("81.2.69.0", BERLIN),
            ("81.2.69.255", BERLIN),
            ("81.2.70.0", None),
            ("81.2.68.255", None),
            ("::ffff:81.2.69.142", BERLIN),
            ("2a02:d000::1", FRANCE),
            ("2a02:d00f:ffff::", FRANCE),
            ("2a02:d010::", None),
            ("127.0.0.1", None),
            ("10.0.0.1", None),
            ("::1", None),
        ],
    )
    def test_an_address_is_where_its_network_is(
        self, locator: GeoLocator, address: str, place: Location | None
    ) -> None:
        assert locator.locate(address) == place

    @pytest.mark.parametrize("text", NO_ADDRESSES)
    def test_what_is_no_address_is_nowhere(self, locator: GeoLocator, text: str) -> None:
        assert locator.locate(text) is None


class IpIntelligenceContract:
    """Addresses are of the kind of the narrowest network that it knows. Say `make`, which knows `NETWORKS`."""

    def make(self) -> IpIntelligence:
        raise NotImplementedError

    @pytest.fixture
    def networks(self) -> IpIntelligence:
        return self.make()

    @pytest.mark.parametrize(
        ("address", "kind"),
        [
            ("185.220.0.0", NetworkKind.HOSTING),
            ("185.220.255.255", NetworkKind.HOSTING),
            ("185.219.255.255", NetworkKind.ORDINARY),
            ("185.221.0.0", NetworkKind.ORDINARY),
            ("185.220.100.255", NetworkKind.HOSTING),
            ("185.220.101.0", NetworkKind.PROXY),
            ("185.220.101.255", NetworkKind.PROXY),
            ("185.220.102.0", NetworkKind.HOSTING),
            ("185.220.102.8", NetworkKind.VPN),
            ("185.220.102.9", NetworkKind.HOSTING),
            ("::ffff:185.220.101.7", NetworkKind.PROXY),
            ("2a0b:f4c0::1", NetworkKind.VPN),
            ("2a0b:f4c1::", NetworkKind.ORDINARY),
            ("8.8.8.8", NetworkKind.ORDINARY),
            ("2001:4860:4860::8888", NetworkKind.ORDINARY),
        ],
    )
    def test_an_address_is_of_the_narrowest_network_it_is_in(
        self, networks: IpIntelligence, address: str, kind: NetworkKind
    ) -> None:
        assert networks.kind_of(address) is kind

    @pytest.mark.parametrize(
        "address",
        ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "::1",
         "fe80::1", "fe80::1%eth0", "fd00::1", "::ffff:192.168.0.1", "0.0.0.1", "::"],
    )  # fmt: skip
    def test_private_addresses_are_local_whatever_a_list_says(self, networks: IpIntelligence, address: str) -> None:
        assert networks.kind_of(address) is NetworkKind.LOCAL

    @pytest.mark.parametrize("address", ["172.15.255.255", "172.32.0.0", "100.128.0.0", "fec0::1", "11.0.0.0"])
    def test_their_neighbours_are_not(self, networks: IpIntelligence, address: str) -> None:
        assert networks.kind_of(address) is NetworkKind.ORDINARY

    @pytest.mark.parametrize("text", NO_ADDRESSES)
    def test_what_is_no_address_is_of_no_known_kind(self, networks: IpIntelligence, text: str) -> None:
        assert networks.kind_of(text) is NetworkKind.UNKNOWN
