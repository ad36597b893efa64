"""The `IdentityProviders` port by authlib, over httpx2."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from attrs import frozen

from sparkle_adapters.oauth.descriptions import Client, Clients, Description, Names, described
from sparkle_adapters.oauth.signed import (
    ANEW_AFTER,
    METADATA_PATH,
    NotSigned,
    Published,
    UnknownKey,
    claims_of,
    published,
)
from sparkle_core.domain.accounts.errors import ProviderRefused
from sparkle_core.domain.accounts.identities import ProvedIdentity
from sparkle_core.domain.kernel.errors import Invalid, NotFound, Unavailable
from sparkle_core.ports.identities import CameBack, Sent

log = logging.getLogger("sparkle.oauth")

TIMEOUT_S = 5.0
WITHIN_S = 10.0
"""For one answer to begin, and for all that is asked of a provider for one sign-in."""

SECRET_FOR = timedelta(minutes=5)
"""How long a secret made for Apple is good; Apple allows six months."""

OURS = frozenset(
    {
        "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
        "incorrect_client_credentials", "redirect_uri_mismatch",
    }
)  # fmt: skip
"""What a provider refuses because of how it is configured here, not because of who came back."""


@frozen
class Provider:
    """One provider: how it is spoken to, and what it knows us by."""

    name: str
    description: Description
    client: Client

    def secret(self, now: datetime) -> str:
        """The client's secret; Apple's is a token signed with the client's own key, for each time it is asked."""
        if self.client.client_secret is not None:
            return self.client.client_secret
        from joserfc import jwt
        from joserfc.jwk import ECKey

        claims = {
            "iss": self.client.team_id,
            "sub": self.client.client_id,
            "aud": self.description.issuer,
            "iat": int(now.timestamp()),
            "exp": int((now + SECRET_FOR).timestamp()),
        }
        key = ECKey.import_key(self.client.private_key or "")
        return jwt.encode({"alg": "ES256", "kid": self.client.key_id}, claims, key)


class AuthlibProviders:
    """The `IdentityProviders` port. Metadata and keys of a provider are remembered for an hour.

    Raises `Invalid` for a private key that cannot be read.
    """

    def __init__(self, clients: Clients, *, timeout_s: float = TIMEOUT_S, within_s: float = WITHIN_S) -> None:
        self._redirect_uri, self._timeout_s, self._within_s = clients.redirect_uri, timeout_s, within_s
        self._all = {name: Provider(name, described(name, c), c) for name, c in clients.providers.items()}
        self._published: dict[str, Published] = {}
        for provider in self._all.values():
            _readable(provider)

    def names(self) -> tuple[str, ...]:
        return tuple(self._all)

    async def address(self, provider: str, sent: Sent, now: datetime) -> str:
        from authlib.oauth2.client import OAuth2Client

        one = self._one(provider)
        about = one.description
        where = (await self._said(one, now)).authorize_url if about.discovered else about.authorize_url
        sender = OAuth2Client(
            None,
            client_id=one.client.client_id,
            scope=about.scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
        )
        more = about.address_parameters | (about.again if sent.again else {})
        more |= {"nonce": sent.nonce} if about.discovered else {}
        address, _ = sender.create_authorization_url(where, sent.state, code_verifier=sent.verifier, **more)
        return str(address)

    async def ask(self, provider: str, back: CameBack, now: datetime) -> ProvedIdentity:
        one = self._one(provider)
        said = await self._said(one, now) if one.description.discovered else None
        if back.iss != one.description.issuer and (back.iss is not None or (said is not None and said.names_itself)):
            raise _refused(one, "another provider sent them back (RFC 9207)")
        with _asking(one):
            async with asyncio.timeout(self._within_s), self._session(one, now) as session:
                token = await session.fetch_token(
                    said.token_url if said is not None else one.description.token_url,
                    grant_type="authorization_code",
                    code=back.code,
                    code_verifier=back.sent.verifier,
                )
                if "access_token" not in token:
                    raise _refused(one, f"there is no access token, but {', '.join(sorted(token))}")
                if said is None:
                    return await _told(session, one)
        return await self._signed(one, said, token, back, now)

    async def close(self) -> None:
        """Nothing stays open between two visits."""

    def _one(self, name: str) -> Provider:
        if name not in self._all:
            raise NotFound("provider of that name")
        return self._all[name]

    def _session(self, one: Provider, now: datetime) -> Any:
        """A client for one sign-in: people sign in far less often than a connection stays open."""
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        return AsyncOAuth2Client(
            one.client.client_id,
            one.secret(now),
            token_endpoint_auth_method=one.description.client_auth,
            redirect_uri=self._redirect_uri,
            leeway=0,
            timeout=self._timeout_s,
            follow_redirects=False,
            verify=self._tls,
        )

    @cached_property
    def _tls(self) -> Any:
        import ssl

        return ssl.create_default_context()

    async def _said(self, one: Provider, now: datetime) -> Published:
        known = self._published.get(one.name)
        return known if known is not None and known.fresh_at(now) else await self._read(one, now)

    async def _read(self, one: Provider, now: datetime) -> Published:
        """Ask a provider for what it publishes. Raises `Unavailable`."""
        import httpx2

        issuer = one.description.issuer
        with _asking(one):
            async with (
                asyncio.timeout(self._within_s),
                httpx2.AsyncClient(timeout=self._timeout_s, follow_redirects=False, verify=self._tls) as client,
            ):
                metadata = _json(await client.get(issuer.rstrip("/") + METADATA_PATH))
                first = published(issuer, metadata, {"keys": []}, now)
                keys = _json(await client.get(first.keys_url))
            self._published[one.name] = published(issuer, metadata, keys, now)
        return self._published[one.name]

    async def _signed(
        self, one: Provider, said: Published, token: Any, back: CameBack, now: datetime
    ) -> ProvedIdentity:
        """Who the ID token says it was; keys are read anew for one that is not known."""
        for last in (False, True):
            try:
                claims = claims_of(
                    token.get("id_token"),
                    said.keys,
                    issuer=one.description.issuer,
                    client_id=one.client.client_id,
                    nonce=back.sent.nonce,
                    access_token=token["access_token"],
                    max_age="max_age" in one.description.again,
                    now=now,
                    since=back.since if back.sent.again else None,
                )
            except UnknownKey as error:
                if last or now - said.at < ANEW_AFTER:
                    raise _refused(one, str(error)) from error
                said = await self._read(one, now)
            except NotSigned as error:
                raise _refused(one, str(error)) from error
            else:
                return _identity(one, claims)
        raise AssertionError("the last try answers or raises")


def _readable(provider: Provider) -> None:
    try:
        if provider.client.private_key is not None:
            provider.secret(datetime.now().astimezone())
    except Exception:  # whatever the library says of it may show some of the key
        raise Invalid.at(f"providers.{provider.name}.private_key", "must be a P-256 private key in PEM") from None


def _refused(one: Provider, why: str) -> ProviderRefused:
    log.warning("%s is not believed: %s", one.name, why)
    return ProviderRefused(one.name)


@contextmanager
def _asking(one: Provider) -> Iterator[None]:
    """What is raised while a provider is asked, as the port says it. What a log says of it holds no secret."""
    import httpx2
    from authlib.integrations.base_client import OAuthError

    try:
        yield
    except OAuthError as error:
        if error.error not in OURS:
            raise _refused(one, str(error.error)) from None
        log.error("%s does not take us: %s; look at what it is configured with", one.name, error.error)
        raise Unavailable(one.name) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, TypeError, KeyError) as error:
        log.warning("%s does not answer: %s", one.name, type(error).__name__)
        raise Unavailable(one.name) from None


def _json(response: Any) -> Any:
    response.raise_for_status()
    return response.json()


def _object(found: Any) -> dict[str, Any]:
    """Raises ValueError for what is no JSON object."""
    if not isinstance(found, dict):
        raise ValueError("is no object")
    return found


def _objects(found: Any) -> list[dict[str, Any]]:
    """Raises ValueError for what is no JSON array of objects."""
    if not isinstance(found, list):
        raise ValueError("is no array")
    return [_object(one) for one in found]


async def _told(session: Any, one: Provider) -> ProvedIdentity:
    """Who a provider says it is when it is asked with the access token."""
    about = one.description
    headers = {name: text.format(client_id=one.client.client_id) for name, text in about.person_headers.items()}
    person = _object(_json(await session.get(about.person_url, headers=headers)))
    if about.names.within:
        (person,) = _objects(person.get(about.names.within))  # the one that the token is of
    if about.addresses_url:
        addresses = _objects(_json(await session.get(about.addresses_url)))
        primary = next((a for a in addresses if a.get("primary")), {})
        person = person | {name: primary.get(name) for name in (about.names.email, about.names.email_verified)}
    return _identity(one, person)


def _identity(one: Provider, said: dict[str, Any]) -> ProvedIdentity:
    """Who it is, of what a provider said. Raises `ProviderRefused` for nobody in particular."""
    names: Names = one.description.names
    subject, email, name = said.get(names.subject), said.get(names.email) or None, said.get(names.name)
    vouched = said.get(names.email_verified) if names.email_verified else True
    try:
        return ProvedIdentity(
            issuer=one.description.issuer,
            subject=str(subject) if isinstance(subject, str | int) and subject else "",
            email=email,
            email_verified=email is not None and vouched in (True, "true"),  # Apple says it as text at times
            name=name[:200] if isinstance(name, str) and name.strip() else None,
        )
    except Invalid as error:
        raise _refused(one, f"what it says of somebody is not to be used: {error}") from None
