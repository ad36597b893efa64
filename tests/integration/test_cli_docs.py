"""The console examples in docs/cli.md, typed in their order into one shell: each is a process, which takes its time."""

from pathlib import Path

import pytest

from tests.pages import ROOT
from tests.support.shell import Shell, newcomers, steps_of


@pytest.mark.soak
def test_the_examples_print_what_the_page_says(tmp_path: Path) -> None:
    with Shell(tmp_path, newcomers(tmp_path)) as shell:
        for step in steps_of(ROOT / "docs" / "cli.md"):
            printed = shell.type(step.command)
            assert step.prints(printed), f"$ {step.command}{printed}\n{shell.complaints()}"
