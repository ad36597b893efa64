"""Each machine of the kit finds what it is there for: a store that loses one sort of write is found, by name."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, field, frozen, mutable
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from sparkle_adapters.memory.ledger import MemoryLedger
from sparkle_adapters.memory.store import MemoryRecords, MemoryStore, MemoryTransaction
from sparkle_bootstrap import in_memory
from sparkle_core.application import catalog
from sparkle_core.domain.accounts import PROFILES, STATISTICS
from sparkle_core.domain.content import ENGAGEMENT
from sparkle_core.domain.economy.ledger import Posted, Transfer
from sparkle_core.domain.economy.stored import ALLOWANCES, LISTINGS, THINGS
from sparkle_core.domain.kernel.stored import Counter, Kind, Log
from sparkle_core.domain.leaderboards.leagues import SEATS
from sparkle_core.domain.moderation import REPORTERS, TAKEDOWNS
from sparkle_core.domain.notifications import PREFERENCES
from sparkle_core.domain.progression import PERSON_COUNTERS, PROGRESS, UNLOCKS, XP_ENTRIES
from sparkle_core.domain.progression.quests import QUEST_CLAIMS
from sparkle_core.ports.store import Body
from sparkle_core.testing.stories import (
    AccountsStory,
    Community,
    ContentStory,
    EconomyStory,
    LeaderboardsStory,
    ModerationStory,
    NotificationsStory,
    ProgressionStory,
    StoreStory,
    Story,
    TradingStory,
)
from tests.property.test_stories import RULES

LONG_ENOUGH = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    print_blob=False,
)


Lost = Callable[[str, bool], bool]
"""Whether a write is lost: the name of its shape, and whether it updates a row that was there."""


@mutable(eq=False)
class LosingRecords(MemoryRecords):
    """Records that say they kept every write, and lose some."""

    lost: Lost = field(kw_only=True)

    def save(self, kind: Kind[Any], aggregate: Any) -> Any:
        return aggregate.as_stored() if self.lost(kind.name, aggregate.version > 0) else super().save(kind, aggregate)

    def append(self, log: Log[Any], entry: Any) -> None:
        if not self.lost(log.name, False):
            super().append(log, entry)

    def bump(self, counter: Counter, id: UUID, kind: str, by: int = 1) -> None:
        if not self.lost(counter.name, False):
            super().bump(counter, id, kind, by)


@frozen(eq=False)
class GenerousLedger(MemoryLedger):
    """A ledger that gives whoever is paid one point more than was paid."""

    async def post(self, *transfers: Transfer) -> Posted:
        posted = await super().post(*transfers)
        for transfer in posted.transfers:
            account = self.data.accounts[transfer.credit]
            self.data.accounts[account.id] = evolve(account, balance=account.balance + (transfer.id in posted.fresh))
        return posted


class BrokenStore(MemoryStore):
    """A store in memory that loses some writes, or is generous."""

    def __init__(self, lost: Lost = lambda *_: False, *, generous: bool = False) -> None:
        super().__init__(catalog.STORED)
        self.lost, self.generous = lost, generous

    async def transact(self, body: Body[Any]) -> Any:
        async def broken(tx: Any) -> Any:
            records = LosingRecords(tx.records.data, tx.records.undo, [], lost=self.lost)
            ledger = GenerousLedger(tx.ledger.data, tx.ledger.undo) if self.generous else tx.ledger
            answer = await body(MemoryTransaction(records, ledger))
            await records.flush()
            return answer

        return await super().transact(broken)


def losing(shape: Kind[Any] | Log[Any] | Counter, *, updates: bool = False) -> BrokenStore:
    """Whatever is added to a shape is lost, or every update of it."""
    return BrokenStore(lambda name, update: name == shape.name and update == updates)


FAULTS: list[tuple[type[Story], Callable[[], BrokenStore], str]] = [
    (AccountsStory, partial(losing, PROFILES), "accounts.belongings"),
    (ContentStory, partial(losing, ENGAGEMENT), "content.counters"),
    (ContentStory, partial(losing, STATISTICS), "content.counters"),
    (EconomyStory, partial(BrokenStore, generous=True), "economy.conservation"),
    (StoreStory, partial(losing, ALLOWANCES), "store.sales"),
    (StoreStory, partial(losing, THINGS, updates=True), r"store\."),
    (TradingStory, partial(losing, LISTINGS, updates=True), "trading.escrows"),
    (ProgressionStory, partial(losing, XP_ENTRIES), "progression.xp"),
    (ProgressionStory, partial(losing, UNLOCKS), "achievements.unlocks"),
    (ProgressionStory, partial(losing, QUEST_CLAIMS), "achievements.quests_of_people"),
    (ProgressionStory, partial(losing, PERSON_COUNTERS), "achievements.counts"),
    (ModerationStory, partial(losing, REPORTERS), "moderation.reports"),
    (ModerationStory, partial(losing, TAKEDOWNS), "moderation.takedowns"),
    (NotificationsStory, partial(losing, PREFERENCES, updates=True), "are kept of"),
    (LeaderboardsStory, partial(losing, SEATS), "leaderboards.seats"),
    (LeaderboardsStory, partial(losing, PROGRESS, updates=True), "the board of xp lists"),
]
LONG = frozenset({"the board of xp lists"})
"""What takes half a minute to come upon."""


@pytest.mark.parametrize(
    ("machine", "broken", "says"),
    [pytest.param(*f, id=f"{f[0].__name__}-{f[2]}", marks=pytest.mark.soak if f[2] in LONG else ()) for f in FAULTS],
)
def test_a_store_that_loses_writes_is_found(machine: type[Story], broken: Callable[[], BrokenStore], says: str) -> None:
    def make(self: Story) -> Mapping[str, AbstractContextManager[Community]]:
        return {"broken": in_memory(7, rules=RULES, inline=False, through=lambda _: broken())}

    with pytest.raises(AssertionError, match=says):
        run_state_machine_as_test(type("Broken", (machine,), {"make": make}), settings=LONG_ENOUGH)
