"""What somebody may give away, within the transaction that gives it."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.people import here_since
from sparkle_core.application.shared.trust import trust_of
from sparkle_core.domain.economy.ledger import Posted, wallet_of
from sparkle_core.domain.economy.limits import Limits, keep_within, old_enough


async def within_limits(work: Work, limits: Limits, what: str, posted: Posted, wallet: UUID | None = None) -> None:
    """Hold what the caller's wallet, SPARKLE unless said, has just paid against the limits on `what`.

    A refusal takes it all back. After posting, since only then it is known whether anything was
    posted anew: a repeat is answered whatever the limits are by then. Raises `LimitReached`.
    """
    wallet = wallet or wallet_of(work.user_id)
    amount = sum(t.amount for t in posted.transfers if t.id in posted.fresh and t.debit == wallet)
    if amount:
        limit = getattr(limits, what)[await trust_of(work, work.user_id)]
        if limit.min_age_days:  # looked up only where it matters: every tip comes by here
            old_enough(limit, what, await here_since(work, work.user_id), work.now)
        keep_within(limit, what, amount, posted.accounts[wallet], work.now)
