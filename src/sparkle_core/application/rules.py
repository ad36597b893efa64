"""All rules in one tree, one slice a context. Defaults are in code; a TOML file says only what differs."""

from pathlib import Path

from attrs import Factory, frozen

from sparkle_core.domain.accounts.rules import AccountsRules, SecurityRules
from sparkle_core.domain.content.rules import ContentRules
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.kernel.retention import RetentionRules
from sparkle_core.domain.kernel.rules import load_rules
from sparkle_core.domain.leaderboards import LeaderboardRules
from sparkle_core.domain.moderation.rules import ModerationRules
from sparkle_core.domain.progression import ProgressionRules


@frozen(kw_only=True)
class Rules(Record):
    """What people tune. A use case takes its own slice."""

    accounts: AccountsRules = Factory(AccountsRules)
    security: SecurityRules = Factory(SecurityRules)
    economy: EconomyRules = Factory(EconomyRules)
    progression: ProgressionRules = Factory(ProgressionRules)
    leaderboards: LeaderboardRules = Factory(LeaderboardRules)
    content: ContentRules = Factory(ContentRules)
    moderation: ModerationRules = Factory(ModerationRules)
    retention: RetentionRules = Factory(RetentionRules)

    @classmethod
    def load(cls, file: Path) -> "Rules":
        """From a TOML file. Raises `Invalid`: every fault with file, key and reason."""
        return load_rules(cls, file)
