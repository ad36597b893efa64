"""The object everything goes through: `sparkle(command)` with an event loop, `sparkle.run(command)` without."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from sparkle_adapters.mail.memory import Mailbox
from sparkle_bootstrap.sharing import Closes
from sparkle_core.application.auditing import ChainAudit
from sparkle_core.application.economy import SealLedger
from sparkle_core.application.erasing import EraseNext
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.dispatcher import Dispatcher, Outcome
from sparkle_core.application.kernel.relay import Relay
from sparkle_core.application.leaderboards import ForgetBoards, SettleLeagues
from sparkle_core.application.rules import Rules
from sparkle_core.application.upkeep import ExpireHolds, TidyUp
from sparkle_core.domain.kernel.actors import ANONYMOUS, SYSTEM, Actor, Origin
from sparkle_core.domain.kernel.errors import SparkleError
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.driving import drive
from sparkle_core.ports.mail import Mailer
from sparkle_core.ports.store import Store
from sparkle_core.ports.world import World

R = TypeVar("R")


class Sparkle:
    """A community on one store. Close it, or use it in a `with`.

    `inline`: whether events are acted on right after each command (in memory), or by a worker.
    `servers`: what calls wait for besides the store, and is closed with it; so are the `pools` of threads.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        relay: Relay,
        rules: Rules,
        mailer: Mailer,
        *,
        inline: bool,
        servers: Sequence[Closes] = (),
        pools: Sequence[Closes] = (),
    ) -> None:
        self.dispatcher, self.relay, self.rules = dispatcher, relay, rules
        self._mailer, self._inline, self._servers, self._pools = mailer, inline, servers, pools
        self._own_loop: _LoopThread | None = None
        self._starting = threading.Lock()

    async def __call__(
        self,
        request: Command[R] | Query[R],
        *,
        actor: Actor = ANONYMOUS,
        origin: Origin | None = None,
        key: str | None = None,
    ) -> R:
        """Run a command or query. Raises its refusals (`sparkle_core.domain.kernel.errors`)."""
        outcome = await self.call(request, actor=actor, origin=origin, key=key)
        answer: R = outcome.answer
        return answer

    async def call(
        self,
        request: Command[Any] | Query[Any],
        *,
        actor: Actor = ANONYMOUS,
        origin: Origin | None = None,
        key: str | None = None,
    ) -> Outcome:
        """The same, answering also how much of the rate tier is left."""
        return await self._called(request, actor, origin, key, gathered=True)

    async def _called(
        self,
        request: Command[Any] | Query[Any],
        actor: Actor,
        origin: Origin | None,
        key: str | None,
        *,
        gathered: bool,
    ) -> Outcome:
        try:
            outcome = await self.dispatcher.call(request, actor=actor, origin=origin, key=key, gathered=gathered)
        except SparkleError:
            if self._inline and isinstance(request, Command):
                await self.drain()  # a refusal that is remembered may have events too
            raise
        if self._inline and isinstance(request, Command):
            await self.drain()
        return outcome

    def run(
        self,
        request: Command[R] | Query[R],
        *,
        actor: Actor = ANONYMOUS,
        origin: Origin | None = None,
        key: str | None = None,
    ) -> R:
        """The same without an event loop: from scripts, threads and tests."""
        gathered = self.waits  # what is driven in place cannot wait for others
        answer: R = self.run_coroutine(self._called(request, actor, origin, key, gathered=gathered)).answer
        return answer

    def run_coroutine(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Run any coroutine of this object to its end: driven in place, or on the object's own loop thread."""
        if not self.waits:
            return drive(coroutine)
        with self._starting:
            if self._own_loop is None:
                self._own_loop = _LoopThread()
        return self._own_loop.run(coroutine)

    async def drain(self) -> int:
        """Act on every event that is due, and on what that brings about; answers how many."""
        return await self.relay.drain()

    async def step(self, most: int = 20) -> int:
        """Act on at most so many events that are due; answers how many. A worker calls it again and again."""
        return await self.relay.step(most)

    async def tidy_up(self) -> int:
        """Settle leagues, end holds, erase who has left, and remove what has had its time, old boards too; answers how
        many rows went.

        A worker does it every hour.
        """
        while (await self(ExpireHolds(), actor=SYSTEM)).holds:
            pass  # at most 200 a transaction
        while (await self(SettleLeagues(), actor=SYSTEM)).cohorts:
            pass  # one a transaction
        while (await self(ForgetBoards(), actor=SYSTEM)).boards:
            pass  # one a transaction
        rows = await self.erase()
        while some := (await self(TidyUp(), actor=SYSTEM)).rows:
            rows += some  # at most 200 a transaction
        return rows

    async def erase(self, user_id: UserId | None = None) -> int:
        """Erase who is due, or the one named if they are; answers how many rows went or changed.

        One batch a transaction: whoever is interrupted goes on by beginning again.
        """
        rows = 0
        while (batch := await self(EraseNext(user_id=user_id), actor=SYSTEM)).user_id is not None:
            rows += batch.rows
        return rows

    async def seal(self) -> int:
        """Seal every transfer that is old enough; answers how many were. A worker does it every few seconds."""
        sealed = 0
        while now := (await self(SealLedger(), actor=SYSTEM)).transfers:
            sealed += now
        return sealed

    async def chain_audit(self) -> int:
        """Chain every entry of the audit log that waits; answers how many. A worker does it every few seconds."""
        chained = 0
        while now := (await self(ChainAudit(), actor=SYSTEM)).entries:
            chained += now
        return chained

    @property
    def waits(self) -> bool:
        """Whether calls need an event loop."""
        return self.store.waits or bool(self._servers)

    @property
    def store(self) -> Store:
        return self.dispatcher.store

    @property
    def world(self) -> World:
        return self.dispatcher.world

    @property
    def mailbox(self) -> Mailbox:
        """The in-memory mailbox. Raises LookupError when mail goes elsewhere."""
        if not isinstance(self._mailer, Mailbox):
            raise LookupError("mail does not go to a mailbox here; pass mailer=Mailbox() to have one")
        return self._mailer

    def close(self) -> None:
        """Let go of connections and threads. Closing twice is harmless."""
        if self._own_loop is not None:
            self._own_loop.run(self._let_go())
            self._own_loop.stop()
            self._own_loop = None
            return
        if not self.store.waits:
            drive(self.store.close())
        for pool in self._pools:
            drive(pool.close())

    async def aclose(self) -> None:
        """The same within an event loop."""
        await self._let_go()
        if self._own_loop is not None:
            self._own_loop.stop()
            self._own_loop = None

    async def _let_go(self) -> None:
        await self.store.close()
        for one in (*self._servers, *self._pools):
            await one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()


class _LoopThread:
    """An event loop in a thread of its own, for callers that have none."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sparkle-loop", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
