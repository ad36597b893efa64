"""A public profile over HTTP on PostgreSQL: the full stack against a hand-written Starlette + asyncpg handler.

Same server, same rows, same JSON, same client, rounds in turn; the figure is the median of the
rounds' ratios. Client, servers and PostgreSQL share the machine, so only the ratio says anything.
"""

import asyncio
import json
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.figures import Figure
from benchmarks.postgres import community

PEOPLE, CLIENTS, ROUNDS, SECONDS = 1_000, 16, 9, 2.0


def figures() -> list[Figure]:
    with community(PEOPLE) as (_, url), serving("ours", url) as ours, serving("hand", url) as hand:
        if fetched(ours, "fan7") != fetched(hand, "fan7"):
            raise AssertionError("the two servers answer different profiles")
        for port in (ours, hand):
            asyncio.run(load(port, SECONDS))
        rounds = [(asyncio.run(load(ours, SECONDS)), asyncio.run(load(hand, SECONDS))) for _ in range(ROUNDS)]
    ratio = statistics.median(a / b for a, b in rounds)
    spread = f"rounds {min(a / b for a, b in rounds):.2f} … {max(a / b for a, b in rounds):.2f}"
    return [
        Figure(name="profiles, full stack", value=statistics.median(a for a, _ in rounds), unit="per s"),
        Figure(name="profiles, by hand", value=statistics.median(b for _, b in rounds), unit="per s"),
        Figure(name="full stack / by hand", value=ratio, unit="", at_least=0.8, note=spread),
    ]


@contextmanager
def serving(which: str, url: str) -> Iterator[int]:
    """A server in a process of its own, for as long as the block lasts; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.profile_server", which, url, str(port)])
    try:
        until = time.monotonic() + 30
        while True:
            try:
                fetched(port, "fan0")
                break
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > until or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def fetched(port: int, username: str) -> dict[str, object]:
    """One profile, with its instants as numbers of seconds, since there are two ways to write one."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/people/{username}") as answer:
        found: dict[str, object] = json.load(answer)
    found["joined_at"] = str(found["joined_at"])[:19]
    return found


async def load(port: int, seconds: float) -> float:
    """Requests a second over some connections, each asking again as soon as it is answered."""
    ends = time.perf_counter() + seconds
    counts = await asyncio.gather(*(_client(port, ends, seed) for seed in range(CLIENTS)))
    return sum(counts) / seconds


async def _client(port: int, ends: float, seed: int) -> int:
    names = random.Random(seed)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < ends:
        path = f"/api/v1/people/fan{names.randrange(PEOPLE)}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(head.decode())
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        count += 1
    writer.close()
    return count
