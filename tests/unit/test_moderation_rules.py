"""Rules as data, what they say of a text, and the trace."""

from pathlib import Path

import pytest
from attrs import evolve

from sparkle_adapters.text.patterns import Re2Patterns
from sparkle_core.application.shared.screening import Screener
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.rules import from_table, load_rules, located
from sparkle_core.domain.moderation.engine import Facts, Judgement, Span, conclude
from sparkle_core.domain.moderation.reasons import ReportReason
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
    LinkHosts,
    Links,
    Mode,
    ModerationRules,
    Not,
    Pattern,
    ReasonWeights,
    Rule,
    Words,
)
from sparkle_core.domain.moderation.targets import Scope

DAY_S = 86_400
BAD = Words(terms=("bad",))
SHOUT = Capitals(above_percent=50, letters=5)


def rule(id: str, condition: Condition, effect: Effect, **more: object) -> Rule:
    return Rule(id=id, condition=condition, effect=effect, **more)  # type: ignore[arg-type]


def judged(text: str, *rules: Rule, scope: Scope = Scope.POST, age_s: int = 365 * DAY_S) -> Judgement:
    screener = Screener.of(ModerationRules(rules=rules), Re2Patterns())
    return screener.judge(Facts(text=text, scope=scope, account_age_s=age_s))


def fires(text: str, condition: Condition, **more: object) -> bool:
    return judged(text, rule("r", condition, Hold()), **more).held  # type: ignore[arg-type]


def faults(table: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        from_table(ModerationRules, table)
    return {f.path: f.message for f in refused.value.faults}


# what rules say


def test_links_are_counted_with_and_without_a_scheme() -> None:
    assert judged(
        "https://a.example/x www.b.com, c.org! d@e.com 1.5 e.g. end.Then", rule("r", Links(), Flag())
    ).findings[0].inputs == {"links": 3}


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.com/x",
        "HTTPS://EVIL.COM",
        "evil.com",
        "www.evil.com/login",
        "https://evil.com.",
        "https://good.com@evil.com/",
        "https://good.com:pass@evil.com:8080/",
        "https://evil.com\\@good.com/",
        "http://evil。com/",
        "ｈｔｔｐ://ｅｖｉｌ．ｃｏｍ",
        "https://ev\u200bil.com",
        "https://%65vil.com/",
        "https://sub.evil.com?x=good.com",
        "https://evil.com#@good.com",
    ],
)
def test_a_denied_host_is_seen_however_the_link_is_written(link: str) -> None:
    """Stops: hiding where a link goes from the rule, while a browser still goes there."""
    assert fires(f"see {link} now", LinkHosts(denied=("evil.com",)))


@pytest.mark.parametrize("link", ["https://notevil.com", "https://evil.com.good.org", "https://good.com/evil.com"])
def test_another_host_with_the_same_letters_is_another_host(link: str) -> None:
    assert not fires(f"see {link} now", LinkHosts(denied=("evil.com",)))


def test_hosts_in_other_scripts_are_one_with_their_ascii_form() -> None:
    assert fires("https://bücher.example/", LinkHosts(denied=("xn--bcher-kva.example",)))
    assert fires("https://xn--bcher-kva.example/", LinkHosts(denied=("Bücher.example",)))


def test_only_links_past_the_allowed_hosts_fire() -> None:
    allowed = LinkHosts(allowed=("good.com",))
    assert not fires("https://good.com and https://sub.good.com", allowed)
    assert fires("https://good.com and https://other.com", allowed)
    assert not fires("no links at all", allowed)


def test_capitals_count_by_their_share_and_only_in_enough_letters() -> None:
    assert fires("SHOUTing", SHOUT)
    assert not fires("SHoutinG", SHOUT)
    assert not fires("HEY", SHOUT)
    assert not fires("12345 漢字漢字", SHOUT)


def test_an_account_is_young_up_to_the_hour() -> None:
    young = AccountYounger(hours=24)
    assert fires("x", young, age_s=DAY_S - 1)
    assert not fires("x", young, age_s=DAY_S)


def test_conditions_combine() -> None:
    assert fires("bad", All(of=(BAD, Not(of=SHOUT))))
    assert not fires("bad AND LOUD AS ANYTHING", All(of=(BAD, Not(of=SHOUT))))
    assert fires("LOUD AS ANYTHING", Any(of=(BAD, SHOUT)))
    assert not fires("fine", Any(of=(BAD, SHOUT)))


def test_a_rule_judges_only_its_scopes() -> None:
    name = rule("r", BAD, Hold(), scopes=(Scope.NAME,))
    assert judged("bad", name, scope=Scope.NAME).held
    assert not judged("bad", name, scope=Scope.POST).findings


# effects and their precedence


def test_allowing_stops_what_follows_but_not_what_came_before() -> None:
    flag, allow, block = (rule("f", BAD, Flag()), rule("a", SHOUT, Allow()), rule("b", BAD, Block(message="No.")))
    found = judged("bad LOUD AS ANYTHING", flag, allow, block)
    assert (found.flagged, found.blocked) == (True, None)
    assert [f.rule for f in found.findings] == ["f", "a"]


def test_a_shadow_rule_is_traced_and_changes_nothing() -> None:
    """Stops: a rule on trial that already blocks, holds, censors, allows or weighs something."""
    effects = (Allow(), Block(message="No."), Hold(), Flag(), Censor())
    shadows = [rule(e.kind, BAD, e, mode=Mode.SHADOW) for e in effects]
    found = judged("bad", *shadows, rule("live", BAD, Flag(), weight=7))
    assert [f.rule for f in found.findings] == ["allow", "block", "hold", "flag", "censor", "live"]
    assert evolve(found, findings=()) == Judgement(flagged=True, score=7)


def test_a_block_outweighs_a_hold_and_the_first_message_counts() -> None:
    found = judged(
        "bad", rule("h", BAD, Hold()), rule("b", BAD, Block(message="One.")), rule("c", BAD, Block(message="Two."))
    )
    assert (found.blocked, found.held) == ("One.", True)


def test_the_score_is_the_weight_of_what_opens_a_case() -> None:
    found = judged(
        "bad", rule("h", BAD, Hold(), weight=5), rule("f", BAD, Flag(), weight=3), rule("c", BAD, Censor(), weight=9)
    )
    assert found.score == 8


def test_censoring_hits_words_and_patterns_but_not_what_a_not_found() -> None:
    condition = All(of=(BAD, Pattern(pattern=r"\d{4}"), Not(of=Words(terms=("good",)))))
    assert judged("bad 1234", rule("c", condition, Censor())).censored == (Span(start=0, end=3), Span(start=4, end=8))


# the trace


def test_the_trace_says_which_rule_which_version_on_what_and_gives_the_judgement_again() -> None:
    newcomer = All(of=(AccountYounger(hours=24), Links(more_than=1)))
    found = judged(
        "a.com b.com bad", rule("n", newcomer, Hold(), version=3, weight=11), rule("c", BAD, Censor()), age_s=60
    )
    first, second = found.findings
    assert (first.rule, first.version, first.effect, first.weight) == ("n", 3, "hold", 11)
    assert first.inputs == {"of.0.account_age_s": 60, "of.1.links": 2}
    assert second.spans == (Span(start=12, end=15),)
    assert conclude(found.findings) == found


def test_the_same_facts_are_judged_the_same_again() -> None:
    rules = ModerationRules()
    text = "buy followers at a.com b.com c.com NOW OR NEVER"
    one, two = (
        Screener.of(rules, Re2Patterns()).judge(Facts(text=text, scope=Scope.POST, account_age_s=0)) for _ in range(2)
    )
    assert one == two
    assert one.held


def test_the_default_rules_leave_ordinary_writing_alone() -> None:
    screener = Screener.of(ModerationRules(), Re2Patterns())
    for text in ("How to ink a comic", "My favourite tools: https://krita.org and gimp.org", "I LOVE this so much!!"):
        assert not screener.judge(Facts(text=text, scope=Scope.POST, account_age_s=0)).findings
    assert screener.judge(Facts(text="$parkle  Supp0rt", scope=Scope.NAME, account_age_s=0)).blocked


# loading


def test_rules_are_loaded_from_tables_over_the_defaults() -> None:
    table = {
        "rules": [
            {
                "id": "quiet",
                "mode": "shadow",
                "scopes": ["COMMENT"],
                "condition": {"kind": "all", "of": [{"kind": "words", "terms": ["bad"], "match": "part"}]},
                "effect": {"kind": "block", "message": "No."},
            }
        ],
        "queue": {"claim_minutes": 5},
    }
    loaded = from_table(ModerationRules, table)
    assert (loaded.rules[0].mode, loaded.rules[0].scopes) == (Mode.SHADOW, (Scope.COMMENT,))
    assert loaded.queue.claim_minutes == 5
    assert loaded.reports == ModerationRules().reports


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"oops": 1}, "rules.0.oops", "is not a rule"),
        ({"condition": {"kind": "wrods", "terms": ["x"]}}, "rules.0.condition.kind", "must be one of words"),
        ({"condition": {"kind": ["words"]}}, "rules.0.condition.kind", "must be one of words"),
        ({"condition": {"kind": "words", "terms": []}}, "rules.0.condition.terms", "1 to 20000"),
        ({"condition": {"kind": "words", "terms": ["..."]}}, "rules.0.condition.terms.0", "no letters or digits"),
        ({"condition": {"kind": "any", "of": []}}, "rules.0.condition.of", "1 to 50"),
        ({"condition": {"kind": "link_hosts"}}, "rules.0.condition.denied", "never fires"),
        ({"condition": {"kind": "capitals", "above_percent": 100}}, "rules.0.condition.above_percent", "from 1 to 99"),
        (
            {"condition": {"kind": "not", "of": {"kind": "capitals", "letters": 101}}, "scopes": ["NAME"]},
            "rules.0.condition.of.letters",
            "cannot be reached",
        ),
        (
            {"condition": {"kind": "links", "more_than": 30}, "scopes": ["NAME"]},
            "rules.0.condition.more_than",
            "cannot be",
        ),
        ({"scopes": ["NAME"], "effect": {"kind": "censor"}}, "rules.0.scopes", "only POST and COMMENT"),
        ({"condition": {"kind": "links"}, "effect": {"kind": "censor"}}, "rules.0.effect", "nothing to censor"),
        ({"effect": {"kind": "block"}}, "rules.0.effect.message", "is missing"),
        ({"scopes": []}, "rules.0.scopes", "1 to 4"),
        ({"version": 0}, "rules.0.version", "from 1"),
    ],
)
def test_a_rule_that_could_not_work_is_refused_with_its_place_and_reason(
    changes: dict[str, object], path: str, reason: str
) -> None:
    table = {"id": "r", "condition": {"kind": "words", "terms": ["x"]}, "effect": {"kind": "hold"}, **changes}
    found = faults({"rules": [table]})
    assert reason in found[path]


def test_conditions_nest_only_so_deep() -> None:
    condition: dict[str, object] = {"kind": "links"}
    for _ in range(8):
        condition = {"kind": "not", "of": condition}
    assert (
        "nests deeper"
        in faults({"rules": [{"id": "r", "condition": condition, "effect": {"kind": "hold"}}]})["rules.0.condition"]
    )


def test_two_rules_cannot_share_an_id() -> None:
    one = {"id": "r", "condition": {"kind": "links"}, "effect": {"kind": "hold"}}
    assert "another rule" in faults({"rules": [one, one]})["rules.1.id"]


def test_thresholds_that_a_few_people_could_reach_together_are_refused() -> None:
    """Stops: a rules file under which five colluding accounts hide whatever they dislike."""
    assert "5 people" in faults({"reports": {"hide_at": 150}})["reports.hide_at"]
    assert from_table(ModerationRules, {"reports": {"hide_at": 151}}).reports.hide_at == 151


def test_every_reason_for_a_report_has_its_weight() -> None:
    weights = ReasonWeights()
    assert all(weights.of(reason) > 0 for reason in ReportReason)


def test_faults_in_a_file_are_named_with_file_line_key_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        '[reports]\nhide_at = 1\n\n[[rules]]\nid = "a"\neffect = { kind = "hold" }\n[rules.condition]\nkind = "words"\n'
        'terms = [\n  "x",\n  "?"\n]\n\n[[rules]]\nid = "b"\noops = true\n'
    )
    with pytest.raises(Invalid) as refused:
        load_rules(ModerationRules, file)
    named = {f.path for f in refused.value.faults}
    assert {f"{file}:2: reports.hide_at", f"{file}:9: rules.0.condition.terms.1", f"{file}:16: rules.1.oops"} <= named


def test_a_bad_pattern_is_named_with_file_line_key_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        '[[rules]]\nid = "a"\neffect = { kind = "hold" }\n\n[rules.condition]\nkind = "any"\n'
        '[[rules.condition.of]]\nkind = "links"\n[[rules.condition.of]]\nkind = "pattern"\npattern = "(unclosed"\n'
    )
    rules = load_rules(ModerationRules, file)
    with pytest.raises(Invalid) as refused:
        Screener.of(rules, Re2Patterns())
    (fault,) = located(refused.value, file).faults
    assert fault.path == f"{file}:11: rules.0.condition.of.1.pattern"
    assert "missing )" in fault.message
