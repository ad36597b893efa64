"""The relay: takes events from the outbox and dispatches what reactions ask for, each exactly once in effect.

An event is leased, acted on, and marked done. A lease that runs out (a killed worker) is taken
again; commands carry the key `reaction:event:n`, so replaying everything changes nothing. Events
of one aggregate keep their order; one that keeps failing backs off, then is parked, and says so. Something that is
away (`Unavailable`) is waited for longer than what is broken.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import evolve, field, frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.dispatcher import Dispatcher
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery, OutboxMessage
from sparkle_core.domain.kernel.actors import SYSTEM, Origin
from sparkle_core.domain.kernel.errors import Category, SparkleError, Stale
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.stored import Order, eq, lt
from sparkle_core.ports.store import Transaction

_ADDRESS = re.compile(r"[^\s<>'\",;]+@[^\s<>'\",;]+")

log = logging.getLogger("sparkle.relay")

LEASE = timedelta(seconds=30)
BATCH = 100
ATTEMPTS = 8
"""Tries before an event is parked; with the back-off below, about eight minutes."""
ATTEMPTS_WHILE_AWAY = 300
"""The same while what it needs is away, such as a mail server: it is tried every five minutes then, for a day."""
LONGEST_PAUSE_S = 300


@frozen
class Reaction:
    """A pure function from an event to the commands it asks for, in the system's name."""

    event: type[Event]
    commands: Callable[[Any, UUID], Iterable[Command[Any]]]


@frozen(kw_only=True)
class Relay:
    """Drains the outbox of one deployment; several may run side by side."""

    dispatcher: Dispatcher
    events: Mapping[str, type[Event]]
    reactions: tuple[Reaction, ...]
    lease: timedelta = LEASE
    _by_event: dict[type[Event], list[Reaction]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for reaction in self.reactions:
            self._by_event.setdefault(reaction.event, []).append(reaction)

    async def drain(self) -> int:
        """Act on everything that is due, including what that brings about; answers how many events."""
        acted = 0
        while some := await self.step(BATCH):
            acted += some
        return acted

    async def step(self, most: int) -> int:
        """Act on at most so many events that are due; answers how many were taken up.

        When one fails, later ones of its aggregate wait for it.
        """
        batch = await self._leased(most)
        failed: set[UUID] = set()
        for message in batch:
            if message.aggregate_id not in failed and not await self._act(message):
                failed.add(message.aggregate_id)
        return len(batch)

    async def _leased(self, most: int) -> list[OutboxMessage]:
        """Lease a batch of due events; none whose aggregate has an earlier one still waiting."""
        moment = self.dispatcher.world.moment()

        async def body(tx: Transaction) -> list[OutboxMessage]:
            due = (eq("delivery", Delivery.SCHEDULED), lt("due_at", moment.now))
            await tx.records.update_where(OUTBOX, *due, changes={"delivery": Delivery.PENDING})
            leased: list[OutboxMessage] = []
            waiting: set[UUID] = set()
            after = None
            while not leased:
                page = await tx.records.find(
                    OUTBOX, eq("delivery", Delivery.PENDING), order=Order(), after=after, limit=most
                )
                for one in page:
                    if one.due_at > moment.now:
                        waiting.add(one.aggregate_id)
                    elif one.aggregate_id not in waiting:
                        leased.append(tx.records.save(OUTBOX, evolve(one, due_at=moment.now + self.lease)))
                if len(page) < most:
                    break
                after = (page[-1].id, page[-1].id)
            await tx.records.flush()
            return leased

        try:
            return await self.dispatcher.store.transact(body)
        except Stale:
            return []

    async def _act(self, message: OutboxMessage) -> bool:
        """Whether it went well; how it went is written down either way."""
        fault, most = None, ATTEMPTS
        try:
            await self._dispatch(message)
        except SparkleError as error:
            fault = _unaddressed(f"{error.code}: {error}")
            most = ATTEMPTS_WHILE_AWAY if error.category is Category.UNAVAILABLE else ATTEMPTS
        except Exception as error:
            fault = _unaddressed(f"{type(error).__name__}: {error}")
            log.exception("acting on %s %s crashed", message.topic, message.id)
        await self._settle(message, fault, most)
        return fault is None

    async def _dispatch(self, message: OutboxMessage) -> None:
        kind = self.events.get(message.topic)
        if kind is None:
            raise LookupError(f"no event has the topic {message.topic!r}")
        reactions = self._by_event.get(kind)
        if not reactions:
            return
        event = self.dispatcher.codec.decode(message.payload, kind)
        commands = [c for r in reactions for c in r.commands(event, message.id)]
        origin = Origin(correlation_id=message.correlation) if message.correlation else None
        for n, command in enumerate(commands):
            try:
                await self.dispatcher.call(
                    command, actor=SYSTEM, origin=origin, key=f"reaction:{message.id}:{n}", causation=message.id
                )
            except SparkleError as error:
                if error.category not in FINAL:
                    raise
                log.info("%s after %s %s was refused: %s", type(command).__name__, message.topic, message.id, error)

    async def _settle(self, message: OutboxMessage, fault: str | None, most: int) -> None:
        now = self.dispatcher.world.moment().now
        if fault is None:
            after = evolve(message, delivery=Delivery.DONE)
        else:
            attempts = message.attempts + 1
            parked = attempts >= most
            if parked:
                log.error("parked %s %s after %d tries: %s", message.topic, message.id, attempts, fault)
            after = evolve(
                message,
                attempts=attempts,
                fault=fault.encode(errors="backslashreplace").decode().replace("\x00", "\\x00")[:2_000],
                delivery=Delivery.PARKED if parked else Delivery.PENDING,
                due_at=now + timedelta(seconds=min(2 ** min(attempts, 30), LONGEST_PAUSE_S)),
            )

        async def body(tx: Transaction) -> None:
            tx.records.save(OUTBOX, after)
            await tx.records.flush()

        try:
            await self.dispatcher.store.transact(body)
        except Stale:
            log.info("%s %s was taken over by another worker", message.topic, message.id)


FINAL = frozenset({Category.NOT_FOUND, Category.CONFLICT, Category.FORBIDDEN})
"""Refusals that trying again cannot change: the person is gone, it was done already."""


def _unaddressed(fault: str) -> str:
    """A fault without whose mail it was: mail servers repeat addresses, and a fault is kept until it is mended."""
    return _ADDRESS.sub("…@…", fault)
