"""What comes before a body is bounded, on real connections: each test says which attack it stops."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from sparkle_web.heads import MOST, BoundedHeads
from sparkle_web.serve import configured, listening

PATIENCE_S = 20.0


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await Request(scope, receive).body()
        await PlainTextResponse("here")(scope, receive, send)
        return
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def serving(within_s: float) -> Iterator[int]:
    """A server whose heads may take so long; the port it listens on."""
    config = configured(app)
    config.http = type("Hasty", (BoundedHeads,), {"within_s": within_s})
    server = uvicorn.Server(config)
    with listening("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(PATIENCE_S) as found:
        yield found


def answered(connection: socket.socket) -> bytes:
    """All that the server says until it closes."""
    connection.settimeout(PATIENCE_S)
    heard = b""
    while piece := connection.recv(65_536):
        heard += piece
    return heard


def to(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def test_a_head_without_end_is_refused_and_not_kept(port: int) -> None:
    """Stops one connection from filling the memory of a process with a header line."""
    with closing(to(port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\nx: ")
        sent = 0
        try:
            while sent < 50 * MOST:
                connection.sendall(b"a" * 8_192)
                sent += 8_192
        except OSError:
            pass
        assert sent < 50 * MOST, "all of it was taken"


def test_a_head_that_is_too_long_is_told_so(port: int) -> None:
    with closing(to(port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"a" * (MOST + 1))
        assert answered(connection).startswith(b"HTTP/1.1 431 ")


def test_long_heads_within_bounds_are_served_and_the_connection_goes_on(port: int) -> None:
    """Cookies and tokens are long; and what was counted of one head is not counted against the next."""
    head = b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"a" * (MOST // 2) + b"\r\n"
    with closing(to(port)) as connection:
        connection.sendall((head + b"\r\n") * 3 + head + b"connection: close\r\n\r\n")
        assert answered(connection).count(b"HTTP/1.1 200 OK") == 4


def test_a_body_is_no_head(port: int) -> None:
    length = 10 * MOST
    with closing(to(port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % length)
        connection.sendall(b"a" * length)
        assert answered(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_head_that_trickles_in_is_ended() -> None:
    """Stops connections that are held open for nothing, byte by byte."""
    with serving(0.3) as port, closing(to(port)) as connection:
        started = time.monotonic()
        connection.sendall(b"GET / HTTP/1.1\r\nhost:")
        assert answered(connection).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - started < PATIENCE_S / 2


def test_a_second_head_on_a_connection_may_not_trickle_in_either() -> None:
    with serving(0.3) as port, closing(to(port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\n")
        heard = answered(connection)
        assert heard.startswith(b"HTTP/1.1 200 OK")
        assert b"HTTP/1.1 408 " in heard
