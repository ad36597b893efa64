"""All that a store keeps, read through its port, and what must be true of it at any moment."""

from collections import Counter as Tally
from collections import defaultdict
from typing import Any
from uuid import UUID

from attrs import frozen

from sparkle_bootstrap import Sparkle
from sparkle_core.application import catalog
from sparkle_core.domain.accounts import PEOPLE, STATISTICS
from sparkle_core.domain.content import COMMENTS, COMMENTS_COUNTED, ENGAGEMENT, POSTS, REACTIONS, TAGGED
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.content.tags import tag_id
from sparkle_core.domain.economy.ledger import ISSUANCE, Account, Currency, Entry, Proof, receivable_of, wallet_of
from sparkle_core.domain.kernel.stored import OLDEST_FIRST, PAGE_MAX, Kind, Log
from sparkle_core.domain.progression import PROGRESS, XP_ENTRIES, ProgressionRules, XpEntry
from sparkle_core.ports.store import Records, Transaction


@frozen
class Kept:
    """Rows by name of their shape, relations, numbers, accounts with their entries, and the ledger's own proof."""

    rows: dict[str, dict[UUID, Any]]
    relations: dict[str, frozenset[tuple[UUID, UUID, str]]]
    numbers: dict[str, dict[tuple[UUID, str], int]]
    accounts: dict[UUID, Account]
    entries: dict[UUID, tuple[Entry, ...]]
    proof: Proof

    def faults(self, rules: ProgressionRules) -> list[str]:
        """Everything that is not as it must be; empty when all is well."""
        return [*self._money(), *self._xp(rules), *self._counters()]

    def _money(self) -> list[str]:
        faults = list(self.proof.faults)
        sums: Tally[Currency] = Tally()
        for account in self.accounts.values():
            sums[account.currency] += account.balance
            if account.balance != sum(e.amount for e in self.entries[account.id]):
                faults.append(f"{account} is not the sum of its entries")
            if account.balance < 0 and not account.overdraft:
                faults.append(f"{account} is below zero")
        return faults + [f"{currency} sums to {total}" for currency, total in sums.items() if total]

    def _xp(self, rules: ProgressionRules) -> list[str]:
        by_person: dict[UUID, list[XpEntry]] = defaultdict(list)
        for entry in self.rows[XP_ENTRIES.name].values():
            by_person[entry.user_id].append(entry)
        faults = []
        for id, progress in self.rows[PROGRESS.name].items():
            entries = sorted(by_person.pop(id, []), key=lambda e: e.sequence)
            if progress.xp != sum(e.amount for e in entries):
                faults.append(f"{progress}: XP is not the sum of its entries")
            if [e.sequence for e in entries] != list(range(1, progress.entries + 1)):
                faults.append(f"{progress}: its entries have gaps")
            if progress.level != rules.curve.level_at(progress.xp):
                faults.append(f"{progress}: level is not what the curve says")
            faults += self._rewards(id, progress.paid_level, rules)
        return faults + [f"XP of nobody: {id}" for id in by_person]

    def _rewards(self, person: UUID, paid_level: int, rules: ProgressionRules) -> list[str]:
        """Each level up to the paid one was paid exactly once."""
        wallet = wallet_of(person)  # type: ignore[arg-type]
        paid = sorted(e.amount for e in self.entries.get(wallet, ()) if e.kind == "level_reward")
        due = [n * rules.points_per_level for n in range(2, paid_level + 1)]
        return [] if paid == due else [f"{person} was paid {paid} for levels, and should have been {due}"]

    def _counters(self) -> list[str]:
        expected: dict[str, Tally[tuple[UUID, str]]] = {ENGAGEMENT.name: Tally(), STATISTICS.name: Tally()}
        posts, comments = self.rows.get(POSTS.name, {}), self.rows.get(COMMENTS.name, {})
        for source, target, kind in self.relations.get(REACTIONS.name, ()):
            expected[ENGAGEMENT.name][target, kind] += 1
            author = (posts.get(target) or comments[target]).author_id
            if kind == LIKE and author != source:
                expected[STATISTICS.name][author, "likes"] += 1
        for post in posts.values():
            expected[STATISTICS.name][post.author_id, "posts"] += post.visible
        for comment in comments.values():
            expected[ENGAGEMENT.name][comment.post_id, COMMENTS_COUNTED] += comment.visible
        return [
            f"{name} of {at} is {self.numbers[name].get(at, 0)}, there are {wanted[at]}"
            for name, wanted in expected.items()
            if name in self.numbers
            for at in wanted.keys() | self.numbers[name].keys()
            if self.numbers[name].get(at, 0) != wanted[at]
        ]


async def kept_by(sparkle: Sparkle) -> Kept:
    """Everything a community keeps, in one snapshot."""
    return await sparkle.store.read(_kept)


async def _kept(tx: Transaction) -> Kept:
    shapes = [s for s in catalog.STORED if isinstance(s, Kind | Log)]
    rows = {s.name: {row.id: row for row in await all_of(tx.records, s)} for s in shapes}
    targets = [*rows.get(POSTS.name, {}), *rows.get(COMMENTS.name, {})]
    relations, numbers = {}, {}
    if targets or POSTS in catalog.STORED:
        relations = {
            REACTIONS.name: frozenset([r for t in targets for r in await _relations(tx.records, t)]),
            TAGGED.name: await _tags(tx.records, rows[POSTS.name].values()),
        }
        numbers = {
            ENGAGEMENT.name: await tx.records.counts(ENGAGEMENT, targets),
            STATISTICS.name: await tx.records.counts(STATISTICS, rows[PEOPLE.name]),
        }
    wallets = [wallet_of(id) for id in rows[PEOPLE.name]]  # type: ignore[arg-type]
    accounts = dict(await tx.ledger.accounts([ISSUANCE.id, *wallets, *map(receivable_of, wallets)]))
    entries = {id: await _entries(tx, id) for id in accounts}
    return Kept(rows, relations, numbers, accounts, entries, await tx.ledger.prove())


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
