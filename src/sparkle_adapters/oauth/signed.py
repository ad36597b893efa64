"""What providers that speak OpenID Connect publish and sign: metadata, keys, ID tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from sparkle_adapters.oauth.descriptions import CALLBACK_SCHEMES

ALGORITHMS = ("RS256", "ES256")
"""Both are of key pairs: a token that says `none`, or is signed with something that others know, is none."""

LEEWAY_S = 60
"""By how much a provider's clock may be off."""

KEPT = timedelta(hours=1)
ANEW_AFTER = timedelta(minutes=1)
"""A key that is not known is looked for again, but no more often than this: anybody can name one."""

METADATA_PATH = "/.well-known/openid-configuration"


@frozen
class Published:
    """What a provider says of itself (OpenID Connect Discovery 1.0), and since when it is known here."""

    authorize_url: str
    token_url: str
    names_itself: bool
    keys_url: str
    keys: Mapping[str, Any]
    at: datetime

    def fresh_at(self, now: datetime) -> bool:
        return now - self.at < KEPT


def published(issuer: str, metadata: Any, keys: Any, now: datetime) -> Published:
    """What metadata and keys say. Raises ValueError for those of another issuer, and what is not on TLS."""
    if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
        raise ValueError("the metadata is another issuer's")
    addresses = [metadata.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(address, str) and address.startswith(CALLBACK_SCHEMES) for address in addresses):
        raise ValueError("an address in the metadata is missing, or without TLS")
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        raise ValueError("the keys are no set of keys")
    names_itself = metadata.get("authorization_response_iss_parameter_supported") is True
    return Published(str(addresses[0]), str(addresses[1]), names_itself, str(addresses[2]), keys, now)


class NotSigned(Exception):
    """An ID token is none of this provider's, for this client and this visit, now."""


class UnknownKey(NotSigned):
    """It is signed with a key that is not among those known."""


def claims_of(
    token: Any,
    keys: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str,
    max_age: bool,
    now: datetime,
    since: datetime | None,
) -> dict[str, Any]:
    """What an ID token says (OpenID Connect Core 1.0, 3.1.3.7). Raises `NotSigned`, `UnknownKey`.

    `since`: whoever signed in there before is not taken; with `max_age` the token has to say when that was.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import InvalidKeyIdError, JoseError
    from joserfc.jwk import KeySet

    if not isinstance(token, str):
        raise NotSigned("there is no ID token")
    try:
        read = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        wanted = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
        told = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
        told |= {"max_age": "0"} if max_age and since is not None else {}
        claims = CodeIDToken(read.claims, read.header, wanted, told)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
    except InvalidKeyIdError as error:
        raise UnknownKey(str(error)) from error
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotSigned(f"{type(error).__name__}: {error}") from error
    signed_in_at = claims.get("auth_time")
    if since is not None and signed_in_at is not None and signed_in_at < since.timestamp() - LEEWAY_S:
        raise NotSigned("nobody signed in there anew")
    return dict(claims)
