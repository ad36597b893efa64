"""The one way in: what it lets through, what it refuses, and that nothing is half done."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from tests.tiny import NOTES, Guess, Note, Read, Tiny, Write, refusal_of, write

from sparkle_core.application.kernel.commands import Command, Query, UseCase, answer_of
from sparkle_core.application.kernel.dispatcher import table_of
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.actors import ANONYMOUS, SYSTEM, Actor, Origin, Permission, Role, Standing, Status
from sparkle_core.domain.kernel.auditing import AUDIT, AUDIT_VALUES, Part
from sparkle_core.domain.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Limited,
    NotWhile,
    SparkleError,
    StepUpRequired,
    Taken,
    Unauthenticated,
    Unavailable,
)
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.driving import NestedTransaction, Waited, drive

ADA = Actor(user_id=UserId(UUID(int=1)))
NOBODY = UUID(int=404)
HOME = Origin(address="192.0.2.1")


@pytest.fixture
def tiny() -> Tiny:
    return Tiny()


def test_a_command_is_answered_and_kept(tiny: Tiny) -> None:
    answer = tiny.ask(Write(text="Hello"), actor=ADA)
    assert tiny.notes()["Hello"].id == answer.id


def test_a_request_that_nobody_declared_is_a_defect(tiny: Tiny) -> None:
    class Undeclared(Command[None]):
        pass

    with pytest.raises(TypeError, match="Undeclared is not a request"):
        tiny.ask(Undeclared())


def test_a_request_with_two_use_cases_is_a_defect() -> None:
    twice = [UseCase(Write, write, Permission.PUBLISH)] * 2
    with pytest.raises(ValueError, match="Write has two use cases"):
        table_of(twice)


def test_a_request_that_does_not_say_its_answer_is_a_defect() -> None:
    class Silent:
        pass

    with pytest.raises(TypeError, match="Silent does not say its answer"):
        answer_of(Silent)
    with pytest.raises(TypeError, match="Silent does not say its answer"):
        table_of([UseCase(Silent, write, Permission.PUBLISH)])


# who may


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [
        (None, Unauthenticated),
        (Standing(role=Role.ADMIN, status=Status.DELETED), Unauthenticated),
        (Standing(role=Role.USER, status=Status.SUSPENDED), NotWhile),
        (Standing(role=Role.USER, status=Status.PENDING_VERIFICATION), NotWhile),
    ],
)
def test_rights_are_those_of_the_moment(tiny: Tiny, standing: Standing | None, refusal: type[SparkleError]) -> None:
    tiny.standing = standing
    assert type(refusal_of(lambda: tiny.ask(Write(text="Hello"), actor=ADA))) is refusal
    assert tiny.notes() == {}


def test_a_suspended_person_is_told_until_when(tiny: Tiny) -> None:
    until = tiny.world.now + timedelta(days=1)
    tiny.standing = Standing(role=Role.USER, status=Status.SUSPENDED, blocked_until=until)
    refusal = refusal_of(lambda: tiny.ask(Write(text="Hello"), actor=ADA))
    assert refusal.facts() == {"account_status": "SUSPENDED", "until": until.isoformat()}


def test_what_a_role_may_not_is_forbidden(tiny: Tiny) -> None:
    assert type(refusal_of(lambda: tiny.ask(Guess(text="x"), actor=ADA))) is Forbidden


def test_nobody_in_particular_may_only_what_everybody_may(tiny: Tiny) -> None:
    assert tiny.ask(Read(), actor=ANONYMOUS) == ()
    assert type(refusal_of(lambda: tiny.ask(Write(text="Hello"), actor=ANONYMOUS))) is Unauthenticated
    assert tiny.prepared == 0, "work was done for somebody who may not"


def test_a_proof_of_identity_can_be_too_old(tiny: Tiny) -> None:
    careful = evolve(tiny.dispatcher.table[Write], step_up=True)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, Write: careful})
    now = tiny.world.now
    old, fresh = (evolve(ADA, proved_at=now - timedelta(seconds=s)) for s in (301, 299))
    refused = [refusal_of(partial(tiny.ask, Write(text="Hello"), actor=actor)) for actor in (ADA, old)]
    assert [(type(r), r.facts()) for r in refused] == [(StepUpRequired, {"max_age_s": 300})] * 2
    assert tiny.ask(Write(text="Hello"), actor=fresh).text == "Hello"
    assert tiny.ask(Write(text="Again"), actor=SYSTEM).text == "Again"


# limits


def test_a_rate_tier_counts_calls_that_come_from_somewhere(tiny: Tiny) -> None:
    left = [tiny.call(Write(text=f"n{n}"), actor=ADA, origin=HOME).rate for n in range(3)]
    assert [v.remaining for v in left if v] == [2, 1, 0]
    refusal = refusal_of(lambda: tiny.ask(Write(text="n4"), actor=ADA, origin=HOME))
    assert type(refusal) is Limited
    assert refusal.facts() == {"limit": "write", "retry_after_s": 60, "most": 3}
    assert tiny.call(Write(text="n5"), actor=ADA).rate is None
    assert tiny.call(Write(text="n6"), actor=SYSTEM, origin=HOME).rate is None


def test_a_missing_address_is_no_bucket_that_everybody_shares(tiny: Tiny) -> None:
    for _ in range(101):
        assert tiny.call(Read(), actor=ANONYMOUS, origin=Origin()).rate is None


def test_neighbours_in_one_ipv6_network_share_a_bucket_and_strangers_do_not(tiny: Tiny) -> None:
    first = tiny.call(Read(), actor=ANONYMOUS, origin=Origin(address="2001:db8:1:2::1")).rate
    neighbour = tiny.call(Read(), actor=ANONYMOUS, origin=Origin(address="2001:db8:1:2:ffff::2")).rate
    stranger = tiny.call(Read(), actor=ANONYMOUS, origin=Origin(address="2001:db8:1:3::1")).rate
    assert [v.remaining for v in (first, neighbour, stranger) if v] == [99, 98, 99]


# all or nothing


def test_a_refusal_rolls_back(tiny: Tiny) -> None:
    tiny.ask(Write(text="Hello"))
    assert type(refusal_of(lambda: tiny.ask(Write(text="Hello"), key="k"))) is Taken
    assert list(tiny.notes()) == ["Hello"]
    assert len(tiny.outbox()) == 1
    assert tiny.ask(Write(text="Hello 2"), key="k").text == "Hello 2", "a refused command used its key up"


def test_a_refusal_that_is_remembered_is_committed_and_then_raised(tiny: Tiny) -> None:
    assert type(refusal_of(lambda: tiny.ask(Guess(text="one try"), key="k"))) is Conflict
    assert list(tiny.notes()) == ["one try"]
    assert type(refusal_of(lambda: tiny.ask(Guess(text="another"), key="k"))) is Conflict
    assert list(tiny.notes()) == ["one try", "another"], "a try under the same key was not counted"


def test_a_lost_race_is_run_again_with_the_same_ids(tiny: Tiny) -> None:
    untroubled = Tiny().ask(Write(text="Hello"))
    tiny.stale = 3
    assert tiny.ask(Write(text="Hello")) == untroubled
    assert tiny.tried == 4
    assert tiny.prepared == 1, "the world was asked again"
    assert list(tiny.notes()) == ["Hello"]


def test_what_loses_every_race_is_given_up_in_time(tiny: Tiny) -> None:
    tiny.stale = 10**9
    assert type(refusal_of(lambda: tiny.ask(Write(text="Hello")))) is Unavailable
    tiny.stale = 0
    assert tiny.notes() == {}


def test_a_handler_that_waits_is_told_so_and_rolled_back(tiny: Tiny) -> None:
    async def slow(cmd: Write, work: Work, prepared: str) -> Note:
        note = await write(cmd, work)
        await asyncio.sleep(0)
        return note

    use = evolve(tiny.dispatcher.table[Write], handler=slow)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, Write: use})
    with pytest.raises(Waited, match="prepare"):
        tiny.ask(Write(text="Hello"))
    assert tiny.notes() == {}


def test_a_handler_that_opens_another_transaction_is_told_so(tiny: Tiny) -> None:
    async def nested(cmd: Write, work: Work, prepared: str) -> Any:
        return await tiny.dispatcher.call(Read(), actor=SYSTEM)

    use = evolve(tiny.dispatcher.table[Write], handler=nested)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, Write: use})
    with pytest.raises(NestedTransaction):
        tiny.ask(Write(text="Hello"))


def test_a_crash_is_no_refusal_and_keeps_nothing(tiny: Tiny) -> None:
    async def broken(cmd: Write, work: Work, prepared: str) -> Note:
        await write(cmd, work)
        raise ZeroDivisionError

    use = evolve(tiny.dispatcher.table[Write], handler=broken)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, Write: use})
    with pytest.raises(ZeroDivisionError):
        tiny.ask(Write(text="Hello"), key="k")
    assert tiny.notes() == {}
    assert tiny.outbox() == []


# what is written down


def test_every_call_is_observed_with_its_outcome(tiny: Tiny) -> None:
    tiny.ask(Write(text="Hello"))
    refusal_of(lambda: tiny.ask(Write(text="Hello")))
    with pytest.raises(TypeError):
        tiny.ask(object())
    assert tiny.observed == [("Write", "ok"), ("Write", "taken")]


def test_what_privileged_people_do_is_in_the_audit_without_its_secrets(tiny: Tiny) -> None:
    tiny.ask(Write(text="by a member"), actor=ADA)
    tiny.standing = Standing(role=Role.ADMIN, status=Status.ACTIVE)
    refusal_of(lambda: tiny.ask(Guess(text="by an admin"), actor=ADA, origin=HOME))
    refusal_of(lambda: tiny.ask(Guess(text="by the system")))
    tiny.ask(Write(text="for oneself", password="s3cret"), actor=ADA)
    second, first = tiny.all_of(AUDIT)
    assert (first.actor, first.command, first.outcome) == (ADA.name, "Guess", "conflict")
    assert (second.actor, second.command, second.outcome) == (ADA.name, "Write", "done")
    assert (first.before_hash, second.address_hash) == (None, None)
    said = {(value.entry_id, value.part): value.value for value in tiny.all_of(AUDIT_VALUES)}
    assert said[first.id, Part.ADDRESS] == HOME.address
    assert "by an admin" in said[first.id, Part.CONTENT]
    assert said[second.id, Part.CONTENT] == '{"text":"for oneself","delay_s":0}'


def test_what_an_operator_does_by_hand_is_in_the_audit_under_their_name(tiny: Tiny) -> None:
    """Stops somebody with a shell from doing unseen, as the system, what an administrator is held to."""
    tiny.ask(Write(text="by the worker"), actor=SYSTEM)
    tiny.ask(Write(text="by hand"), actor=Actor(system=True, operator="grace"))
    (entry,) = tiny.all_of(AUDIT)
    assert (entry.actor, entry.command) == ("operator:grace", "Write")


def test_what_a_command_notes_is_in_the_audit_whoever_called(tiny: Tiny) -> None:
    async def noted(cmd: Write, work: Work, prepared: str) -> Note:
        work.note(NOBODY, {"text": "before"}, {"text": cmd.text})
        return await write(cmd, work)

    use = evolve(tiny.dispatcher.table[Write], handler=noted)
    tiny.dispatcher = evolve(tiny.dispatcher, table={**tiny.dispatcher.table, Write: use})
    request = UUID(int=9)
    tiny.ask(Write(text="Hello"), actor=ADA, origin=Origin(address="192.0.2.1", request_id=request))
    tiny.ask(Write(text="Again"), actor=Actor(system=True, operator="root"))
    second, first = tiny.all_of(AUDIT)
    assert (first.actor, first.subject, first.request_id) == (ADA.name, NOBODY, request)
    assert (second.actor, second.subject, second.request_id) == ("operator:root", NOBODY, None)
    said = {(value.entry_id, value.part): (value.value, value.person) for value in tiny.all_of(AUDIT_VALUES)}
    assert said[first.id, Part.BEFORE] == ('{"text": "before"}', NOBODY)
    assert said[first.id, Part.AFTER] == ('{"text": "Hello"}', NOBODY)
    assert said[first.id, Part.ADDRESS] == ("192.0.2.1", ADA.user_id)


def test_an_event_is_in_the_outbox_with_who_caused_it_and_why(tiny: Tiny) -> None:
    correlation, causation = UUID(int=5), UUID(int=6)
    origin = Origin(address="192.0.2.1", correlation_id=correlation)
    note = tiny.ask(Write(text="Hello"), actor=ADA, origin=origin, causation=causation)
    (message,) = tiny.outbox()
    envelope = message.envelope
    assert (envelope.topic, envelope.aggregate_id) == ("notes.note_written", note.id)
    assert (envelope.actor, envelope.correlation, envelope.causation) == (ADA.name, correlation, causation)
    assert str(note.id) in envelope.payload


def test_a_query_answers_without_leaving_a_trace(tiny: Tiny) -> None:
    class Peek(Query[int]):
        pass

    async def peek(query: Peek, work: Work) -> int:
        return len(await work.store.find(NOTES))

    tiny.dispatcher = evolve(tiny.dispatcher, table={Peek: UseCase(Peek, peek, Permission.READ)})
    assert tiny.ask(Peek()) == 0
    assert tiny.outbox() == []


@pytest.mark.parametrize("key", ["", " ", "x" * 129, "a\x00b", "a\nb", "\ud800"])
def test_a_key_that_is_none_is_refused_by_name(tiny: Tiny, key: str) -> None:
    refusal = refusal_of(lambda: tiny.ask(Write(text="Hello"), key=key))
    assert isinstance(refusal, Invalid)
    assert [f.path for f in refusal.faults] == ["key"]
    assert tiny.notes() == {}


def test_driving_a_coroutine_that_swallows_the_signal_is_refused_all_the_same() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(0)
        except Waited:
            return "fine"
        return "never"

    with pytest.raises(Waited):
        drive(stubborn())
