"""Where a link may lead: http, https and mailto, to hosts that every browser reads alike."""

import re
from ipaddress import AddressValueError, IPv4Address

MAX_LINK = 2_000

_WEB = re.compile(r"https?://(?P<host>[^/?#:@]+)(:(?P<port>[0-9]{1,5}))?(?P<rest>[/?#].*)?", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^@:/?#]+@[^@:/?#]+(\?.*)?", re.IGNORECASE)
_LABEL = re.compile(r"[^\W_]([\w-]*[^\W_])?")


def fault_of_link(href: object) -> str | None:
    """What is wrong with an address; None when nothing is. Names and passwords before a host are refused."""
    if not isinstance(href, str):
        return "must be text"
    if not 1 <= len(href) <= MAX_LINK:
        return f"must have 1 to {MAX_LINK:,} characters, has {len(href):,}"
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in href):
        return "must have no spaces, backslashes or unprintable characters"
    return None if _MAIL.fullmatch(href) else _fault_of_web(_WEB.fullmatch(href))


def _fault_of_web(web: re.Match[str] | None) -> str | None:
    if web is None:
        return "must start with https://, http:// and a host, or be a mailto: address"
    if web["port"] and int(web["port"]) > 65_535:
        return "must have a port of at most 65535"
    return None if _is_host(web["host"]) else "must have a host, such as example.org"


def _is_host(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    if labels[-1].isdigit():
        try:
            return str(IPv4Address(host)) == host
        except AddressValueError:
            return False
    if len(host) > 253 or labels[-1].lower().startswith("0x") or not all(_LABEL.fullmatch(one) for one in labels):
        return False
    try:
        return all(one.encode("idna").decode("idna") for one in labels)
    except UnicodeError:
        return False
