"""Serving: uvicorn on uvloop and httptools, with the worker in the same process."""

import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from sparkle_bootstrap import Sparkle
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_web.addresses import X_FORWARDED_FOR
from sparkle_web.app import create_app
from sparkle_web.heads import BoundedHeads
from sparkle_worker import working

log = logging.getLogger("sparkle.web")

KEEP_ALIVE_S = 30
STOPS_WITHIN_S = 10

Tell = Callable[[str], object]


def run(
    sparkle: Sparkle,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    trusted_proxies: Iterable[str] = (),
    forwarding_header: str = X_FORWARDED_FOR,
    work: bool = True,
    sign_in_page: str | None = None,
    tell: Tell | None = None,
) -> None:
    """Serve until interrupted or terminated, then finish what was begun, and close `sparkle`.

    `port` 0 takes a free one. `work`: whether events are acted on in this process too. `sign_in_page`: see
    `create_app`. `tell` is
    given the line that says where it listens (standard output without one). Raises `Invalid`
    for an address that cannot be listened on.
    """

    @asynccontextmanager
    async def beside() -> AsyncIterator[None]:
        async with sparkle:
            if not work:
                yield
                return
            async with working(sparkle):
                yield

    app = create_app(
        sparkle,
        trusted_proxies=trusted_proxies,
        forwarding_header=forwarding_header,
        beside=beside,
        sign_in_page=sign_in_page,
    )
    with listening(host, port) as listener:
        server = Server(configured(app), lambda: (tell or _out)(_where(listener)))
        server.run(sockets=[listener])


def configured(app: ASGIApp) -> uvicorn.Config:
    """How uvicorn serves: fast parts, nothing about itself in headers, no forwarding headers of its own."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHeads,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOPS_WITHIN_S,
    )


class Server(uvicorn.Server):
    """Says where it listens once it does, and ends without a signal of its own."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], object]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell_started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order, and return to the caller rather than raise the signal again; a second Ctrl-C does not wait."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def listening(host: str, port: int) -> socket.socket:
    """A socket on an address. Raises `Invalid` naming it."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise Invalid.at("host, port", f"cannot listen on {host}:{port}: {error}") from None


def _where(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return f"Sparkle listens on {address} (docs: {address}/docs, stop with Ctrl-C)"


def _out(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
