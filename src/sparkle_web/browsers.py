"""Sessions of browsers: the token in a cookie that no script can read, and what keeps other sites from using it.

Source: docs/http.md, docs/security.md.
"""

import re

from attrs import field, frozen

from sparkle_core.application.accounts import CsrfToken, LoggedIn
from sparkle_core.domain.kernel.actors import Actor, Status
from sparkle_core.domain.kernel.fields import Record

COOKIE = "__Host-sparkle"
"""The prefix makes browsers take it only over TLS, from this host and for all of it: no neighbour can plant one."""

DEVICE_COOKIE = "__Host-sparkle-device"
"""Where a browser keeps the token of its device: it outlives sessions, and opens nothing."""

REMEMBERED_S = 180 * 86_400
DEVICE_KEPT_S = 400 * 86_400
DEVICE_TOKEN = re.compile(r"dev_[A-Za-z0-9_-]{64}")

ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"

ASKS = b"sparkle-session"
"""`Sparkle-Session: cookie` asks for one. Other sites' pages cannot send it: browsers ask first, and we never allow."""


@frozen(kw_only=True)
class BrowserSession(Record):
    """Who the session in the cookie stands for, and the token that has to come with what it changes."""

    actor: Actor
    status: Status
    csrf: CsrfToken = field(repr=False)


def browser_session(answer: LoggedIn, csrf: CsrfToken) -> BrowserSession:
    """What a browser is told of a session: all but its token."""
    return BrowserSession(actor=answer.actor, status=answer.status, csrf=csrf)


def kept(answer: LoggedIn) -> bytes:
    """The value of `Set-Cookie` that keeps a session's token: until the browser ends, or where it is to be remembered
    for longer than any session lasts (180 days), since only the server knows its end.
    """
    lasting = f"Max-Age={REMEMBERED_S}; " if answer.remember else ""
    return f"{COOKIE}={answer.token}; {lasting}{ATTRIBUTES}".encode()


GONE = f"{COOKIE}=; Max-Age=0; {ATTRIBUTES}".encode()
"""The value of `Set-Cookie` that forgets it."""


def device_kept(token: str) -> bytes:
    """The value of `Set-Cookie` that keeps a device's token, for as long as browsers keep anything (400 days)."""
    return f"{DEVICE_COOKIE}={token}; Max-Age={DEVICE_KEPT_S}; {ATTRIBUTES}".encode()


def device_in(cookies: str) -> str | None:
    """The device's token in a `Cookie` header, if there is one that can be."""
    token = _only(cookies, DEVICE_COOKIE)
    return token if token is not None and DEVICE_TOKEN.fullmatch(token) else None


def token_in(cookies: str) -> str | None:
    """The session's token in a `Cookie` header; None without one, and for two, of which nobody knows which is ours."""
    return _only(cookies, COOKIE)


def _only(cookies: str, cookie: str) -> str | None:
    pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
    found = [value for name, _, value in pairs if name == cookie]
    if len(found) != 1 or not 0 < len(found[0]) <= 1_000:
        return None
    return found[0] if found[0].isascii() and found[0].isprintable() else None


def is_from_elsewhere(fetch_site: str | None, origin: str | None, host: str | None) -> bool:
    """Whether another site's page made a browser send this, as far as the browser says.

    `Sec-Fetch-Site` decides where there is one; else `Origin` has to name the host that was asked. Who sends
    neither is no browser of today: the token decides alone.
    """
    if fetch_site is not None:
        return fetch_site not in ("same-origin", "none")
    if origin is None:
        return False
    return origin.partition("://")[2].casefold() != (host or "").casefold()
