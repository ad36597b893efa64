"""Passwords that others know: the list that comes with the package, and a range service beside it."""

import asyncio
import hashlib
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from sparkle_adapters.addresses import of_this_machine
from sparkle_adapters.resting import Rest
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.security import BreachedPasswords

log = logging.getLogger("sparkle.passwords")

SETTING = "SPARKLE_BREACHED_PASSWORDS_URL"
PREFIX = 5
"""Hexadecimal digits of a password's SHA-1 that are sent: hundreds of known passwords share them."""
TIMEOUT_S = 2.0
REST_S = 30.0
MOST_BYTES = 1_000_000
_LINE = re.compile(rb"([0-9A-F]{35}):([0-9]{1,12})")


@cache
def _commonest() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


class EmbeddedPasswords:
    """The `BreachedPasswords` port over the list of about 30,000 that zxcvbn ships."""

    async def contains(self, password: str) -> bool:
        return password.lower() in _commonest()


class PasswordRanges:
    """The `BreachedPasswords` port over a range service (k-anonymity), asked only about what `otherwise` does not know.

    Of a password only the first five digits of its SHA-1 leave this process; `Add-Padding` asks for answers whose size
    says nothing. A service that is down, takes longer than `timeout_s` or answers nonsense is left alone for `rest_s`
    seconds, and `otherwise` answers alone. Raises `Invalid` for an address that is none, or not encrypted.
    """

    def __init__(
        self,
        url: str,
        otherwise: BreachedPasswords,
        *,
        timeout_s: float = TIMEOUT_S,
        rest_s: float = REST_S,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open, self._path = _opener(url, timeout_s, tls)
        self._otherwise, self._timeout_s, self._rest = otherwise, timeout_s, Rest(rest_s, clock)
        self._pool = self._threads()

    async def close(self) -> None:
        """End the threads that ask. Who asks afterwards gets others."""
        ended, self._pool = self._pool, self._threads()
        ended.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _threads() -> ThreadPoolExecutor:
        return ThreadPoolExecutor(4, thread_name_prefix="password-ranges")

    async def contains(self, password: str) -> bool:
        if await self._otherwise.contains(password):
            return True
        if not self._rest.over():
            return False
        digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
        try:
            known = await self._range(digest[:PREFIX])
        except (OSError, HTTPException, ValueError) as error:  # OSError covers TimeoutError and ssl's
            if self._rest.begin():
                log.warning("the password range service is not asked for a while: %s", type(error).__name__)
            return False
        self._rest.end()
        return digest[PREFIX:].encode() in known

    async def _range(self, prefix: str) -> frozenset[bytes]:
        """The rest of the digests that begin so; asked in a thread, which is ended when it takes too long."""
        question = _Question(self._open(), f"{self._path}/{prefix}")
        asked = self._pool.submit(question.ask)
        try:
            return await _within(asked, self._timeout_s)
        finally:
            question.end()


class _Question:
    """One request, and a way to end it from outside however slowly its answer comes."""

    def __init__(self, connection: HTTPConnection, path: str) -> None:
        self._connection, self._path = connection, path
        self._socket: socket.socket | None = None

    def ask(self) -> frozenset[bytes]:
        """Raises `OSError`, `HTTPException`, and `ValueError` for what is no such answer."""
        connection = self._connection
        try:
            connection.connect()
            self._socket = connection.sock
            headers = {"Add-Padding": "true", "Accept": "text/plain", "User-Agent": "sparkle-core"}
            connection.request("GET", self._path, headers=headers)
            with connection.getresponse() as response:
                if response.status != 200:
                    raise ValueError("no range")
                return _suffixes(response.read(MOST_BYTES + 1))
        finally:
            connection.close()

    def end(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                self._socket.shutdown(socket.SHUT_RDWR)


def _suffixes(body: bytes) -> frozenset[bytes]:
    """The digests of an answer. Those that were seen no times are padding."""
    if len(body) > MOST_BYTES:
        raise ValueError("too long")
    found = [_LINE.fullmatch(line) for line in body.splitlines()]
    if not found or None in found:
        raise ValueError("no list of digests")
    return frozenset(line[1] for line in found if line is not None and int(line[2]))


async def _within(asked: "Future[frozenset[bytes]]", timeout_s: float) -> frozenset[bytes]:
    """Wait for a thread's answer: on the event loop where there is one. Raises `TimeoutError`."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asked.result(timeout_s)
    async with asyncio.timeout(timeout_s):
        return await asyncio.wrap_future(asked)


def _opener(url: str, timeout_s: float, tls: ssl.SSLContext | None) -> tuple[Callable[[], HTTPConnection], str]:
    """What makes connections to the service, and the path that prefixes go under."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or parts.username:
        raise Invalid.at(SETTING, "must be a web address such as https://api.pwnedpasswords.com/range, and no more")
    path = parts.path.rstrip("/")
    if parts.scheme == "http":
        if not of_this_machine(host):
            raise Invalid.at(SETTING, "must start with https://, since it is not on this machine")
        return lambda: HTTPConnection(host, port, timeout=timeout_s), path
    context = tls or ssl.create_default_context()
    return lambda: HTTPSConnection(host, port, timeout=timeout_s, context=context), path
