"""Signing in and calling with a session, over HTTP on PostgreSQL: alone, under a storm of logins, and beside others.

One uvicorn worker each, real argon2id (46 MiB, one pass), the same PostgreSQL in the same run, a Valkey for Sparkle.
Client, servers and PostgreSQL share the machine, so only ratios say anything. What is compared with runs in an
environment of its own, which `make compare` makes; without it those figures are left out, and it is said.
"""

import asyncio
import itertools
import json
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from attrs import frozen
from tests.servers import drop_database, new_database, shared_postgres
from tests.valkey import Valkey

from benchmarks.figures import Figure
from benchmarks.postgres import PASSWORD, community
from sparkle_adapters.crypto.passwords import Argon2Hasher
from sparkle_core.application.rules import Rules

PEOPLE, VERIFIED, CLIENTS, ROUNDS, SECONDS = 400, 200, 16, 7, 2.0
STORM = 100
SAMPLES = 60
JOINING = {"password": PASSWORD, "birth_date": "1990-02-28", "agree_to_terms": True}
THEIRS = Path(".venv/compare/bin/python")


@frozen
class Answer:
    status: int
    body: bytes


class Connection:
    """One HTTP connection that stays open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, method: str, path: str, body: bytes = b"", *headers: str) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "User-Agent: bench", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self._writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        found = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        length = int(found[0].split(b":")[1]) if found else 0
        return Answer(int(head.split(b" ", 2)[1]), await self._reader.readexactly(length))


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


Ask = Callable[[Connection], Awaitable[Answer]]


@frozen
class Side:
    """A server and how its three calls are made."""

    port: int
    me: Callable[[str], Ask]
    anybody: Ask
    log_in: Callable[[str, str], Ask]
    token_of: Callable[[Answer], str]


def ours(port: int) -> Side:
    def log_in(email: str, password: str) -> Ask:
        body = json.dumps({"email": email, "password": password}).encode()
        return lambda c: c.ask("POST", "/api/v1/sessions", body, "Content-Type: application/json")

    def me(token: str) -> Ask:
        return lambda c: c.ask("GET", "/api/v1/me", b"", f"Authorization: Bearer {token}")

    return Side(
        port,
        me,
        lambda c: c.ask("GET", "/api/v1/people/fan0"),
        log_in,
        lambda answer: str(json.loads(answer.body)["token"]),
    )


def theirs(port: int) -> Side:
    def log_in(email: str, password: str) -> Ask:
        body = f"username={email.replace('@', '%40')}&password={password}".encode()
        return lambda c: c.ask("POST", "/login", body, "Content-Type: application/x-www-form-urlencoded")

    def me(token: str) -> Ask:
        return lambda c: c.ask("GET", "/me", b"", f"Authorization: Bearer {token}")

    return Side(port, me, lambda c: c.ask("GET", "/docs"), log_in, lambda a: str(json.loads(a.body)["access_token"]))


def figures() -> list[Figure]:
    with Valkey() as valkey, community(PEOPLE + SAMPLES) as (_, url), _serving(_ours(url, valkey.url)) as port:
        asyncio.run(_settle(url))
        here = ours(port)
        found = [*asyncio.run(_alike(here)), *asyncio.run(_with_session(here)), *asyncio.run(_storm(here, "ours"))]
        if not THEIRS.exists():
            print("… without fastapi-users: `make compare` measures beside it", file=sys.stderr)
            return found
        with _other_database() as other, _serving(_theirs(other)) as second:
            return [*found, *asyncio.run(_beside(here, theirs(second))), *asyncio.run(_storm(theirs(second), "theirs"))]


async def _settle(url: str) -> None:
    """Everybody gets one real hash, of parameters as in production, and half of them have a verified address."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("UPDATE person SET password_hash = $1", await Argon2Hasher().hash(PASSWORD))
        verified = [f"fan{n}" for n in range(VERIFIED)]
        await connection.execute("UPDATE person SET stored_status = 'ACTIVE' WHERE username_key = ANY($1)", verified)
    finally:
        await connection.close()


@contextmanager
def _other_database() -> Iterator[str]:
    server = shared_postgres(durable=True)
    url = new_database(server)
    try:
        yield url
    finally:
        drop_database(server, url)


def _ours(url: str, redis_url: str) -> Callable[[int], list[str]]:
    return lambda port: [sys.executable, "-m", "benchmarks.signing_in_server", url, redis_url, str(port)]


def _theirs(url: str) -> Callable[[int], list[str]]:
    script = str(Path(__file__).parent / "compared" / "fastapi_users_server.py")
    return lambda port: [str(THEIRS), script, url, str(port), str(PEOPLE), PASSWORD]


@contextmanager
def _serving(command: Callable[[int], list[str]]) -> Iterator[int]:
    """A server in a process of its own, once it answers anything, for as long as the block lasts; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(command(port))
    try:
        asyncio.run(_answering(process, port))
        yield port
    finally:
        process.terminate()
        process.wait(20)


async def _answering(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            async with connected(port) as connection:
                await connection.ask("GET", "/health")
                return
        except (OSError, asyncio.IncompleteReadError):
            if time.monotonic() > until or process.poll() is not None:
                raise
            await asyncio.sleep(0.05)


async def _token(side: Side, person: int) -> str:
    async with connected(side.port) as connection:
        answer = await side.log_in(f"fan{person}@example.org", PASSWORD)(connection)
        assert answer.status in (200, 201), answer
        return side.token_of(answer)


async def _tokens(side: Side) -> list[str]:
    return [await _token(side, person) for person in range(CLIENTS)]


async def _alike(side: Side) -> list[Figure]:
    """Milliseconds of a refused login, a sign-up and a reset, by what there is of an account: medians, in turns."""
    states: dict[str, Callable[[int], str]] = {
        "existing": lambda n: f"fan{n}",
        "unknown": lambda n: f"nobody{n}",
        "unverified": lambda n: f"fan{VERIFIED + n}",
        "locked": lambda n: f"fan{PEOPLE + n}",
    }
    flows: dict[str, tuple[str, int, Callable[[str], dict[str, Any]]]] = {
        "login": ("/sessions", 401, lambda email: {"email": email, "password": "Wr0ng-horse-battery"}),
        "sign-up": ("/sign-up", 202, lambda email: {"email": email, **JOINING}),
        "reset": ("/password/reset-request", 202, lambda email: {"email": email}),
    }
    found, order = [], random.Random(7)
    locked = iter(range(PEOPLE, PEOPLE + SAMPLES))
    await asyncio.gather(*(_lock(side, locked) for _ in range(CLIENTS)))
    async with connected(side.port) as connection:
        for flow, (path, status, body) in flows.items():
            took: dict[str, list[float]] = {state: [] for state in states}
            for number in range(SAMPLES):
                for state in order.sample(list(states), len(states)):
                    sent = json.dumps(body(f"{states[state](number)}@example.org")).encode()
                    started = time.perf_counter()
                    answer = await connection.ask("POST", f"/api/v1{path}", sent, "Content-Type: application/json")
                    assert answer.status == status, answer
                    took[state].append((time.perf_counter() - started) * 1e3)
            medians = {state: statistics.median(each) for state, each in took.items()}
            said = ", ".join(f"{state} {ms:.1f} ms" for state, ms in medians.items())
            apart = max(medians.values()) / min(medians.values()) - 1
            found.append(Figure(name=f"{flow}: medians apart", value=apart * 100, unit="%", at_most=10, note=said))
    return found


async def _lock(side: Side, people: Iterator[int]) -> None:
    async with connected(side.port) as connection:
        for person in people:
            for _ in range(Rules().security.login_per_account.limit):
                await side.log_in(f"fan{person}@example.org", "Wr0ng-horse-battery")(connection)


async def _with_session(side: Side) -> list[Figure]:
    """The same GET with a session and without one, rounds in turn."""
    tokens = await _tokens(side)
    path = "/api/v1/people/fan0"
    with_it: list[Ask] = [
        lambda c, token=token: c.ask("GET", path, b"", f"Authorization: Bearer {token}")  # type: ignore[misc]
        for token in tokens
    ]
    without: list[Ask] = [side.anybody] * CLIENTS
    await _load(side, with_it)
    rounds = [(await _load(side, with_it), await _load(side, without)) for _ in range(ROUNDS)]
    ratio = statistics.median(a / b for a, b in rounds)
    return [
        Figure(name="a profile without a session", value=statistics.median(b for _, b in rounds), unit="per s"),
        Figure(name="a profile with a session / without", value=ratio, unit="", at_least=0.8),
    ]


async def _storm(side: Side, whose: str) -> list[Figure]:
    """The 99th percentile of others' calls while a hundred people sign in at once, against the same without them."""
    asks = [side.me(token) for token in (await _tokens(side))[:4]]
    ratios, logins, calm_ms, stormy_ms = [], [], [], []
    for _ in range(3):
        calm = await _percentile(side, asks, asyncio.sleep(SECONDS))
        started = time.perf_counter()
        stormy = await _percentile(side, asks, _sign_in_all(side))
        logins.append(STORM / (time.perf_counter() - started))
        ratios.append(stormy / calm)
        calm_ms.append(calm)
        stormy_ms.append(stormy)
    note = f"{statistics.median(calm_ms):.1f} → {statistics.median(stormy_ms):.1f} ms"
    bound = 2.0 if whose == "ours" else None
    ratio = statistics.median(ratios)
    return [
        Figure(name=f"{whose}: p99 amid {STORM} logins / without", value=ratio, unit="times", at_most=bound, note=note),
        Figure(name=f"{whose}: logins amid other calls", value=statistics.median(logins), unit="per s"),
    ]


async def _percentile(side: Side, asks: list[Ask], meanwhile: Awaitable[object]) -> float:
    """Milliseconds that 99 of 100 calls take at most, made one after the other by each client meanwhile."""
    took: list[float] = []
    done = asyncio.ensure_future(meanwhile)

    async def client(ask: Ask) -> None:
        async with connected(side.port) as connection:
            while not done.done():
                started = time.perf_counter()
                answer = await ask(connection)
                took.append((time.perf_counter() - started) * 1e3)
                assert answer.status == 200, answer
                await asyncio.sleep(0.005)  # people do not call without a pause; the machine has to have some left

    await asyncio.gather(done, *(client(ask) for ask in asks))
    return statistics.quantiles(took, n=100)[98]


async def _sign_in_all(side: Side) -> None:
    async def one(person: int) -> None:
        await _token(side, 100 + person)

    await asyncio.gather(*(one(person) for person in range(STORM)))


async def _beside(here: Side, there: Side) -> list[Figure]:
    """Calls and logins a second of each, rounds in turn."""
    mine = [here.me(token) for token in await _tokens(here)]
    others = [there.me(token) for token in await _tokens(there)]
    rounds = [(await _load(here, mine), await _load(there, others)) for _ in range(ROUNDS)]
    numbers = itertools.count(200)

    def signing_in(side: Side) -> list[Ask]:
        return [side.log_in(f"fan{next(numbers) % 390}@example.org", PASSWORD) for _ in range(CLIENTS)]

    logins = [(await _load(here, signing_in(here)), await _load(there, signing_in(there))) for _ in range(ROUNDS)]
    return [
        Figure(name="ours: me", value=statistics.median(a for a, _ in rounds), unit="per s"),
        Figure(name="fastapi-users: me", value=statistics.median(b for _, b in rounds), unit="per s"),
        Figure(name="me, ours / theirs", value=statistics.median(a / b for a, b in rounds), unit="", at_least=4),
        Figure(name="ours: logins", value=statistics.median(a for a, _ in logins), unit="per s"),
        Figure(name="fastapi-users: logins", value=statistics.median(b for _, b in logins), unit="per s"),
        Figure(name="logins, ours / theirs", value=statistics.median(a / b for a, b in logins), unit="", at_least=1),
    ]


async def _load(side: Side, asks: list[Ask]) -> float:
    """Calls a second: each client asks again as soon as it is answered."""
    started = time.perf_counter()

    async def client(ask: Ask) -> int:
        count = 0
        async with connected(side.port) as connection:
            while time.perf_counter() < started + SECONDS:
                answer = await ask(connection)
                assert answer.status in (200, 201), answer
                count += 1
        return count

    counts = await asyncio.gather(*(client(ask) for ask in asks))
    return sum(counts) / (time.perf_counter() - started)
