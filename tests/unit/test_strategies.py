"""Every class there is can be made at random, and what is kept of one can be read back."""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Annotated, Any

import pytest
from attrs import fields, frozen, has
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from tests.guarding import modules

from sparkle_adapters.codec import JsonCodec, is_secret
from sparkle_core.application import catalog
from sparkle_core.application.kernel.commands import Command, Query, answer_of
from sparkle_core.application.rules import Rules
from sparkle_core.domain.content import Post, RichText
from sparkle_core.domain.content.nodes import MARKS, NODES, Node
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Items, Record, hints_of
from sparkle_core.domain.kernel.pages import Page
from sparkle_core.domain.leaderboards.rules import Listed
from sparkle_core.domain.moderation.decisions import Action, Decision
from sparkle_core.domain.moderation.rules import Censor, Rule
from sparkle_core.domain.progression import ProgressionRules
from sparkle_core.domain.progression.achievements import Achievement
from sparkle_core.domain.progression.quests import Quest, QuestKind
from sparkle_core.testing.strategies import commands, events, queries, values_of

FEW = settings(max_examples=10)
ALIKE = settings(derandomize=True, database=None)

CLASSES = {
    f"{module.__name__.removeprefix('sparkle_core.')}.{name}": kind
    for module in modules()
    for name, kind in vars(module).items()
    if isinstance(kind, type) and has(kind) and kind.__module__ == module.__name__
}
NOT_MADE = {
    "the lists or the writers that it fills while it works": (
        "domain.content.nodes.Reading",
        "domain.economy.holds.Holding",
        "domain.economy.posting.Posting",
        "domain.moderation.engine._Compiler",
        "domain.moderation.words.WordList",
        "application.erasing._Fate",
        "application.kernel.batching.Batch",
        "application.kernel.batching.BatchLedger",
        "application.kernel.batching.BatchRecords",
        "application.kernel.batching.CommandInBatch",
    ),
    "a function, or futures": (
        "domain.economy.sealing.Sealing",
        "domain.economy.verifying.Verifying",
        "domain.kernel.auditing.Verifying",
        "domain.moderation.engine.Program",
        "application.kernel.gathering.Gatherer",
        "application.kernel.gathering.Lane",
    ),
    "a class, as declarations do": (
        "domain.kernel.stored.Kind",
        "domain.kernel.stored.Log",
        "application.kernel.batching.Needs",
        "application.kernel.commands.UseCase",
        "application.kernel.dispatcher.Call",
        "application.kernel.dispatcher.Dispatcher",
        "application.kernel.keyed.KeyedField",
        "application.kernel.keyed.KeyedFields",
        "application.kernel.relay.Reaction",
        "application.kernel.relay.Relay",
        "application.shared.holdings.Holdings",
        "application.upkeep.Retention",
    ),
    "a port, or what stands for the world": (
        "application.accounts.authenticating.SessionMemory",
        "application.kernel.dispatcher.Asked",
        "application.kernel.work.Preparation",
        "application.kernel.work.Work",
        "application.shared.archives.Reads",
        "application.shared.screening.Screener",
        "application.shared.screening.Screening",
    ),
    "an error of any sort": ("application.kernel.commands.Refused",),
    "a text that knows what it was made from": ("domain.moderation.words.View",),
}
"""What is no value, by what it holds that no annotation says how to make."""
CANNOT = [name for names in NOT_MADE.values() for name in names]
MADE = [name for name in CLASSES if name not in CANNOT]

ALWAYS_SO = {"domain.leaderboards.boards.Board": ["scope"]}
"""Fields that have one value: there is one scope."""


def examples(strategy: st.SearchStrategy[Any], count: int = 30) -> list[Any]:
    """Some values, the same in every run. Raises what Hypothesis does when it would have to leave out many."""
    drawn: list[Any] = []

    @settings(ALIKE, max_examples=count)
    @given(strategy)
    def draw(value: Any) -> None:
        drawn.append(value)

    draw()
    return drawn


def unvaried(drawn: list[Any]) -> list[str]:
    """The fields that all of these values have alike."""
    names = [a.name for a in fields(type(drawn[0])) if a.init and a.name != "recorded"]
    return [name for name in names if all(getattr(one, name) == getattr(drawn[0], name) for one in drawn)]


@pytest.mark.parametrize("name", MADE)
def test_every_class_can_be_made_and_each_of_its_fields_varies(name: str) -> None:
    values = values_of(CLASSES[name])
    drawn = examples(values, 15)
    assert {type(one) for one in drawn} == {CLASSES[name]}
    assert (unvaried(drawn) and unvaried(examples(values, 300))) == ALWAYS_SO.get(name, [])


@pytest.mark.parametrize("name", CANNOT)
def test_what_is_no_value_says_what_it_holds_that_cannot_be_made(name: str) -> None:
    with pytest.raises(TypeError, match="no strategy is known for"):
        examples(values_of(CLASSES[name]))


def test_rules_that_nothing_fits_values_to_are_named_by_the_first_value_that_breaks_them() -> None:
    @frozen
    class Never(Record):
        number: int

        def _rules(self) -> list[Fault]:
            return [Fault("number", "is never right")]

    with pytest.raises(Invalid, match="number: is never right") as refused:
        examples(values_of(Never))
    assert "for values of Never, say what fits" in refused.value.__notes__[0]


@frozen
class Pair(Record):
    """Two of something, of which there are always two."""

    two: Annotated[tuple[int, ...], Items(9, min=9)]


def test_a_list_is_as_long_as_its_annotation_asks_for_at_least() -> None:
    assert {len(pair.two) for pair in examples(values_of(Pair))} == {9}


def test_a_generic_class_holds_what_it_is_given() -> None:
    items = chain(*(page.items for page in examples(values_of(Page[Pair]))))
    assert {type(one) for one in items} == {Pair}


# Documents


def _within(node: Node) -> Iterator[Node]:
    yield node
    for child in node.content:
        yield from _within(child)


def test_rich_text_has_every_node_and_mark_that_the_schema_declares() -> None:
    nodes = [node for body in examples(values_of(RichText), 200) for node in _within(body.document)]
    assert {node.type for node in nodes} == set(NODES)
    assert {mark.type for node in nodes for mark in node.marks} == set(MARKS)
    assert any(len(node.marks) > 1 for node in nodes)
    assert any(child.type == "bullet_list" for node in nodes if node.type == "list_item" for child in node.content)


RARE: list[tuple[Any, Callable[[Any], bool]]] = [
    (Achievement, lambda a: " or " in a.when and " and " in a.when and "(" in a.when),
    (Decision, lambda d: d.action is Action.SUSPEND and d.automated),
    (Listed, lambda listed: len(listed.seasons) > 2),
    (Post, lambda post: post.accepted is not None and bool(post.content.body.links)),
    (ProgressionRules, lambda rules: any(len(quest.requires) > 1 for quest in rules.quests)),
    (Quest, lambda quest: quest.kind is QuestKind.COMMUNITY and quest.repeat_days is not None),
    (Quest, lambda quest: quest.kind is QuestKind.COMMUNITY and quest.objectives[0].target == quest.each_at_most + 1),
    (Quest, lambda quest: quest.kind is QuestKind.DAILY and len(quest.objectives) > 2),
    (Rule, lambda rule: isinstance(rule.effect, Censor)),
    (Rules, lambda rules: bool(rules.economy.rates and rules.moderation.rules and rules.progression.quests)),
]


@pytest.mark.parametrize(("kind", "wanted"), RARE, ids=lambda v: getattr(v, "__name__", ""))
def test_what_is_made_to_fit_still_varies_in_what_its_rules_are_about(kind: Any, wanted: Callable[[Any], bool]) -> None:
    assert wanted(find(values_of(kind), wanted, settings=settings(ALIKE, max_examples=2_000, phases=[Phase.generate])))


# What is kept


REQUESTS = [use.request for use in catalog.USE_CASES]
ANSWERS = list(dict.fromkeys(answer_of(use.request) for use in catalog.USE_CASES if not use.is_query))


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda k: k.__name__)
@FEW
@given(data=st.data())
def test_whatever_can_be_said_comes_back_from_json_as_it_was(kind: Any, data: st.DataObject) -> None:
    value = data.draw(values_of(kind))
    if any(is_secret(hint) for hint in hints_of(kind).values()):
        assert "password" not in json.loads(JsonCodec().encode(value)), (
            "secrets are left out, so that there is no way back"
        )
        return
    assert JsonCodec().decode(JsonCodec().encode(value), kind) == value


@pytest.mark.parametrize("kind", ANSWERS, ids=str)
@FEW
@given(data=st.data())
def test_whatever_is_answered_to_a_command_comes_back_from_its_receipt_as_it_was(
    kind: Any, data: st.DataObject
) -> None:
    value = data.draw(values_of(kind))
    assert JsonCodec().decode(JsonCodec().encode(value), kind) == value


@FEW
@given(commands(), queries(), events())
def test_any_of_them_can_be_asked_for(command: Any, query: Any, event: Any) -> None:
    assert isinstance(command, Command)
    assert isinstance(query, Query)
    assert isinstance(event, Event)
