"""Addresses of servers: which are on this machine, and how they are shown."""

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


def without_password(url: str) -> str:
    """An address as people may see it: without user, password and options, which may hold one too.

    >>> without_password("postgresql://ada:s3cret@db.example/sparkle?password=s3cret")
    'postgresql://db.example/sparkle'
    """
    scheme, slashes, rest = url.partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2].partition('?')[0]}"
