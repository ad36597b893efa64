"""The doctor names every setting that lets more through than it needs to."""

from pathlib import Path

import pytest

from sparkle_adapters.crypto.key_file import KeyFile
from sparkle_bootstrap import Settings
from sparkle_cli.finding import Health
from sparkle_cli.hardening import weaknesses
from sparkle_core.domain.kernel.sealed import Purpose

GOOD = bytes(range(32))
FAR = "db.example"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    file = KeyFile(tmp_path / "keys.json")
    file.add(Purpose.SECRETS, "k1")
    file.add(Purpose.PASSWORDS, "p1")
    file.promote(Purpose.PASSWORDS, "p1")
    return file.path


def named(settings: Settings) -> dict[str, Health]:
    return {f.what: f.health for f in weaknesses(settings)}


def production(keys: Path, *, database: str | None = None, redis: str | None = None, key: bytes = GOOD) -> Settings:
    return Settings(environment="production", key=key, keys=keys, database_url=database, redis_url=redis)


@pytest.mark.parametrize(
    ("database", "redis"),
    [
        (None, None),
        ("sqlite:///var/sparkle.db", "unix:///run/valkey.sock"),
        ("postgresql://sparkle@localhost/sparkle", "redis://127.0.0.1:6379/0"),
        ("postgresql://sparkle@[::1]/sparkle", "redis://[::1]:6379/0"),
        ("postgresql://sparkle@%2Frun%2Fpostgresql/sparkle", None),
        ("postgresql://sparkle@/sparkle?host=/run/postgresql", "redis://?host=localhost"),
        ("postgresql:///sparkle?host=127.0.0.1:5432,localhost", "redis://"),
        (f"postgresql://sparkle:s3cret@{FAR}/sparkle?sslmode=verify-full", f"rediss://:s3cret@{FAR}/0"),
        (
            f"postgresql:///sparkle?host={FAR}&sslmode=verify-full&password=s3cret",
            f"rediss://:s3cret@{FAR}?ssl_cert_reqs=required&ssl_check_hostname=yes",
        ),
    ],
)
def test_settings_that_let_nothing_through_are_fine(keys: Path, database: str | None, redis: str | None) -> None:
    assert named(production(keys, database=database, redis=redis)) == {"insecure settings": Health.FINE}


@pytest.mark.parametrize(
    ("query", "found"), [("", True), ("?sslmode=prefer", True), ("?sslmode=require", False), ("?ssl=verify-ca", False)]
)
def test_a_database_over_a_network_has_to_be_asked_for_encryption(keys: Path, query: str, found: bool) -> None:
    """Stops who listens on the network from reading every row."""
    url = f"postgresql://sparkle:s3cret@{FAR}/sparkle{query}"
    assert ("insecure database" in named(production(keys, database=url))) is found


@pytest.mark.parametrize("query", ["host=10.255.255.1", "host=localhost,db.example:5432", "host=[2001:db8::1]:5432"])
def test_a_database_that_only_an_option_names_is_over_a_network_too(keys: Path, query: str) -> None:
    """Stops a database elsewhere from passing for this machine's own."""
    url = f"postgresql://sparkle:s3cret@/sparkle?{query}"
    assert "insecure database" in named(production(keys, database=url))
    assert "insecure environment" in named(Settings(key=GOOD, database_url=url))


def test_a_database_over_a_network_has_to_ask_for_a_password(keys: Path) -> None:
    url = f"postgresql://sparkle@{FAR}/sparkle?sslmode=require"
    (finding,) = weaknesses(production(keys, database=url))
    assert (finding.what, "no password" in finding.found) == ("insecure database", True)


@pytest.mark.parametrize("url", [f"redis://:s3cret@{FAR}/0", f"rediss://{FAR}/0"])
def test_a_redis_over_a_network_has_to_be_encrypted_and_locked(keys: Path, url: str) -> None:
    """Stops who reaches it from forgetting how often a password was tried."""
    assert named(production(keys, redis=url)) == {"insecure redis": Health.DOUBTFUL}


@pytest.mark.parametrize("option", ["ssl_cert_reqs=none", "ssl_check_hostname=False", "ssl_check_hostname=no"])
def test_a_redis_over_a_network_has_to_show_who_it_is(keys: Path, option: str) -> None:
    """Stops who stands in between from reading along and answering in its place."""
    (finding,) = weaknesses(production(keys, redis=f"rediss://:s3cret@{FAR}/0?{option}"))
    assert (finding.what, "whoever answers" in finding.found) == ("insecure redis", True)


@pytest.mark.parametrize("key", [bytes(32), b"password" * 4, b"secretsecretsecretsecretsecretse"])
def test_a_key_that_is_not_random_is_wrong(keys: Path, key: bytes) -> None:
    """Stops every token and code from being computed by who guesses the key."""
    assert named(production(keys, key=key))["insecure key"] is Health.WRONG


def test_passwords_without_a_pepper_are_named(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    file.add(Purpose.SECRETS, "k1")
    assert named(production(file.path)) == {"insecure passwords": Health.DOUBTFUL}


def test_a_file_of_keys_that_is_not_there_is_said_elsewhere(tmp_path: Path) -> None:
    assert named(production(tmp_path / "none.json")) == {"insecure settings": Health.FINE}


def test_development_on_a_server_elsewhere_is_named() -> None:
    """Stops a production from running on keys that were made by themselves."""
    settings = Settings(key=GOOD, database_url=f"postgresql://sparkle:s3cret@{FAR}/x?sslmode=require")
    assert named(settings) == {"insecure environment": Health.DOUBTFUL}
    assert named(Settings(key=GOOD)) == {"insecure settings": Health.FINE}
