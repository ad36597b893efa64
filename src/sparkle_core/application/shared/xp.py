"""Giving and taking back XP, with the level rewards, in one transaction. Source: docs/contexts/progression.md."""

from datetime import datetime

from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.calendars import calendar_of
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.wallets import issued, pay
from sparkle_core.domain.kernel.errors import IdempotencyConflict, NotFound
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import Order, eq
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import (
    CALENDARS,
    PROGRESS,
    XP_ENTRIES,
    LevelMarkReached,
    PersonProgress,
    ProgressionRules,
    XpEntry,
)

_LAST_ROUND = Order("round", descending=True)


async def grant_xp(
    work: Work,
    rules: ProgressionRules,
    user_id: UserId,
    amount: int,
    source: str,
    subject: str,
    *,
    progress: PersonProgress | None = None,
    at: datetime | None = None,
) -> PersonProgress:
    """Award XP once per (person, source, subject) and round; a repeat changes nothing.

    `progress`: the person's own when just made, so that nothing is read. `at`: when it was earned, which decides the
    day it counts in; now by default, and at the latest. Raises `NotFound`, and `IdempotencyConflict` for the same award
    with another amount. Level rewards are paid here, in the same transaction. An award over the source's daily cap is
    reduced to what is left of it, and kept even when that is nothing: so a repeat on another day does not give what
    this day refused, and neither does a new round.
    """
    last = None
    if progress is None:
        progress = await _held(work, user_id)
        last = await _last_entry(work, user_id, source, subject)
    if last is not None and not last.reversal:
        if amount != (last.amount if last.asked is None else last.asked):
            raise IdempotencyConflict(f"{source}/{subject}")
        return progress
    earned_at = min(at or work.now, work.now)
    given, day = await _given(work, rules, user_id, amount, source, earned_at, last)
    entry = XpEntry(
        id=work.new_id(),
        user_id=user_id,
        sequence=progress.entries + 1,
        source=source,
        subject=subject,
        round=last.round + 1 if last else 1,
        reversal=False,
        amount=given,
        total=progress.xp + given,
        at=earned_at,
        asked=None if given == amount else amount,
        day=day,
    )
    before = progress.paid_level
    work.store.append(XP_ENTRIES, entry)
    after = work.save(PROGRESS, progress.awarded(entry, rules.curve))
    if after.paid_level > before:
        await _reward(work, rules, user_id, before, after.paid_level)
    return after


async def take_back_xp(
    work: Work,
    rules: ProgressionRules,
    user_id: UserId,
    source: str,
    subject: str,
    *,
    at: datetime | None = None,
    makes_room: bool = True,
) -> PersonProgress:
    """Reverse the award by an opposite entry that has its round. Raises `NotFound` when there is none.

    One already reversed changes nothing. What is taken back no longer counts towards the cap of the day it counted in,
    while that is remembered; it goes on counting where it `makes_room` for nothing, and can be given back whole.
    `at`: when what it was for went; now by default, and at the latest.
    """
    progress = await _held(work, user_id)
    last = await _last_entry(work, user_id, source, subject)
    if last is None:
        raise NotFound("award")
    if last.reversal:
        return progress
    entry = XpEntry(
        id=work.new_id(),
        user_id=user_id,
        sequence=progress.entries + 1,
        source=source,
        subject=subject,
        round=last.round,
        reversal=True,
        amount=-last.amount,
        total=progress.xp - last.amount,
        at=min(at or work.now, work.now),
        day=last.day if makes_room else None,
    )
    if entry.day is not None and last.amount:
        await _uncount(work, user_id, source, last.amount, entry.day)
    work.store.append(XP_ENTRIES, entry)
    return work.save(PROGRESS, progress.reversed(entry, rules.curve))


async def progress_of(work: Work, user_id: UserId) -> PersonProgress:
    """A person's XP and level now. Raises `NotFound`."""
    return found(await work.store.get(PROGRESS, user_id), "person")


async def still_earning(work: Work, user_id: UserId) -> None:
    """Raises `NotFound` for nobody, and for who is erased."""
    _open(await work.store.get(PROGRESS, user_id))


async def level_of(work: Work, user_id: UserId) -> int:
    """The level a person is at now; 1 for somebody without XP."""
    progress = await work.store.get(PROGRESS, user_id)
    return progress.level if progress is not None else 1


async def _given(
    work: Work, rules: ProgressionRules, user_id: UserId, amount: int, source: str, at: datetime, last: XpEntry | None
) -> tuple[int, int | None]:
    """What is given of an award after `last`, the reversal of the round before it; and the day that it counts in.

    Only capped sources count, and pay for reading the calendar. A new round has the day of the one before it, so that
    what a day's cap refused is not had on another. Once that is forgotten, it counts where it is earned now, and gives
    no more than was taken back; and where that made room for nothing, all of it again.
    """
    cap = rules.daily_caps.of(source)
    if cap is None:
        return amount, None
    if last is not None and last.day is None:
        return -last.amount, None
    calendar = await calendar_of(work, rules, user_id)
    day = calendar.day_of(at, rules.day_starts_at_hour)
    if last is not None and last.day is not None:
        day, amount = (last.day, amount) if calendar.remembers(last.day) else (day, min(amount, -last.amount))
    given = min(amount, calendar.left(source, cap, day))
    if given:
        work.save(CALENDARS, calendar.with_earned(source, given, day))
    return given, day


async def _uncount(work: Work, user_id: UserId, source: str, amount: int, day: int) -> None:
    """What was given counts towards the cap of its day no longer, while that day is known."""
    calendar = await work.store.get(CALENDARS, user_id)
    if calendar is not None and calendar.remembers(day):
        work.save(CALENDARS, calendar.with_earned(source, -amount, day))


async def _held(work: Work, user_id: UserId) -> PersonProgress:
    """The person's progress, held: awards at once take turns instead of starting again. Raises `NotFound`."""
    return _open(await work.store.hold(PROGRESS, user_id))


def _open(progress: PersonProgress | None) -> PersonProgress:
    """Raises `NotFound` for nobody, and for who is erased: what they left is still liked, but nobody earns by it."""
    if progress is None or progress.closed:
        raise NotFound("person")
    return progress


async def _last_entry(work: Work, user_id: UserId, source: str, subject: str) -> XpEntry | None:
    """The newest entry of an award: of its last round, the reversal before the award."""
    same = (eq("user_id", user_id), eq("source", source), eq("subject", subject))
    entries = await work.store.page(XP_ENTRIES, *same, order=_LAST_ROUND, limit=2)
    if not entries:
        return None
    one, *other = entries
    return other[0] if other and other[0].reversal and other[0].round == one.round else one


async def _reward(work: Work, rules: ProgressionRules, user_id: UserId, paid: int, level: int) -> None:
    """Pay each level crossed, one transfer each, and tell of the highest."""
    if rules.points_per_level:
        rewards = [
            issued(
                work,
                user_id,
                n * rules.points_per_level,
                rule="level_reward",
                key=f"{user_id}:{n}",
                kind="level_reward",
                reference=f"level:{n}",
            )
            for n in range(paid + 1, level + 1)
        ]
        await pay(work, *rewards)
    if rules.marks_a_level(paid, level):
        work.record(LevelMarkReached(user_id=user_id, level=level))
    await notify(work, user_id, NotificationType.LEVEL_UP, f"level:{level}", {"level": str(level)}, fresh=True)
