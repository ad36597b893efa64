"""A real mail server for tests: aiosmtpd in a thread, with TLS, sign-in, and anything that can go wrong."""

import asyncio
import datetime
import ipaddress
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sparkle_adapters.mail.smtp_address import SmtpAddress

USER, PASSWORD = "sparkle", "s3cret/&?"
OK = "250 OK"

HANG, HANG_UP = "hang", "hang up"
"""Answers that are none."""


@cache
def certificate() -> tuple[bytes, bytes]:
    """A certificate of this machine, signed by itself, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def trusting() -> ssl.SSLContext:
    """What a client needs to believe that certificate."""
    return ssl.create_default_context(cadata=certificate()[0].decode())


@cache
def serving() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        for part, pem in zip(("certificate", "key"), certificate(), strict=True):
            (Path(folder) / part).write_bytes(pem)
        context.load_cert_chain(Path(folder) / "certificate", Path(folder) / "key")
    return context


@define
class MailServer:
    """What came in, and what the server is to answer: `answers` by step ("mail", "rcpt", "data"), used up in order."""

    port: int = 0
    letters: list[tuple[str, str, bytes]] = field(factory=list)
    answers: dict[str, list[str]] = field(factory=dict)
    connections: int = 0
    signed_in: int = 0
    encrypted: bool = False
    begun: threading.Event = field(factory=threading.Event)

    async def handle_MAIL(  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.encrypted = server.transport is not None and server.transport.get_extra_info("sslcontext") is not None
        return await self._answer(server, "mail")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer(server, "rcpt", address)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await self._answer(server, "data")
        if answer == OK and isinstance(envelope.content, bytes):
            self.letters.append((envelope.mail_from or "", envelope.rcpt_tos[0], envelope.content))
        if self.answers.get("after") and answer == OK:
            answer = await self._answer(server, "after")
        return answer

    async def _answer(self, server: SMTP, step: str, address: str = "") -> str:
        planned = self.answers.get(step)
        answer = planned.pop(0) if planned else OK
        self.begun.set()
        if answer == HANG:
            await asyncio.sleep(3_600)
        if answer == HANG_UP:
            assert server.transport is not None
            server.transport.abort()  # type: ignore[attr-defined]
        return answer.replace("ADDRESS", address)

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.signed_in += right
        return AuthResult(success=right, handled=False)


def address_of(server: MailServer, scheme: str = "smtp", user: str | None = USER) -> SmtpAddress:
    """Where a server is, and how to sign in there."""
    return SmtpAddress.of(url_of(server, scheme, user))


def url_of(server: MailServer, scheme: str = "smtp", user: str | None = USER) -> str:
    signed_in = f"{user}:{quote(PASSWORD, safe='')}@" if user else ""
    return f"{scheme}://{signed_in}localhost:{server.port}"


@contextmanager
def mail_server(
    *, tls: bool = False, starttls: bool = False, sign_in: bool = False, utf8: bool = True
) -> Iterator[MailServer]:
    """A server for as long as the block lasts. `sign_in`: it takes letters of nobody else."""
    found, talking = MailServer(), list[SMTP]()
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        found.connections += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # aiosmtpd warns of signing in without encryption, which tests want
            one = SMTP(
                found,
                loop=loop,
                hostname="localhost",
                enable_SMTPUTF8=utf8,
                tls_context=serving() if starttls else None,
                require_starttls=starttls,
                authenticator=found.authenticate,
                auth_required=sign_in,
                auth_require_tls=False,
            )
        talking.append(one)
        return one

    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, ssl=serving() if tls else None))
    found.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="mail-server")
    thread.start()
    try:
        yield found
    finally:
        asyncio.run_coroutine_threadsafe(_stopped(server, talking), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stopped(server: asyncio.Server, talking: list[SMTP]) -> None:
    """End every task and connection, and let the loop see to it that they have ended before it is stopped."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for one in talking:
        if one.transport is not None:
            one.transport.abort()  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
