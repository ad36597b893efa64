"""Where a deployment's key, mail and files are, from the environment."""

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from sparkle_adapters.crypto.key_file import KeyFile, new_id
from sparkle_core.domain.kernel.errors import Invalid

__all__ = ["Settings", "development_key", "new_id"]

KEY_BYTES = 32
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


@frozen(kw_only=True)
class Settings:
    """`environment`: "development" or "production". `var`: the folder for key, mail and database in development.

    `key`: at least 32 bytes; None to take or make the development key under `var`.
    `keys`: the file with the keys for secrets at rest; None to take or make `keys.json` under `var` in development.
    `public_url`: the address that people see the community at, which links in letters lead to; None for no links.
    `mail_from`: the sender of letters; needed with a mail server.
    `breached_passwords_url`: a range service that is asked about passwords; None for the embedded list alone.
    `smtp_url`: the mail server; None for files under `var`. `smtp_exposed`: whether letters may cross a network to it
    unencrypted.
    `passkeys_for`: the host name that passkeys are bound to, `passkey_origins`: its pages' origins; both follow from
    `public_url` unless they are said, and in development are those of `localhost`.
    `oauth`: the file of what the community is known by to providers that people sign in with; None for no provider.
    `redis_url`: a Redis or Valkey server for limits and remembered sessions; None to do without.
    `locations`: a MaxMind file that says where addresses are; `networks`: a text file of networks, each with what it
    is; `anonymisers`: a MaxMind file of those. Without them nothing is known of addresses (docs/security.md).
    """

    environment: str = "development"
    key: bytes | None = None
    keys: Path | None = None
    var: Path = Path("var")
    database_url: str | None = None
    redis_url: str | None = None
    redis_timeout_s: float = 0.5
    public_url: str | None = None
    mail_from: str | None = None
    breached_passwords_url: str | None = None
    smtp_url: str | None = None
    smtp_exposed: bool = False
    smtp_timeout_s: float = 10.0
    locations: Path | None = None
    networks: Path | None = None
    anonymisers: Path | None = None
    oauth: Path | None = None
    passkeys_for: str | None = None
    passkey_origins: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """From SPARKLE_ENV, SPARKLE_KEY (base64), SPARKLE_KEYS, SPARKLE_VAR, SPARKLE_DATABASE_URL, SPARKLE_REDIS_URL,
        SPARKLE_PUBLIC_URL, SPARKLE_MAIL_FROM, SPARKLE_SMTP_URL, SPARKLE_SMTP_EXPOSED, SPARKLE_BREACHED_PASSWORDS_URL,
        SPARKLE_LOCATIONS, SPARKLE_NETWORKS, SPARKLE_ANONYMISERS, SPARKLE_OAUTH,
        SPARKLE_PASSKEYS_FOR and SPARKLE_PASSKEY_ORIGINS (with spaces between them).

        Raises `Invalid`.
        """
        env = os.environ if environ is None else environ
        environment = env.get("SPARKLE_ENV", "development")
        if environment not in ("development", "production"):
            raise Invalid.at("SPARKLE_ENV", f"must be development or production, is {environment!r}")
        return cls(
            environment=environment,
            key=_decoded(env["SPARKLE_KEY"]) if "SPARKLE_KEY" in env else None,
            keys=Path(env["SPARKLE_KEYS"]) if env.get("SPARKLE_KEYS") else None,
            var=Path(env.get("SPARKLE_VAR", "var")),
            database_url=env.get("SPARKLE_DATABASE_URL"),
            redis_url=_redis(env["SPARKLE_REDIS_URL"]) if "SPARKLE_REDIS_URL" in env else None,
            public_url=_public(env["SPARKLE_PUBLIC_URL"]) if "SPARKLE_PUBLIC_URL" in env else None,
            mail_from=env.get("SPARKLE_MAIL_FROM"),
            breached_passwords_url=env.get("SPARKLE_BREACHED_PASSWORDS_URL"),
            smtp_url=env.get("SPARKLE_SMTP_URL"),
            smtp_exposed=env.get("SPARKLE_SMTP_EXPOSED") == "yes",
            locations=_file(env.get("SPARKLE_LOCATIONS")),
            networks=_file(env.get("SPARKLE_NETWORKS")),
            anonymisers=_file(env.get("SPARKLE_ANONYMISERS")),
            oauth=_file(env.get("SPARKLE_OAUTH")),
            passkeys_for=env.get("SPARKLE_PASSKEYS_FOR") or None,
            passkey_origins=tuple(env.get("SPARKLE_PASSKEY_ORIGINS", "").split()),
        )

    @property
    def url(self) -> str:
        """The database's address: SPARKLE_DATABASE_URL, or SQLite under `var`."""
        return self.database_url or f"sqlite:///{self.var / 'sparkle.db'}"

    def the_key(self) -> bytes:
        """The key. Raises `Invalid` when there is none outside development."""
        if self.key is not None:
            return self.key
        if self.environment != "development":
            raise Invalid.at(
                "SPARKLE_KEY", "is not set; outside development it must be 32 or more random bytes in base64"
            )
        return development_key(self.var)

    def key_file(self) -> KeyFile:
        """The file of keys, whether it is there or not; in development it is made on first use.

        Raises `Invalid` when none is named outside development.
        """
        if self.keys is not None:
            return KeyFile(self.keys)
        if self.environment != "development":
            raise Invalid.at("SPARKLE_KEYS", "is not set; outside development it must name the file of keys")
        return KeyFile(self.var / "keys.json", makes=True)

    def the_keys(self) -> KeyFile:
        """The file of keys, with an active one for secrets at rest in it. Raises `Invalid` when there is none."""
        file = self.key_file()
        if not file.makes:
            file.secrets()
        return file


def _file(path: str | None) -> Path | None:
    return Path(path) if path else None


def _redis(url: str) -> str:
    if not url.startswith(REDIS_SCHEMES):
        raise Invalid.at("SPARKLE_REDIS_URL", f"must start with {' or '.join(REDIS_SCHEMES)}")
    return url


def _public(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        raise Invalid.at("SPARKLE_PUBLIC_URL", "must be a web address such as https://sparkle.example, and no more")
    return url.rstrip("/")


def _decoded(text: str | bytes) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid.at("SPARKLE_KEY", "is not base64") from None
    if len(key) < KEY_BYTES:
        raise Invalid.at("SPARKLE_KEY", f"must be {KEY_BYTES} bytes or more before base64, is {len(key)}")
    return key


def development_key(var: Path) -> bytes:
    """The key in `var/development.key`, made on first use, readable only by its owner.

    Written whole to a file of its own and then linked into place, so that two processes starting
    at once end up with one key, and a killed one leaves none that is half written.
    """
    place = var / "development.key"
    if not place.exists():
        var.mkdir(parents=True, exist_ok=True)
        draft = var / f".development.key.{os.getpid()}"
        with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)))
        try:
            os.link(draft, place)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return _decoded(place.read_bytes().strip())
