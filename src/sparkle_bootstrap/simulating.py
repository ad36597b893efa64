"""A community to simulate: in memory, its clock moved by hand, its calls counted, its books read on in."""

from collections import Counter
from datetime import timedelta
from typing import Any

from attrs import evolve, frozen

from sparkle_adapters.memory.journal import MemoryJournal
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap.making import in_memory
from sparkle_bootstrap.sparkle import Sparkle
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery, OutboxMessage
from sparkle_core.application.kernel.relay import FINAL
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.kernel.actors import SYSTEM, Actor
from sparkle_core.domain.kernel.errors import SparkleError
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import PAGE_MAX, eq, lt, within
from sparkle_core.ports.store import Transaction

TO_MIDNIGHT = timedelta(hours=12)
"""Seeded worlds begin at noon; a simulated day begins at midnight, UTC."""

ROWS_REMEMBERED = 4_096
"""A table: those of whoever and whatever is busy just now."""

Calls = Counter[tuple[str, str]]
"""How often each request was made, by what became of it: "ok", or the code of its refusal."""


@frozen(eq=False)
class Simulated:
    """A community, and what shows how it fares. Events are acted on by its own `drain`, in the order of the relay.

    That does without what the relay has for machines that fail, leases and receipts: nobody is
    killed here, and no event comes twice. Receipts would be a row for each command that a reaction asks for.
    """

    sparkle: Sparkle
    world: SeededWorld
    journal: MemoryJournal
    calls: Calls

    def drain(self) -> None:
        """Act on every event that is due, and on what that brings about.

        Raises what a reaction's command raises, when trying again could help in production: here it never would.
        """
        while some := self.sparkle.run_coroutine(self.sparkle.store.transact(self._taken)):
            for message in some:
                for command in self._asked_by(message):
                    self._dispatch(command, message)

    async def _taken(self, tx: Transaction) -> list[OutboxMessage]:
        """The oldest events that wait, done from now on."""
        due = (eq("delivery", Delivery.SCHEDULED), lt("due_at", self.world.now))
        await tx.records.update_where(OUTBOX, *due, changes={"delivery": Delivery.PENDING})
        pending = eq("delivery", Delivery.PENDING)
        waiting = await tx.records.find(OUTBOX, pending, limit=PAGE_MAX)
        taken = within("id", [message.id for message in waiting])
        await tx.records.update_where(OUTBOX, pending, taken, changes={"delivery": Delivery.DONE})
        return waiting

    def _asked_by(self, message: OutboxMessage) -> list[Command[Any]]:
        relay = self.sparkle.relay
        event = self.sparkle.dispatcher.codec.decode(message.payload, relay.events[message.topic])
        asking = [reaction for reaction in relay.reactions if reaction.event is type(event)]
        return [command for reaction in asking for command in reaction.commands(event, message.id)]

    def _dispatch(self, command: Command[Any], message: OutboxMessage) -> None:
        call = self.sparkle.dispatcher.call(command, actor=SYSTEM, causation=message.id)
        try:
            self.sparkle.run_coroutine(call)
        except SparkleError as refusal:
            if refusal.category not in FINAL:
                raise

    def referral_code(self, user_id: UserId) -> str:
        """The code by which a person brings others. Raises LookupError for nobody."""

        async def read(tx: Transaction) -> str:
            person = await tx.records.get(PEOPLE, user_id)
            if person is None:
                raise LookupError(f"nobody has the id {user_id}")
            return person.referral_code

        return self.sparkle.run_coroutine(self.sparkle.store.read(read))


def simulated(seed: int, rules: Rules | None = None) -> Simulated:
    """An empty community at midnight, for one seed and one set of rules."""
    made, calls = in_memory(seed, rules=rules, inline=False), Calls()

    def count(request: str, actor: Actor, seconds: float, outcome: str) -> None:
        calls[request, outcome] += 1

    dispatcher = evolve(made.dispatcher, observe=count)
    sparkle = Sparkle(dispatcher, evolve(made.relay, dispatcher=dispatcher), made.rules, made.mailbox, inline=False)
    assert isinstance(sparkle.world, SeededWorld)
    assert isinstance(sparkle.store, MemoryStore)
    sparkle.store.remember(ROWS_REMEMBERED)
    sparkle.world.advance(TO_MIDNIGHT)
    return Simulated(sparkle, sparkle.world, MemoryJournal(sparkle.store), calls)
