"""Tokens that are told once, and what is stored of them. Source: docs/security.md."""

from base64 import urlsafe_b64encode

from sparkle_core.ports.security import KeyedHash


def digest_of(hashes: KeyedHash, purpose: str, token: str) -> str:
    """What is stored of a token: 64 hexadecimal digits, which nobody can compute without the deployment's key.

    Whatever somebody sends has one, also what is no text that could be stored.
    """
    return hashes.of(purpose, token.encode("utf-8", "replace")).hex()


def derived(hashes: KeyedHash, purpose: str, source: bytes) -> str:
    """256 bits that follow from an id by HMAC, as text for addresses: so that no table and no queue holds a token."""
    return urlsafe_b64encode(hashes.of(purpose, source)).rstrip(b"=").decode()
