"""What becomes of the trades of somebody who left."""

from attrs import frozen

from sparkle_core.application.economy.offers import offers_returned
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.fields import UserId


@frozen(kw_only=True)
class ReturnTrades(Command[None]):
    """Close every open trade of somebody who left: all that is in escrow goes back; the worker asks for it."""

    user_id: UserId


async def return_trades(cmd: ReturnTrades, work: Work) -> None:
    await offers_returned(work, cmd.user_id)
