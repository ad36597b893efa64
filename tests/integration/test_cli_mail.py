"""`sparkle mail`: letters looked at by hand."""

import subprocess
import sys
from pathlib import Path

from sparkle_core.ports.mail import KINDS
from tests.support.commands import CommandLine


def test_every_kind_of_letter_is_written_to_be_looked_at(tmp_path: Path) -> None:
    said = CommandLine(tmp_path)("mail", "preview", "--out", "letters/new", "--json")
    assert (said.code, {one["kind"] for one in said.json}) == (0, set(KINDS))
    folder = tmp_path / "letters" / "new"
    for kind in KINDS:
        assert "ada_lovelace" in (folder / f"{kind}.html").read_text()
        assert (folder / f"{kind}.txt").read_text().startswith("Subject: ")
    assert (folder / "index.html").read_text().count("<iframe") == len(KINDS)
    assert f"{len(KINDS)} kinds of letters" in CommandLine(tmp_path)("mail", "preview", "--out", "letters").out


def test_links_lead_to_where_the_setting_says(tmp_path: Path) -> None:
    said = CommandLine(tmp_path).apart(
        "mail", "preview", "--out", "letters", SPARKLE_PUBLIC_URL="https://fans.example/club"
    )
    assert said.code == 0
    assert 'href="https://fans.example/club/login"' in (tmp_path / "letters" / "address_in_use.html").read_text()


def test_without_the_extra_letters_are_refused_by_name(tmp_path: Path) -> None:
    program = """
import sys
sys.modules["jinja2"] = None                # as if it were not installed
from sparkle_cli.main import main
sys.exit(main(["mail", "preview", "--out", "letters"]))
"""
    said = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert "pip install 'sparkle-core[mail]'" in said.stderr
