"""Reputation: counting what others did about a person, by reactions to it, and the score that follows."""

from collections.abc import Mapping
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.people import in_sight
from sparkle_core.application.shared.statistics import likes_of
from sparkle_core.application.shared.verdicts import rightly_reported
from sparkle_core.domain.kernel.fields import Record, UserId
from sparkle_core.domain.progression import CONDUCT, Deed, ProgressionRules, balance_of, score_of


@frozen(kw_only=True)
class Reputation(Record):
    """What others did about a person, weighed; 0 or more."""

    user_id: UserId
    score: int


@frozen(kw_only=True)
class CountDeed(Command[None]):
    """Count what somebody did about a person, or that they took it back."""

    user_id: UserId
    deed: Deed
    taken_back: bool = False


@frozen(kw_only=True)
class CountVerdict(Command[None]):
    """Count a decision that upheld reports against its subject, or that it was overturned. Raises `NotFound`."""

    decision_id: UUID
    overturned: bool = False


@frozen(kw_only=True)
class ReputationOf(Query[Reputation]):
    """What others did about a person, weighed: likes and accepted answers for them, upheld reports against them.

    Raises `NotFound`, also for who is not shown to others; to themselves and moderators they are.
    """

    user_id: UserId


async def count_deed(cmd: CountDeed, work: Work) -> None:
    work.store.bump(CONDUCT, cmd.user_id, cmd.deed.value, -1 if cmd.taken_back else 1)


async def count_verdict(cmd: CountVerdict, work: Work) -> None:
    subject_id = await rightly_reported(work, cmd.decision_id)
    if subject_id is not None:
        work.store.bump(CONDUCT, subject_id, Deed.REPORT_UPHELD.value, -1 if cmd.overturned else 1)


async def reputation_of(query: ReputationOf, work: Work, *, rules: ProgressionRules) -> Reputation:
    await in_sight(work, query.user_id)
    counts = await work.store.counts(CONDUCT, [query.user_id])
    balance = await balance_of_person(work, rules, query.user_id, counts)
    return Reputation(user_id=query.user_id, score=score_of(balance))


async def balance_of_person(
    work: Work, rules: ProgressionRules, user_id: UserId, counts: Mapping[tuple[UUID, str], int]
) -> int:
    """Their likes, and what is counted of their conduct, weighed; perhaps below 0."""
    likes = await likes_of(work, user_id)
    return balance_of(likes, {kind: n for (_, kind), n in counts.items()}, rules.reputation)
