"""What must be true of counters, achievements and quests. Source: docs/contexts/achievements.md, quests.md."""

from collections import Counter as Tally
from collections.abc import Iterator
from uuid import UUID

from sparkle_core.application.rules import Rules
from sparkle_core.domain.content import COMMENTS, POSTS, REACTIONS
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.economy.stored import OFFERS, PURCHASES
from sparkle_core.domain.economy.trading import OfferStatus
from sparkle_core.domain.progression import PERSON_COUNTERS, PROGRESS, STREAKS, UNLOCKS, XP_ENTRIES, CounterName
from sparkle_core.domain.progression.quests import (
    GOAL_COUNTS,
    GOALS_REACHED,
    QUEST_CLAIMS,
    QUEST_PROGRESS,
    Quest,
    QuestKind,
    QuestProgress,
)
from sparkle_core.testing.stories.kept import Kept


def payments(kept: Kept, rules: Rules) -> Iterator[str]:
    """What was unlocked and claimed was paid once each, in points and in XP."""
    paid: dict[UUID, list[str]] = {
        person: sorted(
            e.reference for e in kept.wallet_entries(person) if e.kind in {"achievement", "quest"} and e.amount > 0
        )
        for person in kept.by_id(PROGRESS)
    }
    given = sorted(
        (e.user_id, f"{e.source}:{e.subject}")
        for e in kept.all_of(XP_ENTRIES)
        if e.source in {"achievement", "quest"} and not e.reversal and e.round == 1
    )
    achievements = {a.name: a.reward for a in rules.progression.achievements}
    quests = {q.name: q.reward for q in rules.progression.quests}
    due = [(u.user_id, f"achievement:{u.achievement}", achievements[u.achievement]) for u in kept.all_of(UNLOCKS)]
    due += [(c.user_id, f"quest:{c.quest}:{c.period}", quests[c.quest]) for c in kept.all_of(QUEST_CLAIMS)]
    for person, were in paid.items():
        wanted = sorted(reference for who, reference, reward in due if who == person and reward.points)
        if were != wanted:
            yield f"{person} was paid for {were}, and should have been for {wanted}"
    wanted_xp = sorted((who, reference) for who, reference, reward in due if reward.xp)
    if given != wanted_xp:
        yield f"XP was given for {given}, and should have been for {wanted_xp}"


def quests_of_people(kept: Kept, rules: Rules) -> Iterator[str]:
    """Nothing counts twice or beyond what is asked, what is finished is done, and nothing is claimed before."""
    claims = {QuestProgress.id_of(c.user_id, c.quest, c.period): c for c in kept.all_of(QUEST_CLAIMS)}
    if len(claims) < len(kept.all_of(QUEST_CLAIMS)):
        yield "a quest was claimed twice in one period"
    for row in kept.all_of(QUEST_PROGRESS):
        quest = rules.progression.quest_named(row.quest)
        assert quest is not None, f"{row.quest} is of other rules than the story's"
        if len(set(row.counted)) < len(row.counted) or any(
            row.have(o.counter) > quest.most_of(o) for o in quest.objectives
        ):
            yield f"{row} counts more than is asked, or something twice"
        if (row.claimed_at is not None) != (row.id in claims):
            yield f"{row} is claimed without a claim, or the other way about"
        yield from _finished(kept, quest, row)


def _finished(kept: Kept, quest: Quest, row: QuestProgress) -> Iterator[str]:
    done = all(row.have(o.counter) >= o.target for o in quest.objectives)
    if quest.kind is QuestKind.COMMUNITY:
        done = quest.goal_id(row.period) in kept.by_id(GOALS_REACHED)
        if row.finished_at is not None:
            yield f"{row} is finished by one person alone"
    elif (row.finished_at is not None) != done:
        yield f"{row} is finished without being done, or done without being finished"
    if row.claimed_at is not None and not done:
        yield f"{row} was claimed before it was done"


def goals(kept: Kept, rules: Rules) -> Iterator[str]:
    """A community's number is the sum of its people's, until the goal is reached."""
    told: Tally[UUID] = Tally()
    for (goal, _), number in kept.counted(GOAL_COUNTS).items():
        told[goal] += number
    there: Tally[UUID] = Tally()
    for row in kept.all_of(QUEST_PROGRESS):
        quest = rules.progression.quest_named(row.quest)
        if quest is not None and quest.kind is QuestKind.COMMUNITY:
            there[quest.goal_id(row.period)] += len(row.counted)
    for goal in (told.keys() | there.keys()) - kept.by_id(GOALS_REACHED).keys():
        if told[goal] != there[goal]:
            yield f"goal {goal} is at {told[goal]}, its people at {there[goal]}"


def counts(kept: Kept, rules: Rules) -> Iterator[str]:
    """What is counted of people is what there is, once all events were acted on; of the erased nothing is, any more."""
    due = _written(kept) + _traded(kept)
    for fan, target, kind in kept.related(REACTIONS):
        author = kept.author_of(target)
        due[author, "likes_received"] += kind == LIKE and fan != author
        due[fan, "likes_given"] += kind == LIKE and fan != author
    for claim in kept.all_of(QUEST_CLAIMS):
        due[claim.user_id, "quests_claimed"] += 1
    for person, streak in kept.by_id(STREAKS).items():
        due[person, "streak_days"] = streak.longest
    counted = {(row.id, name): n for row in kept.all_of(PERSON_COUNTERS) for name, n in row.counts.items()}
    for at in due | counted:
        if at[0] not in kept.erased and due[at] != counted.get(at, 0):
            yield f"{at}: {counted.get(at, 0)} are counted, there are {due[at]}"


def unlocks(kept: Kept, rules: Rules) -> Iterator[str]:
    """Whoever meets a criterion has what it unlocks, once all events were acted on; nobody has it twice."""
    had = Tally((u.user_id, u.achievement) for u in kept.all_of(UNLOCKS))
    yield from (f"{who} unlocked {name} {n} times" for (who, name), n in had.items() if n > 1)
    for person, progress in kept.by_id(PROGRESS).items():
        if person in kept.erased:
            continue
        row = kept.by_id(PERSON_COUNTERS).get(person)
        reached = {**(row.counts if row is not None else {}), CounterName.LEVEL.value: progress.paid_level}
        for achievement in rules.progression.achievements:
            if achievement.criterion.met_by(reached) and not had[person, achievement.name]:
                yield f"{person} meets {achievement.name}, and does not have it"


def _written(kept: Kept) -> "Tally[tuple[UUID, str]]":
    due: Tally[tuple[UUID, str]] = Tally()
    for shape, counter in ((POSTS, "posts_published"), (COMMENTS, "comments_posted")):
        for thing in kept.all_of(shape):
            due[thing.author_id, counter] += thing.visible
    for post in kept.all_of(POSTS):
        if post.accepted is not None and post.accepted.answerer_id != post.author_id:
            due[post.accepted.answerer_id, "answers_accepted"] += 1
    return due


def _traded(kept: Kept) -> "Tally[tuple[UUID, str]]":
    due: Tally[tuple[UUID, str]] = Tally()
    for purchase in kept.all_of(PURCHASES):
        due[purchase.buyer_id, "purchases_made"] += purchase.refunded_at is None
    for offer in kept.all_of(OFFERS):
        for side in (offer.from_id, offer.to_id):
            due[side, "trades_made"] += offer.status is OfferStatus.ACCEPTED
    for person in kept.by_id(PROGRESS):
        for entry in kept.wallet_entries(person):
            if entry.kind == "tip":
                due[person, "tips_sent" if entry.amount < 0 else "tips_received"] += 1
    return due


INVARIANTS = (payments, quests_of_people, goals)
ONCE_SETTLED = (counts, unlocks)
