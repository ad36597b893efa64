"""Everything there is: what is stored, what happens, what can be asked. Nothing registers itself."""

from sparkle_core.application import (
    accounts,
    auditing,
    content,
    economy,
    erasing,
    exporting,
    leaderboards,
    moderation,
    notifications,
    progression,
    rotation,
    upkeep,
)
from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.kernel.receipts import RECEIPTS
from sparkle_core.domain import accounts as accounts_domain
from sparkle_core.domain import content as content_domain
from sparkle_core.domain import moderation as moderation_domain
from sparkle_core.domain import notifications as notifications_domain
from sparkle_core.domain import progression as progression_domain
from sparkle_core.domain.economy import events as economy_events
from sparkle_core.domain.economy import store_events, trading_events
from sparkle_core.domain.economy import stored as economy_stored
from sparkle_core.domain.kernel import auditing as auditing_domain
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.stored import Stored
from sparkle_core.domain.leaderboards import leagues as league_domain

STORED: tuple[Stored, ...] = (
    RECEIPTS,
    OUTBOX,
    *auditing_domain.STORED,
    *accounts_domain.STORED,
    *progression_domain.STORED,
    *league_domain.STORED,
    *economy_stored.STORED,
    *notifications_domain.STORED,
    *content_domain.STORED,
    *moderation_domain.STORED,
)

EVENTS: tuple[type[Event], ...] = (
    *accounts_domain.EVENTS,
    *progression_domain.EVENTS,
    *league_domain.EVENTS,
    *economy_events.EVENTS,
    *store_events.EVENTS,
    *trading_events.EVENTS,
    *content_domain.EVENTS,
    *moderation_domain.EVENTS,
)

USE_CASES: tuple[UseCase, ...] = (
    *accounts.USE_CASES,
    *progression.USE_CASES,
    *leaderboards.USE_CASES,
    *economy.USE_CASES,
    *content.USE_CASES,
    *moderation.USE_CASES,
    *notifications.USE_CASES,
    *upkeep.USE_CASES,
    *rotation.USE_CASES,
    *erasing.USE_CASES,
    *exporting.USE_CASES,
    *auditing.USE_CASES,
)
