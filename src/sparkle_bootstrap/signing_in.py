"""The providers that people sign in with besides their password, from the file that SPARKLE_OAUTH names."""

import stat
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from sparkle_adapters.memory.identities import MemoryIdentityProviders
from sparkle_adapters.oauth.descriptions import Clients
from sparkle_bootstrap.sharing import Closes
from sparkle_core.domain.accounts.identities import Destinations
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.rules import load_rules
from sparkle_core.ports.identities import IdentityProviders


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
