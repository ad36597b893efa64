"""Idempotency: a key means one command of one actor, and its answer, for as long as it is kept."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.tiny import Read, Tiny, Write, refusal_of

from sparkle_core.application.kernel.receipts import KEPT_FOR_PEOPLE, KEPT_FOR_THE_SYSTEM, RECEIPTS, claim
from sparkle_core.domain.kernel.actors import ANONYMOUS, SYSTEM, Actor
from sparkle_core.domain.kernel.errors import IdempotencyConflict, Invalid, Unauthenticated
from sparkle_core.domain.kernel.fields import UserId

ADA = Actor(user_id=UserId(UUID(int=1)))
BOB = Actor(user_id=UserId(UUID(int=2)))


@pytest.fixture
def tiny() -> Tiny:
    return Tiny()


def test_a_key_used_again_answers_the_same_and_does_nothing(tiny: Tiny) -> None:
    first = tiny.ask(Write(text="Hello"), actor=ADA, key="k")
    assert tiny.ask(Write(text="Hello"), actor=ADA, key="k") == first
    assert list(tiny.notes()) == ["Hello"]
    assert len(tiny.outbox()) == 1
    assert tiny.prepared == 1, "the work of preparing was done again"


def test_a_key_used_for_something_else_is_a_conflict(tiny: Tiny) -> None:
    tiny.ask(Write(text="Hello"), actor=ADA, key="k")
    refusal = refusal_of(lambda: tiny.ask(Write(text="Bye"), actor=ADA, key="k"))
    assert type(refusal) is IdempotencyConflict
    assert refusal.facts() == {"key": "k"}
    assert list(tiny.notes()) == ["Hello"]


def test_a_key_belongs_to_its_actor(tiny: Tiny) -> None:
    for n, actor in enumerate((ADA, BOB, SYSTEM)):
        assert tiny.ask(Write(text=f"By {n}"), actor=actor, key="k").text == f"By {n}"
    assert len(tiny.notes()) == 3


def test_strangers_cannot_learn_of_each_others_keys(tiny: Tiny) -> None:
    """Without an actor the command itself scopes the key: another stranger's use of it is simply another one."""
    dispatcher = tiny.dispatcher
    assert type(refusal_of(lambda: tiny.ask(Write(text="Hello"), actor=ANONYMOUS, key="k"))) is Unauthenticated
    claims = [claim(dispatcher.hashes, dispatcher.codec, ANONYMOUS, "k", Write(text=t)) for t in ("a", "a", "b")]
    assert claims[0].id == claims[1].id != claims[2].id


def test_secrets_are_in_no_receipt_and_no_digest(tiny: Tiny) -> None:
    tiny.ask(Write(text="Hello", password="s3cret"), actor=ADA, key="k")
    (receipt,) = tiny.all_of(RECEIPTS)
    assert "s3cret" not in repr(receipt)
    again = tiny.ask(Write(text="Hello", password="another"), actor=ADA, key="k")
    assert again.text == "Hello"


@pytest.mark.parametrize(("actor", "kept"), [(ADA, KEPT_FOR_PEOPLE), (SYSTEM, KEPT_FOR_THE_SYSTEM)])
def test_a_key_is_free_again_once_its_time_is_over(tiny: Tiny, actor: Actor, kept: timedelta) -> None:
    tiny.ask(Write(text="Hello"), actor=actor, key="k")
    tiny.world.advance(kept - timedelta(seconds=1))
    assert type(refusal_of(lambda: tiny.ask(Write(text="Bye"), actor=actor, key="k"))) is IdempotencyConflict
    tiny.world.advance(timedelta(seconds=1))
    assert tiny.ask(Write(text="Bye"), actor=actor, key="k").text == "Bye"
    assert tiny.ask(Write(text="Bye"), actor=actor, key="k").text == "Bye"
    assert list(tiny.notes()) == ["Hello", "Bye"]


def test_a_query_takes_no_key(tiny: Tiny) -> None:
    refusal = refusal_of(lambda: tiny.ask(Read(), key="k"))
    assert isinstance(refusal, Invalid)
    assert refusal.message() == "key: Read takes no idempotency key"
