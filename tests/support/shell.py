"""The console examples of a page, and a shell to type them in."""

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from attrs import frozen

from tests.pages import blocks_of
from tests.support import curl

WITHIN_S = 60.0
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


def newcomers(folder: Path) -> dict[str, str]:
    """A newcomer's environment: `sparkle` on the path, our curl where there is no other, nothing said about Sparkle."""
    stand_in = folder / "bin" / "curl"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/bash\nexec "{sys.executable}" "{curl.__file__}" "$@"\n')
    stand_in.chmod(0o755)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"], str(stand_in.parent)))
    unsaid = {k: v for k, v in os.environ.items() if not k.startswith("SPARKLE_")}
    return unsaid | {"PATH": path, "SPARKLE_ENV": "development"}
