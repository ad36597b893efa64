"""Reading all that a community keeps through its store's port."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any
from uuid import UUID

from sparkle_core.application import catalog
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE, STATISTICS
from sparkle_core.domain.content import COMMENTS, ENGAGEMENT, POSTS, REACTIONS, TAGGED
from sparkle_core.domain.content.tags import tag_id
from sparkle_core.domain.economy.ledger import (
    ISSUANCE,
    PLATFORM,
    Account,
    Currency,
    Entry,
    Purpose,
    Transfer,
    TransferId,
    account_id,
    receivable_of,
    wallet_of,
)
from sparkle_core.domain.economy.money import clearing, purse
from sparkle_core.domain.economy.stored import AUCTIONS, OFFERS
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import OLDEST_FIRST, PAGE_MAX, Kind, Log
from sparkle_core.domain.moderation import REPORTERS
from sparkle_core.domain.progression import CONDUCT, PROGRESS, XP_ENTRIES
from sparkle_core.domain.progression.quests import GOAL_COUNTS, QUEST_PROGRESS
from sparkle_core.ports.store import Records, Transaction
from sparkle_core.testing.stories.community import Community
from sparkle_core.testing.stories.kept import Kept

GIVES_BACK = frozenset({"reversal", "refund"})
"""The kinds of transfers that give an earlier one back."""


async def kept_by(community: Community, *, whole: bool = True) -> Kept:
    """What a community keeps, in one snapshot: everything, or what few statements say of money and XP."""
    return await community.store.read((_whole if whole else _brief)(community.rules))


def _brief(rules: Rules) -> Callable[[Transaction], Coroutine[Any, Any, Kept]]:
    async def body(tx: Transaction) -> Kept:
        shapes = (PROGRESS, XP_ENTRIES, OFFERS, AUCTIONS)
        rows = {s.name: {row.id: row for row in await all_of(tx.records, s)} for s in shapes}
        return Kept(rows, await _accounts(tx, rules, rows[PROGRESS.name], ()), await tx.ledger.prove())

    return body


def _whole(rules: Rules) -> Callable[[Transaction], Coroutine[Any, Any, Kept]]:
    async def body(tx: Transaction) -> Kept:
        shapes = [s for s in catalog.STORED if isinstance(s, Kind | Log)]
        rows = {s.name: {row.id: row for row in await all_of(tx.records, s)} for s in shapes}
        people, written = rows[PEOPLE.name], [*rows[POSTS.name], *rows[COMMENTS.name]]
        escrows = [trade.held_for for name in (OFFERS.name, AUCTIONS.name) for trade in rows[name].values()]
        accounts = await _accounts(tx, rules, people, escrows)
        named = ((rules.progression.quest_named(row.quest), row.period) for row in rows[QUEST_PROGRESS.name].values())
        goals = {quest.goal_id(period) for quest, period in named if quest is not None}
        of_people = [(counter, people) for counter in (STATISTICS, REPORTERS, CONDUCT)]
        counted: list[tuple[Any, Iterable[UUID]]] = [(ENGAGEMENT, written), (GOAL_COUNTS, goals), *of_people]
        entries = {id: await _entries(tx, id) for id, account in accounts.items() if not account.hot}
        return Kept(
            rows,
            accounts,
            await tx.ledger.prove(),
            entries=entries,
            transfers=await _given_back(tx, entries),
            relations={
                REACTIONS.name: frozenset([r for t in written for r in await _relations(tx.records, t)]),
                TAGGED.name: await _tags(tx.records, rows[POSTS.name].values()),
            },
            numbers={counter.name: await tx.records.counts(counter, ids) for counter, ids in counted},
            whole=True,
        )

    return body


async def _accounts(
    tx: Transaction, rules: Rules, people: Iterable[UUID], escrows: Iterable[str]
) -> dict[UUID, Account]:
    """The platform's, everybody's, and those of trades, in every currency that there can be any of."""
    wallets = [wallet_of(UserId(id)) for id in people]
    platform = [account_id(PLATFORM, Currency.SPARKLE, purpose) for purpose in (Purpose.SINK, Purpose.FEES)]
    held = [account_id(owner, Currency.SPARKLE, Purpose.ESCROW) for owner in escrows]
    changed = {currency for rate in rules.economy.rates for currency in (rate.source, rate.target)}
    converted = [account.id for c in changed for account in (clearing(c), *(purse(UserId(id), c) for id in people))]
    ids = [ISSUANCE.id, *platform, *wallets, *map(receivable_of, wallets), *held, *converted]
    return dict(await tx.ledger.accounts(ids))


async def all_of(records: Records, shape: Kind[Any] | Log[Any]) -> list[Any]:
    """All rows of a kind or log, deleted ones too, by id."""
    found: list[Any] = []
    while True:
        after = (found[-1].id, found[-1].id) if found else None
        if isinstance(shape, Log):
            page = await records.page(shape, order=OLDEST_FIRST, after=after)
        else:
            page = await records.find(shape, after=after, deleted=True)
        found += page
        if len(page) < PAGE_MAX:
            return found


async def _given_back(tx: Transaction, entries: dict[UUID, tuple[Entry, ...]]) -> dict[TransferId, Transfer]:
    """The transfers that reverse others, and those they reverse."""
    found: dict[TransferId, Transfer] = {}
    for id in {e.transfer for of_account in entries.values() for e in of_account if e.kind in GIVES_BACK}:
        transfer = await tx.ledger.transfer(id)
        original = await tx.ledger.transfer(transfer.reverses) if transfer and transfer.reverses else None
        found |= {t.id: t for t in (transfer, original) if t is not None}
    return found


async def _relations(records: Records, target: UUID) -> list[tuple[UUID, UUID, str]]:
    return [(source, target, kind) for source, kind in await records.sources(REACTIONS, target)]


async def _tags(records: Records, posts: Any) -> frozenset[tuple[UUID, UUID, str]]:
    wanted = {tag_id(tag) for post in posts for tag in post.tags}
    return frozenset([(s, t, k) for t in wanted for s, k in await records.sources(TAGGED, t)])


async def _entries(tx: Transaction, account: UUID) -> tuple[Entry, ...]:
    found: list[Entry] = []
    while True:
        page = await tx.ledger.entries(account, before=found[-1].sequence if found else None)
        found += page
        if len(page) < PAGE_MAX:
            return tuple(found)
