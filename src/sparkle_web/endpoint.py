"""An HTTP request on a path of the table becomes a call, its outcome a response. Plain ASGI: this is the hot path."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from typing import Any, Protocol
from uuid import UUID

from attrs import evolve, frozen
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from sparkle_core.application.accounts import Authenticate, LogOut, MyCsrfToken, SuspectSession
from sparkle_core.application.kernel.commands import Request
from sparkle_core.application.kernel.dispatcher import Outcome
from sparkle_core.domain.kernel.actors import ANONYMOUS, Actor, Origin, Remembered
from sparkle_core.domain.kernel.errors import Fault, Invalid, SessionLapsed, SparkleError, Unauthenticated
from sparkle_core.domain.kernel.fields import hints_of
from sparkle_core.domain.kernel.pages import Page
from sparkle_core.ports.security import Verdict
from sparkle_core.ports.store import Store
from sparkle_web.addresses import TrustedProxies
from sparkle_web.binding import Binder
from sparkle_web.browsers import GONE, browser_session, device_in, device_kept, kept
from sparkle_web.hearing import Credential, Heard
from sparkle_web.negotiating import prefers_csv
from sparkle_web.problems import MEDIA_TYPE, Malformed, Problem, problem_of, problem_of_status
from sparkle_web.reading import json_of, key_of, locale_of, user_agent_of, uuid_of, version_of
from sparkle_web.rendering import Renderer, rendered, unchanged
from sparkle_web.table import Csv, Row

log = logging.getLogger("sparkle.web")

MAX_BODY = 1024 * 1024
BODY_WITHIN_S = 30.0
CSV_PAGE = 100
"""How many lines of a file are read and sent at a time: the most that a page has."""

Header = tuple[bytes, bytes]

API_HEADERS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", MEDIA_TYPE.encode())
_PRIVATE = (b"cache-control", b"no-store")
_PUBLIC = (b"cache-control", b"no-cache")
_VARY = (b"vary", b"authorization, cookie")
_VARY_BY_MEDIA = (b"vary", b"authorization, cookie, accept")
_ZIP = (b"content-type", b"application/zip")
_CSV = (b"content-type", b"text/csv; charset=utf-8; header=present")


class Application(Protocol):
    """What delivery asks of the core: the `Sparkle` object has it."""

    async def call(
        self, request: Request[Any], *, actor: Actor = ANONYMOUS, origin: Origin | None = None, key: str | None = None
    ) -> Outcome: ...

    @property
    def store(self) -> Store: ...


class Gone(Exception):
    """The client went away before its request was read."""


@frozen
class Reply:
    """A response, but for the headers that every response gets."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    rest: AsyncGenerator[bytes, None] | None = None
    """What follows the body, piece by piece, where nobody knows beforehand how much it will be."""


class Handling:
    """One row, ready to run: its binder and renderer made once."""

    def __init__(self, row: Row, application: Application, proxies: TrustedProxies, body_within_s: float) -> None:
        self.row = row
        self._binder, self._renderer = Binder(row), Renderer(row)
        self._call, self._proxies, self._body_within_s = application.call, proxies, body_within_s
        self._takes_version, self._takes_body, self._is_query = row.takes_version, row.takes_body, row.is_query
        self._has_key_field = "key" in hints_of(row.request)
        self._csv, self._sends_file = row.csv, row.sends_file
        self._starts_session, self._ends_session = row.starts_session, row.request is LogOut

    async def reply(self, scope: Scope, receive: Receive, heard: Heard) -> Reply:
        """Run the call. Raises the application's refusals, `Malformed`, `HTTPException` and `Gone`."""
        if heard.twice is not None:
            raise Malformed((Fault(heard.twice, "is given twice"),))
        in_cookie = self._starts_session and heard.asks_for_cookie  # refused, if it is, before anything is done
        credential = heard.credential(changes=not self._is_query)
        origin = self._origin(scope, heard)
        actor = ANONYMOUS if credential is None else await self._actor(credential, origin, remembered=True)
        body = await self._body(receive, heard) if self._takes_body else None
        request = self._bound(scope, heard, body)
        if self._csv is not None and prefers_csv(_accepted(scope)):
            if credential is not None:  # its pages take longer than a call: the session is looked up
                actor = await self._actor(credential, origin, remembered=False)
            return await self._as_csv(self._csv, request, actor, origin)
        key_header = heard.get(b"idempotency-key")
        key = key_of(key_header) if key_header is not None and not self._is_query else None
        try:
            try:
                outcome = await self._call(request, actor=actor, origin=origin, key=key)
            except SessionLapsed:  # nothing was done: once more, with the session looked up
                assert credential is not None
                actor = await self._actor(credential, origin, remembered=False)
                outcome = await self._call(request, actor=actor, origin=origin, key=key)
        except Invalid as error:
            raise self._naming_the_header(error, key) from None
        if in_cookie or (self._starts_session and credential is not None and credential.by_cookie):
            return await self._in_cookie(outcome)
        reply = self._rendered(outcome, heard, private=not self._is_query or credential is not None)
        if self._ends_session and credential is not None and credential.by_cookie:
            return evolve(reply, headers=(*reply.headers, (b"set-cookie", GONE)))
        return reply

    async def _in_cookie(self, outcome: Outcome) -> Reply:
        """A session that begins, for a browser: the token in a cookie, and all else in the body."""
        csrf = await self._call(MyCsrfToken(), actor=outcome.answer.actor)
        headers = [_PRIVATE, _VARY, _JSON, (b"set-cookie", kept(outcome.answer))]
        if outcome.answer.device_token is not None:
            headers.append((b"set-cookie", device_kept(outcome.answer.device_token)))
        if outcome.rate is not None:
            headers += _rate(outcome.rate)
        return Reply(self.row.status, tuple(headers), rendered(browser_session(outcome.answer, csrf.answer)))

    async def _as_csv(self, csv: Csv, request: Any, actor: Actor, origin: Origin) -> Reply:
        """A list as a file: its first page now, so that a refusal is a problem, the others as they are taken.

        It counts as one call, however many pages it has: they are read one at a time, as fast as the client takes them.
        """
        request = evolve(request, limit=CSV_PAGE)
        outcome = await self._call(request, actor=actor, origin=origin)
        named = f'attachment; filename="{csv.file_name(request)}"'.encode()
        headers = [_CSV, (b"content-disposition", named), _PRIVATE, _VARY_BY_MEDIA]
        if outcome.rate is not None:
            headers += _rate(outcome.rate)
        begin = csv.header + csv.rows(request, outcome.answer.items)
        return Reply(200, tuple(headers), begin.encode(), self._following(csv, request, actor, outcome.answer))

    async def _following(self, csv: Csv, request: Any, actor: Actor, page: Page[Any]) -> AsyncGenerator[bytes, None]:
        while page.next is not None:
            request = evolve(request, after=page.next)
            page = (await self._call(request, actor=actor)).answer
            yield csv.rows(request, page.items).encode()

    async def _actor(self, credential: Credential, origin: Origin, *, remembered: bool) -> Actor:
        """Who calls. A cookie that opens nothing (any more) is nobody's: browsers send it until they are told."""
        asked = Authenticate(token=credential.token, for_a_call=remembered, csrf=credential.csrf)
        try:
            outcome = await self._call(asked, origin=origin)
        except Unauthenticated:
            if credential.by_cookie:
                return ANONYMOUS
            raise
        actor: Actor = outcome.answer
        if isinstance(actor, Remembered) and actor.unlike:
            with suppress(SparkleError):  # suspicion is told of, and keeps nobody out
                await self._call(SuspectSession(), actor=actor, origin=origin)
        return actor

    def _origin(self, scope: Scope, heard: Heard) -> Origin:
        peer = scope.get("client")
        return Origin(
            address=self._proxies.client(peer[0] if peer else None, heard.forwarding.get(self._proxies.header, ())),
            device_token=device_in(heard.get(b"cookie") or "") if self._starts_session else None,
            user_agent=user_agent_of(heard.get(b"user-agent") or ""),
            locale=locale_of(heard.get(b"accept-language")),
            traits=heard.traits,
            request_id=heard.request_id,
            correlation_id=uuid_of(heard.get(b"x-correlation-id")) or heard.request_id,
        )

    def _bound(self, scope: Scope, heard: Heard, body: Any) -> Any:
        if_match = heard.get(b"if-match")
        if if_match is not None and not self._takes_version:
            raise Malformed((Fault("If-Match", "means nothing here: this changes no versioned thing"),))
        expected = version_of(if_match) if if_match is not None else None
        return self._binder.bound(scope["path_params"], scope["query_string"], body, expected)

    async def _body(self, receive: Receive, heard: Heard) -> Any:
        sent = await received(receive, heard.get(b"content-length"), self._body_within_s)
        if not sent:
            return None
        media, _, parameters = (heard.get(b"content-type") or "").partition(";")
        if media.strip().lower() != "application/json" or parameters.strip().lower() not in _UTF_8:
            raise HTTPException(415)
        return json_of(sent)

    def _naming_the_header(self, error: Invalid, key: str | None) -> Invalid:
        """What the application calls `key` came in a header."""
        if key is None or self._has_key_field or [f.path for f in error.faults] != ["key"]:
            return error
        return Malformed((Fault("Idempotency-Key", error.faults[0].message),))

    def _rendered(self, outcome: Outcome, heard: Heard, *, private: bool) -> Reply:
        answer, renderer = outcome.answer, self._renderer
        if self._sends_file:
            named = f'attachment; filename="{answer.file_name}"'.encode()
            rate = () if outcome.rate is None else _rate(outcome.rate)
            return Reply(200, (_ZIP, (b"content-disposition", named), _PRIVATE, _VARY, *rate), answer.data)
        body = renderer.body(answer)
        headers = [_PRIVATE if private else _PUBLIC, _VARY if self._csv is None else _VARY_BY_MEDIA]
        if outcome.rate is not None:
            headers += _rate(outcome.rate)
        etag = renderer.etag(answer, body)
        if etag is not None:
            headers.append((b"etag", etag.encode()))
            asked = heard.get(b"if-none-match")
            if asked is not None and self._is_query and unchanged(etag, asked):
                return Reply(304, tuple(headers), b"")
        if (location := renderer.location(answer)) is not None:
            headers.append((b"location", location.encode()))
        if body:
            headers.append(_JSON)
        return Reply(self.row.status, tuple(headers), body)


_UTF_8 = frozenset(("", "charset=utf-8", 'charset="utf-8"', "charset=utf8"))


async def received(receive: Receive, content_length: str | None, within_s: float, most: int = MAX_BODY) -> bytes:
    """The body. Raises `HTTPException` (413 before reading it when its length is told, 408) and `Gone`."""
    if content_length is not None and content_length.isdecimal() and int(content_length[:20]) > most:
        raise HTTPException(413)
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body += message.get("body", b"")
                if len(body) > most:
                    raise HTTPException(413)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise HTTPException(408) from None


def _rate(verdict: Verdict) -> list[Header]:
    return [
        (b"ratelimit-limit", b"%d" % verdict.limit),
        (b"ratelimit-remaining", b"%d" % verdict.remaining),
        (b"ratelimit-reset", b"%d" % verdict.resets_in_s),
    ]


class Resource:
    """A path of the table and its methods, as an ASGI app."""

    def __init__(
        self, rows: Iterable[Row], application: Application, proxies: TrustedProxies, body_within_s: float
    ) -> None:
        self._methods = {row.method: Handling(row, application, proxies, body_within_s) for row in rows}
        if "GET" in self._methods:
            self._methods["HEAD"] = self._methods["GET"]  # type: ignore[index]
        self.allow = ", ".join(sorted({*self._methods, "OPTIONS"}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        heard = Heard.of(scope)
        method = scope["method"]
        handling = self._methods.get(method)
        try:
            if handling is not None:
                reply = await handling.reply(scope, receive, heard)
            elif method == "OPTIONS":
                reply = Reply(204, ((b"allow", self.allow.encode()),), b"")
            else:
                reply = problem_reply(problem_of_status(405, {"allow": self.allow}), heard.request_id)
        except Gone:
            return
        except Exception as error:
            reply = problem_reply(_problem(error, heard, scope), heard.request_id)
        if reply.rest is None:
            await sent(reply, heard.request_id, send, with_body=method != "HEAD")
        else:
            await _streamed(reply, reply.rest, heard.request_id, receive, send, with_body=method != "HEAD")


def _accepted(scope: Scope) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"]


def _problem(error: Exception, heard: Heard, scope: Scope) -> Problem:
    if isinstance(error, SparkleError):
        problem = problem_of(error)
        if type(error) is Unauthenticated and heard.came_by_cookie:  # it opened nothing: the browser is to forget it
            return evolve(problem, headers={**problem.headers, "set-cookie": GONE.decode()})
        return problem
    if isinstance(error, HTTPException):
        return problem_of_status(error.status_code)
    log.error("%s %s crashed, request %s", scope["method"], scope["path"], heard.request_id, exc_info=error)
    return problem_of_status(500)


def problem_reply(problem: Problem, request_id: UUID) -> Reply:
    """A problem as a response."""
    extra = tuple((name.lower().encode(), value.encode()) for name, value in problem.headers.items())
    return Reply(problem.status, (_PROBLEM, _PRIVATE, *extra), problem.body(request_id))


async def sent(reply: Reply, request_id: UUID, send: Send, *, with_body: bool = True) -> None:
    """Send a reply with the headers that every response gets."""
    length = () if reply.status in (204, 304) else ((b"content-length", b"%d" % len(reply.body)),)
    headers = [*reply.headers, *API_HEADERS, *length, (b"x-request-id", str(request_id).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})


async def _streamed(
    reply: Reply, rest: AsyncGenerator[bytes, None], request_id: UUID, receive: Receive, send: Send, *, with_body: bool
) -> None:
    """Send a reply whose length nobody knows, for as long as the client is there.

    What fails on the way is raised, so that the server breaks off: the client sees that something is missing.
    """
    headers = [*reply.headers, *API_HEADERS, (b"x-request-id", str(request_id).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    gone = asyncio.ensure_future(_gone(receive))
    try:
        if with_body:
            await send({"type": "http.response.body", "body": reply.body, "more_body": True})
            async for piece in rest:
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except Exception:
        log.error("a file broke off after it had begun, request %s", request_id)
        raise
    finally:
        gone.cancel()
        await rest.aclose()


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
