"""`BreachedPasswords` over the embedded list, memory and a range service, and what goes over the wire to that."""

import asyncio
import hashlib
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sparkle_adapters.memory.security import MemoryBreachedPasswords
from sparkle_adapters.text.breached_passwords import EmbeddedPasswords, PasswordRanges
from sparkle_bootstrap import Settings, connect
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.driving import drive
from sparkle_core.ports.security import BreachedPasswords
from sparkle_core.testing.contracts import BreachedPasswordsContract
from tests.mail_server import serving, trusting

BREACHED = "Tr0ub4dor-and-three"
"""Of a breach, and among no commonest ones."""
PADDING = [f"{n:035X}:0" for n in range(800)]


def digest_of(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


class RangeServer:
    """A range service on this machine: which passwords it knows, how it answers, and what it was asked."""

    def __init__(self, *known: str) -> None:
        self.known = [digest_of(password) for password in known]
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer: Callable[[Any, bytes], None] = plainly
        self.url = ""

    def body(self, prefix: str) -> bytes:
        found = [f"{digest[5:]}:{n + 1}" for n, digest in enumerate(self.known) if digest.startswith(prefix)]
        return "\r\n".join([*found, *PADDING]).encode()


def plainly(handler: Any, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def range_server(*known: str, tls: bool = False) -> Iterator[RangeServer]:
    """The service for as long as the block lasts."""
    found = RangeServer(*known)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            found.asked.append((self.path, dict(self.headers)))
            with suppress(OSError):  # whoever asked has given up
                found.answer(self, found.body(self.path.rpartition("/")[2]))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = serving().wrap_socket(server.socket, server_side=True)
    found.url = f"http{'s' if tls else ''}://localhost:{server.server_port}/range/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestTheEmbeddedList(BreachedPasswordsContract):
    @pytest.fixture
    def breached(self) -> BreachedPasswords:
        return EmbeddedPasswords()


class TestMemory(BreachedPasswordsContract):
    @pytest.fixture
    def breached(self) -> BreachedPasswords:
        return MemoryBreachedPasswords(*self.known)


class TestARangeService(BreachedPasswordsContract):
    known = ("password", BREACHED, "correct horse")

    @pytest.fixture
    def breached(self) -> Iterator[BreachedPasswords]:
        with range_server(BREACHED, "correct horse") as server:
            yield PasswordRanges(server.url, EmbeddedPasswords(), timeout_s=30.0)


class TestARangeServiceOnALoop(TestARangeService):
    waits = True


@pytest.fixture
def server() -> Iterator[RangeServer]:
    with range_server(BREACHED) as found:
        yield found


def ranges(server: RangeServer, **more: Any) -> PasswordRanges:
    options: dict[str, Any] = {"timeout_s": 30.0, **more}
    return PasswordRanges(server.url, EmbeddedPasswords(), **options)


def test_the_commonest_are_known_without_regard_to_case() -> None:
    assert drive(EmbeddedPasswords().contains("PassWord1"))


def test_five_digits_of_a_hash_leave_this_machine_and_no_more(
    server: RangeServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Stops the service, and whoever listens to it, from learning a password; padding hides how many are known."""
    with caplog.at_level(logging.DEBUG):
        assert drive(ranges(server).contains(BREACHED))
        assert not drive(ranges(server).contains("Corr3ct-horse-battery"))
    paths = [path for path, _ in server.asked]
    assert paths == [f"/range/{digest_of(p)[:5]}" for p in (BREACHED, "Corr3ct-horse-battery")]
    headers = server.asked[0][1]
    assert headers["Add-Padding"] == "true"
    said = repr(server.asked) + caplog.text
    assert not any(word in said for word in (BREACHED, digest_of(BREACHED)[5:], "horse"))


def test_the_commonest_are_not_even_asked_about(server: RangeServer) -> None:
    assert drive(ranges(server).contains("password"))
    assert server.asked == []


def test_padding_is_no_password() -> None:
    """A line that says "seen no times" is there to hide the others."""
    with range_server() as server:
        server.answer = lambda handler, _: plainly(handler, f"{digest_of(BREACHED)[5:]}:0".encode())
        assert not drive(ranges(server).contains(BREACHED))


def hangs(handler: Any, body: bytes) -> None:
    time.sleep(0.6)


def drips(handler: Any, body: bytes) -> None:
    """Each byte in time, all of them never: patience by the byte would be patience without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(40):
        handler.wfile.write(b"x")
        time.sleep(0.05)


NONSENSE: dict[str, Callable[[Any, bytes], None]] = {
    "an error": lambda handler, body: plainly(handler, body, 503),
    "a page": lambda handler, body: plainly(handler, b"<html>Please sign in to the hotel's network</html>"),
    "nothing": lambda handler, body: plainly(handler, b""),
    "a redirect": lambda handler, body: plainly(handler, body, 302),
    "other digests": lambda handler, body: plainly(handler, body.lower()),
    "numbers that are none": lambda handler, body: plainly(handler, body.replace(b":0", b":x")),
    "no end": lambda handler, body: plainly(handler, (b"0" * 35 + b":1\r\n") * 30_000),
    "half a line": lambda handler, body: plainly(handler, body[:-20]),
    "no HTTP": lambda handler, body: handler.wfile.write(b"220 mail.example ESMTP\r\n"),
    "hanging up": lambda handler, body: handler.connection.close(),
    "hanging": hangs,
    "dripping": drips,
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_service_that_does_not_help_leaves_the_list_to_answer(
    server: RangeServer, answer: Callable[[Any, bytes], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever joins is neither kept waiting nor kept out by it, and the commonest are refused all the same."""
    server.answer = answer
    timeout_s = 0.2 if answer in (hangs, drips) else 30.0
    asked = ranges(server, timeout_s=timeout_s)
    started = time.monotonic()
    assert not drive(asked.contains(BREACHED))
    assert drive(asked.contains("password"))
    assert time.monotonic() - started < 10.0
    assert "is not asked for a while" in caplog.text
    assert digest_of(BREACHED)[:5] not in caplog.text


def test_on_a_loop_others_go_on_while_the_service_hangs(server: RangeServer) -> None:
    """Stops one slow service from holding up everybody who shares the event loop."""
    server.answer = hangs
    asked = ranges(server, timeout_s=0.2)

    async def beside() -> int:
        task, turns = asyncio.create_task(asked.contains(BREACHED)), 0
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        assert not task.result()
        return turns

    assert asyncio.run(beside()) > 10


def test_a_lost_service_is_left_alone_and_asked_again_later(server: RangeServer) -> None:
    now = [0.0]
    asked = ranges(server, rest_s=30.0, clock=lambda: now[0])
    server.answer = NONSENSE["an error"]
    assert [drive(asked.contains(BREACHED)) for _ in range(3)] == [False] * 3
    assert len(server.asked) == 1
    server.answer = plainly
    now[0] = 30.0
    assert drive(asked.contains(BREACHED))


def test_a_service_that_is_not_there_leaves_the_list_to_answer() -> None:
    with range_server(BREACHED) as gone:
        pass
    assert not drive(ranges(gone).contains(BREACHED))


def test_over_a_network_the_service_is_asked_encrypted_and_its_certificate_is_looked_at() -> None:
    """Stops somebody in between from answering in its place."""
    with range_server(BREACHED, tls=True) as server:
        assert drive(ranges(server, tls=trusting()).contains(BREACHED))
        assert not drive(ranges(server, tls=ssl.create_default_context()).contains(BREACHED))
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "url",
    ["", "api.example", "ftp://api.example", "http://api.example/range", "https://", "https://api.example/?q=", "//["],
)
def test_an_address_that_is_none_or_not_encrypted_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="SPARKLE_BREACHED_PASSWORDS_URL"):
        connect("sqlite:///never-opened.db", settings=Settings(key=bytes(32), breached_passwords_url=url))
