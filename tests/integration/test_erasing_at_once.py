"""Erasing beside whoever takes it back, beside another worker, and killed in the middle: all of it, or none."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import CancelDeletion, DeleteAccount, EraseAccount, LogIn, PublicProfile
from sparkle_core.application.erasing import EraseNext, ErasurePlan
from sparkle_core.domain.accounts import PEOPLE, SYSTEM, Actor
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.kernel.errors import NotFound, SparkleError, Unauthenticated
from sparkle_core.ports.store import Transaction
from tests.communities import PASSWORD, SQL_STORES, STORES
from tests.erasing import killed_after, opened, tried_often
from tests.racing import Call, Track, id_of, track


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    with track(request.param) as found:
        yield found


def row_of(sparkle: Sparkle, actor: Actor) -> Person:
    async def body(tx: Transaction) -> Person | None:
        return await tx.records.get(PEOPLE, id_of(actor))

    person = sparkle.run_coroutine(sparkle.store.read(body))
    assert person is not None
    return person


def left_of(sparkle: Sparkle, actor: Actor) -> int:
    """How many rows erasing would still take away or change."""
    plan = sparkle.run(ErasurePlan(user_id=id_of(actor)), actor=SYSTEM)
    return sum(planned.go + planned.change for planned in plan)


def signed_in(track: Track, name: str) -> Actor:
    actor: Actor = track.sparkle.run(LogIn(email=f"{name}@example.org", password=PASSWORD)).actor
    return actor


def test_whoever_takes_it_back_while_the_erasing_begins_stays_whole_or_goes_whole(on: Track) -> None:
    """Stops half a person: their profile gone, and they told that they stay."""
    on.joins("ada")
    on.run(DeleteAccount(), signed_in(on, "ada"))
    ada = signed_in(on, "ada")
    on.run(EraseAccount(user_id=id_of(ada)))
    answers = on.race([Call(CancelDeletion(), ada), Call(EraseNext(), SYSTEM)] * 8)
    stayed = [answer for answer in answers[::2] if not isinstance(answer, SparkleError)]
    assert len(stayed) <= 1
    on.sparkle.run_coroutine(on.sparkle.erase())
    person = row_of(on.sparkle, ada)
    if stayed:
        assert person.deletion_requested_at is None
        assert on.run(PublicProfile(username="ada")).id == ada.user_id
        return
    assert person.username == f"deleted_{person.id.hex}"
    assert left_of(on.sparkle, ada) == 0
    with pytest.raises((Unauthenticated, NotFound)):
        on.run(CancelDeletion(), ada)


def test_several_workers_erase_one_person_once(on: Track) -> None:
    """Stops two workers from losing each other's batches, or telling twice that somebody was erased."""
    ada = on.joins("ada")
    tried_often(on.sparkle, ada, 900)
    on.run(EraseAccount(user_id=id_of(ada)))
    answers: list[Any] = []
    while not answers or any(a.user_id is not None for a in answers):
        answers = on.race([Call(EraseNext(), SYSTEM)] * 6)
        assert not [a for a in answers if isinstance(a, SparkleError)]
    assert left_of(on.sparkle, ada) == 0


@pytest.mark.parametrize("store", SQL_STORES)
def test_an_erasing_killed_in_the_middle_goes_on_where_it_was(store: str) -> None:
    """kill -9 after any batch: nobody comes back meanwhile, and in the end nothing is left."""
    moment = random.Random(7)
    with track(store) as here:
        ada = here.joins("ada")
        tried_often(here.sparkle, ada, 2_000)
        here.run(DeleteAccount(), signed_in(here, "ada"))
        assert here.url is not None
        batches = [killed_after(here.url, moment.randint(1, 2), moment) for _ in range(2)]
        with opened(here.url) as later:
            assert left_of(later, ada) > 0, f"it was over before it was killed: {batches}"
            with pytest.raises(InvalidCredentials):
                later.run(LogIn(email="ada@example.org", password=PASSWORD))
            later.run_coroutine(later.erase())
            assert left_of(later, ada) == 0
            assert row_of(later, ada).email == f"deleted_{id_of(ada).hex}"
