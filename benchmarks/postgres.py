"""A community on a real PostgreSQL, with people in it and its statistics up to date."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from tests.servers import drop_database, new_database, shared_postgres

from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.security import FastHasher
from sparkle_adapters.sql import migrate
from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_core.application.accounts import Register

PASSWORD = "Corr3ct-horse-battery"


@contextmanager
def community(people: int) -> Iterator[tuple[Sparkle, str]]:
    """A `Sparkle` with some people (`fan0`, `fan1` …), and its database's URL. The server is a durable one."""
    server = shared_postgres(durable=True)
    url = new_database(server)
    try:
        migrate.up(url)
        settings = Settings(key=bytes(32))
        with connect(url, settings=settings, hasher=FastHasher(), mailer=Mailbox()) as sparkle:
            for n in range(people):
                name = f"fan{n}"
                sparkle.run(
                    Register(email=f"{name}@example.org", username=name, password=PASSWORD, agree_to_terms=True)
                )
            asyncio.run(analyze(url))
            yield sparkle, url
    finally:
        drop_database(server, url)


async def analyze(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
