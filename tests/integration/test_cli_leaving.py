"""`sparkle export` and `sparkle erase`: a copy first, then a plan, then for good."""

import json
import resource
import zipfile
from pathlib import Path

import pytest

from sparkle_cli.leaving import write_privately
from sparkle_core.application.accounts import Register
from tests.support.commands import CommandLine
from tests.support.people import PASSWORD


def settled(folder: Path) -> CommandLine:
    sparkle = CommandLine(folder)
    with sparkle.opened() as community:
        community.run(Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True))
        community.run_coroutine(community.drain())
    return sparkle


def test_a_copy_is_a_file_that_only_its_owner_reads_and_never_in_place_of_another(tmp_path: Path) -> None:
    """Stops personal data from being written where everybody on the machine reads it."""
    sparkle = settled(tmp_path)
    told = sparkle("export", "ada", "--to", "ada.zip", "--json").json
    path = tmp_path / "ada.zip"
    assert (told["username"], told["file"], told["bytes"]) == ("ada", "ada.zip", path.stat().st_size)
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("data.json"))["stored"]["person"][0]["email"] == "ada@example.org"
    again = sparkle("export", "ada", "--to", "ada.zip")
    assert again.code != 0
    assert "ada.zip is there already; name another file" in again.err
    nowhere = sparkle("export", "ada", "--to", "no/such/folder.zip")
    assert nowhere.code != 0
    assert "cannot be written: No such file or directory" in nowhere.err
    assert "Everything about ada is in sparkle-" in sparkle("export", "ada").out


def test_a_copy_that_does_not_fit_leaves_no_half_of_it(tmp_path: Path) -> None:
    """Stops half an archive from being taken for all of it, and from being in the way of the next try."""
    path = tmp_path / "ada.zip"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_privately(path, b"z" * 1_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert not path.exists()


def test_erasing_only_says_what_it_would_do_until_it_is_told_otherwise(tmp_path: Path) -> None:
    """Stops a slip of the finger from taking somebody away for good."""
    sparkle = settled(tmp_path)
    dry = sparkle("erase", "ada")
    assert "Nothing was erased. To erase ada, which nothing brings back: --for-good" in dry.out
    plan = {one["stored"]: one for one in sparkle("erase", "ada", "--json").json["plan"]}
    assert (plan["person"]["change"], plan["profile"]["go"]) == (1, 1)
    done = sparkle("erase", "ada", "--for-good")
    assert "ada is erased: " in done.out
    assert "no person" in sparkle("erase", "ada").err
    who = [entry["actor"].partition(":")[0] for entry in sparkle("audit", "--command", "EraseAccount", "--json").json]
    assert who == ["operator"]
