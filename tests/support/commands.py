"""The command line for tests: in this process in a folder of its own, or as a program with its own environment."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from attrs import frozen

from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_cli.main import main
from sparkle_core.application.rules import Rules


@frozen
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


@frozen
class CommandLine:
    """Runs commands in a folder, where `./var` is theirs alone."""

    folder: Path

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Said:
        """In this process, with environment variables; its own must not lead to somebody's real database."""
        assert not [name for name in os.environ if name.startswith("SPARKLE_")]
        before, typed, inherited = os.umask(0o022), sys.stdin, dict(os.environ)
        sys.stdin = StringIO(stdin)
        os.environ.update(environment)
        try:
            with chdir(self.folder), redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
                code = main(arguments)
        finally:
            for name in environment:
                del os.environ[name]
            os.environ.update(inherited)
            sys.stdin = typed
            os.umask(before)
        return Said(code, out.getvalue(), err.getvalue())

    def apart(self, *arguments: str, **environment: str) -> Said:
        """In a process of its own, as its users run it."""
        done = subprocess.run(
            program(*arguments),
            cwd=self.folder,
            env=surroundings(**environment),
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def copied(self, folder: Path) -> "CommandLine":
        """Another one whose community is as this one's, and goes its own way from here on."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return CommandLine(folder)

    @property
    def database(self) -> Path:
        return self.folder / "var" / "sparkle.db"

    def opened(self, rules: Rules | None = None) -> Sparkle:
        """The community that the commands work on."""
        return connect(f"sqlite:///{self.database}", settings=Settings(var=self.folder / "var"), rules=rules)


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sparkle_cli", *arguments]


def surroundings(**environment: str) -> dict[str, str]:
    """This process's environment without what would tell Sparkle something, and with what should."""
    return {k: v for k, v in os.environ.items() if not k.startswith("SPARKLE_")} | environment
