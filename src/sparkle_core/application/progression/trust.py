"""Trust: judged by the worker after visits and decisions, set by hand by moderators."""

from typing import Annotated

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.progression.reputation import balance_of_person
from sparkle_core.application.shared.people import author_of
from sparkle_core.application.shared.sanctions import outranking
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import Forbidden
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.progression import (
    CONDUCT,
    TRUST,
    VISIT,
    Conduct,
    PersonTrust,
    ProgressionRules,
    TrustGraceSent,
    TrustLevel,
    TrustThreshold,
)

Reason = Annotated[str, Text(1, 1_000, lines=True)]


@frozen(kw_only=True)
class Trust(Record):
    """How far a person is trusted, 0 to 4, and the conduct it is judged by.

    `falls_at`: when the level is lost unless conduct gets better. `next`: what the level above asks
    for; None at the highest.
    """

    user_id: UserId
    level: int
    locked: bool
    falls_at: Instant | None
    conduct: Conduct
    next: TrustThreshold | None


@frozen(kw_only=True)
class AssessTrust(Command[None]):
    """Judge somebody's trust by their conduct now. Raises `NotFound`.

    `grace`: the one whose end was sent ahead for now, by when it began. Where the rules have come to give more days, so
    that it goes on, its end is sent ahead again.
    """

    user_id: UserId
    grace: Instant | None = None


@frozen(kw_only=True)
class LockTrust(Command[Trust]):
    """Set somebody's trust level, for a reason, so that their conduct no longer changes it.

    Raises `NotFound`, and `Outranked` against an equal or higher role.
    """

    user_id: UserId
    level: TrustLevel
    reason: Reason


@frozen(kw_only=True)
class UnlockTrust(Command[Trust]):
    """Let somebody's trust follow their conduct again, from the level where it is; without a lock it changes nothing.

    Raises `NotFound`, and `Outranked` against an equal or higher role.
    """

    user_id: UserId
    reason: Reason


@frozen(kw_only=True)
class TrustOf(Query[Trust]):
    """How far a person is trusted and why; oneself, or anybody for moderators. Raises `NotFound`, `Forbidden`."""

    user_id: UserId


async def assess_trust(cmd: AssessTrust, work: Work, *, rules: ProgressionRules) -> None:
    await _assess(work, rules, await _held(work, cmd.user_id), ended=cmd.grace)


async def lock_trust(cmd: LockTrust, work: Work, *, rules: ProgressionRules) -> Trust:
    await outranking(work, cmd.user_id)
    trust = work.save(TRUST, (await _held(work, cmd.user_id)).held_at(cmd.level))
    return await _told(work, rules, trust)


async def unlock_trust(cmd: UnlockTrust, work: Work, *, rules: ProgressionRules) -> Trust:
    await outranking(work, cmd.user_id)
    locked = await _held(work, cmd.user_id)
    if not locked.locked:
        return await _told(work, rules, locked)
    return await _told(work, rules, await _assess(work, rules, work.save(TRUST, locked.released())))


async def trust_of_person(query: TrustOf, work: Work, *, rules: ProgressionRules) -> Trust:
    mine = query.user_id == work.actor.user_id
    if not mine and (work.standing is None or not work.standing.may(Permission.MODERATE)):
        raise Forbidden
    return await _told(work, rules, await _kept(work, query.user_id))


async def _kept(work: Work, user_id: UserId) -> PersonTrust:
    return await work.store.get(TRUST, user_id) or PersonTrust(id=user_id)


async def _held(work: Work, user_id: UserId) -> PersonTrust:
    """The same, held: who judges and who locks at once take turns instead of starting again."""
    return await work.store.hold(TRUST, user_id) or PersonTrust(id=user_id)


async def _assess(
    work: Work, rules: ProgressionRules, before: PersonTrust, ended: Instant | None = None
) -> PersonTrust:
    """Judged by conduct now; the end of a grace is sent ahead, since nothing else may happen until then.

    That is when it begins, and when the one that had `ended` by earlier rules goes on by these.
    """
    after = before.assessed(await _conduct(work, rules, before.id), rules.trust, work.now)
    since, falls_at = after.below_since, after.falls_at(rules.trust)
    if falls_at is not None and (after is not before or since == ended):
        work.record(TrustGraceSent(user_id=after.id, since=since), delay=falls_at - work.now)
    return before if after is before else work.save(TRUST, after)


async def _conduct(work: Work, rules: ProgressionRules, user_id: UserId) -> Conduct:
    joined_at = (await author_of(work, user_id)).created_at
    counts = await work.store.counts(CONDUCT, [user_id])
    return Conduct(
        days=(work.now - joined_at).days,
        visits=counts.get((user_id, VISIT), 0),
        reputation=await balance_of_person(work, rules, user_id, counts),
    )


async def _told(work: Work, rules: ProgressionRules, trust: PersonTrust) -> Trust:
    levels = rules.trust.levels
    return Trust(
        user_id=trust.id,
        level=trust.level,
        locked=trust.locked,
        falls_at=trust.falls_at(rules.trust),
        conduct=await _conduct(work, rules, trust.id),
        next=levels[trust.level] if trust.level < len(levels) else None,
    )
