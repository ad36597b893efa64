"""Referrals: 500 points to whoever brought a newcomer that stayed. Source: docs/contexts/accounts.md."""

from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.wallets import issued, pay
from sparkle_core.domain.accounts import PEOPLE, REFERRALS
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.actors import Status
from sparkle_core.domain.kernel.stored import eq, gt
from sparkle_core.domain.notifications import NotificationType


@frozen(kw_only=True)
class PayReferral(Command[None]):
    """Pay a referral whose waiting time is over, if the newcomer is in good standing and the month allows it."""

    referral_id: UUID


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
