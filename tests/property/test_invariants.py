"""Each invariant of the kit says what is wrong: what a community keeps is changed in one place, and that is named."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from sparkle_bootstrap import in_memory
from sparkle_core.application.accounts import (
    AddPasskey,
    BeginPasskey,
    ChangeEmail,
    ChangeStatus,
    LinkProvider,
    MyProfile,
    Register,
    RequestPasswordReset,
    VisitProviderToLink,
)
from sparkle_core.application.content import AcceptAnswer, Comment, React
from sparkle_core.application.economy import EquipThing, ListThing, MakeOffer, ReverseTransfer
from sparkle_core.application.leaderboards import SettleLeagues
from sparkle_core.application.progression import AwardXp, ClaimQuest, LockTrust, VisitToday
from sparkle_core.domain.accounts import (
    BACKUP_CODES,
    EMAIL_CHALLENGES,
    EMAIL_CHANGES,
    IDENTITIES,
    LOGIN_CHALLENGES,
    PASSKEYS,
    PASSWORD_RESETS,
    PEOPLE,
    PROFILES,
    REFERRALS,
    SECOND_FACTORS,
    SESSIONS,
    SYSTEM,
)
from sparkle_core.domain.accounts.people import StoredStatus
from sparkle_core.domain.content import COMMENTS, ENGAGEMENT, POSTS, TAGGED
from sparkle_core.domain.content.contributions import Moderation
from sparkle_core.domain.economy.inventory import Acquired
from sparkle_core.domain.economy.items import Slot
from sparkle_core.domain.economy.ledger import Purpose
from sparkle_core.domain.economy.listings import ListingStatus
from sparkle_core.domain.economy.stored import ALLOWANCES, AUCTIONS, ITEMS, LISTINGS, OFFERS, PURCHASES, THINGS
from sparkle_core.domain.economy.trading import OfferStatus, Side, Stake
from sparkle_core.domain.kernel.actors import Status
from sparkle_core.domain.kernel.stored import Counter, Kind, Log
from sparkle_core.domain.leaderboards.leagues import COHORTS, DRAWS, LEAGUE_MEMBERS, SEATS
from sparkle_core.domain.moderation import APPEALS, CASES, DECISIONS, EVIDENCE, REPORTERS, REPORTS, TAKEDOWNS
from sparkle_core.domain.moderation.appeals import AppealStatus
from sparkle_core.domain.notifications import NOTIFICATIONS, PREFERENCES, NotificationType
from sparkle_core.domain.progression import (
    CONDUCT,
    PERSON_COUNTERS,
    PROGRESS,
    STREAKS,
    TRUST,
    UNLOCKS,
)
from sparkle_core.domain.progression.quests import GOAL_COUNTS, QUEST_CLAIMS, QUEST_PROGRESS
from sparkle_core.testing.authenticating import MadeUpAuthenticator
from sparkle_core.testing.stories import Community, Kept, WholeStory, at_any_moment, once_settled
from sparkle_core.testing.stories.story import PASSWORD
from sparkle_core.testing.visiting import came_back
from tests.property.test_stories import RULES

NOW = datetime(2026, 1, 1, tzinfo=UTC)

Shape = Kind[Any] | Log[Any]
Change = Callable[[Kept], Kept]
LATER = timedelta(days=400)
NOBODY = UUID(int=99)


class Lively(WholeStory):
    """Something of everything that is kept."""

    def make(self) -> Mapping[str, AbstractContextManager[Community]]:
        return {"memory": in_memory(7, rules=RULES, inline=False)}

    def goes_on(self) -> None:
        super().goes_on()
        ada, root, eve = self.actor(0), self.actor(2), self.actor(3)
        code = self.done(MyProfile(), actor=ada).referral_code
        brought = {"email": "new@example.org", "password": PASSWORD, "agree_to_terms": True, "referral_code": code}
        self.done(Register(**brought))
        post, comment = self.known.posts[0], self.known.comments[0]
        for n in range(3):
            self.done(Comment(post_id=post, text=f"And {n}", parent_id=comment), actor=eve)
        self.done(ClaimQuest(quest="daily_talk"), actor=eve)
        self.done(React(target_id=post), actor=eve)
        self.done(AcceptAnswer(post_id=post, comment_id=comment), actor=ada)
        self.done(VisitToday(), actor=ada)
        self.done(AwardXp(user_id=self.person(0).id, amount=400, source="gift", subject="one"), actor=SYSTEM)
        self.done(LockTrust(user_id=self.person(0).id, level=2, reason="a founder"), actor=root)
        self.done(EquipThing(thing_id=self.known.things[2]), actor=self.actor(0))
        namespace, key = self.known.transfers[0]
        self.done(ReverseTransfer(namespace=namespace, key=key, amount=5, reason="too much"), actor=SYSTEM)
        self.done(RequestPasswordReset(email="ada@example.org"))
        self.done(ChangeEmail(email="another@example.org"), actor=ada)
        departure = self.done(VisitProviderToLink(provider="google"), actor=ada)
        self.done(LinkProvider(**came_back(departure)), actor=ada)
        begun = self.done(BeginPasskey(), actor=ada)
        made = MadeUpAuthenticator("a key").create(begun.options)
        self.done(AddPasskey(ceremony=begun.ceremony, credential=made, name="key"), actor=ada)
        self.time_passes(timedelta(days=8))
        self.done(SettleLeagues(), actor=SYSTEM)
        self.done(MakeOffer(to=self.person(1).id, gives=Side(points=3), asks=Side()), actor=ada)
        self.done(ListThing(thing=Stake(thing_id=self.known.things[0]), price=4), actor=ada)
        self.done(
            ChangeStatus(user_id=self.person(3).id, status=Status.SUSPENDED, reason="a reason", days=400), actor=root
        )


@cache
def lively() -> Kept:
    story = Lively()
    try:
        story.a_day_in_the_community()
        (kept,) = story.told.kept(whole=True).values()
    finally:
        story.told.close()
    return kept


def faults(kept: Kept) -> list[str]:
    return at_any_moment(kept, RULES) + once_settled(kept, RULES)


def changed(shape: Shape, which: Callable[[Any], bool] = lambda _: True, **changes: Any) -> Change:
    """The first row of a shape that is meant, changed as told; a function is given the row."""

    def change(kept: Kept) -> Kept:
        row = next(row for row in kept.all_of(shape) if which(row))
        named = {name: value(row) if callable(value) else value for name, value in changes.items()}
        rows = {**kept.rows[shape.name], row.id: evolve(row, **named)}
        return evolve(kept, rows={**kept.rows, shape.name: rows})

    return change


def added(shape: Shape, which: Callable[[Any], bool] = lambda _: True, **changes: Any) -> Change:
    """One more row like the first that is meant."""

    def change(kept: Kept) -> Kept:
        row = evolve(next(row for row in kept.all_of(shape) if which(row)), id=NOBODY, **changes)
        return evolve(kept, rows={**kept.rows, shape.name: {**kept.rows[shape.name], row.id: row}})

    return change


def gone(shape: Shape, which: Callable[[Any], bool] = lambda _: True) -> Change:
    def change(kept: Kept) -> Kept:
        row = next(row for row in kept.all_of(shape) if which(row))
        rows = {id: r for id, r in kept.rows[shape.name].items() if id != row.id}
        return evolve(kept, rows={**kept.rows, shape.name: rows})

    return change


def counted(counter: Counter) -> Change:
    """One more of the first number."""

    def change(kept: Kept) -> Kept:
        at, number = next(iter(kept.counted(counter).items()))
        return evolve(kept, numbers={**kept.numbers, counter.name: {**kept.counted(counter), at: number + 1}})

    return change


def account(purpose: Purpose, **changes: Any) -> Change:
    def change(kept: Kept) -> Kept:
        found = next(a for a in kept.accounts.values() if a.purpose is purpose and a.balance)
        named = {name: value(found) if callable(value) else value for name, value in changes.items()}
        return evolve(kept, accounts={**kept.accounts, found.id: evolve(found, **named)})

    return change


def entry(which: Callable[[Any], bool], **changes: Any) -> Change:
    """The first entry that is meant, changed as told."""

    def change(kept: Kept) -> Kept:
        id, entries = next((id, e) for id, e in kept.entries.items() if any(map(which, e)))
        first = next(e for e in entries if which(e))
        named = {name: value(first) if callable(value) else value for name, value in changes.items()}
        return evolve(
            kept, entries={**kept.entries, id: tuple(evolve(e, **named) if e is first else e for e in entries)}
        )

    return change


def given_back(amount: int) -> Change:
    def change(kept: Kept) -> Kept:
        back = next(t for t in kept.transfers.values() if t.reverses is not None)
        return evolve(kept, transfers={**kept.transfers, back.id: evolve(back, amount=amount)})

    return change


traded = changed(THINGS, acquired=Acquired.TRADED)
soul_bound = changed(ITEMS, terms=lambda item: evolve(item.terms, tradable=False))


def untagged(kept: Kept) -> Kept:
    return evolve(kept, relations={**kept.relations, TAGGED.name: frozenset()})


FAULTS: list[tuple[str, Change]] = [
    ("accounts.standing", changed(PEOPLE, stored_status=StoredStatus.ACTIVE, email_verified_at=None)),
    ("accounts.standing", changed(PEOPLE, lambda p: p.sanctions, blocked_until=None)),
    ("accounts.names", added(PEOPLE)),
    ("accounts.names", changed(PEOPLE, username_key="SOMEBODY")),
    ("accounts.belongings", gone(PROFILES)),
    ("accounts.belongings", added(PEOPLE)),
    ("accounts.leaving", changed(PEOPLE, erasure_due_at=NOW)),
    ("accounts.leaving", changed(PEOPLE, stored_status=StoredStatus.DELETED, deletion_requested_at=NOW)),
    ("accounts.proofs", changed(EMAIL_CHALLENGES, tries=6)),
    ("accounts.proofs", changed(PASSWORD_RESETS, lambda r: r.user_id is not None, epoch=9)),
    ("accounts.second_factors", changed(LOGIN_CHALLENGES, tries=6)),
    ("accounts.second_factors", changed(EMAIL_CHANGES, tries=6)),
    ("accounts.second_factors", gone(BACKUP_CODES)),
    ("accounts.second_factors", gone(SECOND_FACTORS)),
    ("accounts.second_factors", added(SECOND_FACTORS)),
    ("accounts.ways_in", added(IDENTITIES, provider="another")),
    ("accounts.ways_in", added(IDENTITIES, subject="another")),
    ("accounts.ways_in", changed(IDENTITIES, user_id=NOBODY)),
    ("accounts.ways_in", changed(PASSKEYS, user_id=NOBODY)),
    ("accounts.ways_in", changed(PEOPLE, lambda person: person.username == "eve_1", password_hash=None)),
    ("accounts.proofs", changed(SESSIONS, epoch=3)),
    ("accounts.proofs", changed(REFERRALS, newcomer=lambda r: r.owner)),
    ("content.counters", counted(ENGAGEMENT)),
    ("content.threads", changed(COMMENTS, depth=3)),
    ("content.threads", changed(COMMENTS, lambda c: c.parent_id, post_id=NOBODY)),
    ("content.answers", changed(POSTS, lambda p: p.accepted, accepted=lambda p: evolve(p.accepted, comment_id=NOBODY))),
    ("content.tags", untagged),
    ("economy.conservation", account(Purpose.WALLET, balance=lambda a: a.balance + 1)),
    ("economy.conservation", account(Purpose.WALLET, balance=-1)),
    ("economy.balances", entry(lambda e: e.kind == "welcome_bonus", amount=7)),
    ("economy.balances", entry(lambda e: e.kind == "welcome_bonus", sequence=77)),
    ("economy.balances", account(Purpose.WALLET, held=1_000_000)),
    ("economy.reversals", given_back(21)),
    ("store.things", changed(THINGS, lambda t: t.quantity, deleted_at=lambda t: t.acquired_at)),
    ("store.things", changed(THINGS, lambda t: t.slot, slot=Slot.THEME)),
    ("store.things", added(THINGS, lambda t: t.slot)),
    ("store.things", lambda kept: soul_bound(traded(kept))),
    ("store.sales", added(THINGS, quantity=50, got=50)),
    ("store.sales", changed(ALLOWANCES, bought=1)),
    ("store.payments", changed(PURCHASES, amount=77)),
    ("trading.escrows", changed(THINGS, lambda t: t.held_for, held_for=None)),
    ("trading.escrows", changed(OFFERS, lambda o: o.gives.points, status=OfferStatus.DECLINED)),
    ("trading.outcomes", changed(LISTINGS, status=ListingStatus.SOLD, buyer_id=None)),
    ("trading.outcomes", changed(LISTINGS, buyer_id=lambda row: row.seller_id)),
    ("trading.outcomes", changed(AUCTIONS, leader_id=None)),
    ("trading.outcomes", changed(AUCTIONS, bids=0)),
    ("progression.xp", changed(PROGRESS, xp=lambda p: p.xp + 1)),
    ("progression.xp", changed(PROGRESS, level=77)),
    ("progression.xp", changed(PROGRESS, entries=77)),
    ("progression.xp", gone(PROGRESS)),
    ("progression.rewards", changed(PROGRESS, paid_level=77)),
    ("progression.streaks", changed(STREAKS, longest=77)),
    ("progression.streaks", changed(STREAKS, freezes=2)),
    ("progression.trust", changed(TRUST, below_since=lambda _: lively().all_of(PEOPLE)[0].created_at)),
    ("progression.awards", gone(COMMENTS, lambda c: c.parent_id)),
    ("progression.conduct", counted(CONDUCT)),
    ("achievements.payments", gone(QUEST_CLAIMS)),
    ("achievements.payments", entry(lambda e: e.kind == "achievement", kind="tip")),
    ("achievements.quests_of_people", added(QUEST_CLAIMS)),
    ("achievements.quests_of_people", changed(QUEST_PROGRESS, counted=("a", "a"))),
    ("achievements.quests_of_people", changed(QUEST_PROGRESS, lambda q: q.claimed_at, finished_at=None, counted=())),
    (
        "achievements.quests_of_people",
        changed(
            QUEST_PROGRESS, lambda q: q.quest == "together", finished_at=lambda _: lively().all_of(PEOPLE)[0].created_at
        ),
    ),
    ("achievements.goals", counted(GOAL_COUNTS)),
    ("achievements.counts", gone(PERSON_COUNTERS)),
    ("achievements.unlocks", gone(UNLOCKS)),
    ("achievements.unlocks", added(UNLOCKS)),
    ("moderation.cases", changed(CASES, reports=77)),
    ("moderation.cases", changed(CASES, lambda c: c.open_key, open_key=None)),
    ("moderation.cases", changed(CASES, lambda c: c.decision_id, hidden=True)),
    ("moderation.cases", added(CASES, lambda c: c.open_key)),
    ("moderation.reports", changed(REPORTS, lambda r: r.outcome, outcome=None)),
    ("moderation.reports", changed(EVIDENCE, text="something else")),
    ("moderation.reports", counted(REPORTERS)),
    ("moderation.takedowns", changed(TAKEDOWNS, holders=())),
    (
        "moderation.takedowns",
        changed(POSTS, lambda p: p.moderation is Moderation.REMOVED, moderation=Moderation.VISIBLE),
    ),
    ("moderation.impartiality", changed(DECISIONS, decided_by=lambda d: d.subject_id)),
    ("moderation.impartiality", changed(APPEALS, status=AppealStatus.UPHELD, decided_by=lambda a: a.appellant_id)),
    ("moderation.appeals", changed(APPEALS, appellant_id=NOBODY)),
    ("moderation.appeals", changed(DECISIONS, overturned_at=lambda d: d.starts_at)),
    ("moderation.appeals", added(APPEALS)),
    ("notifications.once_each", added(NOTIFICATIONS)),
    ("notifications.once_each", changed(NOTIFICATIONS, read_at=lambda n: n.created_at - LATER)),
    ("notifications.moderation", gone(NOTIFICATIONS, lambda n: n.subject.startswith("decision:"))),
    ("notifications.moderation", changed(PREFERENCES, muted=(NotificationType.MODERATION,))),
    ("leaderboards.seats", gone(SEATS)),
    ("leaderboards.seats", changed(DRAWS, seats=77)),
    ("leaderboards.seats", changed(LEAGUE_MEMBERS, tier=9)),
    ("leaderboards.results", changed(SEATS, lambda s: s.outcome, place=77)),
    ("leaderboards.results", changed(SEATS, lambda s: s.outcome, score=None)),
    ("leaderboards.results", changed(SEATS, lambda s: s.place == 1, score=1)),
    ("leaderboards.results", changed(COHORTS, lambda c: c.settled_at, settled_at=None)),
]


def test_a_lively_community_is_as_it_must_be() -> None:
    assert faults(lively()) == []


@pytest.mark.parametrize(("named", "change"), FAULTS, ids=[f"{n}-{named}" for n, (named, _) in enumerate(FAULTS)])
def test_what_is_not_as_it_must_be_is_named(named: str, change: Change) -> None:
    assert any(fault.startswith(f"{named}: ") for fault in faults(change(lively())))
