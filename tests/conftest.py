"""What several folders of tests share."""

import signal
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import drop_database, new_database, shared_postgres
from tests.valkey import emptied, shared_valkey

# a script that runs the tests in its background has them ignore Ctrl-C, and so would the programs that they start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# a busy machine makes an example slow, never wrong
settings.register_profile("sparkle", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sparkle")


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of a real PostgreSQL 18, started for this run."""
    return shared_postgres()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[Callable[..., str]]:
    """Makes fresh databases: `postgres_url()` an empty one, `postgres_url(template=url)` a copy."""
    made: list[str] = []

    def make(template: str | None = None) -> str:
        made.append(new_database(postgres_server, template))
        return made[-1]

    yield make
    for url in made:
        drop_database(postgres_server, url)


@pytest.fixture
def valkey_url() -> str:
    """The address of a real Valkey with nothing in it; a test that kills one has its own."""
    return emptied(shared_valkey())
