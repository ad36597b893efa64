"""Closing a community ends the threads that it began, and nobody else's."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.communities import fresh_database, key_of
from tests.support.people import PASSWORD

from sparkle_adapters.crypto.passwords import Argon2Hasher
from sparkle_adapters.mail.memory import Mailbox
from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_core.application.accounts import Register

JOIN = Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True)
NOBODY = "http://127.0.0.1:1/range"
"""Where no range service answers."""


@pytest.fixture
def before() -> set[threading.Thread]:
    """The threads that others began."""
    return set(threading.enumerate())


@pytest.fixture
def url() -> Iterator[str]:
    with fresh_database("sqlite") as url:
        yield url


def opened(url: str, folder: Path, hasher: Argon2Hasher | None = None) -> Sparkle:
    settings = Settings(key=key_of(0), var=folder, breached_passwords_url=NOBODY)
    return connect(url, settings=settings, mailer=Mailbox(), hasher=hasher)


def pools_of(before: set[threading.Thread]) -> dict[str, threading.Thread]:
    """The threads of pools that are there since, by the pool's name."""
    names = ("argon2", "password-ranges")
    mine = [thread for thread in threading.enumerate() if thread not in before]
    return {name: thread for thread in mine for name in names if thread.name.startswith(name)}


def test_a_closed_community_leaves_no_threads(url: str, tmp_path: Path, before: set[threading.Thread]) -> None:
    """Stops programs that open communities again and again from filling up with threads."""

    async def story() -> tuple[Sparkle, dict[str, threading.Thread]]:
        async with opened(url, tmp_path) as sparkle:
            await sparkle(JOIN)
            return sparkle, pools_of(before)

    held, pools = asyncio.run(story())  # held, or the threads would go because nothing leads to their pools any more
    assert pools.keys() == {"argon2", "password-ranges"}
    for thread in pools.values():
        thread.join(5)
        assert not thread.is_alive()
    held.close()


def test_a_hasher_that_was_given_goes_on(url: str, tmp_path: Path, before: set[threading.Thread]) -> None:
    """Stops a community from ending what another one hashes with."""
    hasher = Argon2Hasher()

    async def story() -> str:
        async with opened(url, tmp_path, hasher) as sparkle:
            await sparkle(JOIN)
        assert pools_of(before)["argon2"].is_alive()
        hash = await hasher.hash("Corr3ct-horse-battery")
        await hasher.close()
        assert await hasher.verify(hash, "Corr3ct-horse-battery"), "begun anew where it is used again"
        await hasher.close()
        return hash

    assert asyncio.run(story()).startswith("$argon2id$")
