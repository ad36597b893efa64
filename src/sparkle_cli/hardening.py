"""Settings that let more through than they need to, each with what would be safer. Source: docs/security.md."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from sparkle_adapters.addresses import of_this_machine
from sparkle_bootstrap import Settings
from sparkle_cli.finding import Finding, Health
from sparkle_core.domain.kernel.errors import Invalid, Unavailable
from sparkle_core.domain.kernel.sealed import Purpose

DISTINCT_BYTES = 16
"""Fewer than that among the 32 or more of a key are not random: 32 random bytes have 19 or fewer once in a million."""
NO = frozenset({"0", "F", "FALSE", "N", "NO"})
"""How an option of a Redis address says no (redis-py)."""
ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})


def weaknesses(settings: Settings) -> Iterator[Finding]:
    """Every setting that is weaker than it could be; a fine one when there is none."""
    found = [*_key(settings), *_environment(settings), *_database(settings), *_redis(settings), *_pepper(settings)]
    yield from found or [Finding("insecure settings", Health.FINE, "none")]


def _key(settings: Settings) -> Iterator[Finding]:
    if settings.key is not None and len(set(settings.key)) < DISTINCT_BYTES:
        found = f"SPARKLE_KEY has {len(set(settings.key))} different bytes: it is not random, and can be guessed"
        yield Finding("insecure key", Health.WRONG, found, "make one by `openssl rand -base64 32`")


def _environment(settings: Settings) -> Iterator[Finding]:
    if settings.environment == "production":
        return
    far = [
        name
        for name, url in (("SPARKLE_DATABASE_URL", settings.database_url), ("SPARKLE_REDIS_URL", settings.redis_url))
        if url is not None and not _is_here(url)
    ]
    if far:
        found = f"SPARKLE_ENV is development, where keys are made by themselves, and {', '.join(far)} is elsewhere"
        yield Finding("insecure environment", Health.DOUBTFUL, found, "set SPARKLE_ENV=production")


def _database(settings: Settings) -> Iterator[Finding]:
    url = settings.database_url
    if url is None or not url.startswith("postgresql:") or _is_here(url):
        return
    asked = parse_qs(urlsplit(url).query)
    if not ENCRYPTED & {*asked.get("sslmode", ()), *asked.get("ssl", ())}:
        found = "SPARKLE_DATABASE_URL goes over a network, and does not ask for encryption"
        yield Finding("insecure database", Health.DOUBTFUL, found, "add ?sslmode=verify-full to it")
    if not _password(url):
        found = "SPARKLE_DATABASE_URL has no password"
        yield Finding("insecure database", Health.DOUBTFUL, found, "have the server ask for one (scram-sha-256)")


def _redis(settings: Settings) -> Iterator[Finding]:
    url = settings.redis_url
    if url is None or _is_here(url):
        return
    if not url.startswith("rediss:"):
        found = "SPARKLE_REDIS_URL goes over a network without encryption"
        yield Finding("insecure redis", Health.DOUBTFUL, found, "use rediss://")
    if url.startswith("rediss:") and _believes_anybody(url):
        found = "SPARKLE_REDIS_URL is encrypted to whoever answers: no certificate is looked at, or not whose it is"
        yield Finding("insecure redis", Health.DOUBTFUL, found, "leave ssl_cert_reqs and ssl_check_hostname out of it")
    if not _password(url):
        found = "SPARKLE_REDIS_URL has no password: whoever reaches it can end limits before their time"
        yield Finding("insecure redis", Health.DOUBTFUL, found, "set requirepass, and put it into the address")


def _pepper(settings: Settings) -> Iterator[Finding]:
    if settings.environment != "production":
        return
    try:
        active = settings.the_keys().active(Purpose.PASSWORDS)
    except (Invalid, Unavailable):
        return  # said already
    if active is None:
        found = "passwords have no pepper: whoever steals the database can guess at them"
        mend = "run `sparkle keys add --passwords p1` and `sparkle keys promote --passwords p1`"
        yield Finding("insecure passwords", Health.DOUBTFUL, found, mend)


def _believes_anybody(url: str) -> bool:
    """Whether a Redis address turns off what TLS is for besides encryption."""
    asked = parse_qs(urlsplit(url).query)
    return "none" in asked.get("ssl_cert_reqs", ()) or any(
        value.upper() in NO for value in asked.get("ssl_check_hostname", ())
    )


def _is_here(url: str) -> bool:
    """Whether an address is this machine's own: a file, a socket, a loopback address."""
    parts = urlsplit(url)
    if parts.scheme in ("sqlite", "unix"):
        return True
    hosts = [parts.hostname] if parts.hostname else _asked_hosts(parts.query)
    return all(not host or "/" in host or "%2f" in host.lower() or of_this_machine(host) for host in hosts)


def _asked_hosts(query: str) -> list[str]:
    """The hosts among a database address's options, which drivers go by where none stands before the path."""
    asked = ",".join(parse_qs(query).get("host", ())).split(",")
    return [urlsplit(f"//{host}").hostname or host for host in asked]


def _password(url: str) -> bool:
    """Whether an address has one, in its place or among its options."""
    parts = urlsplit(url)
    return bool(parts.password or parse_qs(parts.query).get("password"))
