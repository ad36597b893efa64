"""What a session's client looks like: a change raises suspicion, and is never a reason to refuse. Source:
docs/contexts/accounts.md.

Only hashes are kept, of each trait by itself, so that what one call does not say is not taken for a change.
"""

import re

from attrs import frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.accounts import SESSIONS
from sparkle_core.domain.kernel.actors import Origin
from sparkle_core.ports.security import KeyedHash

ABSENT = "-"
HASHED = 16
"""Hexadecimal digits that are kept of a trait's hash: enough to tell clients apart, too few to find one by."""

_VERSIONS = re.compile(r"[\d._]+")


@frozen(kw_only=True)
class SuspectSession(Command[None]):
    """Note that the session of this call is used by another client than began it, once a session; one is alerted."""


def fingerprint_of(hashes: KeyedHash, origin: Origin | None) -> str | None:
    """What a call's client looks like; None when it says nothing. A new version of the same program is no other."""
    if origin is None:
        return None
    program = _VERSIONS.sub("", origin.user_agent or "")
    parts = [_hashed(hashes, trait) for trait in (program, *origin.traits)]
    return ":".join(parts) if set(parts) != {ABSENT} else None


def _hashed(hashes: KeyedHash, trait: str) -> str:
    return hashes.of("fingerprint", trait.encode("utf-8", "replace")).hex()[:HASHED] if trait else ABSENT


def is_unlike(before: str | None, now: str | None) -> bool:
    """Whether a trait that both say differs."""
    if before is None or now is None:
        return False
    pairs = zip(before.split(":"), now.split(":"), strict=False)
    return any(ABSENT not in (one, other) and one != other for one, other in pairs)


async def suspect_session(cmd: SuspectSession, work: Work) -> None:
    session = await work.store.get(SESSIONS, work.actor.session_id) if work.actor.session_id else None
    if session is not None and session.user_id == work.user_id and session.suspected_at is None:
        work.save(SESSIONS, session.suspected(work.now))
