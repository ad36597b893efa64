"""Referrals: 500 points to whoever brought a newcomer that stayed. Source: docs/contexts/accounts.md."""

from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.wallets import issued, pay
from sparkle_core.domain.accounts import PEOPLE, REFERRALS
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.proofs import Referral
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.actors import Status
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import eq, gt
from sparkle_core.domain.notifications import NotificationType


@frozen(kw_only=True)
class PayReferral(Command[None]):
    """Pay a referral whose waiting time is over, if the newcomer is in good standing and the month allows it."""

    referral_id: UUID


async def check_referral(work: Work, code: str | None) -> None:
    """Raises `Invalid` for a code that is nobody's."""
    if code is not None and await _owner_of(work, code) is None:
        raise Invalid.at("referral_code", "is not anybody's code; leave it out or correct it")


async def refer(work: Work, newcomer: UserId, code: str | None) -> None:
    """Keep who brought a newcomer; nobody, when whose code it was has been erased since it was told."""
    owner = await _owner_of(work, code) if code is not None else None
    if owner is not None:
        work.save(REFERRALS, Referral(id=work.new_id(), newcomer=newcomer, owner=owner.id, created_at=work.now))


async def refer_anew(work: Work, newcomer: UserId, code: str | None) -> None:
    """As `refer`, in the place of whoever brought somebody else with the same address."""
    before = await work.store.find(REFERRALS, eq("newcomer", newcomer))
    await work.store.erase(REFERRALS, [referral.id for referral in before])
    await refer(work, newcomer, code)


async def _owner_of(work: Work, code: str) -> Person | None:
    return await work.store.one(PEOPLE, eq("referral_code", code.lower()))


async def pay_referral(cmd: PayReferral, work: Work, *, rules: AccountsRules, economy: EconomyRules) -> None:
    referral = found(await work.store.get(REFERRALS, cmd.referral_id), "referral")
    newcomer = await work.store.get(PEOPLE, referral.newcomer)
    owner = await work.store.hold(PEOPLE, referral.owner)  # the guard of the monthly limit: one payment at a time
    if referral.paid_at is not None or newcomer is None or owner is None:
        return
    stayed = newcomer.standing_at(work.now).status is Status.ACTIVE and not newcomer.sanctions
    month = work.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    mine = (eq("owner", owner.id), gt("paid_at", month))
    paid = await work.store.find(REFERRALS, *mine, limit=rules.referrals_per_month)
    if not stayed or owner.status_at(work.now) is Status.DELETED or len(paid) >= rules.referrals_per_month:
        return
    work.save(REFERRALS, evolve(referral, paid_at=work.now))
    reference = f"referral:{referral.id}"
    bonus = issued(
        work,
        owner.id,
        economy.referral_bonus,
        rule="referral",
        key=str(referral.id),
        kind="referral",
        reference=reference,
    )
    await pay(work, bonus)
    await notify(work, owner.id, NotificationType.SYSTEM, reference, {"username": newcomer.username})
