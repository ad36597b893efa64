"""What is easily forgotten when something is added, held by walking everything there is.

Each guard is a function that names what is missing; each is shown to bite on an example that breaks it.
"""

import ast
import json
import re
import runpy
from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID

import pytest
from attrs import evolve, frozen, has, inspect, mutable
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guarding import Forgotten, holds_text, modules

import sparkle_core
from sparkle_adapters.codec import JsonCodec
from sparkle_core.application import catalog
from sparkle_core.application.kernel.commands import Command, Query, UseCase, answer_of
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import NotFound, SparkleError
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Record, Secret, UserId, hints_of
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.testing.strategies import values_of

SOURCE = Path(sparkle_core.__file__).parent
EXAMPLES = settings(max_examples=12)


def classes(base: type, among: Iterable[ModuleType]) -> set[type]:
    """The classes that derive from a base and that no other class derives from, where they are written."""
    found = {
        c
        for module in among
        for c in vars(module).values()
        if isinstance(c, type) and issubclass(c, base) and c is not base and c.__module__ == module.__name__
    }
    return {c for c in found if not any(other is not c and issubclass(other, c) for other in found)}


def module_with(*members: type) -> ModuleType:
    """A made-up module that holds some classes."""
    module = ModuleType("sparkle_core.domain.made_up")
    for member in members:
        member.__module__ = module.__name__
        setattr(module, member.__name__, member)
    return module


@frozen(kw_only=True)
class ForgottenHappened(Event):
    """An event that nobody declared."""

    topic: ClassVar[str] = "accounts.email_verified"  # which another event has
    about: ClassVar[str] = "id"
    id: UUID


@frozen(kw_only=True)
class Forget(Command[None]):
    """A command that nobody handles."""


KINDS = [s for s in catalog.STORED if isinstance(s, Kind)]


# every aggregate, event, command and query is declared


def undeclared(base: type, declared: Iterable[type], among: Iterable[ModuleType]) -> set[str]:
    return {c.__qualname__ for c in classes(base, among) - set(declared)}


def test_every_aggregate_is_declared_as_stored() -> None:
    assert undeclared(Aggregate, [k.type for k in KINDS], modules()) == set()


def test_every_event_is_declared() -> None:
    assert undeclared(Event, catalog.EVENTS, modules()) == set()


@pytest.mark.parametrize("base", [Command, Query])
def test_every_command_and_query_has_a_use_case(base: type) -> None:
    assert undeclared(base, [u.request for u in catalog.USE_CASES], modules()) == set()


@pytest.mark.parametrize(("base", "stray"), [(Aggregate, Forgotten), (Event, ForgottenHappened), (Command, Forget)])
def test_a_class_that_nobody_declared_is_found(base: type, stray: type) -> None:
    declared = [k.type for k in KINDS] + list(catalog.EVENTS) + [u.request for u in catalog.USE_CASES]
    assert undeclared(base, declared, [*modules(), module_with(stray)]) == {stray.__name__}


def test_nothing_is_declared_twice() -> None:
    assert [n for n, many in Tally(s.name for s in catalog.STORED).items() if many > 1] == []
    assert [c for c, many in Tally(u.request for u in catalog.USE_CASES).items() if many > 1] == []


# events


def badly_named(events: Iterable[type[Event]]) -> list[str]:
    """Topics that two events share, or that are not `context.past_tense` of the context they live in."""
    events = list(events)
    shared = [topic for topic, many in Tally(e.topic for e in events).items() if many > 1]
    odd = [e.topic for e in events if not _is_topic(e)]
    return sorted({*shared, *odd})


def _is_topic(event: type[Event]) -> bool:
    context = event.__module__.removeprefix("sparkle_core.domain.").partition(".")[0]
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()
    return (
        event.topic == f"{context}.{words}" and re.search(r"(ed|sent|frozen|withdrawn|hidden|made)$", words) is not None
    )


def test_topics_are_unique_and_say_context_and_what_happened() -> None:
    assert badly_named(catalog.EVENTS) == []


def test_a_topic_that_another_event_has_is_found() -> None:
    assert badly_named([*catalog.EVENTS, ForgottenHappened]) == [ForgottenHappened.topic]


def carrying_text(events: Iterable[type[Event]]) -> list[str]:
    """Events with a field that could hold personal text; words of ours that they may say are named here."""
    ours = {"kind", "namespace", "key", "rate", "reaction", "reason", "action", "target_type", "what", "provider"}
    return [f"{e.__name__}.{n}" for e in events for n, h in hints_of(e).items() if holds_text(h) and n not in ours]


def test_events_carry_ids_and_no_personal_text() -> None:
    assert carrying_text(catalog.EVENTS) == []


def test_an_event_that_carries_a_name_is_found() -> None:
    @frozen(kw_only=True)
    class Renamed(Event):
        topic: ClassVar[str] = "accounts.renamed"
        about: ClassVar[str] = "user_id"
        user_id: UserId
        display_name: str

    assert carrying_text([Renamed]) == ["Renamed.display_name"]


@pytest.mark.parametrize("event", catalog.EVENTS, ids=lambda e: e.topic)
def test_an_event_is_about_the_id_it_names(event: type[Event]) -> None:
    assert event.about in hints_of(event)


@pytest.mark.parametrize("event", catalog.EVENTS, ids=lambda e: e.topic)
@EXAMPLES
@given(data=st.data())
def test_every_event_survives_its_json(event: type[Event], data: st.DataObject) -> None:
    happened = data.draw(values_of(event))
    assert JsonCodec().decode(JsonCodec().encode(happened), event) == happened


# errors


def badly_coded(refusals: Iterable[type[SparkleError]]) -> set[str]:
    """Refusals without a category, a sentence or a code of their own."""
    refusals = list(refusals)
    codes = Tally(r.code for r in refusals if "code" in vars(r))
    shared = {r.__name__ for r in refusals if "code" in vars(r) and codes[r.code] > 1}
    return shared | {
        r.__name__ for r in refusals if "code" not in vars(r) or not hasattr(r, "category") or not r.__doc__
    }


def test_every_refusal_has_a_category_a_sentence_and_a_code_of_its_own() -> None:
    assert badly_coded(c for c in _derived(SparkleError) if c.__module__.startswith("sparkle_core")) == set()


def test_a_refusal_with_anothers_code_or_none_is_found() -> None:
    class Copied(NotFound):
        """Says the same as another."""

        code: ClassVar[str] = NotFound.code

    class Silent(NotFound):
        """Has no code of its own."""

    assert badly_coded([NotFound, Copied, Silent]) == {"NotFound", "Copied", "Silent"}


def _derived(base: type[Any]) -> list[type[Any]]:
    return [c for child in base.__subclasses__() for c in (child, *_derived(child))]


# secrets


SECRETS = {"password", "code", "token"}


def careless(use_cases: Iterable[UseCase]) -> list[str]:
    """Requests that show a secret they are given, or would keep one that they answer in a receipt."""
    found = []
    for use in use_cases:
        name = use.request.__name__
        found += [f"{name}.{n}" for n, h in hints_of(use.request).items() if n in SECRETS and not _is_secret(h)]
        answers_one = any(n in SECRETS for n in _fields_of(answer_of(use.request)))
        if answers_one and not (use.secret_answer or use.is_query):
            found.append(f"{name} takes a key")
    return found


def _is_secret(hint: Any) -> bool:
    return getattr(hint, "__origin__", None) is Secret


def _fields_of(answer: Any) -> Iterable[str]:
    return hints_of(answer) if isinstance(answer, type) and has(answer) else ()


def test_secrets_never_show_and_stand_in_no_receipt() -> None:
    assert careless(catalog.USE_CASES) == []


def test_a_secret_that_shows_is_found() -> None:
    @frozen(kw_only=True)
    class Opened(Record):
        token: str

    @frozen(kw_only=True)
    class Open(Command[Opened]):
        password: str

    (use,) = [u for u in catalog.USE_CASES if u.request.__name__ == "LogIn"]
    assert careless([evolve(use, request=Open, secret_answer=False)]) == ["Open.password", "Open takes a key"]


# visibility: what people may not see is only read where that is decided


LOADERS = {"application/shared/content.py", "application/shared/targets.py"}
"""Where posts and comments are read: as somebody sees them, and as moderation acts on them."""
GUARDED = {"POSTS", "COMMENTS"}
READS = {"get", "get_many", "find", "one"}


def unguarded_reads(source: str) -> list[str]:
    """Reads of posts or comments in a module's source."""
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    return [
        f"line {c.lineno}: {c.func.attr}({c.args[0].id})"
        for c in calls
        if isinstance(c.func, ast.Attribute) and c.func.attr in READS
        if c.args and isinstance(c.args[0], ast.Name) and c.args[0].id in GUARDED
    ]


def test_posts_and_comments_are_read_only_where_visibility_is_decided() -> None:
    found = {
        str(path.relative_to(SOURCE)): reads
        for path in (SOURCE / "application").rglob("*.py")
        if (reads := unguarded_reads(path.read_text()))
    }
    assert {path: reads for path, reads in found.items() if path not in LOADERS} == {}
    assert found.keys() == LOADERS, "the loaders moved: say here where they are"


def test_a_read_past_the_loaders_is_found() -> None:
    assert unguarded_reads("async def f(work):\n    return await work.store.get(POSTS, id)") == ["line 2: get(POSTS)"]


# values are frozen and checked


def test_every_value_of_domain_and_application_is_a_checked_frozen_record() -> None:
    assert [c.__qualname__ for c in classes(Record, modules()) if not is_fixed(c)] == []


def is_fixed(kind: type) -> bool:
    """Whether values of a class can neither be changed nor given further fields."""
    return not has(kind) or (inspect(kind).is_frozen and inspect(kind).is_slotted)


def test_a_value_that_can_be_changed_is_found() -> None:
    @mutable
    class Loose(Record):
        note: str = ""

    assert not is_fixed(Loose)


def test_permissions_are_all_in_use() -> None:
    used = {u.permission for u in catalog.USE_CASES} | {Permission.READ_ANY_WALLET}
    assert {p.name for p in set(Permission) - used} == set()


# what is written from the declarations


GENERATE = Path(__file__).parents[2] / "docs" / "generate.py"
GENERATED = runpy.run_path(str(GENERATE))


def outdated(pages: Mapping[str, str], folder: Path) -> set[str]:
    """Pages that are missing, differ, or are there of an event that is no more."""
    there = {f"events/{p.name}" for p in folder.glob("events/*.json")}
    differing = {n for n, text in pages.items() if not (folder / n).exists() or (folder / n).read_text("utf-8") != text}
    return differing | {n for n in there if n not in pages}


def test_every_event_has_a_schema_and_every_generated_page_is_up_to_date() -> None:
    pages = GENERATED["pages"]()
    assert {f"events/{e.topic}.json" for e in catalog.EVENTS} <= pages.keys()
    assert outdated(pages, GENERATE.parent) == set(), "run: python docs/generate.py"


def test_a_page_that_was_not_written_again_is_found(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "gone.happened.json").write_text("{}")
    (tmp_path / "permissions.md").write_text("old")
    new = {"permissions.md": "new", "events/just.happened.json": "{}"}
    assert outdated(new, tmp_path) == {"events/gone.happened.json", "permissions.md", "events/just.happened.json"}


@pytest.mark.parametrize("event", catalog.EVENTS, ids=lambda e: e.topic)
@EXAMPLES
@given(data=st.data())
def test_every_event_meets_its_schema(event: type[Event], data: st.DataObject) -> None:
    schema = GENERATED["schema_of"](event)
    told = json.loads(JsonCodec().encode(data.draw(values_of(event))))
    assert told.keys() == schema["properties"].keys()
    assert set(schema["required"]) == told.keys()
