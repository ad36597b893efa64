"""The economy's numbers, as data. Source: docs/contexts/economy.md."""

from typing import Annotated

from attrs import frozen

from sparkle_core.domain.kernel.fields import Record, Whole

Points = Annotated[int, Whole(1, 1_000_000_000)]


@frozen(kw_only=True)
class EconomyRules(Record):
    """Points the platform issues, in SPARKLE."""

    welcome_bonus: Points = 100
    referral_bonus: Points = 500
