"""Moderation's rules as data: text rules, reports, queue, sanctions and appeals. Source: docs/contexts/moderation.md.

Loaded from TOML over these defaults; what could never work (no words, a threshold no text reaches,
two rules of one id) is refused when loaded, with its key and the reason. Patterns are compiled
by `Screener.of`, which names bad ones the same way.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Annotated, ClassVar

from attrs import Factory, frozen

from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Items, Record, Text, Whole
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import Scope
from sparkle_core.domain.moderation.words import Match, words_of

RuleId = Annotated[str, Text(1, 60)]
Term = Annotated[str, Text(1, 100)]
Host = Annotated[str, Text(1, 253)]

_MAX_DEPTH = 8
_SHORTEST_LINK = len("t.co ")


class Mode(Enum):
    """Whether a rule takes effect, or is only recorded to see what it would do."""

    LIVE = "live"
    SHADOW = "shadow"


@frozen(kw_only=True)
class Words(Record):
    """One of these words occurs, also when it is written to look different (see `words.py`).

    `exceptions`: harmless words that one of them is part of, or looks like.
    """

    kind: ClassVar[str] = "words"
    terms: Annotated[tuple[Term, ...], Items(20_000, min=1)]
    match: Match = Match.WHOLE
    exceptions: Annotated[tuple[Term, ...], Items(20_000)] = ()

    def _rules(self) -> list[Fault]:
        return [
            Fault(f"{name}.{i}", f"{term!r} has no letters or digits to look for")
            for name, terms in (("terms", self.terms), ("exceptions", self.exceptions))
            for i, term in enumerate(terms)
            if not words_of(term)
        ]


@frozen(kw_only=True)
class Pattern(Record):
    """A regular expression (RE2: linear time, no look-around or back-references) matches the text as written."""

    kind: ClassVar[str] = "pattern"
    pattern: Annotated[str, Text(1, 2_000)]


@frozen(kw_only=True)
class Links(Record):
    """The text has more than so many links."""

    kind: ClassVar[str] = "links"
    more_than: Annotated[int, Whole(0, 1_000)] = 0


@frozen(kw_only=True)
class LinkHosts(Record):
    """A link goes to a denied host, or past the allowed ones where there are any; subdomains included."""

    kind: ClassVar[str] = "link_hosts"
    denied: Annotated[tuple[Host, ...], Items(20_000)] = ()
    allowed: Annotated[tuple[Host, ...], Items(20_000)] = ()

    def _rules(self) -> list[Fault]:
        if not self.denied and not self.allowed:
            return [Fault("denied", "name a denied or an allowed host; without one this never fires")]
        return []


@frozen(kw_only=True)
class Capitals(Record):
    """More than so many percent of the letters are capitals, in a text of at least so many letters."""

    kind: ClassVar[str] = "capitals"
    above_percent: Annotated[int, Whole(1, 99)] = 70
    letters: Annotated[int, Whole(1, 100_000)] = 20


@frozen(kw_only=True)
class AccountYounger(Record):
    """The author's account is younger than so many hours."""

    kind: ClassVar[str] = "account_younger"
    hours: Annotated[int, Whole(1, 87_600)]


@frozen(kw_only=True)
class All(Record):
    """Every one of the conditions holds."""

    kind: ClassVar[str] = "all"
    of: Annotated[tuple["Condition", ...], Items(50, min=1)]


@frozen(kw_only=True)
class Any(Record):
    """One of the conditions holds."""

    kind: ClassVar[str] = "any"
    of: Annotated[tuple["Condition", ...], Items(50, min=1)]


@frozen(kw_only=True)
class Not(Record):
    """The condition does not hold."""

    kind: ClassVar[str] = "not"
    of: "Condition"


Condition = Words | Pattern | Links | LinkHosts | Capitals | AccountYounger | All | Any | Not


@frozen(kw_only=True)
class Allow(Record):
    """Let it through: the rules after this one are not asked."""

    kind: ClassVar[str] = "allow"


@frozen(kw_only=True)
class Flag(Record):
    """Publish it, and open a case for the moderators."""

    kind: ClassVar[str] = "flag"


@frozen(kw_only=True)
class Hold(Record):
    """Hide it until a moderator has decided."""

    kind: ClassVar[str] = "hold"


@frozen(kw_only=True)
class Block(Record):
    """Refuse it, with a message for its author."""

    kind: ClassVar[str] = "block"
    message: Annotated[str, Text(1, 500)]


@frozen(kw_only=True)
class Censor(Record):
    """Publish it with an asterisk for each character that the rule's words and patterns found."""

    kind: ClassVar[str] = "censor"


Effect = Allow | Flag | Hold | Block | Censor


@frozen(kw_only=True)
class Rule(Record):
    """When the condition holds for a text in one of the scopes, the effect takes place.

    `weight` is what it adds to the score of the case it opens. `version` goes into the trace:
    count it up when the rule changes.
    """

    id: RuleId
    version: Annotated[int, Whole(1, 1_000_000)] = 1
    mode: Mode = Mode.LIVE
    scopes: Annotated[tuple[Scope, ...], Items(4, min=1)] = (Scope.POST, Scope.COMMENT)
    condition: Condition
    effect: Effect
    weight: Annotated[int, Whole(0, 1_000)] = 20

    def _rules(self) -> list[Fault]:
        faults = [Fault("condition", f"nests deeper than {_MAX_DEPTH}")] if _depth(self.condition) > _MAX_DEPTH else []
        faults += _unreachable(self.condition, "condition", max(s.longest for s in self.scopes))
        if isinstance(self.effect, Censor):
            faults += self._censoring()
        return faults

    def _censoring(self) -> Iterator[Fault]:
        if not {Scope.POST, Scope.COMMENT}.issuperset(self.scopes):
            yield Fault("scopes", "only POST and COMMENT can be censored; names and bios are blocked or flagged")
        if not _finds_places(self.condition):
            yield Fault("effect", "nothing to censor: the condition has no words or pattern outside a not")


def _depth(condition: Condition) -> int:
    if isinstance(condition, All | Any):
        return 1 + max(map(_depth, condition.of))
    return 1 + _depth(condition.of) if isinstance(condition, Not) else 1


def _finds_places(condition: Condition) -> bool:
    if isinstance(condition, All | Any):
        return any(map(_finds_places, condition.of))
    return isinstance(condition, Words | Pattern)


def _unreachable(condition: Condition, path: str, longest: int) -> Iterator[Fault]:
    """The thresholds that no text of its scopes can reach."""
    if isinstance(condition, All | Any):
        for i, one in enumerate(condition.of):
            yield from _unreachable(one, f"{path}.of.{i}", longest)
    elif isinstance(condition, Not):
        yield from _unreachable(condition.of, f"{path}.of", longest)
    elif isinstance(condition, Capitals) and condition.letters > longest:
        yield Fault(f"{path}.letters", f"cannot be reached: such a text has at most {longest:,} characters")
    elif isinstance(condition, Links) and (condition.more_than + 1) * _SHORTEST_LINK > longest + 1:
        yield Fault(f"{path}.more_than", f"cannot be reached: such a text has at most {longest:,} characters")


@frozen(kw_only=True)
class ReasonWeights(Record):
    """What one report for each reason adds to a case's score, before its reporter is weighed."""

    spam: Annotated[int, Whole(0, 1_000)] = 10
    harassment: Annotated[int, Whole(0, 1_000)] = 20
    hate: Annotated[int, Whole(0, 1_000)] = 25
    self_harm: Annotated[int, Whole(0, 1_000)] = 30
    sexual: Annotated[int, Whole(0, 1_000)] = 20
    violence: Annotated[int, Whole(0, 1_000)] = 25
    illegal: Annotated[int, Whole(0, 1_000)] = 30
    copyright: Annotated[int, Whole(0, 1_000)] = 10
    impersonation: Annotated[int, Whole(0, 1_000)] = 15
    other: Annotated[int, Whole(0, 1_000)] = 5

    def of(self, reason: ReportReason) -> int:
        weight: int = getattr(self, reason.value)
        return weight


@frozen(kw_only=True)
class ReportRules(Record):
    """How reports become a case's score, and the score from which content is hidden pending review.

    A reporter counts `newcomer_percent` in their first `newcomer_days`, then by how many of their
    reports were upheld: from `least_percent` (none) to `most_percent` (all), with a record of
    `prior_reports` even ones put before their own. At most `cap` each, so that `colluders` people
    together cannot hide anything: a file in which they could is refused.
    """

    weights: ReasonWeights = Factory(ReasonWeights)
    newcomer_days: Annotated[int, Whole(0, 365)] = 7
    newcomer_percent: Annotated[int, Whole(0, 1_000)] = 25
    least_percent: Annotated[int, Whole(0, 1_000)] = 20
    most_percent: Annotated[int, Whole(0, 1_000)] = 180
    prior_reports: Annotated[int, Whole(2, 1_000)] = 10
    cap: Annotated[int, Whole(1, 1_000)] = 30
    colluders: Annotated[int, Whole(1, 1_000)] = 5
    hide_at: Annotated[int, Whole(1, 1_000_000)] = 160

    def _rules(self) -> list[Fault]:
        faults = []
        if self.colluders * self.cap >= self.hide_at:
            faults.append(
                Fault(
                    "hide_at", f"must be above {self.colluders * self.cap}: {self.colluders} people at {self.cap} each"
                )
            )
        if self.least_percent > self.most_percent:
            faults.append(Fault("least_percent", "must not be above most_percent"))
        return faults


@frozen(kw_only=True)
class QueueRules(Record):
    """A claim lasts `claim_minutes`; each point of a case's score counts as `minutes_a_point` of waiting."""

    claim_minutes: Annotated[int, Whole(1, 1_440)] = 10
    minutes_a_point: Annotated[int, Whole(0, 1_440)] = 6


@frozen(kw_only=True)
class DecisionRules(Record):
    """How long a suspension lasts unless the moderator says otherwise, and how long one may appeal."""

    suspension_days: Annotated[int, Whole(1, 3_650)] = 7
    appeal_within_days: Annotated[int, Whole(1, 365)] = 20


def _defaults() -> tuple[Rule, ...]:
    content = (Scope.POST, Scope.COMMENT)
    newcomer = AccountYounger(hours=72)
    return (
        Rule(
            id="spam-phrases",
            scopes=content,
            condition=Words(
                terms=("buy followers", "free followers", "free v-bucks", "double your bitcoin", "guaranteed profit",
                       "click here to win", "work from home and earn", "dm me to invest"),
            ),
            effect=Hold(),
            weight=40,
        ),
        Rule(id="newcomer-links", scopes=content, condition=All(of=(newcomer, Links(more_than=2))), effect=Hold()),
        Rule(id="many-links", scopes=content, condition=Links(more_than=20), effect=Flag()),
        Rule(
            id="executable-links",
            condition=Pattern(pattern=r"(?i)https?://[^\s<>\"]+\.(?:exe|scr|msi|bat|apk)(?:$|[\s<>\"?#])"),
            effect=Hold(),
            weight=60,
        ),
        Rule(id="shouting", scopes=content, condition=Capitals(above_percent=80, letters=80), effect=Flag(), weight=5),
        Rule(
            id="official-names",
            scopes=(Scope.NAME,),
            condition=Words(terms=("sparkle staff", "sparkle support", "sparkle team", "sparkle admin")),
            effect=Block(message="This name would look like one of the community's own team; please choose another."),
        ),
        Rule(
            id="links-in-names",
            scopes=(Scope.NAME,),
            condition=Links(),
            effect=Block(message="A name cannot be a link."),
        ),
    )  # fmt: skip


@frozen(kw_only=True)
class ModerationRules(Record):
    """Everything about moderation that an importer may change. `rules` are asked in order."""

    rules: Annotated[tuple[Rule, ...], Items(2_000)] = Factory(_defaults)
    reports: ReportRules = Factory(ReportRules)
    queue: QueueRules = Factory(QueueRules)
    decisions: DecisionRules = Factory(DecisionRules)

    def _rules(self) -> list[Fault]:
        seen: set[str] = set()
        faults = []
        for i, rule in enumerate(self.rules):
            if rule.id in seen:
                faults.append(Fault(f"rules.{i}.id", f"there is another rule {rule.id!r} before it"))
            seen.add(rule.id)
        return faults
