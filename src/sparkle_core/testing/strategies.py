"""Hypothesis strategies from annotations: any value that a field, and so a store, must keep.

`values_of(annotation)` for a field, value, command or event; `commands()`, `queries()` and
`events()` for any of those there are.
"""

import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, NewType, Union, get_args, get_origin
from uuid import UUID

from attrs import evolve, has
from attrs import fields as attrs_fields
from hypothesis import assume
from hypothesis import strategies as st

from sparkle_core.application import catalog
from sparkle_core.domain.accounts.profiles import Profile
from sparkle_core.domain.content import RichText
from sparkle_core.domain.economy.items import Content, Item, ItemKind, ItemTerms
from sparkle_core.domain.economy.trading import Offer
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN, Items, Secret, Text, Whole, hints_of
from sparkle_core.domain.kernel.sealed import KEY_ID, Sealed, sealed_text
from sparkle_core.domain.moderation.decisions import Action, Decision
from sparkle_core.domain.moderation.reasons import ReportReason

Strategy = st.SearchStrategy[Any]

LONGEST = 60
"""Texts and lists longer than this teach a test nothing more."""
_LINE_ENDS = "\n\r\v\f\x85\u2028\u2029"


def commands() -> Strategy:
    """Any command that people, the worker or an operator can give."""
    return st.one_of(*(values_of(u.request) for u in catalog.USE_CASES if not u.is_query))


def queries() -> Strategy:
    """Any question that can be asked."""
    return st.one_of(*(values_of(u.request) for u in catalog.USE_CASES if u.is_query))


def events() -> Strategy:
    """Any event that can happen."""
    return st.one_of(*map(values_of, catalog.EVENTS))


def texts(rule: Text) -> Strategy:
    """Text that the rule allows, from all of Unicode."""
    left_out = "\x00" if rule.lines else "\x00" + _LINE_ENDS
    alphabet = st.characters(codec="utf-8", exclude_characters=left_out)
    found = st.text(alphabet, min_size=rule.min, max_size=max(rule.min, min(rule.max, LONGEST)))
    return found.filter(lambda t: rule(t) is None)


_links = st.one_of(st.just(""), st.builds("https://example.org/{}".format, st.text("abc", max_size=5)))

PARTICULAR: dict[Any, Mapping[str, Strategy]] = {Profile: {"image": _links, "banner": _links, "website": _links}}
"""Fields whose rules a random value would hardly ever meet."""


def _terms(given: dict[str, Any]) -> dict[str, Any]:
    """Minutes for a boost and contents for a bundle, and neither for anything else."""
    boosts, bundles = given["kind"] is ItemKind.BOOST, given["kind"] is ItemKind.BUNDLE
    minutes = given["boost_minutes"] or 1
    contents = given["contents"] if given["contents"] or not bundles else (Content(item_id=UUID(int=1)),)
    return given | {"boost_minutes": minutes if boosts else None, "contents": contents if bundles else ()}


def _offer(given: dict[str, Any]) -> dict[str, Any]:
    """Points from one side alone."""
    return given | {"asks": evolve(given["asks"], points=0)} if given["gives"].points else given


def _decision(given: dict[str, Any]) -> dict[str, Any]:
    """With what its action takes, and nothing else."""
    against, some_day = given["action"] is not Action.DISMISS, datetime(2026, 1, 1, tzinfo=UTC)
    fitting: dict[str, Any] = {
        "ground": given["ground"] or (ReportReason.SPAM if against else None),
        "ends_at": (given["ends_at"] or some_day) if given["action"] is Action.SUSPEND else None,
        "appeal_until": (given["appeal_until"] or some_day) if against else None,
        "automated": given["decided_by"] is None,
    }
    return given | fitting


FITTING: dict[Any, Callable[[dict[str, Any]], dict[str, Any]]] = {
    ItemTerms: _terms,
    Offer: _offer,
    Decision: _decision,
    Item: lambda given: given | {"kind": given["terms"].kind},
}
"""Values made to fit one another, by classes whose rules random ones would hardly ever meet together."""

_PLAIN: dict[Any, Strategy] = {
    int: st.integers(INT64_MIN, INT64_MAX),
    str: texts(Text(0, LONGEST, lines=True)),
    bool: st.booleans(),
    bytes: st.binary(max_size=LONGEST),
    float: st.floats(allow_nan=False, allow_infinity=False),
    UUID: st.uuids(),
    datetime: st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),
    date: st.dates(),
    type(None): st.none(),
    RichText: st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=LONGEST)
    .filter(str.strip)
    .map(RichText.of),
}


def values_of(annotation: Any) -> Strategy:
    """Any value of an annotation. Raises TypeError for one that nothing is known of."""
    return _values_of(annotation)


@cache
def _values_of(annotation: Any) -> Strategy:
    if get_origin(annotation) is Annotated:
        base, *checks = get_args(annotation)
        return _checked(base, [c for c in checks if isinstance(c, Text | Whole | Items | Sealed)])
    if isinstance(annotation, NewType):
        return values_of(annotation.__supertype__)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    origin = get_origin(annotation) or annotation
    if origin is Secret:
        return texts(Text(0, LONGEST, lines=True)).map(Secret)
    if has(origin):
        return st.deferred(lambda: records(origin))
    return _composed(annotation, origin, get_args(annotation))


def _composed(annotation: Any, origin: Any, args: tuple[Any, ...]) -> Strategy:
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values_of, args))
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return st.lists(values_of(args[0]), max_size=4).map(tuple)
    if origin is frozenset:
        return st.frozensets(values_of(args[0]), max_size=4)
    if origin in (dict, Mapping):
        return st.dictionaries(values_of(args[0]), values_of(args[1]), max_size=4)
    raise TypeError(f"no strategy is known for {annotation}")


def _checked(base: Any, checks: list[Any]) -> Strategy:
    for check in checks:
        if isinstance(check, Text):
            return texts(check)
        if isinstance(check, Whole):
            return st.integers(check.min, check.max)
        if isinstance(check, Sealed):
            return st.builds(sealed_text, st.from_regex(KEY_ID, fullmatch=True), st.binary(min_size=28, max_size=60))
        if isinstance(check, Items):
            item = values_of(get_args(base)[0])
            return st.lists(item, min_size=check.min, max_size=min(check.max, 4)).map(tuple)
    return values_of(base)


def records(kind: Any) -> Strategy:
    """Any value of an attrs class whose cross-field rules hold."""
    return _records(kind)


@cache
def _records(kind: Any) -> Strategy:
    hints, particular = hints_of(kind), PARTICULAR.get(kind, {})
    by_field = {a.name: particular.get(a.name, values_of(hints[a.name])) for a in attrs_fields(kind) if _given(a)}
    return _made(kind, by_field)


def _given(attribute: Any) -> bool:
    return bool(attribute.init) and attribute.name != "recorded"


@st.composite
def _made(draw: Callable[[Strategy], Any], kind: type, by_field: dict[str, Strategy]) -> Any:
    given = {name: draw(strategy) for name, strategy in by_field.items()}
    given = FITTING[kind](given) if kind in FITTING else given
    try:
        return kind(**given)
    except Invalid:
        assume(False)
