"""What people sign in with besides their password: the providers that SPARKLE_OAUTH names, and passkeys."""

import stat
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from sparkle_adapters.memory.identities import MemoryIdentityProviders
from sparkle_adapters.oauth.descriptions import Clients
from sparkle_adapters.webauthn.passkeys import Site, WebauthnPasskeys
from sparkle_bootstrap.settings import Settings
from sparkle_bootstrap.sharing import Closes
from sparkle_core.domain.accounts.errors import PasskeyRejected
from sparkle_core.domain.accounts.identities import Destinations
from sparkle_core.domain.accounts.passkeys import Assertion, NewCredential
from sparkle_core.domain.kernel.errors import Fault, Invalid, Unavailable
from sparkle_core.domain.kernel.rules import load_rules
from sparkle_core.ports.identities import IdentityProviders
from sparkle_core.ports.passkeys import Enrollee, Passkeys


@frozen
class SigningIn:
    """The providers there are, where people may go afterwards, and what calls wait for."""

    providers: IdentityProviders
    destinations: Destinations
    servers: tuple[Closes, ...] = ()


@frozen
class ExaminedClients:
    """What a file says, for operators: the providers by name, where they send people back to, and whether others
    than its owner can read the file.
    """

    providers: tuple[str, ...]
    redirect_uri: str
    read_by_others: bool


def signing_in(file: Path | None) -> SigningIn:
    """What a file says; without one nobody signs in by a provider. Raises `Invalid`: every fault with file and line."""
    if file is None:
        return SigningIn(MemoryIdentityProviders(()), Destinations())
    clients = _clients(file)
    from sparkle_adapters.oauth.providers import AuthlibProviders

    providers = AuthlibProviders(clients)
    return SigningIn(providers, Destinations(origins=clients.origins), (providers,))


def examined_clients(file: Path) -> ExaminedClients:
    """Look at a file. Raises `Invalid`."""
    names = signing_in(file).providers.names()
    return ExaminedClients(
        names, _clients(file).redirect_uri, bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    )


def sign_in_page(file: Path | None) -> str | None:
    """Where people go on who come back from a provider; None when a page of its own is the `redirect_uri`."""
    return None if file is None else _clients(file).page


def _clients(file: Path) -> Clients:
    if find_spec("authlib") is None or find_spec("httpx2") is None:
        raise Invalid.at("SPARKLE_OAUTH", "needs the extra: pip install 'sparkle-core[oauth]'")
    return load_rules(Clients, file)


class NoPasskeys:
    """The `Passkeys` port where nothing says whom they would be for. Raises `Unavailable`."""

    def creation(self, challenge: bytes, who: Enrollee, known: Iterable[str]) -> str:
        raise Unavailable("Passkeys (SPARKLE_PASSKEYS_FOR is not set)")

    def request(self, challenge: bytes, allowed: Iterable[str] = ()) -> str:
        raise Unavailable("Passkeys (SPARKLE_PASSKEYS_FOR is not set)")

    def created(self, response: str, challenge: bytes) -> NewCredential:
        raise PasskeyRejected

    def credential_of(self, response: str) -> str:
        raise PasskeyRejected

    def asserted(self, response: str, challenge: bytes, public_key: str) -> Assertion:
        raise PasskeyRejected


def site_of(settings: Settings) -> Site | None:
    """Whom passkeys are for; None when nothing says so, or only an address that browsers make none for (without TLS).

    Raises `Invalid` for origins that are said, and are none of theirs.
    """
    public = urlsplit(settings.public_url or ("" if settings.environment == "production" else "http://localhost:8000"))
    usable = public.scheme == "https" or public.hostname == "localhost"
    host = settings.passkeys_for or (public.hostname if usable else None)
    origins = settings.passkey_origins or ((f"{public.scheme}://{public.netloc}",) if usable else ())
    if host is None:
        return None
    try:
        return Site(id=host, origins=origins)
    except Invalid as error:
        faults = (Fault("SPARKLE_PASSKEY_ORIGINS", fault.message) for fault in error.faults)
        raise Invalid.all_of(faults) from None


def passkeys_of(settings: Settings) -> Passkeys:
    """Those of a deployment; none where nothing says whom for, or the extra is not installed. Raises `Invalid`."""
    site = site_of(settings)
    if site is None:
        return NoPasskeys()
    if find_spec("webauthn") is None:
        if settings.passkeys_for is not None:
            raise Invalid.at("SPARKLE_PASSKEYS_FOR", "needs the extra: pip install 'sparkle-core[passkeys]'")
        return NoPasskeys()
    return WebauthnPasskeys(site)
