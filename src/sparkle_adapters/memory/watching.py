"""What is known of whoever signs in, of a few rules: for tests, simulations and trying things out."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from sparkle_core.domain.accounts.networks import Location, NetworkKind, address_of, is_local
from sparkle_core.domain.accounts.programs import Program, device_kind

_BOT = re.compile(r"bot\b|crawler|spider", re.IGNORECASE)
_BROWSERS = tuple(
    (name, re.compile(expression))
    for name, expression in (
        ("Googlebot", r"Googlebot/(\d+)"),
        ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
        ("Opera", r"OPR/(\d+)"),
        ("Firefox", r"Firefox/(\d+)"),
        ("Firefox iOS", r"FxiOS/(\d+)"),
        ("Chrome", r"Chrome/(\d+)"),
        ("Safari", r"Version/(\d+).*Safari/"),
        ("curl", r"^curl/(\d+)"),
    )
)
_SYSTEMS = (
    ("iOS", re.compile(r"iPhone|iPad|iPod")),
    ("Android", re.compile("Android")),
    ("Windows", re.compile("Windows NT")),
    ("macOS", re.compile("Mac OS X")),
    ("Chrome OS", re.compile("CrOS")),
    ("Linux", re.compile("Linux")),
)


class PlainUserAgents:
    """The `UserAgents` port: the few programs that nearly everybody has."""

    def program(self, user_agent: str) -> Program:
        found = ((name, expression.search(user_agent)) for name, expression in _BROWSERS)
        name, version = next(((name, hit[1]) for name, hit in found if hit), (None, None))
        system = next((name for name, expression in _SYSTEMS if expression.search(user_agent)), None)
        kind = device_kind(user_agent, system, bot=_BOT.search(user_agent) is not None)
        return Program(name=name, version=version, system=system, device=kind)


class _Ranges:
    """Networks, each with something; of those an address is in, the narrowest counts."""

    def __init__(self, networks: Mapping[str, object]) -> None:
        ranges = [(ip_network(cidr), what) for cidr, what in networks.items()]
        self._ranges = sorted(ranges, key=lambda found: -found[0].prefixlen)

    def __getitem__(self, text: str) -> object:
        address = address_of(text)
        within = (what for network, what in self._ranges if address is not None and _holds(network, address))
        return next(within, None)


def _holds(network: IPv4Network | IPv6Network, address: object) -> bool:
    return getattr(address, "version", 0) == network.version and address in network


class MemoryLocator:
    """The `GeoLocator` port over networks said at the start."""

    def __init__(self, places: Mapping[str, Location] | None = None) -> None:
        self._places = _Ranges(places or {})

    def locate(self, address: str) -> Location | None:
        found = address_of(address)
        if found is None or is_local(found):
            return None
        place = self._places[address]
        return place if isinstance(place, Location) else None


class MemoryNetworks:
    """The `IpIntelligence` port over networks said at the start."""

    def __init__(self, networks: Mapping[str, NetworkKind] | None = None) -> None:
        self._networks = _Ranges(networks or {})

    def kind_of(self, address: str) -> NetworkKind:
        found = address_of(address)
        if found is None:
            return NetworkKind.UNKNOWN
        if is_local(found):
            return NetworkKind.LOCAL
        kind = self._networks[address]
        return kind if isinstance(kind, NetworkKind) else NetworkKind.ORDINARY
