"""What must hold of moderation whatever happens."""

from datetime import timedelta
from uuid import UUID

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkle_adapters.memory.world import SeededWorld
from sparkle_adapters.text.patterns import Re2Patterns
from sparkle_bootstrap import Sparkle
from sparkle_core.application.content import DeletePost
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.moderation import DecideAppeal
from sparkle_core.application.shared.screening import Screener
from sparkle_core.domain.accounts import PEOPLE, SYSTEM, Role
from sparkle_core.domain.content import POSTS
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.engine import Facts, censor, conclude
from sparkle_core.domain.moderation.normalising import Traced, fold
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.reports import TrackRecord, weight_of
from sparkle_core.domain.moderation.rules import (
    AccountYounger,
    All,
    Allow,
    Any,
    Block,
    Capitals,
    Censor,
    Condition,
    Effect,
    Flag,
    Hold,
    Links,
    Mode,
    ModerationRules,
    Not,
    Pattern,
    ReportRules,
    Rule,
    Words,
)
from sparkle_core.domain.moderation.targets import Scope
from sparkle_core.domain.moderation.words import Match
from tests.support.moderating import appeal, decide, report
from tests.support.people import Somebody, member
from tests.support.writing import community, publish, within

texts = st.text(
    st.one_of(st.sampled_from("badBAD 4@.-!|1il0o$sа\u0301\u200bｂ\n"), st.characters(codec="utf-8")), max_size=80
)
terms = st.sampled_from(("bad", "boob", "ill", "a b", "420", "плохо", "bad dad"))

leaves = st.one_of(
    st.builds(Words, terms=st.tuples(terms), match=st.sampled_from(Match)),
    st.builds(Pattern, pattern=st.sampled_from((r"\d+", "(?i)bad", "a.?b"))),
    st.builds(Links, more_than=st.integers(0, 3)),
    st.builds(Capitals, above_percent=st.integers(1, 99), letters=st.integers(1, 20)),
    st.builds(AccountYounger, hours=st.integers(1, 100)),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(All, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Any, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, of=inner),
    ),
    max_leaves=4,
)
effects: st.SearchStrategy[Effect] = st.sampled_from((Allow(), Flag(), Hold(), Block(message="No.")))
rules = st.lists(
    st.builds(Rule, id=st.just("r"), condition=conditions, effect=effects, mode=st.sampled_from(Mode)), max_size=4
).map(lambda found: tuple(evolve(r, id=f"r{i}") for i, r in enumerate(found)))
facts = st.builds(
    Facts, text=texts, scope=st.sampled_from((Scope.POST, Scope.COMMENT)), account_age_s=st.integers(0, 500_000)
)


JUDGING = settings(max_examples=60, deadline=None)
COUNTING = settings(deadline=None)


@JUDGING
@given(rules, facts)
def test_a_trace_gives_its_judgement_again_and_shadow_rules_change_nothing(
    found: tuple[Rule, ...], seen: Facts
) -> None:
    judgement = Screener.of(ModerationRules(rules=found), Re2Patterns()).judge(seen)
    assert conclude(judgement.findings) == judgement
    live = tuple(r for r in found if r.mode is Mode.LIVE)
    without = Screener.of(ModerationRules(rules=live), Re2Patterns()).judge(seen)
    assert evolve(judgement, findings=()) == evolve(without, findings=())


@JUDGING
@given(texts, st.lists(terms, min_size=1, max_size=4), st.sampled_from(Match))
def test_censoring_keeps_the_length_and_everything_that_was_not_hit(text: str, words: list[str], match: Match) -> None:
    rule = Rule(id="c", condition=Words(terms=tuple(words), match=match), effect=Censor())
    screener = Screener.of(ModerationRules(rules=(rule,)), Re2Patterns())

    def censored(text: str) -> str:
        return censor(text, screener.judge(Facts(text=text, scope=Scope.POST, account_age_s=0)).censored)

    clean = censored(text)
    assert len(clean) == len(text)
    assert all(after in (before, "*") for before, after in zip(text, clean, strict=True))


@COUNTING
@given(texts)
def test_a_folded_text_can_be_folded_again_piece_by_piece(text: str) -> None:
    folded = Traced.folded(text)
    assert folded.text == "".join(map(fold, text))
    assert len(folded.origins) == len(folded.text) + 1
    assert folded.origins == sorted(folded.origins)
    for i, char in enumerate(folded.text):
        assert char in fold(text[folded.origins[i]])


@COUNTING
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ReportReason),
            st.integers(0, 10_000),
            st.builds(TrackRecord, st.integers(0, 10_000), st.integers(0, 10_000)),
        ),
        max_size=ReportRules().colluders,
    )
)
def test_colluders_never_reach_what_hides_content(reports: list[tuple[ReportReason, int, TrackRecord]]) -> None:
    """Stops: a few accounts that hide whatever they dislike, however old they are and however good their record."""
    found = ReportRules()
    total = sum(weight_of(found, reason, timedelta(days=days), record) for reason, days, record in reports)
    assert total < found.hide_at


@COUNTING
@given(st.integers(0, 500), st.integers(0, 500), st.sampled_from(ReportReason))
def test_one_more_report_upheld_never_lowers_and_one_more_dismissed_never_raises_a_reporters_weight(
    upheld: int, dismissed: int, reason: ReportReason
) -> None:
    def weigh(upheld: int, dismissed: int) -> int:
        return weight_of(ReportRules(), reason, timedelta(days=100), TrackRecord(upheld, dismissed))

    assert weigh(upheld + 1, dismissed) >= weigh(upheld, dismissed) >= weigh(upheld, dismissed + 1)


against = st.sampled_from([a for a in Action if a is not Action.DISMISS])
steps = st.lists(st.one_of(against, st.just("delete")), max_size=3)
Steps = list[Action | str]


@settings(max_examples=25, deadline=None)
@given(before=steps, action=against, after=steps, days=st.integers(0, 9))
def test_overturning_a_decision_leaves_everything_as_if_it_had_not_been_made(
    before: Steps, action: Action, after: Steps, days: int
) -> None:
    """Stops: content or a sanction that stays, and another decision or the author's own deletion undone with it."""
    assert _ending(before, action, after, days) == _ending(before, None, after, days)


def _ending(before: Steps, action: Action | None, after: Steps, days: int) -> tuple[object, ...]:
    """How Ada and her post stand after some steps, a decision that is overturned at the end or never made, and more."""
    with community() as sparkle:
        ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
        mod, mia = (member(sparkle, name, Role.MODERATOR) for name in ("grace", "mia"))
        post = publish(sparkle, ada)

        def happens(steps: Steps) -> None:
            for step in steps:
                if isinstance(step, Action):
                    decide(sparkle, mod, report(sparkle, bob, post), step, reason=f"{step.value}.")
                elif not _stands(sparkle, ada, post)[1]:
                    sparkle.run(DeletePost(post_id=post), actor=SYSTEM)

        happens(before)
        made = decide(sparkle, mod, report(sparkle, bob, post), action) if action is not None else None
        happens(after)
        assert isinstance(sparkle.world, SeededWorld)
        sparkle.world.advance(timedelta(days=days))
        if made is not None:
            filed = appeal(sparkle, ada, made.id)
            sparkle.run(DecideAppeal(appeal_id=filed, overturn=True, reason="It was fine."), actor=mia.actor)
        return _stands(sparkle, ada, post)


def _stands(sparkle: Sparkle, ada: Somebody, post_id: UUID) -> tuple[object, ...]:
    """The post, whether it is deleted, Ada's sanctions and status; without versions and instants."""

    async def body(work: Work) -> tuple[object, ...]:
        post = await work.store.get(POSTS, post_id, deleted=True)
        person = await work.store.get(PEOPLE, ada.id)
        assert post is not None
        assert person is not None
        sanctions = [(s.kind, s.reason, s.ends_at and s.ends_at - s.starts_at) for s in person.sanctions]
        return (
            evolve(post, version=0, deleted_at=None),
            post.deleted_at is not None,
            sanctions,
            person.status_at(work.now),
        )

    return within(sparkle, body)
