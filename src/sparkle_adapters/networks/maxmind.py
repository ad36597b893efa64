"""What files of MaxMind's format (`.mmdb`) say of addresses: read where they lie, nothing is downloaded."""

from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

from sparkle_adapters.networks.ranges import NetworkRanges
from sparkle_core.domain.accounts.networks import Location, NetworkKind, address_of, is_local
from sparkle_core.domain.kernel.errors import Invalid

_FLAGS = (
    ("is_tor_exit_node", NetworkKind.PROXY),
    ("is_public_proxy", NetworkKind.PROXY),
    ("is_residential_proxy", NetworkKind.PROXY),
    ("is_anonymous_vpn", NetworkKind.VPN),
    ("is_hosting_provider", NetworkKind.HOSTING),
)
"""What a file of anonymisers says, the most telling first."""


class MaxMindFile:
    """An open file. Raises `Invalid` naming one that cannot be read, or the extra that is missing."""

    def __init__(self, file: Path) -> None:
        if find_spec("maxminddb") is None:
            raise Invalid.at(str(file), "needs the extra: pip install 'sparkle-core[geo]'")
        import maxminddb

        try:
            self._reader = maxminddb.open_database(file)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise Invalid.at(str(file), f"is not a MaxMind file: {error}") from None
        self.kind = str(self._reader.metadata().database_type)

    def of(self, address: IPv4Address | IPv6Address) -> Mapping[str, Any]:
        """What is said of an address; nothing of one that is not in it, or is of a kind that it does not have."""
        try:
            found = self._reader.get(address)
        except ValueError:  # IPv6 in a file of IPv4
            return {}
        return found if isinstance(found, dict) else {}


class MaxMindLocator:
    """The `GeoLocator` port over a file such as GeoLite2-City or -Country; without one it knows no place."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = MaxMindFile(file) if file is not None else None

    def locate(self, address: str) -> Location | None:
        found = address_of(address)
        if found is None or is_local(found) or self._file is None:
            return None
        said = self._file.of(found)
        country = _inner(said, "country").get("iso_code")
        if not isinstance(country, str) or len(country) != 2:
            return None
        regions = said.get("subdivisions") or [{}]
        return Location(country=country, region=_name(regions[0]), city=_name(_inner(said, "city")))


def _inner(said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = said.get(key)
    return found if isinstance(found, dict) else {}


def _name(said: Mapping[str, Any]) -> str | None:
    name = _inner(said, "names").get("en")
    return name if isinstance(name, str) else None


class KnownNetworks:
    """The `IpIntelligence` port over a list of networks, a file of anonymisers, both or neither.

    The list is the operator's own word, and goes before the file.
    """

    def __init__(self, ranges: NetworkRanges | None = None, file: Path | None = None) -> None:
        self._ranges, self._file = ranges, MaxMindFile(file) if file is not None else None

    def kind_of(self, address: str) -> NetworkKind:
        found = address_of(address)
        if found is None:
            return NetworkKind.UNKNOWN
        if is_local(found):
            return NetworkKind.LOCAL
        listed = self._ranges.kind_of(found) if self._ranges is not None else None
        if listed is not None or self._file is None:
            return listed or NetworkKind.ORDINARY
        said = self._file.of(found)
        return next((kind for flag, kind in _FLAGS if said.get(flag)), NetworkKind.ORDINARY)
