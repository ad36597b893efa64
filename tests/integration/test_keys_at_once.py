"""Keys that are retired while people write: a row and the retirement see each other, whichever comes first."""

import asyncio
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from sparkle_adapters.crypto.cipher import AesGcmCipher
from sparkle_adapters.crypto.key_file import KeyFile
from sparkle_bootstrap.rotating import reencrypt
from sparkle_core.application.rotation import Reencrypt, RetireKey
from sparkle_core.domain.accounts import PROFILES, SYSTEM
from sparkle_core.domain.accounts.profiles import Profile
from sparkle_core.domain.kernel.errors import KeyInUse
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.store import Transaction
from tests.communities import fresh_database
from tests.rotating import SECRETS, opened, place_of

WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid
    WHERE datname = current_database() AND NOT granted
"""
ROW = UserId(UUID(int=7))


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    file = KeyFile(tmp_path / "keys.json")
    file.add(SECRETS, "old")
    return file


def sealed_profile(keys: KeyFile, row: UserId = ROW) -> Profile:
    return Profile(id=row, phone=AesGcmCipher(keys.secrets).seal(place_of(row), b"+4930901820"))


def test_a_retirement_waits_for_whoever_has_written_and_not_committed(keys: KeyFile) -> None:
    """Stops a key from being forgotten between a row's writing and its commit, when no count sees that row."""

    async def story(url: str) -> None:
        profile = sealed_profile(keys)
        keys.add(SECRETS, "new")
        keys.promote(SECRETS, "new")
        wrote, goes_on = asyncio.Event(), asyncio.Event()

        async def write(tx: Transaction) -> None:
            tx.records.save(PROFILES, profile)
            await tx.records.flush()
            wrote.set()
            await goes_on.wait()

        async with opened(url, keys) as sparkle:
            writing = asyncio.create_task(sparkle.store.transact(write))
            await wrote.wait()
            retiring = asyncio.create_task(sparkle(RetireKey(purpose=SECRETS, key="old"), actor=SYSTEM))
            watching = await asyncpg.connect(url)
            while not retiring.done() and not await watching.fetchval(WAITING):
                await sparkle.store.pause(0.005)
            await watching.close()
            goes_on.set()
            await writing
            with pytest.raises(KeyInUse):
                await retiring
        assert keys.ids(SECRETS) == ("old", "new")

    with fresh_database("postgres") as url:
        asyncio.run(story(url))


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_many_rotations_at_once_do_the_work_once_and_lose_nothing(store: str, keys: KeyFile) -> None:
    """Stops two operators, or a worker and one, from undoing each other's work."""
    profiles = [sealed_profile(keys, UserId(UUID(int=n))) for n in range(1, 61)]
    keys.add(SECRETS, "new")
    keys.promote(SECRETS, "new")

    async def keep(tx: Transaction) -> None:
        for profile in profiles:
            tx.records.save(PROFILES, profile)

    async def kept(tx: Transaction) -> list[Profile]:
        return await tx.records.find(PROFILES)

    async def at_once(url: str) -> int:
        async with opened(url, keys) as sparkle:
            batches = [Reencrypt(field="profile.phone", key="old", limit=30) for _ in range(4)]
            done = await asyncio.gather(*(sparkle(batch, actor=SYSTEM) for batch in batches))
            return sum(one.done for one in done)

    with fresh_database(store) as url, opened(url, keys) as sparkle:
        sparkle.run_coroutine(sparkle.store.transact(keep))
        assert asyncio.run(at_once(url)) == 60
        assert reencrypt(sparkle).done == 0
        found = sparkle.run_coroutine(sparkle.store.read(kept))
        cipher = AesGcmCipher(keys.secrets)
        assert {cipher.open(place_of(p.id), str(p.phone)) for p in found} == {b"+4930901820"}
        assert {p.version for p in found} == {2}
