"""How each provider is spoken to: data. Sources: the providers' own documentation, RFC 6749, OpenID Connect Core 1.0.

Google and Apple speak OpenID Connect: where they are asked, and with which keys they sign, is discovered at their
issuer. Discord, GitHub and Twitch speak OAuth 2.0 and say who somebody is when they are asked with the access token.
"""

from typing import Annotated, Any, Literal

from attrs import Factory, evolve, field, frozen

from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Record, Text

Url = Annotated[str, Text(0, 500)]
ClientAuth = Literal["client_secret_post", "client_secret_basic"]
CALLBACK_SCHEMES = ("https://", "http://127.0.0.1:", "http://[::1]:", "http://localhost:")
"""Nothing is asked, and nobody is sent, without TLS, except on the machine itself (RFC 8252, 7.3)."""


@frozen(kw_only=True)
class Names:
    """What a provider calls what it says of somebody; `within`: the member that it all is in, as a list's first."""

    subject: str = "sub"
    email: str = "email"
    email_verified: str = "email_verified"
    name: str = "name"
    within: str = ""


@frozen(kw_only=True)
class Description:
    """One provider. Those that are `discovered` need no addresses.

    `address_parameters`: what else stands in the address that people are sent to; `again`: what has them sign in
    anew. `addresses_url`: a second call for email addresses, of which the primary one is taken. `person_headers`: with
    the client's id for `{client_id}`. An address without `email_verified` is one the provider has verified.
    """

    issuer: str
    scope: str
    discovered: bool = False
    authorize_url: str = ""
    token_url: str = ""
    person_url: str = ""
    addresses_url: str = ""
    client_auth: ClientAuth = "client_secret_post"
    address_parameters: dict[str, str] = Factory(dict)
    again: dict[str, str] = Factory(dict)
    person_headers: dict[str, str] = Factory(dict)
    names: Names = Names()


DESCRIPTIONS: dict[str, Description] = {
    "google": Description(
        issuer="https://accounts.google.com",
        scope="openid email profile",
        discovered=True,
        again={"prompt": "select_account"},
    ),
    "discord": Description(
        issuer="https://discord.com",
        scope="identify email",
        authorize_url="https://discord.com/oauth2/authorize",
        token_url="https://discord.com/api/oauth2/token",  # noqa: S106 # an address
        person_url="https://discord.com/api/users/@me",
        again={"prompt": "consent"},
        names=Names(subject="id", email_verified="verified", name="global_name"),
    ),
    "github": Description(
        issuer="https://github.com",
        scope="read:user user:email",
        authorize_url="https://github.com/login/oauth/authorize",
        token_url="https://github.com/login/oauth/access_token",  # noqa: S106 # an address
        person_url="https://api.github.com/user",
        addresses_url="https://api.github.com/user/emails",
        again={"prompt": "select_account"},
        names=Names(subject="id", email_verified="verified"),
    ),
    "twitch": Description(
        issuer="https://id.twitch.tv/oauth2",
        scope="user:read:email",
        authorize_url="https://id.twitch.tv/oauth2/authorize",
        token_url="https://id.twitch.tv/oauth2/token",  # noqa: S106 # an address
        person_url="https://api.twitch.tv/helix/users",
        again={"force_verify": "true"},
        person_headers={"Client-Id": "{client_id}"},
        names=Names(subject="id", email_verified="", name="display_name", within="data"),
    ),
    "apple": Description(
        issuer="https://appleid.apple.com",
        scope="openid email name",
        discovered=True,
        address_parameters={"response_mode": "form_post"},  # which Apple wants where a scope is asked for
    ),
}
"""GitHub's `user` says no address that is private, so a second call asks for all of them. What Twitch's Helix says
is an address that its owner has verified, or nothing."""


@frozen(kw_only=True)
class Client(Record):
    """What a provider knows the community by. Apple's secret is made from a key instead of being one.

    `issuer`: of another provider that speaks OpenID Connect; the addresses are for a provider's own installation
    of one described here.
    """

    client_id: Annotated[str, Text(1, 255)]
    client_secret: Annotated[str, Text(1, 1_000)] | None = field(default=None, repr=False)
    team_id: Annotated[str, Text(1, 64)] | None = None
    key_id: Annotated[str, Text(1, 64)] | None = None
    private_key: Annotated[str, Text(1, 4_000, lines=True)] | None = field(default=None, repr=False)
    issuer: Url = ""
    authorize_url: Url = ""
    token_url: Url = ""
    person_url: Url = ""
    addresses_url: Url = ""

    def _rules(self) -> list[Fault]:
        faults = []
        if (self.client_secret is None) == (self.private_key is None):
            faults.append(Fault("client_secret", "must be given, or for Apple a private_key; one of them"))
        if self.private_key is not None and (self.team_id is None or self.key_id is None):
            faults.append(Fault("private_key", "needs team_id and key_id beside it"))
        for name in ("issuer", "authorize_url", "token_url", "person_url", "addresses_url"):
            if getattr(self, name) and not getattr(self, name).startswith(CALLBACK_SCHEMES):
                faults.append(Fault(name, "must start with https://"))
        return faults


@frozen(kw_only=True)
class Clients(Record):
    """The file that `SPARKLE_OAUTH` names. `redirect_uri`: where every provider sends people back to, as it is
    registered there. `page`: of the application, to which `/oauth/callback` sends them on, when that is the
    `redirect_uri`. `origins`: where people may go after that, besides paths of this site.
    """

    redirect_uri: Annotated[str, Text(1, 500)]
    page: Annotated[str, Text(1, 500)] | None = None
    origins: tuple[str, ...] = ()
    providers: dict[str, Client]

    def _rules(self) -> list[Fault]:
        faults = []
        if not self.redirect_uri.startswith(CALLBACK_SCHEMES) or "#" in self.redirect_uri:
            faults.append(Fault("redirect_uri", "must start with https:// and have no fragment"))
        if self.page is not None and (not self.page.startswith(("/", *CALLBACK_SCHEMES)) or "#" in self.page):
            faults.append(Fault("page", "must be a path or start with https://, and have no fragment"))
        for name, client in self.providers.items():
            if not (name.isascii() and name.isidentifier() and 2 <= len(name) <= 32):
                faults.append(Fault(f"providers.{name}", "must be a name of 2 to 32 letters, digits and _"))
            if name not in DESCRIPTIONS and not client.issuer:
                known = ", ".join(DESCRIPTIONS)
                faults.append(Fault(f"providers.{name}", f"needs an issuer; without one these are known: {known}"))
        return faults


def described(name: str, client: Client) -> Description:
    """How a provider is spoken to, for this client."""
    own = ("issuer", "authorize_url", "token_url", "person_url", "addresses_url")
    given: dict[str, Any] = {field: getattr(client, field) for field in own if getattr(client, field)}
    if name in DESCRIPTIONS:
        return evolve(DESCRIPTIONS[name], **given)
    again = {"prompt": "login", "max_age": "0"}  # OpenID Connect Core 1.0, 3.1.2.1
    return Description(scope="openid email profile", discovered=True, again=again, **given)
