"""The smallest application there can be: notes, and what the kernel does around them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from attrs import evolve, field, frozen, mutable

from sparkle_adapters.codec import JsonCodec
from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.memory.security import MemoryRateLimiter
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.memory.world import SeededWorld
from sparkle_core.application.kernel.commands import Command, Query, Refused, UseCase
from sparkle_core.application.kernel.dispatcher import Dispatcher, Outcome, table_of
from sparkle_core.application.kernel.outbox import OUTBOX, OutboxMessage
from sparkle_core.application.kernel.receipts import RECEIPTS
from sparkle_core.application.kernel.relay import Reaction, Relay
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.domain.kernel import auditing
from sparkle_core.domain.kernel.actors import SYSTEM, Permission, Role, Standing, Status
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Conflict, SparkleError, Stale
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Secret, Text, UserId, secret
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.domain.kernel.stored import ERASED, Kind, Log, eq
from sparkle_core.ports.driving import drive
from sparkle_core.ports.store import Transaction

Line = Annotated[str, Text(1, 50)]


@frozen(kw_only=True)
class NoteWritten(Event):
    """A note was written."""

    topic: ClassVar[str] = "notes.note_written"
    about: ClassVar[str] = "note_id"
    note_id: UUID


@frozen(kw_only=True)
class Note(Aggregate):
    """A line of text, and how often it was acted on."""

    text: Line
    acted: int = 0


NOTES = Kind(Note, "note", unique=(("text",),), personal={"text": ERASED}, says={"text": "text"})


@frozen(kw_only=True)
class Write(Command[Note]):
    """Write a note; `password` is nobody's business."""

    text: Line
    password: Secret[str] = field(converter=secret, default="none")
    delay_s: int = 0


@frozen(kw_only=True)
class Act(Command[int]):
    """What follows from a note that was written."""

    note_id: UUID


@frozen(kw_only=True)
class Read(Query[tuple[Note, ...]]):
    """All notes."""


@frozen(kw_only=True)
class Guess(Command[str]):
    """Always refused, and always remembered."""

    text: Line


async def write(cmd: Write, work: Work) -> Note:
    note = Note(id=work.new_id(), text=cmd.text)
    work.save(NOTES, note)
    work.record(NoteWritten(note_id=note.id), delay=timedelta(seconds=cmd.delay_s))
    return note


async def guess(cmd: Guess, work: Work) -> Refused:
    work.save(NOTES, Note(id=work.new_id(), text=cmd.text))
    return Refused(Conflict())


async def read(query: Read, work: Work) -> tuple[Note, ...]:
    return tuple(await work.store.find(NOTES))


@mutable
class Tiny:
    """Notes on a memory store. `refuse` makes acting on events fail, `stale` a transaction lose its race so often."""

    standing: Standing | None = field(factory=lambda: Standing(role=Role.USER, status=Status.ACTIVE))
    refuse: list[BaseException] = field(factory=list)
    stale: int = 0
    prepared: int = 0
    tried: int = 0
    observed: list[tuple[str, str]] = field(factory=list)
    world: SeededWorld = field(factory=SeededWorld)
    store: MemoryStore = field(factory=lambda: MemoryStore((NOTES, RECEIPTS, OUTBOX, *auditing.STORED)))
    dispatcher: Dispatcher = field(init=False)
    relay: Relay = field(init=False)

    def __attrs_post_init__(self) -> None:
        use_cases = (
            UseCase(Write, self._write, Permission.PUBLISH, prepare=self._prepare),
            UseCase(Act, self._act, Permission.DELIVER),
            UseCase(Guess, guess, Permission.AWARD_XP),
            UseCase(Read, read, Permission.READ),
        )
        self.dispatcher = Dispatcher(
            table=table_of(use_cases),
            store=self.store,
            world=self.world,
            codec=JsonCodec(),
            hashes=HmacKeys(bytes(32)),
            limiters=dict.fromkeys(("read", "write"), MemoryRateLimiter()),
            tiers={"read": RateTier(limit=100, window_s=60), "write": RateTier(limit=3, window_s=60)},
            standing_of=self._standing_of,
            awaited=frozenset({NoteWritten.topic}),
            observe=lambda name, actor, seconds, outcome: self.observed.append((name, outcome)),
        )
        self.relay = Relay(
            dispatcher=self.dispatcher,
            events={NoteWritten.topic: NoteWritten},
            reactions=(Reaction(NoteWritten, lambda e, _: [Act(note_id=e.note_id)]),),
        )

    def call(self, request: Any, **more: Any) -> Outcome:
        return drive(self.dispatcher.call(request, **{"actor": SYSTEM} | more))

    def ask(self, request: Any, **more: Any) -> Any:
        return self.call(request, **more).answer

    def drain(self) -> int:
        return drive(self.relay.drain())

    def notes(self) -> dict[str, Note]:
        return {n.text: n for n in self.ask(Read())}

    def outbox(self) -> list[OutboxMessage]:
        return self.all_of(OUTBOX)

    def all_of(self, shape: Kind[Any] | Log[Any]) -> list[Any]:
        async def body(tx: Transaction) -> list[Any]:
            if isinstance(shape, Log):
                return await tx.records.page(shape)
            return await tx.records.find(shape)

        return drive(self.store.read(body))

    async def _standing_of(self, work: Work, user_id: UserId) -> Standing | None:
        return self.standing

    async def _prepare(self, cmd: Write, prep: Preparation) -> str:
        self.prepared += 1
        return f"for {cmd.text}"

    async def _write(self, cmd: Write, work: Work, prepared: str) -> Note:
        self.tried += 1
        assert prepared == f"for {cmd.text}"
        if self.stale:
            self.stale -= 1
            work.save(NOTES, Note(id=work.new_id(), text="never kept"))
            await work.store.flush()
            raise Stale("note")
        return await write(cmd, work)

    async def _act(self, cmd: Act, work: Work) -> int:
        note = found(await work.store.one(NOTES, eq("id", cmd.note_id)), "note")
        if self.refuse:
            raise self.refuse.pop(0)
        work.save(NOTES, evolve(note, acted=note.acted + 1))
        return note.acted + 1


def refusal_of(call: Callable[[], Any]) -> SparkleError:
    """What a call is refused with; fails when it is not."""
    try:
        answer = call()
    except SparkleError as refusal:
        return refusal
    raise AssertionError(f"answered {answer} instead of refusing")
