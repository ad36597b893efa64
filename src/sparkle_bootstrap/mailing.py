"""Where letters go, and what they look like."""

from importlib.util import find_spec

from attrs import frozen

from sparkle_bootstrap.settings import Settings
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.mail import KINDS, Letter, Mailer

SAMPLES = {
    "username": "ada_lovelace",
    "code": "042137",
    "token": "reset_N0tAT0ken-5h0wn-here-0nly-f0r-1ts-l3ngth_ab",
    "left": "3",
}
"""Made-up facts, by name: what letters are shown with."""


def mailer_of(settings: Settings) -> Mailer:
    """The mailer of a deployment: files under `var`. Raises `Invalid` for a sender that is none."""
    _installed()
    from sparkle_adapters.mail.composing import Composer, MailAddress
    from sparkle_adapters.mail.files import MailFolder
    from sparkle_adapters.mail.wording import Wording

    try:
        sender = MailAddress.named(settings.mail_from)
    except Invalid as error:
        raise Invalid.at("SPARKLE_MAIL_FROM", error.faults[0].message) from None
    return MailFolder(settings.var / "mail", Composer(sender, Wording(settings.public_url)))


@frozen
class Preview:
    """A letter as somebody gets it."""

    kind: str
    subject: str
    text: str
    html: str


def previews(base: str) -> tuple[Preview, ...]:
    """Every kind of letter with made-up facts, its links leading to an address."""
    _installed()
    from sparkle_adapters.mail.wording import Wording

    wording = Wording(base)
    worded = ((kind, wording.of(sample(kind))) for kind in KINDS)
    return tuple(Preview(kind, said.subject, said.text, said.html) for kind, said in worded)


def sample(kind: str, to: str = "ada@example.org") -> Letter:
    """A letter of a kind with made-up facts."""
    return Letter(to=to, kind=kind, data={name: SAMPLES[name] for name in sorted(KINDS[kind])})


def _installed() -> None:
    if find_spec("jinja2") is None:
        raise Invalid.at("mailer", "letters need the extra: pip install 'sparkle-core[mail]'; or bring a mailer")
