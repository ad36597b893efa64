"""Mail servers by their address: `smtp://`, `smtps://` and `smtp+plain://`. Source: docs/contexts/notifications.md."""

from enum import Enum
from typing import Self
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from sparkle_adapters.addresses import of_this_machine
from sparkle_core.domain.kernel.errors import Invalid

SETTING = "SPARKLE_SMTP_URL"


class Encryption(Enum):
    """How a connection is encrypted: after STARTTLS (RFC 3207), from the start (RFC 8314), or not at all."""

    STARTTLS = "STARTTLS"
    TLS = "TLS"
    NONE = "no encryption"


_SCHEMES = {
    "smtp": (Encryption.STARTTLS, 587),
    "smtps": (Encryption.TLS, 465),
    "smtp+plain": (Encryption.NONE, 25),
}


@frozen(kw_only=True)
class SmtpAddress:
    """Where a mail server is, and how to sign in there."""

    host: str
    port: int
    encryption: Encryption
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """From `smtp://user:password@host:port`; user and password are percent-encoded. Raises `Invalid`.

        >>> SmtpAddress.of("smtps://ada:s3cret@mail.example")
        SmtpAddress(host='mail.example', port=465, encryption=<Encryption.TLS: 'TLS'>, username='ada')
        """
        try:
            parts = urlsplit(url)
            port, found = parts.port, _SCHEMES.get(parts.scheme)
        except ValueError:
            raise Invalid.at(SETTING, "has a port that is none, or brackets that do not close") from None
        if found is None:
            raise Invalid.at(SETTING, f"must start with {', '.join(f'{s}://' for s in _SCHEMES)}")
        if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise Invalid.at(SETTING, "must be like smtp://user:password@host:587, and no more")
        if (parts.username is None) != (parts.password is None):
            raise Invalid.at(SETTING, "must name both user and password, or neither")
        return cls(
            host=parts.hostname,
            port=port or found[1],
            encryption=found[0],
            username=unquote(parts.username) if parts.username is not None else None,
            password=unquote(parts.password) if parts.password is not None else None,
        )

    @property
    def exposed(self) -> bool:
        """Whether letters, and the password with them, would cross a network unencrypted."""
        return self.encryption is Encryption.NONE and not of_this_machine(self.host)

    def __str__(self) -> str:
        """Without the password: for logs and people."""
        return f"{self.host}:{self.port}"
