"""Letters as messages (RFC 5322): text and HTML, from one sender, as mail that a machine sent.

Source: docs/contexts/notifications.md.
"""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Protocol, Self
from uuid import NAMESPACE_URL, uuid4, uuid5

from attrs import frozen

from sparkle_adapters.mail.wording import Wording, one_line
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.mail import Letter, Undeliverable

LINE = 78
"""Characters of a line without its end, as RFC 5322, 2.1.1 wants them at most; it forbids more than 998."""


class Composes(Protocol):
    """Makes a message of a letter. Raises `Undeliverable` for an address that there cannot be."""

    def __call__(self, letter: Letter) -> EmailMessage: ...


@frozen
class MailAddress:
    """An address as it goes over the wire, with a name where it has one.

    Its domain is in ASCII (IDNA 2008) wherever that is enough; where it is not, `utf8` says so: SMTPUTF8 (RFC 6531).
    """

    address: Address
    ascii_domain: str
    utf8: bool

    @classmethod
    def of(cls, text: str, name: str = "") -> Self:
        """Raises `Invalid` at "email" for what is no address; none is looked up."""
        from email_validator import EmailNotValidError, validate_email

        try:
            found = validate_email(text, check_deliverability=False, test_environment=True)
        except (EmailNotValidError, UnicodeError) as error:
            raise Invalid.at("email", f"is not an email address: {str(error).rstrip('.')}") from None
        if found.ascii_email is not None:
            return cls(Address(name, addr_spec=found.ascii_email), found.ascii_domain, utf8=False)
        return cls(Address(name, username=found.local_part, domain=found.domain), found.ascii_domain, utf8=True)

    @classmethod
    def named(cls, text: str) -> Self:
        """From "Name <address>", or an address alone. Raises `Invalid` at "email"."""
        name, bracket, rest = text.rpartition("<")
        return cls.of(rest.removesuffix(">"), one_line(name).strip('" ')) if bracket else cls.of(text.strip())


@frozen
class Composer:
    """Makes messages of letters."""

    sender: MailAddress
    wording: Wording

    def __call__(self, letter: Letter) -> EmailMessage:
        """A message whose Message-ID is the same whenever the same letter is handed over again."""
        try:
            to = MailAddress.of(letter.to)
        except Invalid:
            raise Undeliverable("no such address can be") from None
        said = self.wording.of(letter)
        message = EmailMessage(policy=SMTPUTF8 if to.utf8 or self.sender.utf8 else SMTP)
        message["From"], message["To"], message["Subject"] = self.sender.address, to.address, said.subject
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = f"<{_number(letter)}@{self.sender.ascii_domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(said.text, cte=_encoding(said.text))
        message.add_alternative(said.html, subtype="html", cte="quoted-printable")
        message["Content-Language"] = self.wording.language  # the ones before are gone with the first content
        return message


def _number(letter: Letter) -> str:
    """What tells the letter from others: derived from its key where it has one."""
    return str(uuid5(NAMESPACE_URL, f"sparkle:letter:{letter.key}") if letter.key else uuid4())


def _encoding(text: str) -> str:
    """As it is where it may be; else seven bits of quoted-printable, whose lines are short whatever is in them."""
    plain = text.isascii() and all(len(line) <= LINE for line in text.splitlines())
    return "7bit" if plain else "quoted-printable"
