"""The README's console examples, in one shell beside a server of their own, as a newcomer would type them."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages import ROOT
from tests.support.shell import Shell, newcomers, steps_of

README = ROOT / "README.md"
MAIL_WITHIN_S = 20.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return newcomers(tmp_path)


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
