"""Passwords hashed with argon2id, off the event loop, in a bounded pool."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

R = TypeVar("R")

FLOOR_KIB = 47_104
"""OWASP and ASVS 5.0 appendix C: 46 MiB, one pass, one lane."""


class Argon2Hasher:
    """The `PasswordHasher` port. Raises ValueError for parameters below the floor."""

    def __init__(self, *, memory_kib: int = FLOOR_KIB, passes: int = 1, workers: int | None = None) -> None:
        if memory_kib < FLOOR_KIB or passes < 1:
            raise ValueError(f"argon2id needs at least {FLOOR_KIB} KiB and 1 pass, got {memory_kib} and {passes}")
        self._argon2 = Argon2(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        size = workers or max(1, (os.cpu_count() or 2) - 1)
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="argon2")
        self._dummy = self._argon2.hash(os.urandom(16).hex())

    async def hash(self, password: str) -> str:
        return await self._off_loop(lambda: self._argon2.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        return await self._off_loop(lambda: self._verify(stored, password))

    def outdated(self, stored: str) -> bool:
        return self._argon2.check_needs_rehash(stored)

    def close(self) -> None:
        """End the pool."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            right = self._argon2.verify(stored or self._dummy, password)
        except (VerificationError, InvalidHashError):
            return False
        return right and stored is not None

    async def _off_loop(self, work: Callable[[], R]) -> R:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # driven without a loop: there is nothing to block
            return work()
        return await loop.run_in_executor(self._pool, work)
