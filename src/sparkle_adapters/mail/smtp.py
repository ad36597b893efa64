"""Letters over SMTP (RFC 5321), through one mail server that takes them for everybody.

What is lost between the server's taking a letter and our noting it is handed over again, with the same
Message-ID: at least once when something dies, once as a rule. Source: docs/contexts/notifications.md.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import EmailPolicy

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from attrs import field, frozen

from sparkle_adapters.mail.composing import Composes
from sparkle_adapters.mail.smtp_address import Encryption, SmtpAddress
from sparkle_adapters.resting import Rest
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.ports.mail import Letter, Undeliverable

log = logging.getLogger("sparkle.mail")

TIMEOUT_S = 10.0
"""How long one letter may take; well below the relay's lease, so that no second worker takes it up meanwhile."""
CONNECTIONS = 4
IDLE_S = 60.0
REST_S = 5.0

OURS = frozenset({503, 530, 534, 535, 538})
"""Refusals of whoever signs in wrongly or not at all: they say nothing about the letter."""


@frozen(eq=False)
class Line:
    """One event loop's connections: turns to use them, and those that wait for more, each with since when."""

    turns: asyncio.Semaphore
    waiting: list[tuple[SMTP, float]] = field(factory=list)


@frozen
class Examined:
    """What a mail server says of itself: how it is spoken to, and whether it takes addresses in any script."""

    encryption: str
    signed_in: bool
    utf8: bool


class SmtpMailer:
    """The `Mailer` port over a mail server; at most four letters at once, over connections that are kept a minute.

    A server that does not answer is left alone for `rest_s` seconds, in which letters are refused at once; then one
    letter tries it for all. One that
    says "not now" (4xx) is `Unavailable`; one that refuses the letter for good (5xx, or an address it cannot take) is
    `Undeliverable`. What it refuses for our sake, such as a wrong password, is `Unavailable`, and logged as an error.
    Each event loop that uses it gets connections of its own.
    """

    def __init__(
        self,
        server: SmtpAddress,
        composes: Composes,
        *,
        hostname: str,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server, self._composes, self._hostname = server, composes, hostname
        self._tls, self._timeout_s, self._clock, self._rest = tls, timeout_s, clock, Rest(rest_s, clock)
        self._lines: dict[asyncio.AbstractEventLoop, Line] = {}

    async def send(self, letter: Letter) -> None:
        message = self._composes(letter)
        line = self._line()
        async with line.turns:
            if not self._rest.over():
                raise Unavailable("the mail server")
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._handed_over(line, message)
            except (SMTPException, OSError) as error:  # OSError covers TimeoutError and ssl's
                self._lost(error)
                raise Unavailable("the mail server") from None  # what it said may name who the letter is for
            except Undeliverable:
                self._rest.end()
                raise
            self._rest.end()

    async def examine(self) -> Examined:
        """Connect and sign in. Raises `Unavailable` from what went wrong."""
        try:
            async with asyncio.timeout(self._timeout_s):
                client = await self._connected()
                try:
                    cipher = client.get_transport_info("cipher")
                    used = f"{self._server.encryption.value}, {cipher[1]}" if cipher else self._server.encryption.value
                    return Examined(used, self._server.username is not None, client.supports_extension("smtputf8"))
                finally:
                    await _ended(client)
        except (SMTPException, OSError) as error:
            raise Unavailable(f"the mail server {self._server}") from error

    async def close(self) -> None:
        """End the connections of this loop, and of other running ones in their own thread."""
        here = asyncio.get_running_loop()
        for loop in [loop for loop in self._lines if loop.is_running()]:
            ending = _all_ended(self._lines.pop(loop))
            await (ending if loop is here else asyncio.wrap_future(asyncio.run_coroutine_threadsafe(ending, loop)))

    async def _handed_over(self, line: Line, message: EmailMessage) -> None:
        client = await self._begun(line, message)
        try:
            await self._given(client, message)
        except Undeliverable:
            await self._forgotten(line, client)
            raise
        except BaseException:
            _dropped(client)
            raise
        line.waiting.append((client, self._clock()))

    async def _forgotten(self, line: Line, client: SMTP) -> None:
        """Let a connection go on without the letter that was refused on it."""
        try:
            await client.rset()
        except (SMTPException, OSError):
            _dropped(client)
        else:
            line.waiting.append((client, self._clock()))

    async def _begun(self, line: Line, message: EmailMessage) -> SMTP:
        """A connection on which the letter has begun; a kept one that has ended meanwhile is not a failure."""
        while line.waiting:
            client, since = line.waiting.pop()
            if self._clock() - since > IDLE_S or not client.is_connected:
                _dropped(client)
                continue
            try:
                await _mail(client, message)
            except (SMTPServerDisconnected, ConnectionError):
                _dropped(client)
                continue
            except SMTPResponseException as error:
                _dropped(client)
                if error.code == 421:
                    continue
                raise
            except BaseException:
                _dropped(client)
                raise
            return client
        client = await self._connected()
        try:
            await _mail(client, message)
        except BaseException:
            _dropped(client)
            raise
        return client

    async def _given(self, client: SMTP, message: EmailMessage) -> None:
        """Say whom it is for and what it says. Raises `Undeliverable` when that is refused for good."""
        encoding = "utf-8" if _is_utf8(message) else "ascii"
        try:
            await client.rcpt(_address(message, "To"), encoding=encoding)
            await client.data(message.as_bytes())
        except SMTPResponseException as error:
            if 500 <= error.code < 600 and error.code not in OURS:
                log.warning("the mail server refused a letter for good: %s", _said(error))
                raise Undeliverable(f"the mail server answered {error.code}") from None
            raise

    async def _connected(self) -> SMTP:
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=self._hostname,
            timeout=self._timeout_s,
            use_tls=server.encryption is Encryption.TLS,
            start_tls=server.encryption is Encryption.STARTTLS,
            tls_context=self._context() if server.encryption is not Encryption.NONE else None,
        )
        await client.connect()
        try:
            if client.is_ehlo_or_helo_needed:  # what it supports is known once it has greeted back
                await client.ehlo()
            if server.username is not None:  # not by `connect`, which says goodbye at length to who refuses it
                await client.login(server.username, server.password or "")
        except BaseException:
            _dropped(client)
            raise
        return client

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def _lost(self, error: Exception) -> None:
        """Say it, and leave the server alone, unless it is this one letter that it takes later."""
        if isinstance(error, SMTPRecipientRefused | SMTPDataError) and error.code not in OURS | {421}:
            log.info("the mail server takes a letter later: %s", _said(error))
            self._rest.end()
        elif self._rest.begin():
            log.error("the mail server %s does not take letters: %s", self._server, _said(error))

    def _line(self) -> Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            for gone in [other for other in self._lines if other.is_closed()]:
                del self._lines[gone]
            line = self._lines[loop] = Line(asyncio.Semaphore(CONNECTIONS))
        return line


async def _mail(client: SMTP, message: EmailMessage) -> None:
    """Begin a letter. Raises `Undeliverable` for an address that the server cannot take."""
    if not _is_utf8(message):
        await client.mail(_address(message, "From"))
        return
    if not client.supports_extension("smtputf8"):
        raise Undeliverable("the mail server takes no address in that script")
    await client.mail(_address(message, "From"), options=["SMTPUTF8", "BODY=8BITMIME"], encoding="utf-8")


def _is_utf8(message: EmailMessage) -> bool:
    return isinstance(message.policy, EmailPolicy) and message.policy.utf8


def _address(message: EmailMessage, header: str) -> str:
    found: str = message[header].addresses[0].addr_spec
    return found


def _said(error: BaseException) -> str:
    """What went wrong, without what a server says: it likes to repeat addresses."""
    if isinstance(error, SMTPResponseException):
        return f"{type(error).__name__} {error.code}"
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")


def _dropped(client: SMTP) -> None:
    """End a connection at once, whatever it was at."""
    if client.transport is not None:
        client.transport.abort()  # type: ignore[attr-defined]  # every transport that is written to has it
    client.close()


async def _ended(client: SMTP) -> None:
    """End a connection as the protocol has it; at once where the server does not play along."""
    try:
        await client.quit(timeout=1.0)
    except (SMTPException, OSError):
        _dropped(client)


async def _all_ended(line: Line) -> None:
    while line.waiting:
        client, _ = line.waiting.pop()
        await _ended(client)
