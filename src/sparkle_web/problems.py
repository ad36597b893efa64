"""Problem details (RFC 9457) for every error, and the one map from an error's category to a status."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

import orjson
from attrs import define, field, frozen

from sparkle_adapters.codec import instant_text
from sparkle_core.domain.kernel.errors import Category, Fault, Invalid, SparkleError, VersionMismatch

MEDIA_TYPE = "application/problem+json"
RESERVED = frozenset({"type", "title", "status", "detail", "instance", "code", "faults"})
"""Members that a problem has already; no error may have a fact of such a name."""

STATUS: dict[Category, int] = {
    Category.INVALID: 422,
    Category.UNAUTHENTICATED: 401,
    Category.FORBIDDEN: 403,
    Category.NOT_FOUND: 404,
    Category.CONFLICT: 409,
    Category.LIMITED: 429,
    Category.UNAVAILABLE: 503,
}
RETRY_WHEN_UNAVAILABLE_S = 5


@define(eq=False, slots=False)
class Malformed(Invalid):
    """The request cannot be read: its JSON, its query string or one of its headers is broken."""

    code: ClassVar[str] = "malformed"


@frozen(kw_only=True)
class Problem:
    """What went wrong, as it is sent."""

    status: int
    code: str
    title: str
    detail: str
    faults: tuple[Fault, ...] = ()
    facts: Mapping[str, Any] = field(factory=dict)
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, request_id: UUID) -> bytes:
        """The problem as JSON; `instance` is the request's id."""
        members: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{request_id}",
            "code": self.code,
        }
        if self.faults:
            members["faults"] = [{"path": _sendable(f.path), "message": f.message} for f in self.faults]
        return orjson.dumps(members | dict(self.facts), default=str)


def status_of(error: type[SparkleError]) -> int:
    """The status of an error class."""
    if issubclass(error, VersionMismatch):
        return 412
    return 400 if issubclass(error, Malformed) else STATUS[error.category]


MOST_NAMED = 50
"""So many faults are named: an answer is not to be many times as long as what it answers."""


def problem_of(error: SparkleError) -> Problem:
    """A refusal of the application as a problem."""
    kind, facts = type(error), error.facts()
    faults = _named(error.faults) if isinstance(error, Invalid) else ()
    detail = error.message()
    return Problem(
        status=status_of(kind),
        code=error.code,
        title=(kind.__doc__ or error.code).strip().splitlines()[0],
        detail=_sendable(detail if len(detail) <= 2_000 else detail[:1_999] + "…"),
        faults=faults,
        facts={name: _plain(fact) for name, fact in facts.items() if name != "faults"},
        headers=_headers(error, facts),
    )


def _named(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The first of them, and how many more there are."""
    more = len(faults) - MOST_NAMED
    return (*faults[:MOST_NAMED], Fault("$", f"there are {more:,} more faults")) if more > 0 else faults


def problem_of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """What the web framework or a crash says with a bare status."""
    code, detail = _BARE.get(status, ("error", HTTPStatus(status).description or HTTPStatus(status).phrase))
    return Problem(
        status=status, code=code, title=HTTPStatus(status).phrase, detail=detail, headers=dict(headers or {})
    )


_BARE = {
    404: ("no_such_path", "Nothing is at this path; /openapi.json lists what there is."),
    405: ("method_not_allowed", "This path does not take this method; the Allow header lists those it takes."),
    408: ("request_timeout", "The request's body took too long to arrive."),
    413: ("body_too_large", "The request's body is larger than is taken here."),
    415: ("unsupported_media_type", "Send the body as application/json, in UTF-8."),
    500: ("internal", "Something broke here. It was logged under this request's id."),
}

WEB_CODES: tuple[tuple[int, str, str], ...] = (
    (400, Malformed.code, (Malformed.__doc__ or "").strip()),
    *((status, code, detail) for status, (code, detail) in _BARE.items()),
)
"""Status, code and meaning of the problems that this layer adds to the application's."""


def errors(base: type[SparkleError] = SparkleError) -> Iterator[type[SparkleError]]:
    """Every error of the product that is loaded and has a code of its own."""
    for kind in base.__subclasses__():
        if "code" in vars(kind) and kind.__module__.startswith(("sparkle_core.", "sparkle_adapters.", "sparkle_web.")):
            yield kind
        yield from errors(kind)


def _headers(error: SparkleError, facts: Mapping[str, Any]) -> dict[str, str]:
    if error.category is Category.UNAUTHENTICATED:
        return {"www-authenticate": 'Bearer realm="sparkle"'}
    if error.category is Category.LIMITED:
        if facts.get("retry_after_s") is None:  # waiting does not help: there is no window that ends
            return {}
        wait = str(max(1, facts["retry_after_s"]))
        most = {"ratelimit-limit": str(facts["most"])} if facts.get("most") is not None else {}
        return {"retry-after": wait, **most, "ratelimit-remaining": "0", "ratelimit-reset": wait}
    if error.category is Category.UNAVAILABLE:
        return {"retry-after": str(RETRY_WHEN_UNAVAILABLE_S)}
    return {}


def _plain(fact: Any) -> Any:
    if isinstance(fact, str):
        return _sendable(fact)
    return instant_text(fact) if hasattr(fact, "utcoffset") else fact


def _sendable(text: str) -> str:
    """Text that may hold what somebody sent, with what JSON cannot carry replaced."""
    return text.encode("utf-8", "replace").decode()
