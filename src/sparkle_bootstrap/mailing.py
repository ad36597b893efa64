"""Where letters go, and what they look like."""

import asyncio
import logging
from importlib.util import find_spec

from attrs import frozen

from sparkle_adapters.mail.composing import Composer, MailAddress
from sparkle_adapters.mail.files import MailFolder
from sparkle_adapters.mail.smtp_address import SmtpAddress
from sparkle_adapters.mail.wording import Wording
from sparkle_bootstrap.settings import Settings
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.mail import KINDS, Letter, Mailer

log = logging.getLogger("sparkle.mail")

SENDER = "Sparkle <hello@sparkle.example>"
SAMPLES = {
    "username": "ada_lovelace",
    "code": "042137",
    "token": "reset_N0tAT0ken-5h0wn-here-0nly-f0r-1ts-l3ngth_ab",
    "left": "3",
    "provider": "Google",
    "day": "24 December 2026",
    "export": "019b7a10-0000-7000-8000-00000000002a",
    "hours": "48",
}
"""Made-up facts, by name: what letters are shown with."""


def mailer_of(settings: Settings) -> Mailer:
    """The mailer of a deployment: its mail server, or files under `var`.

    Raises `Invalid` for a server or a sender that is none, and for a server that letters would reach unencrypted over a
    network, unless the settings allow that.
    """
    _installed("jinja2", "mailer", "letters need the extra: pip install 'sparkle-core[mail]'; or bring a mailer")
    sender = sender_of(settings)
    composer = Composer(sender, Wording(settings.public_url))
    if settings.smtp_url is None:
        if settings.environment != "development":
            log.warning("letters go to files in %s, to nobody's inbox: set SPARKLE_SMTP_URL", settings.var / "mail")
        return MailFolder(settings.var / "mail", composer)
    server = _server(settings.smtp_url, exposed=settings.smtp_exposed)
    from sparkle_adapters.mail.smtp import SmtpMailer

    return SmtpMailer(server, composer, hostname=sender.ascii_domain, timeout_s=settings.smtp_timeout_s)


def sender_of(settings: Settings) -> MailAddress:
    """Whom letters are from. Raises `Invalid`."""
    if settings.smtp_url is not None and settings.mail_from is None:
        raise Invalid.at("SPARKLE_MAIL_FROM", "is not set; with a mail server it must be the sender of letters")
    try:
        return MailAddress.named(settings.mail_from or SENDER)
    except Invalid as error:
        raise Invalid.at("SPARKLE_MAIL_FROM", error.faults[0].message) from None


def _server(url: str, *, exposed: bool) -> SmtpAddress:
    server = SmtpAddress.of(url)
    if server.exposed and not exposed:
        how = "use smtp:// or smtps://, or set SPARKLE_SMTP_EXPOSED=yes"
        raise Invalid.at("SPARKLE_SMTP_URL", f"would have letters cross a network to {server} unencrypted; {how}")
    _installed("aiosmtplib", "SPARKLE_SMTP_URL", "needs the extra: pip install 'sparkle-core[mail]'")
    return server


@frozen
class ExaminedMail:
    """What a mail server says of itself, and whether letters to it cross a network unencrypted."""

    server: str
    encryption: str
    signed_in: bool
    exposed: bool


def examine_mail(settings: Settings) -> ExaminedMail:
    """Connect to the mail server and sign in. Raises `Invalid`, and `Unavailable` from what went wrong."""
    from sparkle_adapters.mail.smtp import SmtpMailer

    mailer = mailer_of(settings)
    server = SmtpAddress.of(settings.smtp_url or "")
    assert isinstance(mailer, SmtpMailer)
    examined = asyncio.run(mailer.examine())
    return ExaminedMail(str(server), examined.encryption, examined.signed_in, server.exposed)


@frozen
class Preview:
    """A letter as somebody gets it."""

    kind: str
    subject: str
    text: str
    html: str


def previews(base: str) -> tuple[Preview, ...]:
    """Every kind of letter with made-up facts, its links leading to an address."""
    _installed("jinja2", "mailer", "letters need the extra: pip install 'sparkle-core[mail]'")
    wording = Wording(base)
    worded = ((kind, wording.of(sample(kind))) for kind in KINDS)
    return tuple(Preview(kind, said.subject, said.text, said.html) for kind, said in worded)


def sample(kind: str, to: str = "ada@example.org") -> Letter:
    """A letter of a kind with made-up facts."""
    return Letter(to=to, kind=kind, data={name: SAMPLES[name] for name in sorted(KINDS[kind])})


def _installed(library: str, where: str, otherwise: str) -> None:
    if find_spec(library) is None:
        raise Invalid.at(where, otherwise)
