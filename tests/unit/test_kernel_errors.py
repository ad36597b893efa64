"""Refusals: a category, a stable code, facts as plain fields, and one sentence for a person."""

import json
from typing import Any

import pytest
from attrs import fields, has
from hypothesis import given
from hypothesis import strategies as st

from sparkle_adapters.codec import JSON
from sparkle_core.application import catalog
from sparkle_core.domain.economy.errors import InsufficientFunds, OverReversal
from sparkle_core.domain.kernel import errors
from sparkle_core.domain.kernel.errors import Category, Fault, Invalid, SparkleError
from sparkle_core.testing.strategies import records

EXPECTED = {
    errors.Unauthenticated(): (Category.UNAUTHENTICATED, "unauthenticated", "Sign in first."),
    errors.Forbidden(): (Category.FORBIDDEN, "forbidden", "You may not do this."),
    errors.NotFound("post"): (Category.NOT_FOUND, "not_found", "There is no post here that you can see."),
    errors.Conflict(): (Category.CONFLICT, "conflict", "It clashes with how things stand now."),
    errors.Limited("write", 7): (
        Category.LIMITED,
        "limited",
        "The limit 'write' is used up; try again in 7 seconds.",
    ),
    errors.Limited("passkeys", None, 20): (Category.LIMITED, "limited", "The limit 'passkeys' is used up."),
    errors.Unavailable("mail"): (
        Category.UNAVAILABLE,
        "unavailable",
        "mail is not available right now; nothing was changed.",
    ),
    errors.Taken("display_name"): (Category.CONFLICT, "taken", "This display name is taken."),
    errors.VersionMismatch(expected=1, actual=3): (
        Category.CONFLICT,
        "version_mismatch",
        "You changed version 1, but it is at version 3 by now.",
    ),
    errors.IdempotencyConflict("k"): (
        Category.CONFLICT,
        "idempotency_conflict",
        "The key 'k' was already used with other content.",
    ),
    errors.NotWhile("SUSPENDED", "tomorrow"): (
        Category.FORBIDDEN,
        "not_while",
        "Your account is SUSPENDED until tomorrow; this needs another status.",
    ),
    errors.NotWhile("BANNED"): (
        Category.FORBIDDEN,
        "not_while",
        "Your account is BANNED; this needs another status.",
    ),
    InsufficientFunds(available=1_000, needed=2_000): (
        Category.CONFLICT,
        "insufficient_funds",
        "There are 1,000 available, 2,000 are needed.",
    ),
}


@pytest.mark.parametrize("refusal", EXPECTED, ids=lambda e: type(e).__name__)
def test_a_refusal_says_what_kind_it_is_and_why(refusal: SparkleError) -> None:
    assert (refusal.category, refusal.code, str(refusal)) == EXPECTED[refusal]


def refusals() -> list[type[SparkleError]]:
    assert catalog.USE_CASES  # which imports every module that declares one
    return sorted(_derived(SparkleError), key=lambda c: c.__name__)


def _derived(base: type[Any]) -> set[type[Any]]:
    children = {c for c in base.__subclasses__() if c.__module__.startswith("sparkle_core")}
    return children | {c for child in children for c in _derived(child)}


@pytest.mark.parametrize("kind", refusals(), ids=lambda c: c.__name__)
@given(data=st.data())
def test_the_facts_of_every_refusal_are_plain_and_its_sentence_is_one(kind: type[Any], data: st.DataObject) -> None:
    refusal = data.draw(records(kind))
    facts = JSON.unstructure(refusal.facts())
    assert json.loads(json.dumps(facts)).keys() == {a.name for a in fields(kind)} if has(kind) else True
    assert isinstance(refusal.message(), str)
    assert isinstance(refusal.category, Category)


def test_refusals_are_told_apart_by_identity_and_can_be_raised() -> None:
    first, second = OverReversal(remaining=1), OverReversal(remaining=1)
    assert first != second
    with pytest.raises(OverReversal, match="At most 1 of this transfer"):
        raise first


def test_every_fault_is_in_the_sentence_of_an_invalid_input() -> None:
    refusal = Invalid.all_of([Fault("name", "is empty"), Fault("age", "is below 0")])
    assert str(refusal) == "name: is empty; age: is below 0"
    assert refusal.facts() == {
        "faults": ({"path": "name", "message": "is empty"}, {"path": "age", "message": "is below 0"})
    }
