"""The `Passkeys` port by the `webauthn` library (py_webauthn)."""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import field, frozen

from sparkle_core.domain.accounts.errors import PasskeyRejected
from sparkle_core.domain.accounts.passkeys import Assertion, NewCredential
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.ports.passkeys import Enrollee

log = logging.getLogger("sparkle.passkeys")

TIMEOUT_MS = 300_000
"""How long a browser lets its user take: as long as a challenge is good."""


@frozen(kw_only=True)
class Site(Record):
    """Whom passkeys are for. `id`: a host name, which passkeys are bound to for good, and under which all `origins` are
    (`https://…`; on this machine also `http://localhost`). `name`: what authenticators show.
    """

    id: str
    origins: tuple[str, ...]
    name: str = field(default="Sparkle")

    def _rules(self) -> list[Fault]:
        faults = []
        if not self.origins:
            faults.append(Fault("origins", "must be one or more, such as https://sparkle.example"))
        for origin in self.origins:
            scheme, _, rest = origin.partition("://")
            host = rest.partition(":")[0]
            local = scheme == "http" and host == "localhost"
            if (scheme != "https" and not local) or not host or "/" in rest:
                faults.append(Fault("origins", f"{origin!r} is no origin such as https://sparkle.example"))
            elif host != self.id and not host.endswith(f".{self.id}"):
                faults.append(Fault("origins", f"{origin!r} is not of {self.id}, which passkeys are for"))
        return faults


class WebauthnPasskeys:
    """The `Passkeys` port. No attestation is asked for: which make an authenticator is of is nobody's business here."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def creation(self, challenge: bytes, who: Enrollee, known: Iterable[str]) -> str:
        import webauthn
        from webauthn.helpers import structs

        options = webauthn.generate_registration_options(
            rp_id=self._site.id,
            rp_name=self._site.name,
            user_id=who.handle,
            user_name=who.name,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=_described(known),
        )
        return webauthn.options_to_json(options)

    def request(self, challenge: bytes, allowed: Iterable[str] = ()) -> str:
        import webauthn
        from webauthn.helpers.structs import UserVerificationRequirement

        options = webauthn.generate_authentication_options(
            rp_id=self._site.id,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            allow_credentials=_described(allowed),
            user_verification=UserVerificationRequirement.PREFERRED,
        )
        return webauthn.options_to_json(options)

    def created(self, response: str, challenge: bytes) -> NewCredential:
        import webauthn
        from webauthn.helpers import bytes_to_base64url

        with _rejecting():
            made = webauthn.verify_registration_response(
                credential=_in_our_own_frame(response),
                expected_challenge=challenge,
                expected_rp_id=self._site.id,
                expected_origin=list(self._site.origins),
            )
            return NewCredential(
                id=bytes_to_base64url(made.credential_id),
                public_key=bytes_to_base64url(made.credential_public_key),
                counter=made.sign_count,
                user_verified=made.user_verified,
                backed_up=made.credential_backed_up,
            )

    def credential_of(self, response: str) -> str:
        with _rejecting():
            id = json.loads(response)["id"]
            if not isinstance(id, str):
                raise TypeError("the id is no text")
            return id

    def asserted(self, response: str, challenge: bytes, public_key: str) -> Assertion:
        import webauthn
        from webauthn.helpers import base64url_to_bytes

        with _rejecting():
            said = _in_our_own_frame(response)
            signed = webauthn.verify_authentication_response(
                credential=said,
                expected_challenge=challenge,
                expected_rp_id=self._site.id,
                expected_origin=list(self._site.origins),
                credential_public_key=base64url_to_bytes(public_key),
                credential_current_sign_count=0,  # whether it went back is the caller's to say, and to tell
            )
            handle = said["response"].get("userHandle")
            return Assertion(
                counter=signed.new_sign_count,
                user_verified=signed.user_verified,
                user_handle=base64url_to_bytes(handle) if handle else None,
            )


def _described(ids: Iterable[str]) -> list[Any]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(id)) for id in ids]


def _in_our_own_frame(response: str) -> dict[str, Any]:
    """The response, unless another site's page has ours in a frame (WebAuthn, 7.2, crossOrigin)."""
    from webauthn.helpers import base64url_to_bytes

    said: dict[str, Any] = json.loads(response)
    if json.loads(base64url_to_bytes(said["response"]["clientDataJSON"])).get("crossOrigin") not in (None, False):
        raise ValueError("it was made within another site's frame")
    return said


@contextmanager
def _rejecting() -> Iterator[None]:
    """Whatever the library raises for what somebody made up: the caller is told nothing of it, the log its reason."""
    try:
        yield
    except Exception as error:
        log.info("a passkey is refused: %s: %s", type(error).__name__, str(error)[:200])
        raise PasskeyRejected from None
