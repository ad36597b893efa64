"""The economy's numbers, as data. Source: docs/contexts/economy.md."""

from typing import Annotated

from attrs import Factory, frozen

from sparkle_core.domain.economy.limits import Limits
from sparkle_core.domain.economy.money import Rate, gaining
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Items, Record, Whole

Points = Annotated[int, Whole(1, 1_000_000_000)]


@frozen(kw_only=True)
class TradingRules(Record):
    """Trades: the platform's fee on their points, how long they are open, how many one person has open.

    A bid in the last `extension_s` seconds of an auction moves its end to so many seconds after it.
    """

    fee_percent: Annotated[int, Whole(0, 50)] = 5
    offer_hours: Annotated[int, Whole(1, 720)] = 72
    most_open: Annotated[int, Whole(1, 200)] = 50
    extension_s: Annotated[int, Whole(1, 3_600)] = 120


@frozen(kw_only=True)
class EconomyRules(Record):
    """Points the platform issues, in SPARKLE, how people trade, what they may give away, and the rates that
    they convert at: none as it is. Nobody gains by converting there and back, whichever way round.
    """

    welcome_bonus: Points = 100
    referral_bonus: Points = 500
    trading: TradingRules = Factory(TradingRules)
    limits: Limits = Factory(Limits)
    rates: Annotated[tuple[Rate, ...], Items(100)] = ()

    def _rules(self) -> tuple[Fault, ...]:
        if len({rate.name for rate in self.rates}) < len(self.rates):
            return (Fault("rates", "must have a name each"),)
        if way := gaining(self.rates):
            names = ", then ".join(rate.name for rate in way)
            return (Fault("rates", f"must not gain: {names} makes more of an amount than it was"),)
        return ()
