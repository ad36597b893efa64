"""Passwords hashed with argon2id, off the event loop, in a bounded pool."""

import asyncio
import hmac
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TypeVar
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

from sparkle_adapters.crypto.rings import Ring
from sparkle_core.domain.kernel.sealed import pepper_of, peppered

R = TypeVar("R")

FLOOR_KIB = 47_104
"""OWASP and ASVS 5.0 appendix C: 46 MiB, one pass, one lane."""


class Argon2Hasher:
    """The `PasswordHasher` port. Raises ValueError for parameters below the floor.

    `peppers` answers the ring of peppers as it is now. Under its active key a password goes through HMAC-SHA-256
    before it is hashed, and the hash says which key that was: `p.KEY.$argon2id$…`. Without one, or for a hash that
    names none, there is no pepper. `workers`: how many passwords are hashed at once, 0 for one less than there are
    cores; each takes `memory_kib` meanwhile.
    """

    def __init__(
        self,
        *,
        memory_kib: int = FLOOR_KIB,
        passes: int = 1,
        lanes: int = 1,
        workers: int = 0,
        peppers: Callable[[], Ring] = Ring,
    ) -> None:
        if memory_kib < FLOOR_KIB or passes < 1 or lanes < 1:
            found = f"{memory_kib}, {passes} and {lanes}"
            raise ValueError(f"argon2id needs at least {FLOOR_KIB} KiB, 1 pass and 1 lane, got {found}")
        self._argon2 = Argon2(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        self._workers = workers or max(1, (os.cpu_count() or 2) - 1)
        self._pool = self._threads()
        self._turns = WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]()
        self._peppers = peppers
        self._dummy = self._argon2.hash(os.urandom(16).hex())

    async def hash(self, password: str) -> str:
        return await self._off_loop(lambda: self._hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        return await self._off_loop(lambda: self._verify(stored, password))

    def outdated(self, stored: str) -> bool:
        pepper, hash = pepper_of(stored)
        return pepper != self._peppers().active or self._argon2.check_needs_rehash(hash)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """As many are inside as hash at once, and as many again, who are next."""
        loop = _running_loop()
        if loop is None:
            yield
            return
        async with self._turns.setdefault(loop, asyncio.Semaphore(2 * self._workers)):
            yield

    async def close(self) -> None:
        """End the pool's threads. Who hashes afterwards gets others."""
        ended, self._pool = self._pool, self._threads()
        ended.shutdown(wait=False, cancel_futures=True)

    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._workers, thread_name_prefix="argon2", initializer=_step_back)

    def _hash(self, password: str) -> str:
        ring = self._peppers()
        if ring.active is None:
            return self._argon2.hash(password)
        return peppered(ring.active, self._argon2.hash(_under(ring.keys[ring.active].secret, password)))

    def _verify(self, stored: str | None, password: str) -> bool:
        pepper, hash = pepper_of(stored or self._dummy)
        secret = self._peppers().secret(pepper) if pepper is not None else None
        try:  # under a pepper that is gone no password is right; it takes as long as a wrong one
            right = self._argon2.verify(hash, password if secret is None else _under(secret, password))
        except (VerificationError, InvalidHashError):
            return False
        return right and stored is not None and (secret is None) == (pepper is None)

    async def _off_loop(self, work: Callable[[], R]) -> R:
        loop = _running_loop()
        return work() if loop is None else await loop.run_in_executor(self._pool, work)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """None when driven without one: then there is nothing to block, and nobody to wait for."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _step_back() -> None:
    """Let this thread have what others leave: a storm of sign-ins is to slow down itself, and no other call.

    Linux gives each thread a priority of its own; elsewhere it would be the whole process's, and stays as it is.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may forbid even that
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def _under(pepper: bytes, password: str) -> bytes:
    """A password under a pepper: HMAC-SHA-256."""
    return hmac.digest(pepper, password.encode("utf-8", "surrogatepass"), "sha256")
