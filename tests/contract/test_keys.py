"""Rings of keys in memory and in a file, and which keys rows are under, on every store."""

import json
import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sparkle_adapters.crypto.key_file import KeyFile
from sparkle_adapters.memory.security import MemoryKeys, MemoryKeyUsage
from sparkle_adapters.sql.key_usage import SqlKeyUsage
from sparkle_adapters.sql.store import SqlStore
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.ports.security import KeyRings, KeyUsage
from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts import KeyRingsContract, KeyUsageContract, Stage
from tests.contract.conftest import STAGES


class TestMemoryKeys(KeyRingsContract):
    def make(self) -> KeyRings:
        return MemoryKeys(bytes(32))


class TestKeyFile(KeyRingsContract):
    @pytest.fixture
    def keys(self, tmp_path: Path) -> KeyRings:
        file = KeyFile(tmp_path / "keys.json")
        file.make()
        return file


class TestKeyUsage(KeyUsageContract):
    @pytest.fixture(params=STAGES)
    def stage(self, request: pytest.FixtureRequest) -> Stage[Store]:
        found: Stage[Store] = request.getfixturevalue(request.param)
        return found

    @pytest.fixture
    def usage(self, stage: Stage[Store]) -> KeyUsage:
        return SqlKeyUsage() if isinstance(stage.store, SqlStore) else MemoryKeyUsage()


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    made = KeyFile(tmp_path / "a folder" / "keys.json")
    made.make()
    return made


def test_another_process_sees_a_change_with_its_next_call(file: KeyFile) -> None:
    elsewhere = KeyFile(file.path)
    (first,) = elsewhere.ids(Purpose.SECRETS)
    file.add(Purpose.SECRETS, "k2")
    file.promote(Purpose.SECRETS, "k2")
    assert elsewhere.active(Purpose.SECRETS) == "k2"
    assert elsewhere.secrets().secret(first) == file.secrets().secret(first) != file.secrets().secret("k2")
    file.retire(Purpose.SECRETS, first)
    assert elsewhere.ids(Purpose.SECRETS) == ("k2",)


def test_the_file_and_its_lock_are_for_their_owner_alone(file: KeyFile) -> None:
    """Stops others on the machine from reading keys, also while the file is being replaced."""
    modes = {stat.S_IMODE(path.stat().st_mode) for path in file.path.parent.iterdir()}
    assert modes == {0o600}
    assert sorted(path.name for path in file.path.parent.iterdir()) == [".keys.json.lock", "keys.json"]


def test_making_it_twice_keeps_the_first_key(file: KeyFile) -> None:
    """Stops two processes that start at once from ending up with keys of which one is lost."""
    before = file.path.read_text()
    KeyFile(file.path).make()
    assert file.path.read_text() == before


def test_a_key_shows_nowhere(file: KeyFile) -> None:
    secret = file.secrets().secret(file.ids(Purpose.SECRETS)[0])
    assert secret is not None
    shown = f"{file!r} {file.read()!r} {file.secrets()!r}"
    assert str(secret) not in shown
    assert secret.hex() not in shown


def altered(change: Callable[[dict[str, object]], None]) -> Callable[[Path], None]:
    def alter(path: Path) -> None:
        told = json.loads(path.read_text())
        change(told)
        path.write_text(json.dumps(told))

    return alter


def without_active(told: dict[str, object]) -> None:
    told["secrets"] = {"active": None, "keys": {}, "retired": {}}


def with_a_short_key(told: dict[str, object]) -> None:
    short = {"secret": "AAAA", "made_at": "2026-11-26T12:00:00+00:00"}
    told["secrets"] = {"active": "k1", "keys": {"k1": short}, "retired": {}}


def with_an_active_key_that_is_not_there(told: dict[str, object]) -> None:
    told["secrets"] = {"active": "k1", "keys": {}, "retired": {}}


def of_another_version(told: dict[str, object]) -> None:
    told["version"] = 2


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda path: path.write_text(""), "not a file of keys"),
        (lambda path: path.write_text("[]"), "not a file of keys"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "not a file of keys"),
        (altered(with_a_short_key), "not a file of keys"),
        (altered(with_an_active_key_that_is_not_there), "not a file of keys"),
        (altered(of_another_version), "not a file of keys"),
        (altered(without_active), "no active key"),
        (lambda path: path.unlink(), "there is no file"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_named_and_nothing_of_it_is_said(
    file: KeyFile, harm: Callable[[Path], None], says: str
) -> None:
    file.secrets()
    harm(file.path)
    with pytest.raises(Invalid, match=says) as refused:
        file.secrets()
    assert refused.value.faults[0].path == "SPARKLE_KEYS"
    assert str(file.path) in str(refused.value)


def test_a_broken_file_is_not_overwritten(file: KeyFile) -> None:
    """Stops a change from replacing keys that somebody could still have restored by hand."""
    file.path.write_text('{"version": 1, "secrets"')
    with pytest.raises(Invalid):
        file.add(Purpose.SECRETS, "k2")
    assert file.path.read_text() == '{"version": 1, "secrets"'


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Invalid, match="cannot be written"):
        KeyFile(tmp_path / "file" / "keys.json").make()


def test_in_development_it_is_made_when_it_is_first_read(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json", makes=True)
    assert not keys.path.exists()
    assert keys.secrets().active in keys.ids(Purpose.SECRETS)
    assert os.stat(keys.path).st_size > 0


def test_many_changes_at_once_are_all_kept(file: KeyFile) -> None:
    """Stops two operators, or two processes that start, from overwriting each other's key."""

    def add(number: int) -> None:
        KeyFile(file.path).add(Purpose.SECRETS, f"k{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert set(file.ids(Purpose.SECRETS)) >= {f"k{n}" for n in range(40)}


def test_whoever_reads_while_it_is_replaced_sees_the_old_or_the_new_one(file: KeyFile) -> None:
    """Stops a process from finding half a file, and so no key, when somebody changes it."""
    ended = threading.Event()

    def change() -> None:
        try:
            for number in range(60):
                file.add(Purpose.SECRETS, f"k{number}")
                file.promote(Purpose.SECRETS, f"k{number}")
        finally:
            ended.set()

    changing = threading.Thread(target=change)
    changing.start()
    seen = set()
    while not ended.is_set():
        seen.add(KeyFile(file.path).secrets().active)
    changing.join()
    assert len(seen) > 1
    assert file.active(Purpose.SECRETS) == "k59"
