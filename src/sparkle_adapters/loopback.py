"""Which hosts are this machine."""

from ipaddress import ip_address


def of_this_machine(host: str) -> bool:
    """Whether a host is this machine, and what is sent to it crosses no network.

    >>> [of_this_machine(host) for host in ("localhost", "127.0.0.9", "::1", "10.0.0.1", "localhost.example")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
