"""Content's rules, as data."""

from typing import Annotated

from attrs import frozen

from sparkle_core.domain.content.comments import MAX_DEPTH
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Items, Record, Text, Whole

ReactionKind = Annotated[str, Text(1, 20)]

LIKE = "LIKE"
"""The reaction that counts as a like on its author's profile."""


@frozen(kw_only=True)
class ContentRules(Record):
    """Which reactions there are, and how deep replies nest (50 at most). Source: docs/contexts/content.md."""

    reactions: Annotated[tuple[ReactionKind, ...], Items(50, min=1)] = (LIKE, "LOVE", "LAUGH", "WOW", "SAD")
    comment_depth: Annotated[int, Whole(1, MAX_DEPTH)] = MAX_DEPTH

    def _rules(self) -> list[Fault]:
        bad = [r for r in self.reactions if not (r.isascii() and r.replace("_", "").isalpha() and r.isupper())]
        return [Fault("reactions", f"must be words in capitals; not {', '.join(bad)}")] if bad else []

    def known_reaction(self, name: str) -> str:
        """The reaction of that name. Raises `Invalid`."""
        if name not in self.reactions:
            raise Invalid.at("reaction", "must be one of " + ", ".join(self.reactions))
        return name
