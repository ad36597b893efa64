"""What must be true of XP, levels, days, streaks and trust. Source: docs/contexts/progression.md."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sparkle_core.application.rules import Rules
from sparkle_core.domain.content import COMMENTS, POSTS, REACTIONS
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.moderation import CASES, DECISIONS
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.progression import CALENDARS, CONDUCT, PROGRESS, STREAKS, TRUST, XP_ENTRIES, XpEntry
from sparkle_core.testing.stories.kept import Kept

EARNED = frozenset({"post_published", "comment_posted", "answer_accepted", "like_received"})


def xp(kept: Kept, rules: Rules) -> Iterator[str]:
    """XP is the sum of its entries, which have no gaps; the level is what the curve says."""
    by_person: dict[UUID, list[XpEntry]] = defaultdict(list)
    for entry in kept.all_of(XP_ENTRIES):
        by_person[entry.user_id].append(entry)
    for id, progress in kept.by_id(PROGRESS).items():
        entries = sorted(by_person.pop(id, []), key=lambda e: e.sequence)
        if progress.xp != sum(e.amount for e in entries):
            yield f"{progress}: XP is not the sum of its entries"
        if [e.sequence for e in entries] != list(range(1, progress.entries + 1)):
            yield f"{progress}: its entries have gaps"
        if progress.level != rules.progression.curve.level_at(progress.xp):
            yield f"{progress}: level is not what the curve says"
    yield from (f"XP of nobody: {id}" for id in by_person)


def rewards(kept: Kept, rules: Rules) -> Iterator[str]:
    """Each level up to the paid one was paid exactly once."""
    for person, progress in kept.by_id(PROGRESS).items():
        entries = kept.wallet_entries(person)
        paid = sorted(e.amount for e in entries if e.kind == "level_reward")
        due = [n * rules.progression.points_per_level for n in range(2, progress.paid_level + 1)]
        if paid != due:
            yield f"{person} was paid {paid} for levels, and should have been {due}"


def caps(kept: Kept, rules: Rules) -> Iterator[str]:
    """Nothing stands of a day but what its cap allows, and who remembers the day knows what counts towards that.

    What is given back whole, after it was taken without making room, is of the day that it still counts in.
    """
    counted: Tally[tuple[UUID, str, int]] = Tally()
    stands: Tally[tuple[UUID, str, int]] = Tally()
    days: dict[tuple[UUID, str, str], int] = {}
    for entry in sorted(kept.all_of(XP_ENTRIES), key=lambda e: e.sequence):
        if entry.day is not None:
            counted[entry.user_id, entry.source, entry.day] += entry.amount
            days[entry.user_id, entry.source, entry.subject] = entry.day
    for entry in standing(kept):
        day = days.get((entry.user_id, entry.source, entry.subject))
        if day is not None:
            stands[entry.user_id, entry.source, day] += entry.amount
    for (id, source, day), amount in counted.items():
        stood, cap = stands[id, source, day], rules.progression.daily_caps.of(source) or 0
        if not stood <= amount <= cap:
            yield f"{id}: of {source} {stood} stand and {amount} count on day {day}, of which {cap} are allowed"
        calendar = kept.by_id(CALENDARS).get(id)
        known = calendar.earned_on(day).get(source, 0) if calendar is not None and calendar.remembers(day) else amount
        if known != amount:
            yield f"{calendar}: {amount} of {source} count on day {day}"


def streaks(kept: Kept, rules: Rules) -> Iterator[str]:
    """No streak has more days than its person had visits, nor more freezes than it earned and may have."""
    visits = Tally(e.user_id for e in kept.all_of(XP_ENTRIES) if e.source == "daily_visit")
    for id, streak in kept.by_id(STREAKS).items():
        if not 1 <= streak.days <= streak.longest <= visits[id]:
            yield f"{streak}: {visits[id]} visits"
        earned = visits[id] // rules.progression.streaks.days_for_freeze
        if streak.freezes > min(earned, rules.progression.streaks.freezes_max):
            yield f"{streak}: {earned} freezes were earned"


def trust(kept: Kept, rules: Rules) -> Iterator[str]:
    """A grace is of a level that can be lost; who is locked has none."""
    for row in kept.all_of(TRUST):
        if row.below_since is not None and (row.locked or row.level == 0):
            yield f"{row} cannot fall"


def awards(kept: Kept, rules: Rules) -> Iterator[str]:
    """The XP of posts, comments, answers and likes is what can be seen of them, once all events were acted on."""
    for_each, due = rules.progression.awards, Tally[tuple[UUID, str]]()
    for source, shape, amount in (
        ("post_published", POSTS, for_each.post_published),
        ("comment_posted", COMMENTS, for_each.comment_posted),
    ):
        for thing in kept.all_of(shape):
            due[thing.author_id, source] += amount * thing.visible
    for post in kept.all_of(POSTS):
        if post.accepted is not None and post.accepted.answerer_id != post.author_id:
            due[post.accepted.answerer_id, "answer_accepted"] += for_each.answer_accepted
    for fan, target, kind in kept.related(REACTIONS):
        author = kept.author_of(target)
        due[author, "like_received"] += for_each.like_received * (kind == LIKE and fan != author)
    earned: Tally[tuple[UUID, str]] = Tally()
    for entry in standing(kept):
        if entry.source in EARNED:
            earned[entry.user_id, entry.source] += entry.amount if entry.asked is None else entry.asked
    for at in due | earned:
        if at[0] not in kept.erased and due[at] != earned[at]:  # nobody earns or loses anything once they are erased
            yield f"{at} earned {earned[at]}, due are {due[at]}"


def conduct(kept: Kept, rules: Rules) -> Iterator[str]:
    """Conduct is counted as it is: accepted answers, decisions on reports that nobody overturned, visits."""
    due: Tally[tuple[UUID, str]] = Tally()
    for post in kept.all_of(POSTS):
        if post.accepted is not None and post.accepted.answerer_id != post.author_id:
            due[post.accepted.answerer_id, "answer_accepted"] += 1
    for decision in kept.all_of(DECISIONS):
        against = decision.action is not Action.DISMISS and kept.by_id(CASES)[decision.case_id].reports > 0
        due[decision.subject_id, "report_upheld"] += against and decision.overturned_at is None
    for entry in kept.all_of(XP_ENTRIES):
        due[entry.user_id, "visit"] += entry.source == "daily_visit"
    told = kept.counted(CONDUCT)
    yield from (
        f"{at}: {told.get(at, 0)}, not {due[at]}" for at in due.keys() | told.keys() if told.get(at, 0) != due[at]
    )


def standing(kept: Kept) -> list[XpEntry]:
    """The awards that nobody took back."""
    entries = kept.all_of(XP_ENTRIES)
    gone = {(e.user_id, e.source, e.subject, e.round) for e in entries if e.reversal}
    return [e for e in entries if not e.reversal and (e.user_id, e.source, e.subject, e.round) not in gone]


POINTS = (xp,)
"""What can be told of a store by few statements."""
INVARIANTS = (xp, rewards, caps, streaks, trust)
ONCE_SETTLED = (awards, conduct)
