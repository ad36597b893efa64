"""The README's console examples, in one shell beside a server of their own, as a newcomer would type them."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest
from attrs import frozen

from tests.pages import ROOT, blocks_of
from tests.support import curl

README = ROOT / "README.md"
WITHIN_S = 60.0
MAIL_WITHIN_S = 20.0
END = "\x1e"


@frozen
class Step:
    """A command as it is typed, and what the page shows of its output; `…` stands for some characters."""

    command: str
    shown: str

    def prints(self, found: str) -> bool:
        pattern = ".+".join(map(re.escape, self.shown.strip().split("…")))
        return re.fullmatch(pattern, found.strip(), re.DOTALL) is not None


def steps_of(page: Path) -> Iterator[Step]:
    """What is typed after each `$ `, over as many lines as its quotation marks stay open, and the lines after it."""
    for block in blocks_of(page, "console"):
        for typed in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
            lines = typed.splitlines(keepends=True)
            n = next(n for n in range(1, len(lines) + 1) if _is_whole("".join(lines[:n])))
            yield Step("".join(lines[:n]), "".join(lines[n:]))


def _is_whole(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


class Shell:
    """A bash that keeps its variables from one command to the next."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._said = (folder / "shell.log").open("w+")
        self._process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )

    def type(self, command: str) -> str:
        """What a command prints."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        too_late = threading.Timer(WITHIN_S, self._process.kill)
        too_late.start()
        stdin.write(f"{command.rstrip()}\nprintf '{END}\\n'\n")
        stdin.flush()
        printed = ""
        while (line := stdout.readline()) and not line.endswith(f"{END}\n"):
            printed += line
        too_late.cancel()
        return printed + line.removesuffix(f"{END}\n")

    def complaints(self) -> str:
        self._said.seek(0)
        return self._said.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._said.close()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A newcomer's: `sparkle` on the path, our curl where there is no other, nothing said about Sparkle."""
    stand_in = tmp_path / "bin" / "curl"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/bash\nexec "{sys.executable}" "{curl.__file__}" "$@"\n')
    stand_in.chmod(0o755)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"], str(stand_in.parent)))
    unsaid = {k: v for k, v in os.environ.items() if not k.startswith("SPARKLE_")}
    return unsaid | {"PATH": path, "SPARKLE_ENV": "development"}


@pytest.fixture
def address(tmp_path: Path, environment: dict[str, str]) -> Iterator[str]:
    """Where a server of our own listens, with its files under the folder's `var`."""
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "sparkle_cli", "serve", "--port", "0"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with server:
            assert server.stdout is not None
            told = re.search(r"http://[\w.]+:\d+", server.stdout.readline())
            assert told, (tmp_path / "server.log").read_text()
            yield told[0]
            server.send_signal(signal.SIGTERM)


def test_what_the_readme_types_prints_what_it_shows(tmp_path: Path, environment: dict[str, str], address: str) -> None:
    with Shell(tmp_path, environment) as shell:
        for step in steps_of(README):
            command = step.command.replace("http://localhost:8000", address)
            until = time.monotonic() + (0 if "curl" in command else MAIL_WITHIN_S)
            printed = shell.type(command)
            while not step.prints(printed) and time.monotonic() < until:  # the worker mails a moment later
                printed = shell.type(command)
            assert step.prints(printed), f"$ {command}{printed}\n{shell.complaints()}"
