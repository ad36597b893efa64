"""What shows that a call by a cookie was meant: a token that other sites cannot read. Source: docs/security.md.

Browsers send cookies with whatever any page asks for, so a cookie alone says who, not that they want it
(OWASP, signed double submit). A token in a header says it: it is bound to one session, and good for an hour.
"""

import hmac
import re
from datetime import datetime, timedelta
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import Instant, Record
from sparkle_core.ports.security import KeyedHash

GOOD_FOR = timedelta(hours=1)

_TOKEN = re.compile(r"csrf_(\d{1,12})\.([0-9a-f]{64})")


@frozen(kw_only=True)
class CsrfToken(Record):
    """To be sent as `X-CSRF-Token` with everything that a cookie's session changes, until it expires."""

    token: str = field(repr=False)
    expires_at: Instant


@frozen(kw_only=True)
class MyCsrfToken(Query[CsrfToken]):
    """A token for the session of this call, good for an hour. Raises `NotFound` for a call without a session."""


async def my_csrf_token(query: MyCsrfToken, work: Work, *, hashes: KeyedHash) -> CsrfToken:
    if work.actor.session_id is None:
        raise NotFound("session behind this call")
    expires = int((work.now + GOOD_FOR).timestamp())
    token = f"csrf_{expires}.{_mac(hashes, work.actor.session_id, expires)}"
    return CsrfToken(token=token, expires_at=datetime.fromtimestamp(expires, work.now.tzinfo))


def is_meant(hashes: KeyedHash, session_id: UUID, token: str, now: datetime) -> bool:
    """Whether a token is this session's and has not expired. Compared in constant time."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return False
    expires = int(parts[1])
    return hmac.compare_digest(parts[2], _mac(hashes, session_id, expires)) and now.timestamp() < expires


def _mac(hashes: KeyedHash, session_id: UUID, expires: int) -> str:
    return hashes.of("csrf", f"{session_id}:{expires}".encode()).hex()
