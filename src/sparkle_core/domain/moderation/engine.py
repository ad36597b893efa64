"""The rules engine: pure. Rules are compiled to patterns and tests; a text's findings make a judgement.

The patterns are matched elsewhere (`Screener`, through the `Patterns` port) and what they found
is passed in, so that judging is a function of its arguments: the same text, author's age and
rules give the same judgement, and `conclude` gives it again from its trace alone.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated

from attrs import field, frozen

from sparkle_core.domain.kernel.fields import Record, Text, Whole
from sparkle_core.domain.moderation.links import ascii_host, belongs
from sparkle_core.domain.moderation.rules import (
    AccountYounger,
    All,
    Any,
    Block,
    Capitals,
    Censor,
    Condition,
    LinkHosts,
    Links,
    Mode,
    Not,
    Pattern,
    Rule,
    Words,
)
from sparkle_core.domain.moderation.targets import Scope
from sparkle_core.domain.moderation.words import Match, WordList

Places = Sequence[tuple[int, int]]
Hits = Mapping[int, Places]
"""Where each word or pattern was found, by its number."""

_PLACES_KEPT = 20


@frozen(kw_only=True)
class Span(Record):
    """From character `start` up to, not including, `end`."""

    start: Annotated[int, Whole(0)]
    end: Annotated[int, Whole(1)]


@frozen(kw_only=True)
class Finding(Record):
    """One rule that fired: which, on what figures, where, and what it adds to a case's score."""

    rule: Annotated[str, Text(1, 60)]
    version: int
    mode: Mode
    effect: Annotated[str, Text(1, 20)]
    message: Annotated[str, Text(1, 500)] | None = None
    weight: int
    inputs: dict[str, int]
    spans: tuple[Span, ...] = ()


@frozen(kw_only=True)
class Judgement(Record):
    """What the rules say of a text. `blocked` is the message for its author; `findings` are the trace."""

    findings: tuple[Finding, ...] = ()
    blocked: Annotated[str, Text(1, 500)] | None = None
    held: bool = False
    flagged: bool = False
    censored: tuple[Span, ...] = ()
    score: int = 0


@frozen(kw_only=True)
class Facts:
    """What is judged: the text, which kind of text it is, and how old its author's account is."""

    text: str
    scope: Scope
    account_age_s: int


@frozen(kw_only=True)
class Observed:
    """The facts, and what was found in the text: words and patterns by their numbers, and the links' hosts."""

    facts: Facts
    words: Hits
    patterns: Hits
    hosts: tuple[str, ...]


@frozen
class _Holds:
    """Whether a condition holds, on which figures, and where."""

    yes: bool
    inputs: dict[str, int]
    places: tuple[tuple[int, int], ...] = ()


_Test = Callable[[Observed], _Holds]


def conclude(findings: tuple[Finding, ...]) -> Judgement:
    """The judgement that a trace stands for. Shadow rules change nothing; a block outweighs a hold, a hold the rest."""
    live = [f for f in findings if f.mode is Mode.LIVE]
    kinds = {f.effect for f in live}
    return Judgement(
        findings=findings,
        blocked=next((f.message for f in live if f.effect == "block"), None),
        held="hold" in kinds,
        flagged="flag" in kinds,
        censored=tuple(s for f in live if f.effect == "censor" for s in f.spans),
        score=sum(f.weight for f in live if f.effect in ("hold", "flag")),
    )


@frozen
class Program:
    """Compiled rules: the patterns to match, and a test for each rule."""

    tests: tuple[tuple[Rule, _Test], ...]
    words: WordList
    patterns: tuple[str, ...]
    places: tuple[str, ...]
    """The key of each of `patterns` in the rules, to name a bad one by."""
    wants_links: bool

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "Program":
        compiler = _Compiler()
        tests = tuple((rule, compiler.test(rule.condition, f"rules.{i}.condition")) for i, rule in enumerate(rules))
        return cls(tests, compiler.words, tuple(compiler.patterns), tuple(compiler.places), compiler.wants_links)

    def judge(self, observed: Observed) -> Judgement:
        """Ask the rules in order, up to the first live one that allows."""
        findings: list[Finding] = []
        for rule, test in self.tests:
            if observed.facts.scope not in rule.scopes:
                continue
            holds = test(observed)
            if holds.yes:
                findings.append(_finding(rule, holds))
                if rule.effect.kind == "allow" and rule.mode is Mode.LIVE:
                    break
        return conclude(tuple(findings))


def _finding(rule: Rule, holds: _Holds) -> Finding:
    places = sorted(set(holds.places))
    kept = places if isinstance(rule.effect, Censor) else places[:_PLACES_KEPT]
    return Finding(
        rule=rule.id,
        version=rule.version,
        mode=rule.mode,
        effect=rule.effect.kind,
        message=rule.effect.message if isinstance(rule.effect, Block) else None,
        weight=rule.weight,
        inputs=holds.inputs,
        spans=tuple(Span(start=s, end=e) for s, e in kept),
    )


@frozen
class _Compiler:
    """Gathers the patterns of all conditions, and makes a test of each."""

    words: WordList = field(factory=WordList)
    patterns: list[str] = field(factory=list)
    places: list[str] = field(factory=list)
    links: list[str] = field(factory=list)

    @property
    def wants_links(self) -> bool:
        return bool(self.links)

    def test(self, condition: Condition, path: str) -> _Test:
        match condition:
            case Words():
                return self._words(condition)
            case Pattern():
                return self._pattern(condition, path)
            case Links(more_than=most):
                self.links.append(path)
                return lambda seen: _counted("links", len(seen.hosts), len(seen.hosts) > most)
            case LinkHosts():
                self.links.append(path)
                return _link_hosts(condition)
            case Capitals():
                return lambda seen: _capitals(condition, seen.facts.text)
            case AccountYounger(hours=hours):
                return lambda seen: _counted(
                    "account_age_s", seen.facts.account_age_s, seen.facts.account_age_s < hours * 3_600
                )
            case All(of=parts):
                return _combined(all, [self.test(c, f"{path}.of.{i}") for i, c in enumerate(parts)])
            case Any(of=parts):
                return _combined(any, [self.test(c, f"{path}.of.{i}") for i, c in enumerate(parts)])
            case Not(of=part):
                inner = self.test(part, f"{path}.of")
                return lambda seen: _negated(inner(seen))

    def _words(self, words: Words) -> _Test:
        sought = {self.words.add(term, words.match) for term in words.terms}
        harmless = [self.words.add(term, Match.WHOLE) for term in words.exceptions]

        def test(seen: Observed) -> _Holds:
            found = [place for n in seen.words.keys() & sought for place in seen.words[n]]
            excused = _merged(place for n in harmless for place in seen.words.get(n, ()))
            hits = _not_within(sorted(set(found)), excused)
            return _Holds(bool(hits), {"words": len(hits)}, hits)

        return test

    def _pattern(self, pattern: Pattern, path: str) -> _Test:
        index = len(self.patterns)
        self.patterns.append(pattern.pattern)
        self.places.append(f"{path}.pattern")

        def test(seen: Observed) -> _Holds:
            hits = tuple(seen.patterns.get(index, ()))
            return _Holds(bool(hits), {"pattern": len(hits)}, hits)

        return test


def _counted(name: str, count: int, yes: bool) -> _Holds:
    return _Holds(yes, {name: count})


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping places as one, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _not_within(places: list[tuple[int, int]], excused: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The places, in order, that are not inside an excused one."""
    if not excused:
        return tuple(places)
    starts = [start for start, _ in excused]
    return tuple(p for p in places if (i := bisect_right(starts, p[0])) == 0 or p[1] > excused[i - 1][1])


def _link_hosts(condition: LinkHosts) -> _Test:
    denied = tuple(map(ascii_host, condition.denied))
    allowed = tuple(map(ascii_host, condition.allowed))

    def test(seen: Observed) -> _Holds:
        wrong = [h for h in seen.hosts if belongs(h, denied) or (allowed and not belongs(h, allowed))]
        return _counted("links", len(wrong), bool(wrong))

    return test


def _capitals(condition: Capitals, text: str) -> _Holds:
    upper = sum(map(str.isupper, text))
    letters = upper + sum(map(str.islower, text))
    above = letters >= condition.letters and upper * 100 > letters * condition.above_percent
    return _Holds(above, {"capitals": upper, "letters": letters})


def _combined(how: Callable[[Iterable[bool]], bool], tests: list[_Test]) -> _Test:
    def test(seen: Observed) -> _Holds:
        parts = [t(seen) for t in tests]
        inputs = {f"of.{i}.{name}": value for i, p in enumerate(parts) for name, value in p.inputs.items()}
        return _Holds(how(p.yes for p in parts), inputs, tuple(place for p in parts if p.yes for place in p.places))

    return test


def _negated(holds: _Holds) -> _Holds:
    return _Holds(not holds.yes, {f"of.{name}": value for name, value in holds.inputs.items()})


def censor(text: str, spans: Iterable[Span]) -> str:
    """The text with an asterisk for each character of the spans, so that its length stays."""
    chars = list(text)
    for span in spans:
        chars[span.start : span.end] = "*" * (span.end - span.start)
    return "".join(chars)


def by_number(found: Iterable[tuple[int, tuple[int, int]]]) -> Hits:
    """Finds as hits."""
    hits: dict[int, list[tuple[int, int]]] = {}
    for number, place in found:
        hits.setdefault(number, []).append(place)
    return hits
