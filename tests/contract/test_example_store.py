"""The store that docs/write-an-adapter.md builds, held to the contracts as somebody else's adapter is.

And to what the page says of crashes: stops a transaction that is half there, one that was acknowledged and is gone, and
a journal that goes on after a line that will never be read.
"""

import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest

from sparkle_adapters.memory.leaderboards import MemoryLeaderboards
from sparkle_adapters.memory.people import MemoryPeople
from sparkle_adapters.memory.posts import MemoryPosts
from sparkle_adapters.memory.store import MemoryStore
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.ports.content import PostReader
from sparkle_core.ports.driving import drive
from sparkle_core.ports.leaderboards import Leaderboards
from sparkle_core.ports.people import PeopleReader
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts import (
    LeaderboardsContract,
    LedgerContract,
    PeopleReaderContract,
    PostReaderContract,
    Stage,
    StoreContract,
    staged,
)
from sparkle_core.testing.contracts.leaderboards import EVER
from sparkle_core.testing.contracts.shapes import DECLARED
from sparkle_dbm.leaderboards import DbmLeaderboards
from sparkle_dbm.store import DbmStore
from tests.dbm_writing import CHECKPOINT_AT, kept, numbered
from tests.pages import ROOT


class OnFiles:
    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[Stage[Store]]:
        store: Store = DbmStore(tmp_path)
        with staged(lambda: store) as stage:
            yield stage


class TestTheDbmStore(OnFiles, StoreContract):
    pass


class TestTheDbmLedger(OnFiles, LedgerContract):
    pass


class TestWhoIsReadFromDbm(OnFiles, PeopleReaderContract):
    @pytest.fixture
    def reader(self) -> PeopleReader:
        return MemoryPeople()


class TestWhatIsReadFromDbm(OnFiles, PostReaderContract):
    @pytest.fixture
    def reader(self) -> PostReader:
        return MemoryPosts()


class TestTheDbmLeaderboards(OnFiles, LeaderboardsContract):
    def make_boards(self) -> Leaderboards:
        return DbmLeaderboards()


@contextmanager
def opened(folder: Path, checkpoint_at: int = 1_000) -> Iterator[DbmStore]:
    store = DbmStore(folder, checkpoint_at=checkpoint_at)
    try:
        yield store
    finally:
        drive(store.close())


def written(folder: Path, first: int, last: int, checkpoint_at: int = 1_000) -> None:
    with opened(folder, checkpoint_at) as store:
        for number in range(first, last + 1):
            drive(store.transact(numbered(number)))


@contextmanager
def writing(folder: Path, at_most: int = resource.RLIM_INFINITY) -> Iterator["subprocess.Popen[bytes]"]:
    arguments = [sys.executable, "-m", "tests.dbm_writing", str(folder), str(at_most)]
    path = os.pathsep.join(("src", "docs/examples", "."))
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_what_is_committed_is_there_when_the_folder_is_opened_again(tmp_path: Path) -> None:
    written(tmp_path, 1, 30, checkpoint_at=CHECKPOINT_AT)
    written(tmp_path, 31, 31)
    with opened(tmp_path) as store:
        assert kept(store) == 31


def test_wherever_a_crash_cuts_the_journal_whole_transactions_stay(tmp_path: Path) -> None:
    written(tmp_path / "whole", 1, 4)
    journal = (tmp_path / "whole" / "journal-0").read_bytes()
    ends = [at + 1 for at, byte in enumerate(journal) if byte == ord("\n")]
    assert len(ends) == 4
    near_an_end = {end + by for end in [0, *ends] for by in (-1, 0, 1, 8, 9, 10)}
    for cut in sorted((near_an_end | {*range(0, len(journal), 31)}) & {*range(len(journal) + 1)}):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / "journal-0").write_bytes(journal[:cut])
        with opened(folder) as store:
            whole = sum(end <= cut for end in ends)
            assert kept(store) == whole
            drive(store.transact(numbered(whole + 1)))
        with opened(folder) as store:
            assert kept(store) == whole + 1


def test_a_checkpoint_that_was_cut_off_is_begun_anew(tmp_path: Path) -> None:
    written(tmp_path / "before", 1, 5)
    copytree(tmp_path / "before", tmp_path / "cut")
    for name in ("rows-1.dat", "rows-1.dir", "journal-1", "current.new"):
        (tmp_path / "cut" / name).write_text("'half")
    written(tmp_path / "cut", 6, 12, checkpoint_at=CHECKPOINT_AT)
    with opened(tmp_path / "cut") as store:
        assert kept(store) == 12
    assert (tmp_path / "cut" / "current").read_text() == "1"


def test_damage_before_the_journals_end_is_told_and_not_taken_for_a_crash(tmp_path: Path) -> None:
    written(tmp_path, 1, 3)
    journal = tmp_path / "journal-0"
    journal.write_bytes(journal.read_bytes().replace(b"name 2", b"name 7", 1))
    with pytest.raises(Unavailable, match="damaged at line 2"):
        DbmStore(tmp_path)


def test_a_process_killed_again_and_again_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    dice, said = random.Random(1), 0
    for _ in range(5):
        with writing(tmp_path) as process:
            assert process.stdout is not None
            for _ in range(dice.randint(5, 25)):
                said = int(process.stdout.readline())
            os.kill(process.pid, signal.SIGKILL)
            rest = process.stdout.read().splitlines(keepends=True)
            said = max([said, *(int(line) for line in rest if line.endswith(b"\n"))])
        with opened(tmp_path) as store:
            assert kept(store) in {said, said + 1}  # one more may have been kept and not yet said


def test_a_full_disk_refuses_and_nothing_that_was_kept_is_lost(tmp_path: Path) -> None:
    with writing(tmp_path, at_most=5_000) as process:
        assert process.stdout is not None
        *numbers, last = process.stdout.read().split()
        assert process.wait() == 0
    assert last == b"refused"
    assert len(numbers) > 3
    with opened(tmp_path) as store:
        assert kept(store) == len(numbers)
        drive(store.transact(numbered(len(numbers) + 1)))


def test_a_folder_is_open_in_one_process_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(Unavailable, match="open in another process"):
        DbmStore(tmp_path)
    with opened(tmp_path) as store:
        assert kept(store) == 0


def test_leaderboards_of_another_store_are_refused_by_name(tmp_path: Path) -> None:
    async def theirs(tx: Transaction) -> int:
        return await MemoryLeaderboards().size(tx.records, EVER)

    async def ours(tx: Transaction) -> int:
        return await DbmLeaderboards().size(tx.records, EVER)

    with opened(tmp_path) as store, pytest.raises(TypeError, match="not with DbmRecords: give the community the"):
        drive(store.read(theirs))
    with pytest.raises(TypeError, match="not with MemoryRecords"):
        drive(MemoryStore(DECLARED).read(ours))
