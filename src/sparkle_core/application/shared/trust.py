"""How far somebody is trusted, for limits that scale by it. Source: docs/contexts/progression.md."""

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import TRUST


async def trust_of(work: Work, user_id: UserId) -> int:
    """A person's trust level as last judged, 0 to 4; one row is read."""
    trust = await work.store.get(TRUST, user_id)
    return trust.level if trust is not None else 0
