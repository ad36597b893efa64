"""The one way in, to the second and the character: how long it waits, what it asks its store, whom it tells."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, field, frozen, mutable
from tests.tiny import Guess, Read, Tiny, Write, refusal_of

from sparkle_adapters.memory.security import MemoryRateLimiter
from sparkle_adapters.memory.world import SeededMoment, SeededWorld
from sparkle_core.application.kernel.commands import Command, UseCase, as_prepared
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.kernel.actors import (
    ANONYMOUS,
    SYSTEM,
    Actor,
    Minor,
    Origin,
    Permission,
    Role,
    Standing,
    Status,
)
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    GuardianConsentRequired,
    Invalid,
    Limited,
    NotWhile,
    Stale,
    StepUpRequired,
    TooYoung,
    Unauthenticated,
)
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.store import Body, Store

ADA, BEN = (Actor(user_id=UserId(UUID(int=n))) for n in (1, 2))
HOME = Origin(address="192.0.2.1")


@mutable(eq=False)
class Contended:
    """The `Store` port over another: the first transactions lose their race, and what is asked for is noted."""

    store: Store
    losses: int = 0
    waits: bool = False
    pauses: list[float] = field(factory=list)
    reads: list[bool] = field(factory=list)

    async def transact(self, body: Body[Any]) -> Any:
        if self.losses:
            self.losses -= 1
            raise Stale("note")
        return await self.store.transact(body)

    async def read(self, body: Body[Any], *, one_statement: bool = False) -> Any:
        self.reads.append(one_statement)
        return await self.store.read(body, one_statement=one_statement)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def close(self) -> None:
        await self.store.close()


class Dice(SeededMoment):
    """A moment whose dice fall on their lowest or highest side."""

    highest = False

    def below(self, bound: int) -> int:
        return bound - 1 if self.highest else 0


class HighDice(Dice):
    highest = True


@mutable(eq=False)
class Loaded:
    """The `World` port with such moments."""

    dice: type[Dice]
    world: SeededWorld = field(factory=SeededWorld)

    def moment(self) -> Dice:
        return self.dice(self.world.moment().now, 0, 1)


@pytest.mark.parametrize(("dice", "times"), [(Dice, 0.5), (HighDice, 1.499)])
def test_each_lost_race_doubles_the_pause_up_to_a_fifth_of_a_second_give_or_take_half(
    dice: type[Dice], times: float
) -> None:
    tiny = Tiny()
    store = Contended(tiny.store, losses=9)
    tiny.dispatcher = evolve(tiny.dispatcher, store=store, world=Loaded(dice))
    assert tiny.ask(Write(text="Hello")).text == "Hello"
    doubled = [0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.2, 0.2, 0.2]
    assert store.pauses == pytest.approx([times * seconds for seconds in doubled])


def test_nothing_is_paused_for_where_no_race_is_lost() -> None:
    tiny = Tiny()
    store = Contended(tiny.store)
    tiny.dispatcher = evolve(tiny.dispatcher, store=store)
    tiny.ask(Write(text="Hello"))
    assert store.pauses == []


def test_one_statement_is_read_without_a_transaction_and_so_are_a_persons_rights_before_it() -> None:
    tiny = Tiny()
    for declared in (False, True):
        store = Contended(tiny.store)
        read = evolve(tiny.dispatcher.table[Read], one_statement=declared)
        tiny.dispatcher = evolve(tiny.dispatcher, store=store, table={**tiny.dispatcher.table, Read: read})
        tiny.ask(Read(), actor=ANONYMOUS)
        tiny.ask(Read(), actor=ADA)
        assert store.reads == [declared, declared]


def test_what_its_preparation_answers_takes_no_transaction_of_a_visitor_and_still_asks_who_somebody_is() -> None:
    tiny = Tiny(standing=None)

    async def prepare(query: Read, prep: Preparation) -> str:
        return "prepared"

    read = UseCase(Read, as_prepared, Permission.READ, prepare=prepare)
    store = Contended(tiny.store)
    tiny.dispatcher = evolve(tiny.dispatcher, store=store, table={Read: read})
    assert (tiny.ask(Read(), actor=ANONYMOUS), store.reads) == ("prepared", [])
    assert type(refusal_of(lambda: tiny.ask(Read(), actor=ADA))) is Unauthenticated


def test_an_answer_given_before_is_looked_up_by_one_statement_and_not_prepared_again() -> None:
    tiny = Tiny()
    first = tiny.ask(Write(text="Hello"), key="k")
    store = Contended(tiny.store)
    tiny.dispatcher = evolve(tiny.dispatcher, store=store)
    assert tiny.ask(Write(text="Hello"), key="k") == first
    assert (store.reads, tiny.prepared, tiny.tried) == ([True], 1, 1)
    tiny.ask(Write(text="Other"), key="other")
    assert tiny.prepared == 2


@pytest.mark.parametrize(("seconds", "allowed"), [(299, True), (300, True), (301, False)])
def test_a_proof_of_identity_counts_to_its_last_second(seconds: int, allowed: bool) -> None:
    tiny = Tiny()
    careful = evolve(tiny.dispatcher.table[Write], step_up=True)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, Write: careful}, world=Frozen(tiny.world))
    proved = evolve(ADA, proved_at=tiny.world.now - timedelta(seconds=seconds))
    if allowed:
        assert tiny.ask(Write(text="Hello"), actor=proved).text == "Hello"
    else:
        assert type(refusal_of(lambda: tiny.ask(Write(text="Hello"), actor=proved))) is StepUpRequired


@frozen
class Frozen:
    """The `World` port at one instant."""

    world: SeededWorld

    def moment(self) -> SeededMoment:
        return SeededMoment(self.world.now, 0, 1)


def test_a_key_has_128_characters_at_most_and_is_for_commands_that_answer_no_secret() -> None:
    tiny = Tiny()
    assert tiny.ask(Write(text="Hello"), key="x" * 128).text == "Hello"
    secretive = evolve(tiny.dispatcher.table[Write], secret_answer=True)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, Write: secretive})
    for request, name in ((Read(), "Read"), (Write(text="Again"), "Write")):
        refusal = refusal_of(lambda request=request: tiny.ask(request, key="k"))  # type: ignore[misc]
        assert isinstance(refusal, Invalid)
        assert [(f.path, f.message) for f in refusal.faults] == [("key", f"{name} takes no idempotency key")]
    assert tiny.ask(Write(text="Again")).text == "Again"


@frozen(kw_only=True)
class SignIn(Command[int]):
    """Counted by itself, where signing in is."""


@frozen(kw_only=True)
class SignUp(Command[int]):
    """Counted by itself as well."""


async def nothing(cmd: Command[int], work: Work) -> int:
    return 0


@pytest.mark.parametrize(("tier", "shared"), [("auth", False), ("write", True)])
def test_what_signs_in_is_counted_by_command_and_everything_else_together(tier: str, shared: bool) -> None:
    tiny = Tiny()
    limits = {tier: RateTier(limit=1, window_s=60)}
    table: dict[type, UseCase] = {
        request: UseCase(request, nothing, Permission.READ, tier=tier) for request in (SignIn, SignUp)
    }
    tiny.dispatcher = evolve(tiny.dispatcher, table=table, tiers=limits, limiters={tier: MemoryRateLimiter()})
    tiny.ask(SignIn(), actor=ADA, origin=HOME)
    tiny.ask(SignIn(), actor=BEN, origin=HOME)
    tiny.ask(SignIn(), actor=ANONYMOUS, origin=HOME)
    assert type(refusal_of(lambda: tiny.ask(SignIn(), actor=ADA, origin=HOME))) is Limited
    if shared:
        assert type(refusal_of(lambda: tiny.ask(SignUp(), actor=ADA, origin=HOME))) is Limited
    else:
        assert tiny.ask(SignUp(), actor=ADA, origin=HOME) == 0


def test_a_use_case_without_a_tier_is_not_counted() -> None:
    tiny = Tiny()
    table: dict[type, UseCase] = {SignIn: UseCase(SignIn, nothing, Permission.READ, tier="")}
    tiny.dispatcher = evolve(tiny.dispatcher, table=table, tiers={}, limiters={})
    assert tiny.call(SignIn(), actor=ADA, origin=HOME).rate is None


def test_whoever_watches_is_told_of_each_call_by_whom_how_long_and_how_it_ended() -> None:
    tiny, told = Tiny(), list[tuple[str, Actor, float, str]]()
    tiny.dispatcher = evolve(tiny.dispatcher, observe=lambda *said: told.append(said))
    tiny.ask(Write(text="Hello"), actor=ADA)
    refusal_of(lambda: tiny.ask(Write(text="Hello"), actor=ADA))

    async def broken(cmd: Write, work: Work, prepared: str) -> None:
        raise ZeroDivisionError

    use = evolve(tiny.dispatcher.table[Write], handler=broken)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, Write: use})
    with pytest.raises(ZeroDivisionError):
        tiny.ask(Write(text="Hello"))
    assert [(name, actor, outcome) for name, actor, _, outcome in told] == [
        ("Write", ADA, "ok"),
        ("Write", ADA, "taken"),
        ("Write", SYSTEM, "crashed"),
    ]
    assert all(0 <= seconds < 60 for _, _, seconds, _ in told)


def test_nobody_needs_to_watch() -> None:
    tiny = Tiny()
    tiny.dispatcher = evolve(tiny.dispatcher, observe=None)
    assert tiny.ask(Write(text="Hello")).text == "Hello"


@pytest.mark.parametrize(
    ("standing", "request_for", "refusal"),
    [
        (Standing(role=Role.USER, status=Status.SUSPENDED), lambda: Guess(text="x"), Forbidden),
        (Standing(role=Role.USER, status=Status.SUSPENDED), lambda: Write(text="x"), NotWhile),
        (Standing(role=Role.USER, status=Status.ACTIVE), lambda: Guess(text="x"), Forbidden),
    ],
)
def test_not_while_is_said_only_to_who_may_it_at_other_times(
    standing: Standing, request_for: Callable[[], Any], refusal: type
) -> None:
    tiny = Tiny(standing=standing)
    said = refusal_of(lambda: tiny.ask(request_for(), actor=ADA))
    assert type(said) is refusal
    if isinstance(said, NotWhile):
        assert said.facts() == {"account_status": "SUSPENDED", "until": None}


@pytest.mark.parametrize(
    ("minor", "asked", "refusal"),
    [
        (Minor.WITHOUT_CONSENT, Write(text="x"), GuardianConsentRequired),
        (Minor.WITHOUT_CONSENT, SignIn(), TooYoung),
        (Minor.WITH_CONSENT, SignIn(), TooYoung),
        (Minor.WITHOUT_CONSENT, Guess(text="x"), Forbidden),
    ],
)
def test_a_minor_is_told_to_ask_a_guardian_or_to_wait_only_for_what_would_be_theirs_then(
    minor: Minor, asked: Command[Any], refusal: type
) -> None:
    tiny = Tiny(standing=Standing(role=Role.USER, status=Status.ACTIVE, minor=minor))
    paying = UseCase(SignIn, nothing, Permission.SEND_POINTS)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, SignIn: paying})
    assert type(refusal_of(lambda: tiny.ask(asked, actor=ADA))) is refusal


def test_what_is_kept_under_a_key_is_the_answer_and_what_is_remembered_of_a_refusal_is_not() -> None:
    tiny = Tiny()
    first = tiny.ask(Write(text="Hello"), key="k", actor=ADA)
    assert tiny.ask(Write(text="Hello"), key="k", actor=ADA) == first
    assert list(tiny.notes()) == ["Hello"]
    assert len(tiny.outbox()) == 1
