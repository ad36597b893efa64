"""Hypothesis strategies from annotations: any value that a field, and so a store, must keep.

`values_of(annotation)` for a field, value, command or event; `commands()`, `queries()` and
`events()` for any of those there are.
"""

import types
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin
from uuid import UUID

from attrs import fields as attrs_fields
from attrs import has
from hypothesis import strategies as st

from sparkle_core.application import catalog
from sparkle_core.application.accounts.profiles import EditProfile
from sparkle_core.application.notifications import MuteNotifications
from sparkle_core.domain.accounts.countries import COUNTRIES
from sparkle_core.domain.accounts.identities import Destinations
from sparkle_core.domain.accounts.profiles import THEMES, Profile
from sparkle_core.domain.accounts.rules import LONGEST_PASSWORD, AccountsRules, PasswordRules, SecurityRules
from sparkle_core.domain.content import ContentRules, RichText
from sparkle_core.domain.economy.limits import TRUST_LEVELS, Limit, Limits
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN, Items, Secret, Text, Whole, hints_of
from sparkle_core.domain.kernel.sealed import KEY_ID, Sealed, sealed_text
from sparkle_core.domain.moderation import rules as moderation
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression.achievements import Achievement
from sparkle_core.domain.progression.criteria import AllOf, AnyOf, AtLeast, CounterName, Criterion
from sparkle_core.domain.progression.quests import Quest
from sparkle_core.domain.progression.rules import DailyCaps, TrustRules, TrustThreshold
from sparkle_core.testing.documents import documents
from sparkle_core.testing.fitting import FITTING

Strategy = st.SearchStrategy[Any]
Row = TypeVar("Row")

LONGEST, FEW = 60, 4
"""Longer texts and lists of more teach a test nothing more, unless an annotation asks for them."""
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


def _matching(pattern: str) -> Strategy:
    return st.from_regex(pattern, fullmatch=True)


def _few(items: Strategy, least: int = 0, most: int = FEW) -> Strategy:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


_name = _matching("[a-z0-9][a-z0-9_-]{0,49}")
_term = texts(Text(0, LONGEST)).map("a{}".format)
_link = st.just("") | _matching("https://example[.]org/[abc]{0,5}")
_limits = Annotated[tuple[Limit, ...], Items(TRUST_LEVELS, TRUST_LEVELS)]
_criteria = st.recursive(
    st.builds(AtLeast, st.sampled_from(CounterName), st.integers(1, INT64_MAX)),
    lambda inner: st.builds(AllOf, _few(inner, 2)) | st.builds(AnyOf, _few(inner, 2)),
    max_leaves=8,
)

NARROWER: dict[type, Mapping[str, Any]] = {
    AccountsRules: {
        "age_of_consent_by_country": st.dictionaries(
            st.sampled_from(sorted(COUNTRIES)), st.integers(13, 21), max_size=FEW
        )
    },
    Achievement: {"name": _name, "when": _criteria.map(str)},
    ContentRules: {"reactions": _few(_matching("[A-Z][A-Z_]{0,19}"), 1)},
    DailyCaps: {"others": st.dictionaries(texts(Text(1, 50)), st.integers(0, 1_000_000), max_size=FEW)},
    Destinations: {"origins": _few(_matching("https?://[a-z]{1,9}[.]example(:[1-9][0-9]{0,3})?"))},
    EditProfile: {
        "time_zone": st.none() | st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")),
        "phone": st.none() | st.just("") | _matching("[+][1-9][0-9]{6,14}"),
        "theme": st.none() | st.sampled_from(THEMES),
        "locale": st.none() | _matching("[a-z]{2,3}(-[A-Z]{2})?"),
    },
    Limits: {"tips": _limits, "trades": _limits, "gifts": _limits},
    MuteNotifications: {"muted": _few(st.sampled_from([t for t in NotificationType if not t.always_told]))},
    PasswordRules: dict.fromkeys(("min_length", "max_length"), Annotated[int, Whole(12, LONGEST_PASSWORD)]),
    Profile: {"image": _link, "banner": _link, "website": _link},
    Quest: {"name": _name},
    SecurityRules: dict.fromkeys(("code_tries", "code_minutes"), Annotated[int, Whole(1, 10)]),
    TrustRules: {"levels": Annotated[tuple[TrustThreshold, ...], Items(4, 4)]},
    moderation.Words: {"terms": _few(_term, 1), "exceptions": _few(_term)},
}
"""Fields that a class wants narrower than their annotations say: by a narrower one, or a strategy."""


def _conditions() -> Strategy:
    joining = (moderation.All, moderation.Any, moderation.Not)
    leaves = st.one_of(*(values_of(kind) for kind in get_args(moderation.Condition) if kind not in joining))

    def joined(inner: Strategy) -> Strategy:
        some = _few(inner, 1)
        both = st.builds(moderation.All, of=some) | st.builds(moderation.Any, of=some)
        return both | st.builds(moderation.Not, of=inner)

    return st.recursive(leaves, joined, max_leaves=6)


_KNOWN: dict[Any, Strategy] = {
    int: st.integers(INT64_MIN, INT64_MAX),
    str: texts(Text(0, LONGEST, lines=True)),
    bool: st.booleans(),
    bytes: st.binary(max_size=LONGEST),
    float: st.floats(allow_nan=False, allow_infinity=False),
    UUID: st.uuids(),
    datetime: st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),
    date: st.dates(max_value=date(9998, 12, 31)),
    timedelta: st.timedeltas(),
    type(None): st.none(),
    RichText: documents().map(RichText),
    Any: st.none() | st.booleans() | st.integers(INT64_MIN, INT64_MAX) | texts(Text(0, LONGEST)) | st.uuids(),
    Event: st.deferred(events),
    Criterion: _criteria,
    moderation.Condition: st.deferred(_conditions),
}
"""Annotations whose strategies do not follow from what they are made of: plain ones, and those that hold themselves."""


def values_of(annotation: Any) -> Strategy:
    """Any value of an annotation; a type variable stands for any plain value.

    Raises TypeError for an annotation that nothing is known of, such as a function's.
    """
    return _values_of(annotation)


@cache
def _values_of(annotation: Any) -> Strategy:
    if isinstance(annotation, st.SearchStrategy):
        return annotation
    if get_origin(annotation) is Annotated:
        base, *checks = get_args(annotation)
        return _checked(base, [c for c in checks if isinstance(c, Text | Whole | Items | Sealed)])
    if isinstance(annotation, NewType):
        return values_of(annotation.__supertype__)
    if isinstance(annotation, TypeVar):
        return values_of(Any)
    if annotation in _KNOWN:
        return _KNOWN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    origin = get_origin(annotation) or annotation
    if origin is Secret:
        return texts(Text(0, LONGEST, lines=True)).map(Secret)
    if has(origin):
        return st.deferred(lambda: records(annotation))
    return _composed(annotation, origin, get_args(annotation))


def _composed(annotation: Any, origin: Any, args: tuple[Any, ...]) -> Strategy:
    if origin in (Union, types.UnionType):
        return st.one_of(*map(values_of, args))
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple and args[1:] != (Ellipsis,):
        return st.tuples(*map(values_of, args))
    if origin in (tuple, Sequence):
        return _few(values_of(args[0]))
    if origin is frozenset:
        return st.frozensets(values_of(args[0]), max_size=FEW)
    if origin in (dict, Mapping):
        return st.dictionaries(values_of(args[0]), values_of(args[1]), max_size=FEW)
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
            return _few(values_of(get_args(base)[0]), check.min, max(check.min, min(check.max, FEW)))
    return values_of(base)


def records(kind: Any) -> Strategy:
    """Any value of an attrs class, also of a generic one with its arguments, whose cross-field rules hold.

    Drawing from it raises `Invalid`, with a note that says so, for a class whose rules neither `NARROWER` nor
    `FITTING` has a row for.
    """
    return _records(kind)


@cache
def _records(kind: Any) -> Strategy:
    made = get_origin(kind) or kind
    bound = dict(zip(getattr(made, "__parameters__", ()), get_args(kind), strict=False))
    narrower = _row_of(NARROWER, made, {})
    hints = {name: narrower.get(name, _bound(hint, bound)) for name, hint in hints_of(made).items()}
    by_field = {a.alias: values_of(hints[a.name]) for a in attrs_fields(made) if _given(a)}
    fits = _row_of(FITTING, made, ())

    def fitted(given: dict[str, Any]) -> Any:
        for fit in fits:
            given = fit(given)
        try:
            return made(**given)
        except Invalid as error:
            error.add_note(
                f"for values of {made.__name__}, say what fits in NARROWER or FITTING of sparkle_core.testing"
            )
            raise

    return st.fixed_dictionaries(by_field).map(fitted)


def _bound(hint: Any, bound: Mapping[Any, Any]) -> Any:
    """A generic class's hint with the arguments in place of its type variables."""
    if isinstance(hint, TypeVar):
        return bound.get(hint, hint)
    inside = getattr(hint, "__parameters__", ())
    return hint[tuple(bound.get(one, one) for one in inside)] if inside else hint


def _row_of(table: Mapping[type, Row], kind: type, otherwise: Row) -> Row:
    """The row of a class, or of a class that it derives from."""
    return next((table[one] for one in kind.__mro__ if one in table), otherwise)


def _given(attribute: Any) -> bool:
    return bool(attribute.init) and attribute.name != "recorded"
