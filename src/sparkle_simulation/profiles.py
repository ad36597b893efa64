"""How people behave, as data: profiles, how many live by each, and what there is to buy.

Defaults are in code; a TOML file says only what differs, as with the rules. Source: docs/simulation.md.
"""

from pathlib import Path
from typing import Annotated

from attrs import Factory, asdict, fields, frozen

from sparkle_core.domain.economy.items import ItemKind, ItemTerms
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Items, Record, Whole
from sparkle_core.domain.kernel.rarity import Rarity
from sparkle_core.domain.kernel.rules import load_rules

RATE_DAYS = 30
Rate = Annotated[int, Whole(0, 3_000)]
"""How often one person does it in 30 days, on average."""
Percent = Annotated[int, Whole(0, 100)]
Weight = Annotated[int, Whole(0, 1_000)]


@frozen(kw_only=True)
class Profile(Record):
    """One way to live in a community: how often one does what in 30 days, and how.

    `share`: how many live like this, in relation to the other profiles. `unlikes`, `accepts`,
    `refunds`: of one's own likes, questions and purchases. `visits`: being seen there, once a day counts.
    `claims`: looking for finished quests, and taking what they give. `tip_percent`: of what one has.
    `appeal`: how much others notice one's posts; `brings`: how many newcomers name one, in relation
    to others. `ring`: 0, or so many people who like, tip, answer, trade with and refer one another.
    """

    share: Weight
    posts: Rate = 0
    comments: Rate = 0
    likes: Rate = 0
    unlikes: Rate = 0
    accepts: Rate = 0
    tips: Rate = 0
    purchases: Rate = 0
    refunds: Rate = 0
    gifts: Rate = 0
    offers: Rate = 0
    visits: Rate = 0
    claims: Rate = 0
    tip_percent: Percent = 5
    appeal: Weight = 1
    brings: Weight = 1
    ring: Annotated[int, Whole(0, 100)] = 0

    def _rules(self) -> tuple[Fault, ...]:
        return (Fault("ring", "must be 0, or 2 and more: nobody is a ring alone"),) if self.ring == 1 else ()


STORE = (
    ItemTerms(name="Sparkler", kind=ItemKind.CONSUMABLE, price=15, refund_hours=48),
    ItemTerms(name="Fan badge", kind=ItemKind.BADGE, price=60, refund_hours=48),
    ItemTerms(name="Boost for an hour", kind=ItemKind.BOOST, price=90, boost_minutes=60, refund_hours=48),
    ItemTerms(name="Comet frame", kind=ItemKind.AVATAR_FRAME, rarity=Rarity.RARE, price=180, refund_hours=48),
    ItemTerms(name="Night sky theme", kind=ItemKind.THEME, rarity=Rarity.EPIC, price=600, refund_hours=48),
    ItemTerms(name="Founders' crown", kind=ItemKind.BADGE, rarity=Rarity.LEGENDARY, price=2_500, min_level=10),
)


@frozen(kw_only=True)
class Population(Record):
    """Who lives there and what is sold. `first_day_percent` join on the first day, the others day by day.

    `referred_percent` of those who come later name somebody's referral code.
    """

    lurker: Profile = Profile(share=58, comments=1, likes=8, tips=1, purchases=1, visits=12, claims=2)
    regular: Profile = Profile(
        share=28, posts=2, comments=20, likes=36, unlikes=1, accepts=1, tips=4, purchases=2, refunds=1, gifts=1,
        offers=1, visits=24, claims=12, appeal=3, brings=4,
    )  # fmt: skip
    creator: Profile = Profile(
        share=8, posts=10, comments=30, likes=30, accepts=3, tips=3, purchases=2, gifts=1, visits=30, claims=15,
        appeal=12, brings=10,
    )  # fmt: skip
    whale: Profile = Profile(
        share=2, posts=1, comments=12, likes=40, tips=20, purchases=12, gifts=6, offers=3, visits=24, claims=8,
        tip_percent=15, brings=2,
    )  # fmt: skip
    farmer: Profile = Profile(
        share=2, posts=90, comments=300, likes=3, accepts=6, purchases=1, offers=2, visits=60, claims=60, brings=0
    )
    cheat_ring: Profile = Profile(
        share=2, posts=20, comments=60, likes=120, accepts=8, tips=15, offers=4, visits=30, claims=30, tip_percent=50,
        brings=0, ring=5,
    )  # fmt: skip
    first_day_percent: Percent = 30
    referred_percent: Percent = 25
    store: Annotated[tuple[ItemTerms, ...], Items(100)] = Factory(lambda: STORE)

    def _rules(self) -> tuple[Fault, ...]:
        nobody = not any(profile.share for profile in self.profiles.values())
        return (Fault("share", "must be more than 0 in one profile at least"),) if nobody else ()

    @property
    def profiles(self) -> dict[str, Profile]:
        """By name, in the order in which they are declared."""
        return {a.name: getattr(self, a.name) for a in fields(Population) if a.type is Profile}

    @classmethod
    def load(cls, file: Path) -> "Population":
        """From a TOML file. Raises `Invalid`: every fault with file, line, key and reason."""
        return load_rules(cls, file)

    def shared_out(self, people: int) -> dict[str, int]:
        """How many of so many people live by each profile, by largest remainder; the first declared wins ties."""
        shares = {name: profile.share for name, profile in self.profiles.items()}
        in_all = sum(shares.values())
        counts = {name: people * share // in_all for name, share in shares.items()}
        by_remainder = sorted(shares, key=lambda name: -(people * shares[name] % in_all))
        for name in by_remainder[: people - sum(counts.values())]:
            counts[name] += 1
        return counts


def habits_of(profile: Profile) -> dict[str, int]:
    """What a profile does at all, and how often in 30 days."""
    return {name: rate for name, rate in asdict(profile).items() if name in HABITS and rate}


HABITS = (
    "posts", "comments", "likes", "unlikes", "accepts", "tips", "purchases", "refunds", "gifts", "offers", "visits",
    "claims",
)  # fmt: skip
"""What people do by themselves. Another habit is one more rate above, and one more line in `living.HABITS`."""
