"""All that a store keeps, read through its port, and what must be true of it at any moment."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from attrs import field, frozen

from sparkle_bootstrap import Sparkle
from sparkle_core.application import catalog
from sparkle_core.domain.accounts import PEOPLE, STATISTICS
from sparkle_core.domain.content import COMMENTS, COMMENTS_COUNTED, ENGAGEMENT, POSTS, REACTIONS, TAGGED
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.content.tags import tag_id
from sparkle_core.domain.economy.auctions import AuctionStatus
from sparkle_core.domain.economy.ledger import (
    ISSUANCE,
    PLATFORM,
    Account,
    Currency,
    Entry,
    Proof,
    Purpose,
    account_id,
    receivable_of,
    wallet_of,
)
from sparkle_core.domain.economy.stored import AUCTIONS, OFFERS, PURCHASES
from sparkle_core.domain.economy.trading import OfferStatus
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import OLDEST_FIRST, PAGE_MAX, Kind, Log
from sparkle_core.domain.moderation import (
    CASES,
    DECISIONS,
    REPORTERS,
)
from sparkle_core.domain.moderation.decisions import (
    Action,
)
from sparkle_core.domain.progression import (
    CALENDARS,
    CONDUCT,
    PERSON_COUNTERS,
    PROGRESS,
    STREAKS,
    UNLOCKS,
    XP_ENTRIES,
    ProgressionRules,
    XpEntry,
)
from sparkle_core.domain.progression.quests import QUEST_CLAIMS
from sparkle_core.ports.store import Records, Transaction


@frozen
class Kept:
    """Rows by name of their shape, relations, numbers, accounts with their entries, and the ledger's own proof.

    Entries of hot accounts are not here: they come when transfers are sealed, in an order of each store's own.
    """

    rows: dict[str, dict[UUID, Any]]
    accounts: dict[UUID, Account]
    proof: Proof
    entries: dict[UUID, tuple[Entry, ...]] = field(factory=dict)
    relations: dict[str, frozenset[tuple[UUID, UUID, str]]] = field(factory=dict)
    numbers: dict[str, dict[tuple[UUID, str], int]] = field(factory=dict)

    def faults(self, rules: ProgressionRules) -> list[str]:
        """Everything read that is not as it must be; empty when all is well."""
        return [
            *self._money(),
            *self._entries(),
            *self._xp(rules),
            *self._calendars(rules),
            *self._streaks(),
            *self._rewards(rules),
            *self._unlocks(rules),
            *self._counters(),
        ]

    def misearned(self, rules: ProgressionRules) -> list[str]:
        """Where the XP of posts, comments and likes is not what can be seen of them, once all events were acted on."""
        awards = rules.awards
        due: Tally[tuple[UUID, str]] = Tally()
        for source, name, amount in (("post_published", POSTS.name, awards.post_published),
                                     ("comment_posted", COMMENTS.name, awards.comment_posted)):  # fmt: skip
            for thing in self.rows[name].values():
                due[thing.author_id, source] += amount * thing.visible
        for post in self.rows[POSTS.name].values():
            if post.accepted is not None and post.accepted.answerer_id != post.author_id:
                due[post.accepted.answerer_id, "answer_accepted"] += awards.answer_accepted
        for fan, target, kind in self.relations[REACTIONS.name]:
            author = self._author(target)
            due[author, "like_received"] += awards.like_received * (kind == LIKE and fan != author)
        earned: Tally[tuple[UUID, str]] = Tally()
        for entry in self._standing():
            if entry.source in {"post_published", "comment_posted", "answer_accepted", "like_received"}:
                earned[entry.user_id, entry.source] += entry.amount if entry.asked is None else entry.asked
        return [
            *(f"{at} earned {earned[at]}, due are {due[at]}" for at in due | earned if due[at] != earned[at]),
            *self._conduct(),
        ]

    def _conduct(self) -> list[str]:
        """Conduct is counted as it is: accepted answers, decisions on reports that nobody overturned, visits."""
        due: Tally[tuple[UUID, str]] = Tally()
        for post in self.rows[POSTS.name].values():
            if post.accepted is not None and post.accepted.answerer_id != post.author_id:
                due[post.accepted.answerer_id, "answer_accepted"] += 1
        for decision in self.rows[DECISIONS.name].values():
            against = decision.action is not Action.DISMISS and self.rows[CASES.name][decision.case_id].reports > 0
            due[decision.subject_id, "report_upheld"] += against and decision.overturned_at is None
        for entry in self.rows[XP_ENTRIES.name].values():
            due[entry.user_id, "visit"] += entry.source == "daily_visit"
        told = self.numbers[CONDUCT.name]
        return [
            f"{at}: {told.get(at, 0)}, not {due[at]}" for at in due.keys() | told.keys() if told.get(at, 0) != due[at]
        ]

    def _standing(self) -> list[XpEntry]:
        """The awards that nobody took back."""
        entries = self.rows[XP_ENTRIES.name].values()
        gone = {(e.user_id, e.source, e.subject, e.round) for e in entries if e.reversal}
        return [e for e in entries if not e.reversal and (e.user_id, e.source, e.subject, e.round) not in gone]

    def _calendars(self, rules: ProgressionRules) -> list[str]:
        """No source gave more than its cap, and the day counts what it gave, of which some may be gone since."""
        faults = []
        given: dict[tuple[UUID, str], list[XpEntry]] = defaultdict(list)
        for entry in self.rows[XP_ENTRIES.name].values():
            if not entry.reversal:
                given[entry.user_id, entry.source].append(entry)
        standing = {e.id for e in self._standing()}
        for id, calendar in self.rows.get(CALENDARS.name, {}).items():
            for source, earned in calendar.earned.items():
                today = [e for e in given[id, source] if calendar.since_opened(e.at)]
                least, most = sum(e.amount for e in today if e.id in standing), sum(e.amount for e in today)
                if not least <= earned <= min(most, rules.daily_caps.of(source) or 0):
                    faults.append(f"{calendar}: {source} gave {least} to {most}")
        return faults

    def _streaks(self) -> list[str]:
        """No streak has more days than its person had visits."""
        visits = Tally(e.user_id for e in self.rows[XP_ENTRIES.name].values() if e.source == "daily_visit")
        streaks = self.rows.get(STREAKS.name, {}).items()
        return [f"{s}: {visits[id]} visits" for id, s in streaks if not 1 <= s.days <= s.longest <= visits[id]]

    def miscounted(self) -> list[str]:
        """Where what is counted of people is not what there is, once all events were acted on."""
        due = self._written() + self._traded()
        for fan, target, kind in self.relations[REACTIONS.name]:
            author = self._author(target)
            due[author, "likes_received"] += kind == LIKE and fan != author
            due[fan, "likes_given"] += kind == LIKE and fan != author
        for person, streak in self.rows[STREAKS.name].items():
            due[person, "streak_days"] = streak.longest
        rows = self.rows[PERSON_COUNTERS.name].values()
        counted = {(row.id, name): number for row in rows for name, number in row.counts.items()}
        return [
            f"{at}: {counted.get(at, 0)} are counted, there are {due[at]}"
            for at in due | counted
            if due[at] != counted.get(at, 0)
        ]

    def _written(self) -> "Tally[tuple[UUID, str]]":
        due: Tally[tuple[UUID, str]] = Tally()
        for name, counter in ((POSTS.name, "posts_published"), (COMMENTS.name, "comments_posted")):
            for thing in self.rows[name].values():
                due[thing.author_id, counter] += thing.visible
        for post in self.rows[POSTS.name].values():
            if post.accepted is not None and post.accepted.answerer_id != post.author_id:
                due[post.accepted.answerer_id, "answers_accepted"] += 1
        return due

    def _traded(self) -> "Tally[tuple[UUID, str]]":
        due: Tally[tuple[UUID, str]] = Tally()
        for purchase in self.rows[PURCHASES.name].values():
            due[purchase.buyer_id, "purchases_made"] += purchase.refunded_at is None
        for offer in self.rows[OFFERS.name].values():
            for side in (offer.from_id, offer.to_id):
                due[side, "trades_made"] += offer.status is OfferStatus.ACCEPTED
        for person in self.rows[PROGRESS.name]:
            for entry in self.entries[wallet_of(UserId(person))]:
                if entry.kind == "tip":
                    due[person, "tips_sent" if entry.amount < 0 else "tips_received"] += 1
        return due

    def _unlocks(self, rules: ProgressionRules) -> list[str]:
        """What was unlocked and claimed was paid once each."""
        points = {a.name: a.reward.points for a in rules.achievements}
        given = {q.name: q.reward.points for q in rules.quests}
        faults = []
        for person in self.rows[PROGRESS.name] if UNLOCKS.name in self.rows else ():
            unlocks = [u for u in self.rows[UNLOCKS.name].values() if u.user_id == person]
            claims = [c for c in self.rows[QUEST_CLAIMS.name].values() if c.user_id == person]
            due = [f"achievement:{u.achievement}" for u in unlocks if points[u.achievement]]
            due += [f"quest:{c.quest}:{c.period}" for c in claims if given[c.quest]]
            entries = self.entries.get(wallet_of(UserId(person)), ())
            paid = [e.reference for e in entries if e.kind in {"achievement", "quest"} and e.amount > 0]
            if sorted(paid) != sorted(due):
                faults.append(f"{person} was paid for {paid}, and should have been for {due}")
        return faults

    def _author(self, target: UUID) -> UUID:
        thing = self.rows[POSTS.name].get(target) or self.rows[COMMENTS.name][target]
        author: UUID = thing.author_id
        return author

    def _money(self) -> list[str]:
        sums: Tally[Currency] = Tally()
        for offer in self.rows[OFFERS.name].values():  # an escrow holds what is open, and nothing else
            sums[Currency.SPARKLE] += offer.gives.points * (offer.status is OfferStatus.OPEN)
        for auction in self.rows[AUCTIONS.name].values():
            sums[Currency.SPARKLE] += auction.amount * (auction.status is AuctionStatus.OPEN)
        for account in self.accounts.values():
            sums[account.currency] += account.balance
        below = [f"{a} is below zero" for a in self.accounts.values() if a.balance < 0 and not a.overdraft]
        return [*self.proof.faults, *below, *(f"{c} sums to {total}" for c, total in sums.items() if total)]

    def _entries(self) -> list[str]:
        return [
            f"{account} is not the sum of its entries"
            for id, account in self.accounts.items()
            if id in self.entries and account.balance != sum(e.amount for e in self.entries[id])
        ]

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
        return faults + [f"XP of nobody: {id}" for id in by_person]

    def _rewards(self, rules: ProgressionRules) -> list[str]:
        """Each level up to the paid one was paid exactly once."""
        faults = []
        for person, progress in self.rows[PROGRESS.name].items():
            entries = self.entries.get(wallet_of(UserId(person)))
            paid = sorted(e.amount for e in entries or () if e.kind == "level_reward")
            due = [n * rules.points_per_level for n in range(2, progress.paid_level + 1)]
            if entries is not None and paid != due:
                faults.append(f"{person} was paid {paid} for levels, and should have been {due}")
        return faults

    def _counters(self) -> list[str]:
        expected: dict[str, Tally[tuple[UUID, str]]] = {ENGAGEMENT.name: Tally(), STATISTICS.name: Tally()}
        posts, comments = self.rows.get(POSTS.name, {}), self.rows.get(COMMENTS.name, {})
        for source, target, kind in self.relations.get(REACTIONS.name, ()):
            expected[ENGAGEMENT.name][target, kind] += 1
            author = self._author(target)
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


async def kept_by(sparkle: Sparkle, *, whole: bool = True) -> Kept:
    """What a community keeps, in one snapshot: everything, or what few statements say of money and XP."""
    return await sparkle.store.read(_whole if whole else _brief)


async def _brief(tx: Transaction) -> Kept:
    rows = {
        s.name: {row.id: row for row in await all_of(tx.records, s)} for s in (PROGRESS, XP_ENTRIES, OFFERS, AUCTIONS)
    }
    return Kept(rows, await _accounts(tx, rows[PROGRESS.name]), await tx.ledger.prove())


async def _whole(tx: Transaction) -> Kept:
    shapes = [s for s in catalog.STORED if isinstance(s, Kind | Log)]
    rows = {s.name: {row.id: row for row in await all_of(tx.records, s)} for s in shapes}
    targets = [*rows[POSTS.name], *rows[COMMENTS.name]]
    accounts = await _accounts(tx, rows[PEOPLE.name])
    counted = (
        (ENGAGEMENT, targets),
        (STATISTICS, rows[PEOPLE.name]),
        (REPORTERS, rows[PEOPLE.name]),
        (CONDUCT, rows[PEOPLE.name]),
    )
    return Kept(
        rows,
        accounts,
        await tx.ledger.prove(),
        entries={id: await _entries(tx, id) for id, account in accounts.items() if not account.hot},
        relations={
            REACTIONS.name: frozenset([r for t in targets for r in await _relations(tx.records, t)]),
            TAGGED.name: await _tags(tx.records, rows[POSTS.name].values()),
        },
        numbers={counter.name: await tx.records.counts(counter, ids) for counter, ids in counted},
    )


async def _accounts(tx: Transaction, people: Iterable[UUID]) -> dict[UUID, Account]:
    wallets = [wallet_of(UserId(id)) for id in people]
    platform = [account_id(PLATFORM, Currency.SPARKLE, purpose) for purpose in (Purpose.SINK, Purpose.FEES)]
    return dict(await tx.ledger.accounts([ISSUANCE.id, *platform, *wallets, *map(receivable_of, wallets)]))


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
