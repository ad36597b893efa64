"""The worker's loop: act on what is due, rest when idle, back off while the store is away."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

log = logging.getLogger("sparkle.worker")

IDLE_S = 0.2
LONGEST_S = 10.0
TIDY_EVERY_S = 3_600.0
SEAL_EVERY_S = 5.0
STOPS_WITHIN_S = 10.0


class Works(Protocol):
    """What a worker needs of the `Sparkle` object."""

    def step(self) -> Coroutine[Any, Any, int]: ...

    def tidy_up(self) -> Coroutine[Any, Any, int]: ...

    def seal(self) -> Coroutine[Any, Any, int]: ...

    def chain_audit(self) -> Coroutine[Any, Any, int]: ...


async def work_forever(sparkle: Works, stop: asyncio.Event, *, idle_s: float = IDLE_S) -> None:
    """Act again and again until told to stop; never raises but for being cancelled.

    Tidies up first and then every hour, and seals the ledger and chains the audit log every 5 seconds. Rests
    `idle_s` seconds when there is nothing to do, and twice as long after each failure, up to 10 seconds.
    """
    failures, tidied_at, sealed_at = 0, -TIDY_EVERY_S, -SEAL_EVERY_S
    while not stop.is_set():
        acted = 0
        try:
            acted = await sparkle.step()
            if time.monotonic() - tidied_at >= TIDY_EVERY_S:
                log.debug("removed %d rows that have had their time", await sparkle.tidy_up())
                tidied_at = time.monotonic()
            if time.monotonic() - sealed_at >= SEAL_EVERY_S:
                log.debug("sealed %d transfers", await sparkle.seal())
                log.debug("chained %d entries of the audit log", await sparkle.chain_audit())
                sealed_at = time.monotonic()
        except Exception as error:
            failures += 1
            if failures == 1:
                log.exception("cannot work: trying again until it goes on")
            else:
                log.warning("still cannot work after %d tries: %s", failures, error)
        else:
            if failures:
                log.info("working again after %d failures", failures)
            if acted:
                log.debug("acted on %d events", acted)
            failures = 0
        if acted:  # there may be more: go on at once, but let a web server in the same process have its turn
            await asyncio.sleep(0)
            continue
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), rest_s(idle_s, failures))


def rest_s(idle_s: float, failures: int) -> float:
    """How long to rest, in seconds, after some failures in a row."""
    return min(idle_s * 2.0 ** min(failures, 32), max(LONGEST_S, idle_s))


@asynccontextmanager
async def working(sparkle: Works, *, idle_s: float = IDLE_S) -> AsyncIterator[None]:
    """A worker beside the body: it ends the event it is at, and is cancelled when that takes over 10 seconds."""
    stop = asyncio.Event()
    task = asyncio.create_task(work_forever(sparkle, stop, idle_s=idle_s), name="sparkle-worker")
    try:
        yield
    finally:
        stop.set()
        _, late = await asyncio.wait([task], timeout=STOPS_WITHIN_S)
        for one in late:
            log.warning("the worker did not stop within %d s; what it was at is taken up again later", STOPS_WITHIN_S)
            one.cancel()
