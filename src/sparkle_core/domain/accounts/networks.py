"""Where people sign in from: addresses, the networks they are in, and places. Source: docs/contexts/accounts.md."""

from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated

from attrs import frozen

from sparkle_core.domain.kernel.fields import Record, Text


class NetworkKind(Enum):
    """What an address is in."""

    LOCAL = "local"  # of one's own house or machine (RFC 1918, 4193, 6598), so no VPN
    HOSTING = "hosting"
    VPN = "vpn"
    PROXY = "proxy"  # also Tor
    ORDINARY = "ordinary"
    UNKNOWN = "unknown"  # it is no address


@frozen(kw_only=True)
class Location(Record):
    """About where an address is: the country's two letters (ISO 3166-1), region and city where they are known."""

    country: Annotated[str, Text(2, 2)]
    region: str | None = None
    city: str | None = None

    @property
    def label(self) -> str:
        """What people call it.

        >>> Location(country="DE", city="Berlin").label
        'Berlin, DE'
        """
        return ", ".join(filter(None, (self.city or self.region, self.country)))


_LOCAL = tuple(
    ip_network(cidr)
    for cidr in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/8",
        "::1/128", "::/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """An address; IPv4 inside IPv6 becomes IPv4. None for anything else."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def is_local(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is of one's own house or machine."""
    return any(address in network for network in _LOCAL if network.version == address.version)
