"""Who is at the other end: the client's address, past the proxies that are trusted and no others."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from attrs import frozen

from sparkle_core.domain.kernel.errors import Invalid

Address = IPv4Address | IPv6Address

X_FORWARDED_FOR, FORWARDED = "x-forwarded-for", "forwarded"
HEADERS = (X_FORWARDED_FOR, FORWARDED)
"""The kinds of forwarding headers that may be believed."""


@frozen
class TrustedProxies:
    """Networks whose forwarding header is believed: X-Forwarded-For, or Forwarded (RFC 7239).

    Only the one that is named is read: a proxy sets one kind of forwarding header and passes others on as
    its client wrote them, so that believing two kinds would let a client name its own address.
    """

    networks: tuple[IPv6Network, ...] = ()
    header: str = X_FORWARDED_FOR

    @classmethod
    def of(cls, cidrs: Iterable[str], header: str = X_FORWARDED_FOR) -> "TrustedProxies":
        """From CIDRs such as `10.0.0.0/8`. Raises `Invalid` naming a bad one, or a header that is neither."""
        if header.lower() not in HEADERS:
            raise Invalid.at("forwarding_header", f"must be one of {', '.join(HEADERS)}, is {header!r}")
        return cls(tuple(_network(cidr) for cidr in cidrs), header.lower())

    def client(self, peer: str | None, lines: Iterable[str]) -> str | None:
        """The client's address: the first, from the right, that is no trusted proxy's.

        `lines`: the forwarding header, as often as it came. What a proxy wrote is believed as far as it is
        well-formed; past a malformed hop nothing is. A peer that is no address (a local socket) is answered as it
        is and trusted never; without a peer there is none, and so no limit that strangers would share.
        """
        address = parsed(peer)
        if address is None or not self.networks:
            return str(address) if address else peer or None
        if self._trusts(address):
            for hop in reversed([h for line in lines for h in line.split(",")]):
                found = parsed(_for(hop) if self.header == FORWARDED else hop.strip())
                if found is None:
                    break
                address = found
                if not self._trusts(found):
                    break
        return str(address)

    def _trusts(self, address: Address) -> bool:
        return any(_mapped(address) in network for network in self.networks)


def _for(hop: str) -> str | None:
    """What one element of Forwarded says it is `for`; None unless it says so once, and as it should.

    Elements are split at every comma: no address has one, so that a quoted text that has is malformed, and not
    believed, as is `unknown` and whatever hides a hop (`_gateway`).
    """
    named = [pair.strip().partition("=") for pair in hop.split(";")]
    found = [value for name, _, value in named if name.lower() == "for"]
    if len(found) != 1:
        return None
    (value,) = found
    if value.startswith('"'):
        return value[1:-1] if len(value) > 2 and value.endswith('"') else None
    return None if "[" in value or ":" in value else value  # these have to be quoted (RFC 7239, 6)


@lru_cache(maxsize=4_096)
def parsed(text: str | None) -> Address | None:
    """An address with or without port and brackets; IPv4 inside IPv6 becomes IPv4. None for anything else."""
    if not text or len(text) > 64:
        return None
    if text.startswith("["):
        text, closed, port = text[1:].partition("]")
        if not closed or (port and not (port[0] == ":" and _is_port(port[1:]))):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not _is_port(port):
            return None
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _mapped(address: Address) -> IPv6Address:
    return address if isinstance(address, IPv6Address) else IPv6Address(f"::ffff:{address}")


def _network(cidr: str) -> IPv6Network:
    try:
        network = ip_network(cidr)
    except ValueError as error:
        raise Invalid.at("trusted_proxies", f"{cidr!r} is not a network such as 10.0.0.0/8: {error}") from None
    if isinstance(network, IPv6Network):
        return network
    return IPv6Network(f"::ffff:{network.network_address}/{96 + network.prefixlen}")
