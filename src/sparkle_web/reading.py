"""Reading what people sent: JSON that means one thing only, and the headers that steer a call."""

import json
import re
from functools import lru_cache
from typing import Any, Never
from uuid import UUID

from sparkle_core.domain.kernel.errors import Fault, Unauthenticated
from sparkle_web.problems import Malformed

MAX_DEPTH = 64
# A string without an end takes the rest at once: were it no match, each quote in it would begin another search.
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def json_of(body: bytes) -> Any:
    """A JSON text as plain values. Raises `Malformed`.

    Refused: what is not UTF-8 or not JSON, NaN and Infinity, a key given twice in one object, and
    nesting deeper than 64. A lone surrogate is left for the field it is in to refuse.
    """
    _bounded(body)
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _broken(f"is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise _broken(f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None


def _broken(message: str) -> Malformed:
    return Malformed((Fault("$", message),))


def _bounded(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(body):
        mark = body[token.start()]
        if mark in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _broken(f"is nested deeper than {MAX_DEPTH} levels")
        elif mark in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _broken(f"has the key {name[:80]!a} twice in one object")
            seen.add(name)
    return found


def _constant(text: str) -> Never:
    raise _broken(f"has {text}, which JSON does not know")


def _whole(text: str) -> int:
    """A whole number. Digits past forty are dropped: it stays out of every field's range, and costs no work."""
    return int(text[:40])


def _fraction(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _broken("has a number too large to keep")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_fraction
)

_ENTITY_TAG = re.compile(r'"(\d{1,18})(?:-[0-9a-f]+)?"', re.ASCII)


def version_of(if_match: str) -> int | None:
    """The version an If-Match names; None for `*`, which any version meets. Raises `Malformed`."""
    if if_match.strip() == "*":
        return None
    found = _ENTITY_TAG.fullmatch(if_match.strip())
    if not found:
        raise Malformed((Fault("If-Match", 'must be one entity tag that an earlier answer had, such as "3"'),))
    return int(found[1])


def bearer_of(authorization: str) -> str:
    """The token of an Authorization header. Raises `Unauthenticated` for another scheme or no token."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not 0 < len(token) <= 1_000 or not (token.isascii() and token.isprintable()):
        raise Unauthenticated
    return token


_KEY = re.compile(r"[!-~]{1,128}")


def key_of(idempotency_key: str) -> str:
    """An Idempotency-Key. Raises `Malformed`."""
    if not _KEY.fullmatch(idempotency_key):
        raise Malformed((Fault("Idempotency-Key", "must have 1 to 128 visible ASCII characters, without spaces"),))
    return idempotency_key


def uuid_of(header: str | None) -> UUID | None:
    """A UUID in a header, or None for anything else."""
    try:
        return UUID(header) if header and len(header) == 36 else None
    except ValueError:
        return None


_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


@lru_cache(maxsize=1_024)
def locale_of(accept_language: str | None) -> str | None:
    """The language somebody prefers most, as a tag such as `de-AT`; None when they do not say."""
    if not accept_language:
        return None
    best, weight = None, 0.0
    for part in accept_language[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        if not _LANGUAGE.fullmatch(tag) or len(tag) > 35:
            continue
        q = float(quality) if re.fullmatch(r"[01](\.\d{0,3})?", quality) else 1.0 if not quality else 0.0
        if q > weight:
            best, weight = tag, q
    return best


@lru_cache(maxsize=1_024)
def user_agent_of(header: str) -> str:
    """What a client says it is, without control characters, at most 500 characters."""
    return "".join(c for c in header[:500] if c.isprintable())
