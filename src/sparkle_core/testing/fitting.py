"""Values made to fit one another, for classes whose rules random fields would hardly ever meet together.

`FITTING` has a row for each class with rules across its fields: what is done to the fields, one
after another, before a value is made of them.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from attrs import evolve

from sparkle_core.domain.accounts.identities import ProvedIdentity
from sparkle_core.domain.accounts.people import Sanction, SanctionKind
from sparkle_core.domain.accounts.profiles import Showcase
from sparkle_core.domain.accounts.rules import PasswordRules, SecurityRules
from sparkle_core.domain.content import Post, PostKind, RichText
from sparkle_core.domain.content.posts import Written
from sparkle_core.domain.economy.holds import Hold
from sparkle_core.domain.economy.items import Content, Discount, Item, ItemKind, ItemTerms
from sparkle_core.domain.economy.ledger import Currency, Transfer
from sparkle_core.domain.economy.limits import Limit
from sparkle_core.domain.economy.money import Rate, gaining
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.economy.trading import Offer, Side
from sparkle_core.domain.leaderboards.rules import LeagueRules, Listed, Season
from sparkle_core.domain.moderation import rules as moderation
from sparkle_core.domain.moderation.decisions import Action, Decision
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import Scope, TargetType
from sparkle_core.domain.progression import ProgressionRules
from sparkle_core.domain.progression.criteria import CounterName
from sparkle_core.domain.progression.curves import TableCurve
from sparkle_core.domain.progression.quests import MOST_EACH, Quest, QuestKind
from sparkle_core.domain.progression.rules import TrustRules, TrustThreshold

Given = dict[str, Any]
Fit = Callable[[Given], Given]
Test = Callable[[Given], bool]

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)


# What several classes ask for


def in_order(first: str, second: str, least: Any) -> Fit:
    """Where both are there, the smaller one first, and the second one `least` more when they are equal."""

    def fit(given: Given) -> Given:
        if given[first] is None or given[second] is None:
            return given
        low, high = sorted((given[first], given[second]))
        return given | {first: low, second: high if low < high else high + least}

    return fit


def distinct(name: str, by: str | None = None) -> Fit:
    """Each item once, or each that an attribute tells apart."""
    return lambda given: given | {name: tuple({getattr(one, by) if by else one: one for one in given[name]}.values())}


def differing(first: str, second: str, another: Callable[[Any], Any]) -> Fit:
    """Two that are not the same."""
    return lambda given: given | {second: another(given[first])} if given[first] == given[second] else given


def needs(name: str, when: Test, otherwise: object) -> Fit:
    """One that is there where something holds: `otherwise`, when none was drawn."""
    return lambda given: given | {name: otherwise} if when(given) and not given[name] else given


def only(name: str, when: Test, none: object = None) -> Fit:
    """One that is there only where something holds."""
    return lambda given: given if when(given) else given | {name: none}


def just(name: str, when: Test, otherwise: object, none: object = None) -> Fit:
    """One that is there where something holds, and only there."""
    need, leave = needs(name, when, otherwise), only(name, when, none)
    return lambda given: leave(need(given))


def is_one(name: str, *members: object) -> Test:
    return lambda given: given[name] in members


def _another_id(id: UUID) -> UUID:
    return UUID(int=id.int ^ 1)


def _another_currency(currency: Currency) -> Currency:
    return next(c for c in Currency if c is not currency)


# What one asks for alone


def _trust(given: Given) -> Given:
    """No level asks for less of anything than the one before."""
    measures = ("days", "visits", "reputation")
    rising = zip(*(sorted(getattr(level, measure) for level in given["levels"]) for measure in measures), strict=True)
    return given | {"levels": tuple(TrustThreshold(**dict(zip(measures, one, strict=True))) for one in rising)}


def _objectives(given: Given) -> Given:
    """About what is counted, each once; no more than one person can do, or one alone and more than that together."""
    together = given["kind"] is QuestKind.COMMUNITY
    counted = [c for c in CounterName if not c.is_reached]
    fitting = tuple(
        evolve(
            one,
            counter=counted[0] if one.counter.is_reached else one.counter,
            target=max(one.target, given["each_at_most"] + 1) if together else 1 + one.target % MOST_EACH,
        )
        for one in given["objectives"]
    )
    return given | {"objectives": fitting[:1] if together else fitting}


def _repeats(given: Given) -> Given:
    """It comes back when it is over, not sooner."""
    if given["repeat_days"] is None:
        return given
    return given | {"ends_at": min(given["ends_at"], given["starts_at"] + timedelta(days=given["repeat_days"]))}


def _requires(given: Given) -> Given:
    """Each quest requires as many as it did, of those before it."""
    names = [quest.name for quest in given["quests"]]
    return given | {
        "quests": tuple(
            evolve(quest, requires=tuple(names[max(0, n - len(quest.requires)) : n]))
            for n, quest in enumerate(given["quests"])
        )
    }


def _seasons(given: Given) -> Given:
    """Those that begin after the one before them."""
    fitting: list[Season] = []
    for season in sorted(given["seasons"], key=attrgetter("starts_on")):
        if not fitting or season.starts_on >= fitting[-1].ends_on:
            fitting.append(season)
    return given | {"seasons": tuple(fitting)}


def _leagues(given: Given) -> Given:
    """No more go up and down than are in a cohort."""
    promoted = min(given["promoted"], given["cohort_size"])
    return given | {"promoted": promoted, "demoted": min(given["demoted"], given["cohort_size"] - promoted)}


def _security(given: Given) -> Given:
    """A session goes on for as long as the longest one may, and what is guessed at is tried 1 to 100 times."""
    guessed = ("login_per_account", "login_per_device", "factors_per_account")
    longest = max(given[name] for name in ("session_limit_days", "session_days", "remembered_days"))
    tiers = {name: evolve(given[name], limit=1 + given[name].limit % 100) for name in guessed}
    return given | {"session_limit_days": longest} | tiers


def _reports(given: Given) -> Given:
    """So many people together cannot hide anything, within what `hide_at` can be at most."""
    colluders = min(given["colluders"], 999)
    return given | {"colluders": colluders, "hide_at": max(given["hide_at"], colluders * given["cap"] + 1)}


def _characters(condition: Any) -> Iterator[int]:
    """How many characters a text has to have for the thresholds in a condition."""
    match condition:
        case moderation.All() | moderation.Any():
            for one in condition.of:
                yield from _characters(one)
        case moderation.Not():
            yield from _characters(condition.of)
        case moderation.Capitals():
            yield condition.letters
        case moderation.Links():
            yield (condition.more_than + 1) * len("t.co ")


def _reachable(given: Given) -> Given:
    """A rule judges posts, too, when no other text of its scopes is long enough for it."""
    needed, longest = max(_characters(given["condition"]), default=0), max(s.longest for s in given["scopes"])
    return given if needed <= longest else given | {"scopes": (Scope.POST,)}


def _censoring(given: Given) -> Given:
    """A censor finds words, and in content."""
    if not isinstance(given["effect"], moderation.Censor):
        return given
    either = moderation.Any(of=(moderation.Words(terms=("darn",)), given["condition"]))
    return given | {"scopes": (Scope.POST, Scope.COMMENT), "condition": either}


def _removes_content(given: Given) -> Given:
    """A person cannot be removed."""
    removes = given["action"] is Action.REMOVE and not given["target_type"].is_content
    return given | {"target_type": TargetType.POST} if removes else given


def _fair(given: Given) -> Given:
    """Those rates that together with the ones before them gain nothing for who goes round."""
    fitting: list[Rate] = []
    for rate in given["rates"]:
        if not gaining((*fitting, rate)):
            fitting.append(rate)
    return given | {"rates": tuple(fitting)}


def _sides(given: Given) -> Given:
    """Points from one side alone, and something from one of them."""
    gives, asks = given["gives"], given["asks"]
    if gives.is_empty and asks.is_empty:
        return given | {"gives": evolve(gives, points=1)}
    return given | {"asks": evolve(asks, points=0)} if gives.points else given


def _says_something(given: Given) -> Given:
    return given | {"body": RichText.of("words")} if given["body"].is_blank else given


_lasts = is_one("kind", QuestKind.SEASONAL, QuestKind.COMMUNITY)


def _against(given: Given) -> bool:
    return given["action"] is not Action.DISMISS


FITTING: Mapping[type, tuple[Fit, ...]] = {
    # accounts
    PasswordRules: (in_order("min_length", "max_length", 0),),
    ProvedIdentity: (only("email_verified", lambda given: given["email"] is not None, False),),
    Sanction: (
        just("ends_at", is_one("kind", SanctionKind.SUSPEND), _SOME_DAY),
        in_order("starts_at", "ends_at", _MOMENT),
    ),
    SecurityRules: (_security,),
    Showcase: (distinct("badges"), distinct("pinned_posts"), distinct("featured_items")),
    # content
    Post: (
        lambda given: given | {"kind": PostKind(given["content"].kind)},
        only("accepted", is_one("kind", PostKind.QUESTION)),
    ),
    Written: (_says_something,),
    # economy
    Discount: (in_order("since", "until", _MOMENT),),
    EconomyRules: (distinct("rates", "name"), _fair),
    Hold: (in_order("at", "expires_at", _MOMENT),),
    Limit: (in_order("largest", "a_day", 0),),
    Item: (lambda given: given | {"kind": given["terms"].kind},),
    ItemTerms: (
        just("boost_minutes", is_one("kind", ItemKind.BOOST), 1),
        just("contents", is_one("kind", ItemKind.BUNDLE), (Content(item_id=UUID(int=1)),), ()),
        distinct("contents", "item_id"),
        in_order("sale_from", "sale_until", _MOMENT),
    ),
    Offer: (differing("from_id", "to_id", _another_id), _sides),
    Rate: (differing("source", "target", _another_currency),),
    Side: (distinct("things", "thing_id"),),
    Transfer: (differing("debit", "credit", _another_id),),
    # leaderboards
    LeagueRules: (_leagues,),
    Listed: (distinct("seasons", "name"), _seasons),
    Season: (in_order("starts_on", "ends_on", timedelta(days=1)),),
    # moderation
    Decision: (
        needs("ground", _against, ReportReason.SPAM),
        just("ends_at", is_one("action", Action.SUSPEND), _SOME_DAY),
        just("appeal_until", _against, _SOME_DAY),
        lambda given: given | {"automated": given["decided_by"] is None},
        _removes_content,
    ),
    moderation.LinkHosts: (needs("denied", lambda given: not given["allowed"], ("a.example",)),),
    moderation.ModerationRules: (distinct("rules", "id"),),
    moderation.ReportRules: (_reports, in_order("least_percent", "most_percent", 0)),
    moderation.Rule: (_reachable, _censoring),
    # progression
    ProgressionRules: (distinct("achievements", "name"), distinct("quests", "name"), _requires),
    Quest: (
        _objectives,
        distinct("objectives", "counter"),
        needs("starts_at", _lasts, _SOME_DAY),
        needs("ends_at", _lasts, _SOME_DAY),
        in_order("starts_at", "ends_at", _MOMENT),
        only("repeat_days", _lasts),
        _repeats,
    ),
    TableCurve: (lambda given: given | {"totals": tuple(sorted(set(given["totals"])))},),
    TrustRules: (_trust,),
}
"""By class, or by a class that it derives from, in the order in which they are done."""
