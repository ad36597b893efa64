"""A community to simulate: in memory, its clock moved by hand, its calls counted, its books read on in."""

from collections import Counter
from datetime import timedelta

from attrs import evolve, frozen

from sparkle_adapters.memory.journal import MemoryJournal
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap.making import in_memory
from sparkle_bootstrap.sparkle import Sparkle
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.store import Transaction

TO_MIDNIGHT = timedelta(hours=12)
"""Seeded worlds begin at noon; a simulated day begins at midnight, UTC."""

Calls = Counter[tuple[str, str]]
"""How often each request was made, by what became of it: "ok", or the code of its refusal."""


@frozen(eq=False)
class Simulated:
    """A community whose events are acted on by `sparkle.drain()`, and what shows how it fares."""

    sparkle: Sparkle
    world: SeededWorld
    journal: MemoryJournal
    calls: Calls

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
    relay = evolve(made.relay, dispatcher=dispatcher)
    sparkle = Sparkle(dispatcher, relay, made.rules, made.mailbox, inline=False)
    assert isinstance(sparkle.world, SeededWorld)
    assert isinstance(sparkle.store, MemoryStore)
    sparkle.world.advance(TO_MIDNIGHT)
    return Simulated(sparkle, sparkle.world, MemoryJournal(sparkle.store), calls)
