"""The outbox: events wait here, written in the transaction of what they tell, until the relay has acted."""

from enum import Enum
from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.work import Recorded, Work
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.events import Envelope, Topic
from sparkle_core.domain.kernel.fields import Instant, Text
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Kind, retained
from sparkle_core.ports.text import Codec


class Delivery(Enum):
    """Where an event stands: for later, waiting, done, or parked because acting on it keeps failing."""

    SCHEDULED = "scheduled"
    PENDING = "pending"
    DONE = "done"
    PARKED = "parked"


@frozen(kw_only=True)
class OutboxMessage(Aggregate):
    """An envelope and how its delivery goes. `due_at`: not before then (a lease or a back-off)."""

    topic: Topic
    schema_version: int
    aggregate_id: UUID
    aggregate_version: int
    actor: Annotated[str, Text(1, 64)]
    correlation: UUID | None
    causation: UUID | None
    at: Instant
    payload: Annotated[str, Text(2, 1_000_000, lines=True)]
    delivery: Delivery = Delivery.PENDING
    attempts: int = 0
    due_at: Instant
    fault: Annotated[str, Text(0, 2_000, lines=True)] | None = None

    def __attrs_post_init__(self) -> None:
        """Made by `enqueue` alone, of parts that were checked already: every event makes one."""

    @property
    def envelope(self) -> Envelope:
        return Envelope(
            id=self.id,
            topic=self.topic,
            schema_version=self.schema_version,
            aggregate_id=self.aggregate_id,
            aggregate_version=self.aggregate_version,
            actor=self.actor,
            correlation=self.correlation,
            causation=self.causation,
            at=self.at,
            payload=self.payload,
        )


OUTBOX = Kind(
    OutboxMessage,
    "outbox",
    indexes=(("delivery", "due_at"), ("delivery", "id")),
    personal={
        "actor": retained("an id, not a name"),
        "payload": retained("events carry ids, not personal data"),
        "fault": NOT_PERSONAL,
        "topic": NOT_PERSONAL,
    },
)


def enqueue(work: Work, codec: Codec, awaited: frozenset[str], causation: UUID | None) -> None:
    """Move the work's events to the outbox, in its own transaction.

    Those whose topic nothing reacts to (is not `awaited`) are kept, and done at once.
    """
    for recorded in work.events:
        work.store.save(OUTBOX, _message(recorded, work, codec, awaited, causation))
    work.events.clear()


def _message(
    recorded: Recorded, work: Work, codec: Codec, awaited: frozenset[str], causation: UUID | None
) -> OutboxMessage:
    event = recorded.event
    delivery = Delivery.SCHEDULED if recorded.delay else Delivery.PENDING
    return OutboxMessage(
        id=work.new_id(),
        topic=event.topic,
        schema_version=event.schema_version,
        aggregate_id=event.aggregate_id(),
        aggregate_version=recorded.version,
        actor=work.actor.name,
        correlation=work.origin.correlation_id if work.origin else None,
        causation=causation,
        at=work.now,
        payload=codec.encode(event),
        delivery=delivery if event.topic in awaited else Delivery.DONE,
        due_at=work.now + recorded.delay,
    )
