"""Receipts: what a key was used for and what was answered, kept in the command's own transaction."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import IdempotencyConflict
from sparkle_core.domain.kernel.fields import Instant, Text, uuid_of
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Kind, retained
from sparkle_core.ports.security import KeyedHash
from sparkle_core.ports.text import Codec

KEPT_FOR_PEOPLE = timedelta(hours=24)
KEPT_FOR_THE_SYSTEM = timedelta(days=90)


@frozen(kw_only=True)
class Receipt(Aggregate):
    """The HMAC of a command's non-secret fields, its answer, and until when the key is kept."""

    digest: Annotated[str, Text(64, 64)]
    answer: Annotated[str, Text(0, 1_000_000, lines=True)]
    expires_at: Instant

    def __attrs_post_init__(self) -> None:
        """Made by `keep` alone, of parts that were checked already: every keyed command makes one."""


RECEIPTS = Kind(
    Receipt,
    "receipt",
    indexes=(("expires_at",),),
    personal={
        "answer": retained("expires within 24 hours; the system's own, which say nothing of people, within 90 days"),
        "digest": NOT_PERSONAL,
    },
)


@frozen
class Claim:
    """A key about to be used: where its receipt lives and what the command's digest is."""

    id: UUID
    key: str
    digest: str


def claim(hashes: KeyedHash, codec: Codec, actor: Actor, key: str, command: Any) -> Claim:
    """Scope a key to its actor; for nobody in particular, to the command, so that strangers cannot collide."""
    said = f"{type(command).__name__}:{codec.encode(command)}".encode()
    digest = hashes.of("receipt", said)
    scope = actor.name.encode() if actor.user_id or actor.system else digest
    place = hashlib.sha256(scope + b"\x00" + key.encode()).digest()[:16]
    return Claim(uuid_of(int.from_bytes(place)), key, digest.hex())


def redeemable(receipt: Receipt, claim: Claim, now: datetime) -> bool:
    """Whether a receipt answers this use. Raises `IdempotencyConflict` when the key meant another command."""
    if receipt.expires_at <= now:
        return False
    if not hmac.compare_digest(receipt.digest, claim.digest):
        raise IdempotencyConflict(claim.key)
    return True


def keep(work: Work, claim: Claim, answer: str, *, expired: Receipt | None) -> None:
    """Keep the receipt, in place of an expired one under the same key."""
    until = work.now + (KEPT_FOR_THE_SYSTEM if work.actor.system else KEPT_FOR_PEOPLE)
    version = expired.version if expired else 0
    receipt = Receipt(id=claim.id, version=version, digest=claim.digest, answer=answer, expires_at=until)
    work.store.save(RECEIPTS, receipt)
