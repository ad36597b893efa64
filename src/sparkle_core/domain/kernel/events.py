"""Events: what happened, said in ids rather than personal data, with an envelope around it."""

from typing import Annotated, ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.fields import Instant, Record, Text

Topic = Annotated[str, Text(3, 100)]


class Event(Record):
    """Base of every event: a frozen attrs class with a topic, a version and the id it is about.

    `about` names the field that holds the aggregate's id: events about one aggregate keep their
    order.
    """

    __slots__ = ()
    topic: ClassVar[str]
    schema_version: ClassVar[int] = 1
    about: ClassVar[str]

    def aggregate_id(self) -> UUID:
        value = getattr(self, self.about)
        assert isinstance(value, UUID)
        return value


@frozen(kw_only=True)
class Envelope(Record):
    """An event on its way: who caused it, when, and the event as JSON."""

    id: UUID
    topic: Topic
    schema_version: int
    aggregate_id: UUID
    aggregate_version: int
    actor: Annotated[str, Text(1, 64)]
    correlation: UUID | None
    causation: UUID | None
    at: Instant
    payload: Annotated[str, Text(2, 1_000_000, lines=True)]
