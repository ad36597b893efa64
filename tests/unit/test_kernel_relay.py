"""The relay: every event acted on once in effect, in order, whatever goes wrong meanwhile."""

import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from attrs import evolve
from tests.tiny import NoteWritten, Tiny, Write

from sparkle_core.application.kernel.outbox import OUTBOX, Delivery
from sparkle_core.application.kernel.relay import ATTEMPTS, ATTEMPTS_WHILE_AWAY, LEASE
from sparkle_core.domain.kernel.errors import Conflict, Limited, NotFound, Unavailable
from sparkle_core.ports.driving import drive
from sparkle_core.ports.store import Transaction


@pytest.fixture
def tiny() -> Tiny:
    return Tiny()


def acted(tiny: Tiny) -> dict[str, int]:
    return {text: note.acted for text, note in tiny.notes().items()}


def test_an_event_is_acted_on_once(tiny: Tiny) -> None:
    tiny.ask(Write(text="Hello"))
    assert [tiny.drain(), tiny.drain()] == [1, 0]
    assert acted(tiny) == {"Hello": 1}
    assert [m.delivery for m in tiny.outbox()] == [Delivery.DONE]


def test_replaying_everything_changes_nothing(tiny: Tiny) -> None:
    tiny.ask(Write(text="Hello"))
    tiny.drain()

    async def all_over_again(tx: Transaction) -> int:
        return await tx.records.update_where(OUTBOX, changes={"delivery": Delivery.PENDING})

    drive(tiny.store.transact(all_over_again))
    tiny.world.advance(LEASE)
    assert tiny.drain() == 1
    assert acted(tiny) == {"Hello": 1}


def test_a_delayed_event_waits_for_its_time(tiny: Tiny) -> None:
    tiny.ask(Write(text="Later", delay_s=60))
    tiny.ask(Write(text="Now"))
    assert tiny.drain() == 1
    assert acted(tiny) == {"Later": 0, "Now": 1}
    tiny.world.advance(timedelta(seconds=60))
    assert tiny.drain() == 1
    assert acted(tiny) == {"Later": 1, "Now": 1}


def test_an_event_that_nothing_awaits_is_kept_and_done_at_once(tiny: Tiny) -> None:
    tiny.dispatcher = evolve(tiny.dispatcher, awaited=frozenset())
    tiny.ask(Write(text="Hello"))
    assert [m.delivery for m in tiny.outbox()] == [Delivery.DONE]
    assert tiny.drain() == 0


def test_what_fails_is_tried_again_after_a_growing_pause(tiny: Tiny) -> None:
    tiny.ask(Write(text="Hello"))
    tiny.refuse = [Unavailable("mail"), Unavailable("mail")]
    for pause in (2, 4):
        assert tiny.drain() == 1
        tiny.world.advance(timedelta(seconds=pause - 1))
        assert tiny.drain() == 0, "it was tried again too soon"
        tiny.world.advance(timedelta(seconds=1))
    assert tiny.drain() == 1
    assert acted(tiny) == {"Hello": 1}


def test_a_poison_event_is_parked_says_so_and_blocks_nothing(tiny: Tiny, caplog: pytest.LogCaptureFixture) -> None:
    tiny.ask(Write(text="Poison"))
    tiny.refuse = [Limited(limit="everything", retry_after_s=1)] * ATTEMPTS
    with caplog.at_level(logging.ERROR, logger="sparkle.relay"):
        for _ in range(ATTEMPTS):
            tiny.drain()
            tiny.world.advance(timedelta(minutes=10))
    assert "parked notes.note_written" in caplog.text
    (message,) = tiny.outbox()
    assert (message.delivery, message.attempts) == (Delivery.PARKED, ATTEMPTS)
    assert "everything" in (message.fault or "")
    tiny.ask(Write(text="Harmless"))
    assert tiny.drain() == 1
    assert acted(tiny) == {"Poison": 0, "Harmless": 1}


def test_a_fault_says_nobodys_address(tiny: Tiny) -> None:
    """Stops a mail server's words from keeping an address in the outbox when its owner is erased."""
    tiny.ask(Write(text="Hello"))
    tiny.refuse = [Unavailable("mail for <Ada+news@example.org>, who is unknown")]
    tiny.drain()
    assert "ada" not in str(tiny.outbox()[0].fault).lower()
    assert "…@…, who is unknown" in str(tiny.outbox()[0].fault).replace(">", "")


def test_what_is_away_is_waited_for_a_day_before_an_event_is_parked(tiny: Tiny) -> None:
    """A mail server that is away for a night costs nobody a letter; but nothing is tried for ever."""
    tiny.ask(Write(text="Hello"))
    tiny.refuse = [Unavailable("mail")] * ATTEMPTS_WHILE_AWAY
    started = tiny.world.now
    while tiny.outbox()[0].delivery is Delivery.PENDING:
        tiny.drain()
        tiny.world.advance(tiny.outbox()[0].due_at - tiny.world.now)
    assert tiny.outbox()[0].delivery is Delivery.PARKED
    assert timedelta(hours=24) < tiny.world.now - started < timedelta(hours=26)


def test_a_crash_in_a_reaction_is_noted_and_tried_again(tiny: Tiny, caplog: pytest.LogCaptureFixture) -> None:
    tiny.ask(Write(text="Hello"))
    tiny.refuse = [ZeroDivisionError("oops")]
    with caplog.at_level(logging.ERROR, logger="sparkle.relay"):
        tiny.drain()
    assert "crashed" in caplog.text
    (message,) = tiny.outbox()
    assert message.fault == "ZeroDivisionError: oops"
    tiny.world.advance(timedelta(seconds=2))
    tiny.drain()
    assert acted(tiny) == {"Hello": 1}


@pytest.mark.parametrize("refusal", [NotFound("person"), Conflict()])
def test_what_trying_again_cannot_change_is_done(tiny: Tiny, refusal: Exception) -> None:
    tiny.ask(Write(text="Hello"))
    tiny.refuse = [refusal]
    assert tiny.drain() == 1
    assert [m.delivery for m in tiny.outbox()] == [Delivery.DONE]


def test_events_of_one_aggregate_keep_their_order_when_one_fails(tiny: Tiny) -> None:
    note = tiny.ask(Write(text="Hello"))
    tiny.ask(Write(text="Other"))
    again(tiny, note.id)
    tiny.refuse = [Unavailable("mail")]
    tiny.drain()
    assert acted(tiny) == {"Hello": 0, "Other": 1}, "a later event of the same aggregate overtook"
    tiny.world.advance(LEASE)
    tiny.drain()
    tiny.world.advance(LEASE)
    tiny.drain()
    assert acted(tiny) == {"Hello": 2, "Other": 1}


def again(tiny: Tiny, note_id: object) -> None:
    """A second event about the same note."""

    async def body(tx: Transaction) -> None:
        (first,) = [m for m in await tx.records.find(OUTBOX) if m.aggregate_id == note_id]
        tx.records.save(OUTBOX, evolve(first, id=tiny.world.moment().new_id(), version=0))

    drive(tiny.store.transact(body))


def test_a_killed_workers_events_are_taken_up_when_their_lease_runs_out(tiny: Tiny) -> None:
    tiny.ask(Write(text="Hello"))
    tiny.refuse = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        tiny.drain()
    assert tiny.drain() == 0, "another worker took what was leased"
    tiny.world.advance(LEASE)
    assert tiny.drain() == 1
    assert acted(tiny) == {"Hello": 1}


def test_a_worker_that_was_too_slow_does_not_act_twice(tiny: Tiny) -> None:
    """Its lease ran out and somebody else acted: its own command finds the receipt, its own mark is stale."""
    tiny.ask(Write(text="Hello"))
    (message,) = drive(tiny.relay._leased(20))
    tiny.world.advance(LEASE)
    assert tiny.drain() == 1
    drive(tiny.relay._act(message))
    assert acted(tiny) == {"Hello": 1}
    assert [m.delivery for m in tiny.outbox()] == [Delivery.DONE]


def test_an_event_of_an_unknown_topic_is_not_lost(tiny: Tiny) -> None:
    """An older worker meets a newer version's event: it leaves it for those who know it."""
    tiny.ask(Write(text="Hello"))
    newer = evolve(tiny.relay, events={})
    drive(newer.drain())
    (message,) = tiny.outbox()
    assert message.delivery is Delivery.PENDING
    assert "notes.note_written" in (message.fault or "")
    tiny.world.advance(timedelta(seconds=2))
    assert tiny.drain() == 1
    assert acted(tiny) == {"Hello": 1}


def test_more_events_than_one_batch_holds_are_all_acted_on(tiny: Tiny) -> None:
    for n in range(250):
        tiny.ask(Write(text=f"n{n}"))
    assert tiny.drain() == 250
    assert set(acted(tiny).values()) == {1}


def test_an_event_says_its_aggregate(tiny: Tiny) -> None:
    id = uuid4()
    assert NoteWritten(note_id=id).aggregate_id() == id
