"""An authenticator in software: real keys and signatures (ES256), which can also misbehave."""

import hashlib
import json
import secrets
from typing import Any

from attrs import Factory, define, field
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url, encode_cbor

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@define
class Credential:
    """A key pair in it, for one site and one of its users."""

    id: bytes
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    handle: str
    counter: int


@define
class SoftwareAuthenticator:
    """Answers as a browser with an authenticator does; what it is told to do wrongly it does (`PasskeysContract`)."""

    origin: str
    verifies: bool = True
    credentials: list[Credential] = Factory(list)

    def create(self, options: str, **wrong: Any) -> str:
        """A discoverable credential, with the attestation "none"."""
        asked = json.loads(options)
        credential = Credential(
            secrets.token_bytes(32),
            ec.generate_private_key(ec.SECP256R1()),
            asked["user"]["id"],
            wrong.get("counter", 1),
        )
        self.credentials.append(credential)
        numbers = credential.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(credential.id).to_bytes(2) + credential.id + encode_cbor(cose)
        data = self._data(credential, asked["rp"]["id"], wrong, ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], wrong)
        return _answer(credential.id, clientDataJSON=client, attestationObject=attestation)

    def get(self, options: str, **wrong: Any) -> str:
        """A signature over the challenge, with the newest credential that is asked for."""
        asked = json.loads(options)
        allowed = [one["id"] for one in asked.get("allowCredentials", ())]
        credential = next(c for c in reversed(self.credentials) if not allowed or bytes_to_base64url(c.id) in allowed)
        credential.counter = wrong.get("counter", credential.counter + 1)
        data = self._data(credential, asked["rpId"], wrong)
        client = self._client("webauthn.get", asked["challenge"], wrong)
        key = ec.generate_private_key(ec.SECP256R1()) if wrong.get("stranger", False) else credential.key
        signature = key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        handle = bytes_to_base64url(wrong["handle"]) if "handle" in wrong else credential.handle
        return _answer(
            credential.id, clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=handle
        )

    def _data(self, credential: Credential, rp_id: str, wrong: dict[str, Any], flags: int = 0) -> bytes:
        flags |= USER_PRESENT if wrong.get("present", True) else 0
        flags |= USER_VERIFIED if wrong.get("user_verified", self.verifies) else 0
        site = hashlib.sha256(wrong.get("rp_id", rp_id).encode()).digest()
        return site + bytes([flags]) + credential.counter.to_bytes(4)

    def _client(self, type: str, challenge: str, wrong: dict[str, Any]) -> bytes:
        said = {
            "type": wrong.get("type", type),
            "challenge": bytes_to_base64url(wrong["challenge"]) if "challenge" in wrong else challenge,
            "origin": wrong.get("origin", self.origin),
            "crossOrigin": wrong.get("cross_origin", False),
        }
        return json.dumps(said).encode()


def _answer(id: bytes, **response: Any) -> str:
    """As `PublicKeyCredential.toJSON()` writes it."""
    text = {name: value if isinstance(value, str) else bytes_to_base64url(value) for name, value in response.items()}
    named = bytes_to_base64url(id)
    return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": text})
