"""Links in a text, and the hosts they lead to, however they are written."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

# Domains without a scheme count where browsers and chat programs make links of them.
_ENDINGS = (
    "com|net|org|info|biz|io|co|me|tv|gg|ly|to|cc|xyz|top|site|online|shop|store|club|live|link|click|app|dev|ai|art|blog"
    "|ru|cn|de|uk|fr|eu|us|in|br|jp|pl|nl|it|es|ca|au|tk|ml|ga|cf|gq"
)
# Names of any script, as everything beyond ASCII: \pL and \pN would make the automaton a hundred times larger.
_NAME = r"0-9A-Za-z_\x{80}-\x{10FFFF}-"
_BEFORE = r"(?:^|[\s!\"#$%&'()*+,;<=>?\[\]^`{|}~])"
PATTERNS = (
    r"(?i)(?P<hit>(?:https?|ftp):[/\\]{2}[^\s<>\"]+)",
    rf"(?i){_BEFORE}(?P<hit>(?:[{_NAME}]+\.)+(?:{_ENDINGS})(?::\d+)?(?:[/?#][^\s<>\"]*)?)(?:$|[^{_NAME}])",
)
"""What finds links in `plain` text."""

_DOTS = {ord(c): "." for c in "。．｡"}


def plain(text: str) -> str:
    """The text as an address bar reads it: compatibility forms and odd dots made plain, nothing invisible."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf") if not text.isascii() else text
    return unicodedata.normalize("NFKC", visible.translate(_DOTS))


def host_of(link: str) -> str:
    """The host a link leads to, in ASCII and without case; what stands before an @ is a name, not a host."""
    rest = link.replace("\\", "/")
    rest = rest.partition("://")[2] if "://" in rest else rest
    for end in "/?#":
        rest = rest.partition(end)[0]
    return ascii_host(unquote(rest.rpartition("@")[2].partition(":")[0]))


def ascii_host(host: str) -> str:
    """A host name as DNS has it; one that is none stays as it is, without case."""
    bare = plain(host).strip(".").casefold()
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        return bare


def belongs(host: str, to: Iterable[str]) -> bool:
    """Whether a host is one of those, or a subdomain of one."""
    return any(host == one or host.endswith(f".{one}") for one in to)
