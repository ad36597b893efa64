"""The same call told to the same community on several stores; their answers and what they keep, compared."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from typing import Any

from attrs import frozen

from sparkle_core.application.auditing import VerifyAudit
from sparkle_core.application.economy import VerifyLedger
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.actors import ANONYMOUS, SYSTEM, Actor, Origin
from sparkle_core.domain.kernel.errors import Category, Invalid, SparkleError
from sparkle_core.ports.mail import Letter
from sparkle_core.testing.stories.community import Community, SteppedWorld
from sparkle_core.testing.stories.keeping import kept_by
from sparkle_core.testing.stories.kept import Kept


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
    """Communities by the names of their stores. `tell` fails when two of them answer differently.

    Raises `Invalid` for none at all, and for one whose time cannot be told to pass.
    """

    def __init__(self, communities: Mapping[str, AbstractContextManager[Community]]) -> None:
        if not communities:
            raise Invalid.at("communities", "must be one or more, by the names of their stores")
        self._open = ExitStack()
        self.all: dict[str, Community] = {}
        self._worlds: list[SteppedWorld] = []
        with ExitStack() as opening:
            for name, community in communities.items():
                self.all[name] = opening.enter_context(community)
                self._worlds.append(_stepped(name, self.all[name]))
            self._open = opening.pop_all()

    def tell(
        self, request: Any, *, actor: Actor = ANONYMOUS, origin: Origin | None = None, key: str | None = None
    ) -> Told:
        """Run it on every store and answer what all of them say."""
        told = {name: _told(community, request, actor, origin, key) for name, community in self.all.items()}
        agreed: Told = self.agreed(f"{request} by {actor.name} with key {key}", told)
        return agreed

    def drain(self) -> int:
        """Act on all events everywhere; all act on equally many, and send the same letters."""
        acted = {name: c.run_coroutine(c.drain()) for name, c in self.all.items()}
        self.agreed("letters", {name: tuple(_seen(x) for x in c.mailbox.letters) for name, c in self.all.items()})
        count: int = self.agreed("events acted on", acted)
        return count

    def seal(self) -> None:
        """Seal everywhere until nothing waits any more."""
        for community in self.all.values():
            community.run_coroutine(all_sealed(community))

    def agreed(self, what: str, said: dict[str, Any]) -> Any:
        """What all stores say of something; fails naming who says what when they differ."""
        first, *others = said
        for other in others:
            assert said[other] == said[first], f"{what}:\n{first} says {said[first]}\n{other} says {said[other]}"
        return said[first]

    def advance(self, by: timedelta) -> None:
        """Let time pass everywhere."""
        for world in self._worlds:
            world.advance(by)

    @property
    def world(self) -> SteppedWorld:
        return self._worlds[0]

    @property
    def rules(self) -> Rules:
        return next(iter(self.all.values())).rules

    def code_for(self, email: str) -> str | None:
        """The newest code mailed to an address."""
        letters = [x for x in self.letters if x.to == email and "code" in x.data]
        return letters[-1].code if letters else None

    @property
    def letters(self) -> Sequence[Letter]:
        return next(iter(self.all.values())).mailbox.letters

    def kept(self, *, whole: bool = False) -> dict[str, Kept]:
        """What each store keeps: everything of the first, and of the others when the `whole` is asked for."""
        first = next(iter(self.all))
        return {
            name: community.run_coroutine(kept_by(community, whole=whole or name == first))
            for name, community in self.all.items()
        }

    def close(self) -> None:
        self._open.close()


def _stepped(name: str, community: Community) -> SteppedWorld:
    world = community.world
    if not isinstance(world, SteppedWorld):
        raise Invalid.at(name, f"has a {type(world).__name__}, whose time cannot be told to pass; give it a seeded one")
    return world


def _told(community: Community, request: Any, actor: Actor, origin: Origin | None, key: str | None) -> Told:
    try:
        outcome = community.run_coroutine(community.call(request, actor=actor, origin=origin, key=key))
    except SparkleError as error:
        return Told(refusal=Refusal(type(error), error.category, error.code, error.facts()))
    return Told(answer=outcome.answer, rate=outcome.rate)


async def all_sealed(community: Community) -> None:
    """Chain the audit log, and seal until every transfer has both its entries; a transaction on the same server can
    hold that up.
    """
    await community.chain_audit()
    audit = (await community.call(VerifyAudit(), actor=SYSTEM)).answer
    assert audit.holds, audit.faults
    assert audit.waiting == 0
    for _ in range(2_000):
        await community.seal()
        proof = await community.store.read(lambda tx: tx.ledger.prove())
        if proof.entries == 2 * proof.transfers:
            verified = (await community.call(VerifyLedger(), actor=SYSTEM)).answer
            assert verified.holds, verified.faults
            return
        await community.store.pause(0.005)
    raise TimeoutError("transfers still wait to be sealed")


def _seen(letter: Letter) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return letter.to, letter.kind, tuple(sorted(letter.data.items()))
