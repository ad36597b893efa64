"""Asking the rules engine about a text, before it is saved, and opening a case for what it found.

    screening = await screen(work, screener, Scope.COMMENT, cmd.body)        # raises ContentBlocked
    comment = Comment(…, body=screening.censored(cmd.body), hidden=screening.held)
    work.save(COMMENTS, comment)
    await open_case_for(work, screening, TargetType.COMMENT, comment.id)     # nothing, unless held or flagged

What is held is saved hidden by its own context, exactly as `targets.hide` would leave it; the case
that this opens is what hides it, so that a moderator's dismissal restores it.
"""

import re
from uuid import UUID

from attrs import evolve, field, frozen

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.cases import case_about, freeze, take_down
from sparkle_core.application.shared.people import author_of
from sparkle_core.application.shared.targets import target_of
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.moderation import CASES, links
from sparkle_core.domain.moderation.engine import Facts, Hits, Judgement, Observed, Program, by_number, censor
from sparkle_core.domain.moderation.errors import ContentBlocked
from sparkle_core.domain.moderation.rules import ModerationRules
from sparkle_core.domain.moderation.targets import Scope, TargetType
from sparkle_core.domain.moderation.words import Reading, views_of
from sparkle_core.ports.text import Patterns, PatternSet


@frozen(eq=False)
class Screener:
    """Compiled rules: made once by the composition root, shared by all calls."""

    rules: ModerationRules
    _program: Program
    _standing: PatternSet
    _inside: PatternSet
    _patterns: PatternSet
    _links: PatternSet

    @classmethod
    def of(cls, rules: ModerationRules, patterns: Patterns) -> "Screener":
        """Raises `Invalid` naming the key of every pattern that is none."""
        program = Program.of(rules.rules)
        try:
            matched = patterns.compile(program.patterns)
        except Invalid as error:
            named = (Fault(_place(program, f.path), f.message) for f in error.faults)
            raise Invalid(tuple(named)) from None
        return cls(
            rules,
            program,
            _literals(patterns, program.words.standing),
            _literals(patterns, program.words.inside),
            matched,
            patterns.compile(links.PATTERNS if program.wants_links else ()),
        )

    def judge(self, facts: Facts) -> Judgement:
        """What the rules say, with the trace."""
        return self._program.judge(
            Observed(
                facts=facts,
                words=self._words(facts.text),
                patterns=by_number((n, (start, end)) for n, start, end in self._patterns.spans(facts.text)),
                hosts=self._hosts(facts.text),
            )
        )

    def _words(self, text: str) -> Hits:
        words = self._program.words
        if not words.words:
            return {}
        found = [
            hit
            for view in views_of(text)
            for hit in words.hits(view, self._sought(view.reading).matching(view.bare.text))
        ]
        return by_number(found)

    def _sought(self, reading: Reading) -> PatternSet:
        return self._inside if reading is Reading.SPELLED else self._standing

    def _hosts(self, text: str) -> tuple[str, ...]:
        """The host of each link; a link found by both patterns counts once."""
        plain = links.plain(text)
        hosts, reached = [], 0
        for _, start, end in self._links.spans(plain):
            if start >= reached:
                hosts.append(links.host_of(plain[start:end]))
                reached = end
        return tuple(hosts)


def _literals(patterns: Patterns, texts: list[str]) -> PatternSet:
    return patterns.compile(tuple(map(re.escape, texts)))


def _place(program: Program, index: str) -> str:
    return program.places[int(index)] if index.isdigit() else "rules"


@frozen
class Screening:
    """What the rules say of a text that may be published: whether hidden for now, what to censor, and why."""

    facts: Facts
    judgement: Judgement
    _screener: Screener = field(repr=False)

    @property
    def held(self) -> bool:
        """Whether it stays hidden until a moderator has decided."""
        return self.judgement.held

    @property
    def flagged(self) -> bool:
        """Whether it is published, and moderators look at it."""
        return self.judgement.flagged

    @property
    def rules(self) -> ModerationRules:
        """The rules it was judged by."""
        return self._screener.rules

    def censored(self, text: str) -> str:
        """A text with what the rules censor made asterisks, one for one, so that its length stays.

        Takes the text screened, or any part of it: each is judged as it stands.
        """
        if text == self.facts.text:
            return censor(text, self.judgement.censored)
        if not self.judgement.censored:
            return text
        return censor(text, self._screener.judge(evolve(self.facts, text=text)).censored)


async def screen(work: Work, screener: Screener, scope: Scope, text: str) -> Screening:
    """Judge a text of the calling person: all its words, with the addresses its links lead to.

    Raises `ContentBlocked`. Somebody who is not registered yet counts as just arrived.
    """
    facts = Facts(text=text, scope=scope, account_age_s=await _account_age_s(work))
    judgement = screener.judge(facts)
    if judgement.blocked is not None:
        raise ContentBlocked(judgement.blocked)
    return Screening(facts, judgement, screener)


async def _account_age_s(work: Work) -> int:
    if work.actor.user_id is None:
        return 10**9 if work.actor.system else 0
    author = await author_of(work, work.actor.user_id)
    return max(0, int((work.now - author.created_at).total_seconds()))


async def screen_names(work: Work, screener: Screener, *, name: str | None = None, bio: str | None = None) -> None:
    """Judge what a person calls and says of themselves. Raises `ContentBlocked`.

    A person cannot be hidden: what a rule would hold or flag opens a case about them.
    """
    for scope, text in ((Scope.NAME, name), (Scope.BIO, bio)):
        if text:
            screening = await screen(work, screener, scope, text)
            if work.actor.user_id is not None:
                await open_case_for(work, screening, TargetType.PERSON, work.actor.user_id)


def allows_made_name(screener: Screener, name: str) -> bool:
    """Whether a name that was made for a newcomer may stand: nothing in it is blocked, held or flagged.

    Unlike with a chosen one nobody is asked to choose another, and nobody looks at it later.
    """
    judgement = screener.judge(Facts(text=name, scope=Scope.NAME, account_age_s=0))
    return judgement.blocked is None and not judgement.held and not judgement.flagged


async def open_case_for(work: Work, screening: Screening, target_type: TargetType, target_id: UUID) -> None:
    """Open a case about what was just saved, or add to the open one, when it was held or flagged.

    The words screened are kept as evidence: they say what the author wrote before any censoring.
    """
    if not screening.held and not screening.flagged:
        return
    target = await target_of(work, target_type, target_id)
    await freeze(work, target, screening.facts.text)
    rules = screening.rules.queue
    judgement = screening.judgement
    case = (await case_about(work, target)).with_findings(judgement.findings, judgement.score, rules)
    if screening.held and target_type.is_content:
        case = case.holding()
        await take_down(work, target_type, target_id, case.id, is_down=True)
    work.save(CASES, case)
