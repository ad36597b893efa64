"""What a request's headers say: each that means something here, and who sends it."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from attrs import frozen
from starlette.types import Scope

from sparkle_core.domain.accounts.errors import CsrfRejected
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Secret
from sparkle_web.addresses import HEADERS
from sparkle_web.browsers import ASKS, is_from_elsewhere, token_in
from sparkle_web.problems import Malformed
from sparkle_web.reading import bearer_of, uuid_of


@frozen
class Credential:
    """A session's token as it came, and what has to come with it (`Authenticate.csrf`)."""

    token: Secret[str]
    by_cookie: bool = False
    csrf: Secret[str] | None = None


@frozen
class Heard:
    """The headers of a request that mean something here, each at most once, and the request's id."""

    headers: Mapping[bytes, str]
    forwarding: Mapping[str, tuple[str, ...]]
    request_id: UUID
    twice: str | None

    @classmethod
    def of(cls, scope: Scope) -> "Heard":
        found: dict[bytes, str] = {}
        forwarding: dict[str, tuple[str, ...]] = {}
        twice = None
        for name, value in scope["headers"]:
            if name in _FORWARDING:
                kind = name.decode()
                forwarding[kind] = (*forwarding.get(kind, ()), value.decode("latin-1"))
            elif name == b"accept-encoding":  # a list, which may come in several lines
                found[name] = f"{found[name]}, {value.decode('latin-1')}" if name in found else value.decode("latin-1")
            elif name in _MEANT:
                if name in found:
                    twice = name.decode()
                found[name] = value.decode("latin-1")
        return cls(found, forwarding, uuid_of(found.get(b"x-request-id")) or uuid4(), twice)

    def get(self, name: bytes) -> str | None:
        return self.headers.get(name)

    @property
    def traits(self) -> tuple[str, ...]:
        """What the client says of itself besides its program: languages, encodings, and where given screen and time
        zone; "" for what it does not say, or what cannot be meant.
        """
        return tuple(_trait(self.get(name)) for name in TRAITS)

    @property
    def asks_for_cookie(self) -> bool:
        """Whether a session that begins is to be kept in a cookie. Raises `Malformed` for another wish."""
        wish = self.get(ASKS)
        if wish is not None and wish != "cookie":
            raise Malformed((Fault("Sparkle-Session", "must be cookie, or be left out"),))
        return wish is not None

    @property
    def came_by_cookie(self) -> bool:
        """Whether it is a cookie that says who calls: beside an Authorization it is not looked at."""
        return self.get(b"authorization") is None and token_in(self.get(b"cookie") or "") is not None

    def credential(self, *, changes: bool) -> Credential | None:
        """What somebody shows of who they are: a bearer token, else a cookie; None for nothing.

        A cookie comes with whatever any page makes a browser send. For a call that `changes` something,
        and with a cookie or asks for one, no other site's page may have sent it; with a cookie the session's
        CSRF token is asked for too. Raises `CsrfRejected`, and `Unauthenticated` for an Authorization that is no bearer
        token.
        """
        authorization = self.get(b"authorization")
        if authorization is not None:
            return Credential(Secret(bearer_of(authorization)))
        cookies = self.get(b"cookie")
        token = token_in(cookies) if cookies is not None else None
        if changes and (token is not None or self.asks_for_cookie) and self._is_from_elsewhere():
            raise CsrfRejected
        if token is None:
            return None
        return Credential(Secret(token), by_cookie=True, csrf=Secret(self._csrf()) if changes else None)

    def _is_from_elsewhere(self) -> bool:
        return is_from_elsewhere(self.get(b"sec-fetch-site"), self.get(b"origin"), self.get(b"host"))

    def _csrf(self) -> str:
        token = self.get(b"x-csrf-token") or ""
        return token if len(token) <= MAX_CSRF and token.isascii() and token.isprintable() else ""


TRAITS = (b"accept-language", b"accept-encoding", b"x-client-screen", b"x-client-time-zone")


def _trait(value: str | None) -> str:
    return value if value is not None and len(value) <= MAX_TRAIT and value.isascii() and value.isprintable() else ""


MAX_CSRF = MAX_TRAIT = 200

_FORWARDING = frozenset(header.encode() for header in HEADERS)

_MEANT = frozenset(
    (
        b"authorization",
        b"accept-language",
        b"content-length",
        b"content-type",
        b"cookie",
        b"host",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"origin",
        b"sec-fetch-site",
        ASKS,
        b"user-agent",
        b"x-client-screen",
        b"x-client-time-zone",
        b"x-correlation-id",
        b"x-csrf-token",
        b"x-request-id",
    )
)
