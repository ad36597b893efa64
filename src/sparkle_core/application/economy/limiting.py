"""What somebody may give away or have open, within the transaction in which they do."""

from enum import Enum
from typing import Any
from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.people import here_since, one_at_a_time
from sparkle_core.application.shared.trust import trust_of
from sparkle_core.domain.economy.ledger import Posted, wallet_of
from sparkle_core.domain.economy.limits import Limit, Limits, keep_within, old_enough
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.economy.trading_errors import TooManyOpen
from sparkle_core.domain.kernel.stored import Kind, eq


async def within_limits(work: Work, limits: Limits, what: str, posted: Posted, wallet: UUID | None = None) -> None:
    """Hold what the caller's wallet, SPARKLE unless said, has just paid against the limits on `what`.

    A refusal takes it all back. After posting, since only then it is known whether anything was
    posted anew: a repeat is answered whatever the limits are by then. Raises `LimitReached`.
    """
    wallet = wallet or wallet_of(work.user_id)
    amount = sum(t.amount for t in posted.transfers if t.id in posted.fresh and t.debit == wallet)
    if amount:
        limit = getattr(limits, what)[await trust_of(work, work.user_id)]
        await _be_old_enough(work, limit, what)
        keep_within(limit, what, amount, posted.accounts[wallet], work.now)


async def may_trade(work: Work, limits: Limits) -> None:
    """Whoever trades has been here for long enough, whatever they give. Raises `LimitReached`."""
    if any(limit.min_age_days for limit in limits.trades):
        await _be_old_enough(work, limits.trades[await trust_of(work, work.user_id)], "trades")


async def may_open(work: Work, kind: Kind[Any], whose: str, status: Enum, rules: EconomyRules) -> None:
    """The caller may trade, and open one more trade of a kind, of which they are `whose` and that is open by `status`.

    Holds the caller's row, so that those who open several at once are counted one after another: it comes before
    things and accounts. Raises `LimitReached`, `TooManyOpen`.
    """
    await may_trade(work, rules.limits)
    await one_at_a_time(work, work.user_id)
    mine = (eq(whose, work.user_id), eq("status", status))
    if len(await work.store.find(kind, *mine, limit=rules.trading.most_open)) >= rules.trading.most_open:
        raise TooManyOpen("open trades", None, rules.trading.most_open)


async def _be_old_enough(work: Work, limit: Limit, what: str) -> None:
    """Looked up only where it matters: every tip comes by here. Raises `LimitReached`."""
    if limit.min_age_days:
        old_enough(limit, what, await here_since(work, work.user_id), work.now)
