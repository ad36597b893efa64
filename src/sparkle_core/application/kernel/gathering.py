"""Gathering what many callers ask for at once: whatever has arrived when the last batch ends makes the next one.

There is no timer: somebody who asks alone is served at once, and the busier it is, the larger the
batches get. Each event loop gathers for itself.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from attrs import define, field, frozen

from sparkle_core.domain.kernel.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

MOST = 512
WAITING_MAX = 8_192


@define(eq=False)
class Lane(Generic[T]):
    """Who waits on one event loop, in order of arrival, and the task that serves them."""

    waiting: deque[tuple[T, asyncio.Future[object]]] = field(factory=deque)
    serving: asyncio.Task[None] | None = None


@frozen(eq=False)
class Gatherer(Generic[T, R]):
    """Serves callers in batches of at most `most`, one batch at a time.

    `serve` answers one result for each item, in order: what its caller gets, or the error that
    its caller is told. What `serve` itself raises is told to every caller of the batch.
    """

    serve: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]]
    most: int = MOST
    waiting_max: int = WAITING_MAX
    _lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lane[T]] = field(factory=WeakKeyDictionary, init=False)

    @property
    def can_be_asked(self) -> bool:
        """Whether there is an event loop to wait on."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        return True

    async def ask(self, item: T) -> R:
        """Wait for the item's turn. Raises `Unavailable` at once when too many wait already.

        A caller who is cancelled gives up the answer; the item may be served all the same.
        """
        loop = asyncio.get_running_loop()
        lane = self._lanes.get(loop)
        if lane is None:
            lane = self._lanes[loop] = Lane()
        if len(lane.waiting) >= self.waiting_max:
            raise Unavailable(f"a turn ({self.waiting_max:,} wait already)")
        future: asyncio.Future[object] = loop.create_future()
        lane.waiting.append((item, future))
        if lane.serving is None:  # in a context of its own: it serves others than its first caller
            lane.serving = loop.create_task(self._serve(lane), context=contextvars.Context())
        return await future  # type: ignore[return-value] # what `serve` answered for this item

    async def _serve(self, lane: Lane[T]) -> None:
        try:
            while lane.waiting:
                batch = [lane.waiting.popleft() for _ in range(min(self.most, len(lane.waiting)))]
                results: Sequence[object]
                try:
                    results = await self.serve([item for item, _ in batch])
                except Exception as error:
                    results = [error] * len(batch)
                except BaseException:
                    for _, future in batch:
                        future.cancel()
                    raise
                for (_, future), result in zip(batch, results, strict=True):
                    _tell(future, result)
        finally:
            lane.serving = None
            for _, future in lane.waiting:  # only when cancelled: nobody will serve them
                future.cancel()
            lane.waiting.clear()


def _tell(future: asyncio.Future[object], result: object) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
