"""The same call told to the same community on several stores; their answers and what they keep, compared."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from attrs import frozen

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle
from sparkle_core.application.economy import VerifyLedger
from sparkle_core.domain.kernel.actors import ANONYMOUS, SYSTEM, Actor, Origin
from sparkle_core.domain.kernel.errors import Category, SparkleError
from sparkle_core.ports.mail import Letter
from tests.communities import community
from tests.property.keeping import Kept, kept_by


@frozen
class Refusal:
    """What a caller is told when something is refused: class, category, code and facts."""

    kind: type[SparkleError]
    category: Category
    code: str
    facts: dict[str, Any]


@frozen
class Told:
    """What came of one call: an answer or a refusal, and how much of the rate tier is left."""

    answer: Any = None
    refusal: Refusal | None = None
    rate: Any = None

    @property
    def ok(self) -> bool:
        return self.refusal is None


class Tellers:
    """One community a store, all from the same seed. `tell` fails when two of them answer differently."""

    def __init__(self, stores: tuple[str, ...], seed: int) -> None:
        self._open = ExitStack()
        self.all: dict[str, Sparkle] = {}
        for store in stores:
            self.all[store] = self._open.enter_context(community(store, seed=seed))

    def tell(
        self, request: Any, *, actor: Actor = ANONYMOUS, origin: Origin | None = None, key: str | None = None
    ) -> Told:
        """Run it on every store and answer what all of them say."""
        told = {name: _told(sparkle, request, actor, origin, key) for name, sparkle in self.all.items()}
        agreed: Told = self.agreed(f"{request} by {actor.name} with key {key}", told)
        return agreed

    def drain(self) -> int:
        """Act on all events everywhere; all act on equally many, and send the same letters."""
        acted = {name: s.run_coroutine(s.drain()) for name, s in self.all.items()}
        self.agreed("letters", {name: tuple(_seen(x) for x in s.mailbox.letters) for name, s in self.all.items()})
        count: int = self.agreed("events acted on", acted)
        return count

    def seal(self) -> None:
        """Seal everywhere until nothing waits any more."""
        for sparkle in self.all.values():
            sparkle.run_coroutine(all_sealed(sparkle))

    def agreed(self, what: str, said: dict[str, Any]) -> Any:
        """What all stores say of something; fails naming who says what when they differ."""
        first, *others = said
        for other in others:
            assert said[other] == said[first], f"{what}:\n{first} says {said[first]}\n{other} says {said[other]}"
        return said[first]

    def advance(self, by: timedelta) -> None:
        """Let time pass everywhere."""
        for sparkle in self.all.values():
            assert isinstance(sparkle.world, SeededWorld)
            sparkle.world.advance(by)

    @property
    def world(self) -> SeededWorld:
        world = next(iter(self.all.values())).world
        assert isinstance(world, SeededWorld)
        return world

    def code_for(self, email: str) -> str | None:
        """The newest code mailed to an address."""
        letters = [x for x in self.letters if x.to == email and "code" in x.data]
        return letters[-1].code if letters else None

    @property
    def letters(self) -> list[Letter]:
        return next(iter(self.all.values())).mailbox.letters

    def kept(self, *, whole: bool = False) -> dict[str, Kept]:
        """What each store keeps: everything of the first, and of the others when the `whole` is asked for."""
        first = next(iter(self.all))
        return {
            name: sparkle.run_coroutine(kept_by(sparkle, whole=whole or name == first))
            for name, sparkle in self.all.items()
        }

    def close(self) -> None:
        self._open.close()


def _told(sparkle: Sparkle, request: Any, actor: Actor, origin: Origin | None, key: str | None) -> Told:
    try:
        outcome = sparkle.run_coroutine(sparkle.call(request, actor=actor, origin=origin, key=key))
    except SparkleError as error:
        return Told(refusal=Refusal(type(error), error.category, error.code, error.facts()))
    return Told(answer=outcome.answer, rate=outcome.rate)


async def all_sealed(sparkle: Sparkle) -> None:
    """Seal until every transfer has both its entries; a transaction on the same server can hold that up."""
    for _ in range(2_000):
        await sparkle.seal()
        proof = await sparkle.store.read(lambda tx: tx.ledger.prove())
        if proof.entries == 2 * proof.transfers:
            verified = await sparkle(VerifyLedger(), actor=SYSTEM)
            assert verified.holds, verified.faults
            return
        await sparkle.store.pause(0.005)
    raise TimeoutError("transfers still wait to be sealed")


def _seen(letter: Letter) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return letter.to, letter.kind, tuple(sorted(letter.data.items()))
