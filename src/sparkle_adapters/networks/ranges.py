"""Networks from a file, each with what it is: found among 100,000 in the time of a bisection."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path

from sparkle_core.domain.accounts.networks import NetworkKind
from sparkle_core.domain.kernel.errors import Invalid

LISTED = {kind.value: kind for kind in (NetworkKind.HOSTING, NetworkKind.VPN, NetworkKind.PROXY)}

_MAPPED = int(IPv6Address("::ffff:0:0"))
_END = 1 << 128

Range = tuple[int, int, NetworkKind]
"""From a number on, up to and not including another: addresses are numbers of 128 bits, IPv4 as IPv6 maps it."""


class NetworkRanges:
    """What an address is in, by bisection over stretches that do not overlap: the narrowest network counts."""

    def __init__(self, networks: Iterable[tuple[IPv4Network | IPv6Network, NetworkKind]]) -> None:
        self._starts: list[int] = [0]
        self._kinds: list[NetworkKind | None] = [None]
        for start, kind in _stretches(sorted((_range(*one) for one in networks), key=lambda r: (r[0], -r[1]))):
            if start == self._starts[-1]:
                self._kinds[-1] = kind
            else:
                self._starts.append(start)
                self._kinds.append(kind)

    def kind_of(self, address: IPv4Address | IPv6Address) -> NetworkKind | None:
        """What it is in; None for what nothing is said of."""
        return self._kinds[bisect_right(self._starts, _number(address)) - 1]


def _stretches(ranges: list[Range]) -> Iterator[tuple[int, NetworkKind | None]]:
    """Where what is said changes, and to what. Networks lie within one another or apart, never across."""
    within: list[Range] = []
    for found in [*ranges, (_END, _END, NetworkKind.ORDINARY)]:
        while within and within[-1][1] <= found[0]:
            end = within.pop()[1]
            yield end, within[-1][2] if within else None
        if found[0] < _END:
            within.append(found)
            yield found[0], found[2]


def _range(network: IPv4Network | IPv6Network, kind: NetworkKind) -> Range:
    start = _number(network.network_address)
    return start, start + network.num_addresses, kind


def _number(address: IPv4Address | IPv6Address) -> int:
    return int(address) + (_MAPPED if address.version == 4 else 0)


def ranges_in(file: Path) -> NetworkRanges:
    """From a text file: a line a network, such as `192.0.2.0/24 vpn`; `#` begins a comment.

    Raises `Invalid` naming the file, and the line where one is wrong.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid.at(str(file), f"cannot be read: {error}") from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].split()
        if said:
            found.append(_line(said, f"{file}:{number}"))
    return NetworkRanges(found)


def _line(said: list[str], at: str) -> tuple[IPv4Network | IPv6Network, NetworkKind]:
    if len(said) != 2 or said[1] not in LISTED:
        raise Invalid.at(at, f"must be a network and one of {', '.join(LISTED)}, such as 192.0.2.0/24 vpn")
    try:
        return ip_network(said[0]), LISTED[said[1]]
    except ValueError as error:
        raise Invalid.at(at, f"{said[0]!r} is not a network such as 192.0.2.0/24: {error}") from None
