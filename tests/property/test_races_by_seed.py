"""Races as seeds: each protection holds for every interleaving tried, and without it some seed breaks.

A protection is taken away by composition: a dispatcher, a store or a declaration that lacks it.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, field, frozen
from attrs import fields as attrs_fields

from sparkle_adapters.memory.interleaved import InterleavedStore, InterleavedTransaction
from sparkle_adapters.memory.interleaved_ledger import InterleavedLedger
from sparkle_adapters.memory.interleaved_records import InterleavedRecords
from sparkle_adapters.memory.interleaving import Interleaved, Write
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application import catalog
from sparkle_core.application.accounts import EditProfile, PublicProfile, Register, VerifyEmail
from sparkle_core.application.content import LatestPosts, PublishPost
from sparkle_core.application.economy import MakeOffer, ProveLedger, SendTip
from sparkle_core.application.kernel.dispatcher import Call, Dispatcher
from sparkle_core.application.progression import AwardXp, ProgressOf, XpHistory
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.economy.rules import EconomyRules, TradingRules
from sparkle_core.domain.economy.trading import Side
from sparkle_core.domain.economy.trading_errors import TooManyOpen
from sparkle_core.domain.kernel.actors import SYSTEM, Actor
from sparkle_core.domain.kernel.errors import SparkleError
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import Kind, Stored
from sparkle_core.domain.progression import XP_ENTRIES, XpEntry
from sparkle_core.testing.interleaving import Interleaving, turn
from tests.communities import PASSWORD
from tests.support.writing import article

SEEDS = range(25)
TWO_OPEN = Rules(economy=EconomyRules(trading=TradingRules(most_open=2)))


@frozen(eq=False)
class Community:
    """People on an interleaved store, whose calls take turns by a seed."""

    sparkle: Sparkle
    turns: Interleaving
    people: dict[str, Actor] = field(factory=dict)

    @property
    def store(self) -> InterleavedStore:
        store = self.sparkle.store
        assert isinstance(store, InterleavedStore)
        return store

    def ask(self, request: Any, *, actor: Actor = SYSTEM) -> Any:
        """One call by itself."""
        return self.turns.one(self.sparkle.dispatcher.call(request, actor=actor)).answer

    def at_once(self, *calls: tuple[Any, Actor, str | None]) -> list[Any]:
        """Calls (request, actor, key) side by side: what each answers or is refused with."""
        call = self.sparkle.dispatcher.call
        ends = self.turns.all(*(call(request, actor=actor, key=key) for request, actor, key in calls))
        return [getattr(end, "answer", end) for end in ends]

    def id_of(self, name: str) -> UserId:
        user_id = self.people[name].user_id
        assert user_id is not None
        return user_id


def community(
    seed: int,
    *,
    store: type[InterleavedStore] = InterleavedStore,
    stored: Iterable[Stored] = catalog.STORED,
    dispatcher: type[Dispatcher] = Dispatcher,
    rules: Rules | None = None,
) -> Community:
    """Ada and Bob, active, with a hundred points each and more."""
    sparkle = in_memory(7, rules=rules, through=lambda _: store(stored, turn), inline=False)
    if dispatcher is not Dispatcher:
        parts = {a.name: getattr(sparkle.dispatcher, a.name) for a in attrs_fields(Dispatcher) if a.init}
        weak = dispatcher(**parts)
        sparkle = Sparkle(weak, evolve(sparkle.relay, dispatcher=weak), sparkle.rules, sparkle.mailbox, inline=False)
    made = Community(sparkle, Interleaving(seed))
    for name in ("ada", "bob"):
        email = f"{name}@example.org"
        join = Register(email=email, username=name, password=PASSWORD, agree_to_terms=True)
        made.people[name] = made.ask(join, actor=Actor()).actor
        made.turns.one(sparkle.drain())
        made.ask(VerifyEmail(email=email, code=sparkle.mailbox.latest(email).code), actor=Actor())
    return made


def never(race: Callable[[Community], list[str]], **parts: Any) -> None:
    """No seed finds anything wrong."""
    found = {seed: wrong for seed in SEEDS if (wrong := race(community(seed, **parts)))}
    assert not found


def sometimes(race: Callable[[Community], list[str]], **parts: Any) -> None:
    """Some seed does: the race is real, and what was taken away is what stops it."""
    assert any(race(community(seed, **parts)) for seed in SEEDS)


# the version check


def edits_at_once(made: Community) -> list[str]:
    """Ada edits two fields of her profile from two devices."""
    ada = made.people["ada"]
    ends = made.at_once((EditProfile(bio="Likes ink."), ada, None), (EditProfile(display_name="Ada L."), ada, None))
    wrong = [f"refused: {end!r}" for end in ends if isinstance(end, SparkleError)]
    profile = made.ask(PublicProfile(username="ada"))
    return wrong + [f"lost: {x}" for x in ("Likes ink.", "Ada L.") if x not in (profile.bio, profile.display_name)]


class LastOneWins(InterleavedStore):
    """A store that does not look which version a row has."""

    def transaction(self, own: Interleaved) -> InterleavedTransaction:
        return InterleavedTransaction(UnversionedRecords(own), InterleavedLedger(own))


class UnversionedRecords(InterleavedRecords):
    def save(self, kind: Kind[Any], aggregate: Any) -> Any:
        saved = aggregate.as_stored()
        table = self.own.data.tables[kind.name]
        row = table.codec.row(saved)
        lock = (kind.name, saved.id)
        order = (int(aggregate.version == 0), kind.name, str(saved.id))
        self.own.pending.append(Write(order, (lock,), lambda tx: table.put(row, tx.records.undo)))
        return saved


def test_edits_at_once_are_both_kept() -> None:
    never(edits_at_once)


def test_without_the_version_check_an_edit_is_lost() -> None:
    sometimes(edits_at_once, store=LastOneWins)


# the dispatcher's retry


class NeverAgain(Dispatcher):
    """Gives up when a race is lost."""

    async def _retried(self, call: Call, moment: Any, prepared: Any, claim: Any) -> Any:
        return await self.store.transact(partial(self._command, call, moment, prepared, claim))


def test_without_the_retry_a_lost_race_is_told_to_people() -> None:
    sometimes(edits_at_once, dispatcher=NeverAgain)


# locks in one order


def tips_both_ways(made: Community) -> list[str]:
    """Ada and Bob tip each other, again and again."""
    ada, bob = made.people["ada"], made.people["bob"]
    there, back = SendTip(to=made.id_of("bob"), amount=1), SendTip(to=made.id_of("ada"), amount=1)
    ends = made.at_once(*((there, ada, f"a{n}") for n in range(3)), *((back, bob, f"b{n}") for n in range(3)))
    wrong = [f"refused: {end!r}" for end in ends if isinstance(end, Exception)]
    proof = made.ask(ProveLedger())
    return [*wrong, *proof.faults, *(["a deadlock"] if made.store.locks.deadlocks else [])]


class InAnyOrder(InterleavedStore):
    """A store whose ledger locks accounts in an order of each transaction's own."""

    count = 0

    def transaction(self, own: Interleaved) -> InterleavedTransaction:
        self.count += 1
        ledger = BackwardsLedger(own) if self.count % 2 else InterleavedLedger(own)
        return InterleavedTransaction(InterleavedRecords(own), ledger)


class BackwardsLedger(InterleavedLedger):
    def in_order(self, accounts: Iterable[UUID]) -> list[UUID]:
        return sorted(set(accounts), reverse=True)


def test_tips_both_ways_never_wait_for_one_another() -> None:
    never(tips_both_ways)


def test_without_one_order_of_locks_there_are_deadlocks() -> None:
    sometimes(tips_both_ways, store=InAnyOrder)


# the guard of how many trades are open


def many_offers(made: Community) -> list[str]:
    """Ada makes five offers at once, of which she may have two."""
    offer = MakeOffer(to=made.id_of("bob"), gives=Side(points=1), asks=Side())
    ends = made.at_once(*((offer, made.people["ada"], None),) * 5)
    wrong = [f"refused: {end!r}" for end in ends if isinstance(end, Exception) and not isinstance(end, TooManyOpen)]
    open_ones = [end for end in ends if not isinstance(end, Exception)]
    return wrong if len(open_ones) == 2 else [*wrong, f"{len(open_ones)} offers are open"]


class HoldingNobody(InterleavedStore):
    """A store in which holding a person's row is only reading it."""

    def transaction(self, own: Interleaved) -> InterleavedTransaction:
        return InterleavedTransaction(UnheldPeople(own), InterleavedLedger(own))


class UnheldPeople(InterleavedRecords):
    async def hold(self, kind: Kind[Any], id: UUID) -> Any:
        return await (self.get if kind is PEOPLE else super().hold)(kind, id)


def test_nobody_has_more_open_offers_than_the_rules_say() -> None:
    never(many_offers, rules=TWO_OPEN)


def test_without_holding_who_offers_there_are_more() -> None:
    sometimes(many_offers, rules=TWO_OPEN, store=HoldingNobody)


# the unique key of an award


def one_award_twice(made: Community) -> list[str]:
    """Two transactions write the entry of one award; neither has looked for the other's."""
    ada = made.id_of("ada")

    async def write(sequence: int) -> None:
        async def body(tx: Any) -> None:
            moment = made.sparkle.world.moment()
            entry = XpEntry(
                id=moment.new_id(),
                user_id=ada,
                sequence=sequence,
                source="contest",
                subject="inktober",
                round=1,
                reversal=False,
                amount=5,
                total=5,
                at=moment.now,
            )
            tx.records.append(XP_ENTRIES, entry)

        await made.store.transact(body)

    made.turns.all(write(1_001), write(1_002))
    entries = [e for e in made.ask(XpHistory(user_id=ada)).items if e.subject == "inktober"]
    return [] if len(entries) == 1 else [f"{len(entries)} entries of one award"]


def without_the_award_key() -> list[Stored]:
    """What is stored, awards without their unique key."""
    others = [shape for shape in catalog.STORED if shape is not XP_ENTRIES]
    return [*others, evolve(XP_ENTRIES, unique=())]


def test_an_award_is_kept_once_even_if_nobody_looks() -> None:
    never(one_award_twice)


def test_without_its_unique_key_an_award_is_kept_twice() -> None:
    sometimes(one_award_twice, stored=without_the_award_key())


def test_awards_at_once_add_up() -> None:
    def awards(made: Community) -> list[str]:
        ada = made.id_of("ada")
        award = [AwardXp(user_id=ada, amount=7, source="gift", subject=str(n % 3)) for n in range(6)]
        ends = made.at_once(*((a, SYSTEM, None) for a in award))
        wrong = [f"refused: {end!r}" for end in ends if isinstance(end, Exception)]
        xp = made.ask(ProgressOf(user_id=ada)).xp
        return wrong if xp == 30 + 3 * 7 else [*wrong, f"{xp} XP"]

    never(awards)


# the receipt


def one_key_many_times(made: Community) -> list[str]:
    """Ada's app sends the same post four times under one key, as after a time-out."""
    ada = made.people["ada"]
    post = PublishPost(title="A field guide", content=article("To inks."))
    ends = made.at_once(*((post, ada, "once"),) * 4)
    wrong = [f"refused: {end!r}" for end in ends if isinstance(end, Exception)]
    answers = {end.id for end in ends if not isinstance(end, Exception)}
    posts = made.ask(LatestPosts()).items
    return wrong if len(posts) == len(answers) == 1 else [*wrong, f"{len(posts)} posts, {len(answers)} answers"]


class Forgetful(Dispatcher):
    """Keeps no receipts."""

    def _claim(self, call: Call) -> None:
        return None


def test_one_key_has_one_effect_and_equal_answers() -> None:
    never(one_key_many_times)


def test_without_receipts_one_key_has_many_effects() -> None:
    sometimes(one_key_many_times, dispatcher=Forgetful)


def test_a_seed_tells_the_same_race_again() -> None:
    first, again = (community(3), community(3))
    assert tips_both_ways(first) == tips_both_ways(again)
    assert first.turns.turns == again.turns.turns


@pytest.mark.parametrize("seeds", [3])
def test_other_seeds_tell_other_races(seeds: int) -> None:
    turns = set()
    for seed in range(seeds):
        made = community(seed)
        edits_at_once(made)
        turns.add(made.turns.turns)
    assert len(turns) > 1
