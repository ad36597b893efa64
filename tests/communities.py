"""Whole communities on each store, made alike: one seed, one key, so that ids, codes and answers agree."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.identities import MemoryIdentityProviders
from sparkle_adapters.memory.passkeys import MemoryPasskeys
from sparkle_adapters.memory.security import FastHasher, MemoryCipher, MemoryKeys
from sparkle_adapters.memory.world import SeededWorld
from sparkle_adapters.sql import migrate
from sparkle_bootstrap import Settings, Sparkle, connect, in_memory
from sparkle_core.application.rules import Rules
from sparkle_core.ports.security import Cipher, KeyRings, PasswordHasher
from sparkle_core.ports.world import World
from tests.servers import drop_database, new_database, shared_postgres
from tests.valkey import emptied, shared_valkey

PASSWORD = "Corr3ct-horse-battery"
PATIENCE_S = 30.0
"""A busy machine makes a test slow, never wrong."""
STORES = ("memory", "sqlite", "postgres")
SQL_STORES = STORES[1:]
WITH_VALKEY = "sqlite and valkey"


def key_of(seed: int) -> bytes:
    """The deployment's key that `in_memory(seed)` has too."""
    return seed.to_bytes(32, signed=True)


@cache
def _empty_sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        migrate.up(f"sqlite:///{path}")
        return path.read_bytes()


@cache
def _empty_postgres() -> str:
    url = new_database(shared_postgres())
    migrate.up(url)
    return url


@contextmanager
def fresh_database(store: str) -> Iterator[str]:
    """The URL of an empty database of this version's schema, for as long as the block lasts."""
    if store == "postgres":
        url = new_database(shared_postgres(), template=_empty_postgres())
        try:
            yield url
        finally:
            drop_database(shared_postgres(), url)
        return
    with tempfile.TemporaryDirectory(prefix="sparkle-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "community.db"
        path.write_bytes(_empty_sqlite())
        yield f"sqlite:///{path}"


def connected(
    url: str,
    *,
    seed: int = 0,
    world: World | None = None,
    hasher: PasswordHasher | None = None,
    keys: KeyRings | None = None,
    cipher: Cipher | None = None,
    rules: Rules | None = None,
    mailbox: Mailbox | None = None,
    inline: bool = False,
    redis_url: str | None = None,
) -> Sparkle:
    """A community on a database, with the small adapters that the in-memory one has."""
    memory = MemoryKeys(key_of(seed))
    return connect(
        url,
        settings=Settings(key=key_of(seed), redis_url=redis_url, redis_timeout_s=PATIENCE_S),
        rules=rules,
        world=world or SeededWorld(seed),
        hasher=hasher or FastHasher(),
        keys=keys or memory,
        cipher=cipher or MemoryCipher(memory),
        mailer=mailbox or Mailbox(),
        providers=MemoryIdentityProviders(),
        passkeys=MemoryPasskeys(),
        inline=inline,
    )


@contextmanager
def community(
    store: str,
    *,
    seed: int = 0,
    world: World | None = None,
    hasher: PasswordHasher | None = None,
    inline: bool = False,
) -> Iterator[Sparkle]:
    """A fresh community on a store, closed and dropped when the block ends."""
    if store == "memory":
        with in_memory(seed, inline=inline) as sparkle:
            yield sparkle
        return
    database, _, beside = store.partition(" and ")
    redis_url = emptied(shared_valkey()) if beside else None
    with (
        fresh_database(database) as url,
        connected(url, seed=seed, world=world, hasher=hasher, inline=inline, redis_url=redis_url) as sparkle,
    ):
        yield sparkle
