"""The ASGI application: the table under `/api/v1`, its OpenAPI document, the docs, and health."""

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID, uuid4

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sparkle_core.application.catalog import USE_CASES
from sparkle_core.application.kernel.receipts import RECEIPTS
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_web import pages
from sparkle_web.addresses import X_FORWARDED_FOR, TrustedProxies
from sparkle_web.callback import callback
from sparkle_web.endpoint import API_HEADERS, BODY_WITHIN_S, Application, Resource
from sparkle_web.openapi import document
from sparkle_web.problems import MEDIA_TYPE, Problem, problem_of, problem_of_status
from sparkle_web.reading import uuid_of
from sparkle_web.routes import ROWS
from sparkle_web.routing import TableRouting
from sparkle_web.table import Row

log = logging.getLogger("sparkle.web")

Beside = Callable[[], AbstractAsyncContextManager[None]]
"""Something that runs for as long as the application does."""


def create_app(
    application: Application,
    *,
    trusted_proxies: Iterable[str] = (),
    forwarding_header: str = X_FORWARDED_FOR,
    rows: Sequence[Row] = ROWS,
    beside: Beside | None = None,
    sign_in_page: str | None = None,
    body_within_s: float = BODY_WITHIN_S,
) -> ASGIApp:
    """The ASGI application over a `Sparkle` object, which its caller closes.

    `trusted_proxies`: CIDRs whose `forwarding_header` is believed, X-Forwarded-For or Forwarded; none by default.
    `beside` runs
    while the application does (the worker, in one process with it). `sign_in_page`: where those go on who come back
    from a provider; without one there is no callback. `body_within_s`: how long a request's body may take to
    arrive. Raises `Invalid` for a
    trusted proxy that is no network.
    """
    proxies = TrustedProxies.of(trusted_proxies, forwarding_header)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if beside is None:
            yield
        else:
            async with beside():
                yield

    others = Starlette(
        routes=_pages(application, rows) + ([] if sign_in_page is None else [callback(sign_in_page, body_within_s)]),
        exception_handlers={HTTPException: _refused, Exception: _crashed},
        lifespan=lifespan,
    )
    others.router.redirect_slashes = False
    return TableRouting(_resources(application, proxies, rows, body_within_s), others)


def _resources(
    application: Application, proxies: TrustedProxies, rows: Iterable[Row], body_within_s: float
) -> dict[str, Resource]:
    by_path: dict[str, list[Row]] = {}
    for row in rows:
        by_path.setdefault(row.path, []).append(row)
    return {path: Resource(found, application, proxies, body_within_s) for path, found in by_path.items()}


def _pages(application: Application, rows: Sequence[Row]) -> list[Route]:
    openapi = orjson.dumps(document(rows, USE_CASES))

    async def openapi_json(request: Request) -> Response:
        return Response(openapi, media_type="application/json", headers=pages.SECURE)

    async def health(request: Request) -> Response:
        return _status("ok")

    async def ready(request: Request) -> Response:
        try:
            await application.store.read(lambda tx: tx.records.get(RECEIPTS, UUID(int=0)), one_statement=True)
        except Exception as error:
            log.warning("the store does not answer", exc_info=error)
            return _answer(problem_of(Unavailable("The store")), request)
        return _status("ready")

    return [
        Route("/", pages.home),
        Route("/docs", pages.docs),
        Route("/docs/assets/{name}", pages.asset),
        Route("/openapi.json", openapi_json),
        Route("/health", health),
        Route("/ready", ready),
    ]


def _status(word: str) -> Response:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(orjson.dumps({"status": word}), media_type="application/json", headers=headers)


def _answer(problem: Problem, request: Request) -> Response:
    request_id = uuid_of(request.headers.get("x-request-id")) or uuid4()
    headers = {k.decode(): v.decode() for k, v in API_HEADERS} | {"cache-control": "no-store", **problem.headers}
    headers["x-request-id"] = str(request_id)
    body = b"" if request.method == "HEAD" else problem.body(request_id)
    return Response(body, problem.status, headers=headers, media_type=MEDIA_TYPE)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(problem_of_status(error.status_code, error.headers), request)


async def _crashed(request: Request, error: Exception) -> Response:
    log.error("%s %s crashed", request.method, request.url.path, exc_info=error)
    return _answer(problem_of_status(500), request)
