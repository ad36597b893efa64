"""A pool of one event loop's connections, whose use costs next to nothing while one is free.

The driver's own makes a task, futures and timers each time a connection is lent: more of a read's
time than the statement itself. Here lending is taking from the end of a list; only who has to wait
pays for waiting.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import asyncpg


class Pool:
    """At most `size` connections, opened by `connect` when they are needed.

    Who finds none free waits in line, and has to have one within `timeout_s`. What nobody needed
    for `idle_s` is closed; the connection used last is lent first, so that the others can rest.
    """

    def __init__(
        self, connect: Callable[[], Coroutine[Any, Any, Any]], *, size: int, timeout_s: float, idle_s: float
    ) -> None:
        self._connect, self._size, self._timeout_s, self._idle_s = connect, size, timeout_s, idle_s
        self._loop = asyncio.get_running_loop()
        self._open: set[Any] = set()
        self._places = 0  # open, being opened, or promised to somebody in line
        self._idle: deque[tuple[Any, float]] = deque()  # and since when, in that order
        self._line: deque[asyncio.Future[Any]] = deque()
        self._settling: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._closing: asyncio.Event | None = None

    async def acquire(self) -> Any:
        """A connection, which has to be released.

        Raises TimeoutError, what `connect` raises, and `InterfaceError` once the pool is closing.
        """
        if self._closing is not None:
            raise _closed()
        while self._idle:
            raw, _ = self._idle.pop()
            if not raw.is_closed():
                return raw
            self._leave(raw)
        async with asyncio.timeout(self._timeout_s):
            if self._places < self._size:
                self._places += 1
            elif (raw := await self._in_line()) is not None:
                return raw
            return await self._opened()

    def release(self, raw: Any, *, midway: bool = False) -> None:
        """Take a connection back. Never waits, so that nothing can come between.

        `midway`: a statement was sent whose end nobody heard, as when its caller was cancelled. Such
        a connection is settled in the background before somebody else gets it.
        """
        if raw.is_closed():
            self._leave(raw)
        elif midway:
            task = self._loop.create_task(self._settle(raw))
            self._settling.add(task)  # a loop holds its tasks weakly
            task.add_done_callback(self._settling.discard)
        else:
            self._hand_on(raw)

    async def close(self) -> None:
        """Wait for everything that is lent, then close it all. Cancelled, it closes without waiting."""
        self._closing = self._closing or asyncio.Event()
        while self._line:
            waiter = self._line.popleft()
            if not waiter.done():
                waiter.set_exception(_closed())
        try:
            self._tell_whether_all_are_back()
            await self._closing.wait()
            await asyncio.gather(*(raw.close() for raw, _ in self._idle))
        finally:
            self.terminate()

    def terminate(self) -> None:
        """Close every connection at once, whoever has it."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for raw in list(self._open):
            raw.terminate()
        while self._idle:
            self._leave(self._idle.pop()[0])

    async def _opened(self) -> Any:
        """A new connection in a place that is held already."""
        try:
            raw = await self._connect()
        except BaseException:
            self._hand_on(None)
            raise
        self._open.add(raw)
        return raw

    async def _in_line(self) -> Any:
        """What the next one to release hands over: a connection, or None with the place of a closed one."""
        waiter = self._loop.create_future()
        self._line.append(waiter)
        try:
            return await waiter
        except BaseException:
            if waiter.cancelled():
                with suppress(ValueError):
                    self._line.remove(waiter)
            elif waiter.done() and waiter.exception() is None:  # given to somebody who had just gone
                self._hand_on(waiter.result())
            raise

    def _hand_on(self, raw: Any) -> None:
        """Give a connection, or with None a place, to the first in line; without one it rests."""
        while self._line:
            waiter = self._line.popleft()
            if not waiter.done():
                waiter.set_result(raw)
                return
        if raw is None:
            self._places -= 1
        else:
            self._idle.append((raw, self._loop.time()))
            if self._sweeping is None:
                self._sweeping = self._loop.call_later(self._idle_s, self._sweep)
        if self._closing is not None:
            self._tell_whether_all_are_back()

    def _leave(self, raw: Any) -> None:
        self._open.discard(raw)
        self._hand_on(None)

    async def _settle(self, raw: Any) -> None:
        settled = False
        try:
            with suppress(Exception):  # the server is gone, or does not end the statement in time
                await raw.reset(timeout=self._timeout_s / 2)  # who waits in line has time left for a new one
                settled = True
        finally:
            if not settled:
                raw.terminate()
            self.release(raw)

    def _sweep(self) -> None:
        """Close what has rested for long enough: firewalls forget connections on which nothing is said."""
        before = self._loop.time() - self._idle_s
        while self._idle and self._idle[0][1] <= before:
            raw, _ = self._idle.popleft()
            raw.terminate()
            self._leave(raw)
        again = self._idle[0][1] + self._idle_s if self._idle else None
        self._sweeping = self._loop.call_at(again, self._sweep) if again is not None else None

    def _tell_whether_all_are_back(self) -> None:
        if self._closing is not None and self._places == len(self._idle):
            self._closing.set()


def _closed() -> asyncpg.InterfaceError:
    return asyncpg.InterfaceError("the pool is closed")
