"""How far somebody is trusted, for limits that scale by it. Source: docs/contexts/progression.md."""

from typing import Any

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.domain.progression import TRUST


def trust_needs(user_id: UserId) -> tuple[Kind[Any], UserId]:
    """What a batched use case needs so that `trust_of` a person can be asked."""
    return TRUST, user_id


async def trust_of(work: Work, user_id: UserId) -> int:
    """A person's trust level as last judged, 0 to 4; one row is read."""
    trust = await work.store.get(TRUST, user_id)
    return trust.level if trust is not None else 0
