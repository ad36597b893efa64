"""Keys and values in a folder, changed many at once or not at all, whenever the process dies."""

import dbm.dumb
import fcntl
import json
import os
import zlib
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from pathlib import Path

from sparkle_core.domain.kernel.errors import Unavailable

Changes = dict[str, str | None]
"""Values by key; None where the key is to go."""


class Files:
    """What is committed: a dbm file that is never written again, and a journal of what changed since.

    Opened by one process at a time. Raises `Unavailable` when another one has it. `checkpoint_at` is how many changed
    keys the journal may hold, and the memory with it, before a new dbm file is written.
    """

    def __init__(self, folder: Path, checkpoint_at: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._checkpoint_at = folder, checkpoint_at
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise Unavailable(f"{folder}, open in another process,") from error
        current = folder / "current"
        try:
            self._open(int(current.read_text()) if current.exists() else 0)
        except BaseException:
            self._lock.close()
            raise

    def _rows(self, generation: int) -> Path:
        return self._folder / f"rows-{generation}"

    def _open(self, generation: int) -> None:
        path = self._folder / f"journal-{generation}"
        path.touch()
        lines = list(_whole_lines(path))
        self._generation = generation
        self._base = dbm.dumb.open(str(self._rows(generation)), "r" if generation else "c")  # noqa: SIM115 # kept open
        self._keys = sorted(key if isinstance(key, str) else key.decode() for key in list(self._base.keys()))
        self._recent: Changes = {}
        for line in lines:
            self._take(json.loads(line[9:]))
        self._journal = path.open("ab", buffering=0)
        self._journal.truncate(sum(map(len, lines)))

    def get(self, key: str) -> str | None:
        """The value of a key, or None."""
        if key in self._recent:
            return self._recent[key]
        found = self._base.get(key.encode())
        return None if found is None else found.decode()

    def under(self, start: str) -> Iterator[str]:
        """The keys that start so, in order."""
        for at in range(bisect_left(self._keys, start), len(self._keys)):
            if not self._keys[at].startswith(start):
                return
            yield self._keys[at]

    def commit(self, changes: Changes) -> None:
        """Keep the changes: all of them once this returns.

        Raises `Unavailable` when the disk refuses; nothing more is kept then until the folder is opened anew, since
        what follows half a line would never be read.
        """
        if not changes:
            return
        text = json.dumps(changes).encode()
        line = b"%08x %s\n" % (zlib.crc32(text), text)
        try:
            if self._journal.closed or self._journal.write(line) < len(line):
                raise OSError("the journal takes no more")
            os.fsync(self._journal.fileno())
        except OSError as error:
            self._journal.close()
            raise Unavailable("the disk") from error
        self._take(changes)
        if len(self._recent) >= self._checkpoint_at:
            self._checkpoint()

    def _take(self, changes: Changes) -> None:
        for key, value in changes.items():
            at = bisect_left(self._keys, key)
            there = self._keys[at : at + 1] == [key]
            if value is not None and not there:
                insort(self._keys, key)
            if value is None and there:
                del self._keys[at]
            self._recent[key] = value

    def _checkpoint(self) -> None:
        """Write everything to a new dbm file, then say in one rename that it is the one that counts."""
        before, after = self._generation, self._generation + 1
        with dbm.dumb.open(str(self._rows(after)), "n") as rows:
            for key in self._keys:
                rows[key.encode()] = (self.get(key) or "").encode()
        journal = self._folder / f"journal-{after}"
        journal.write_bytes(b"")
        new = self._folder / "current.new"
        new.write_text(str(after))
        _on_disk([*self._folder.glob(f"rows-{after}.*"), journal, new, self._folder])
        os.replace(new, self._folder / "current")
        _on_disk([self._folder])
        self._shut()
        self._open(after)
        for old in [*self._folder.glob(f"rows-{before}.*"), self._folder / f"journal-{before}"]:
            old.unlink()

    def _shut(self) -> None:
        self._base.close()
        self._journal.close()

    def close(self) -> None:
        """Let another process have it. What was committed needs nothing more."""
        self._shut()
        self._lock.close()


def _whole_lines(path: Path) -> Iterator[bytes]:
    """A journal's lines, but for a last one that was cut off by a crash. Raises `Unavailable` for any other damage."""
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.endswith(b"\n") and line[:8] == b"%08x" % zlib.crc32(line[9:-1]):
            yield line
        elif number + 1 < len(lines):
            raise Unavailable(f"{path}, damaged at line {number + 1},")


def _on_disk(paths: Iterable[Path]) -> None:
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class View:
    """The files as one transaction sees them: with its own changes, which the files get if it commits."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.changes: Changes = {}

    def get(self, key: str) -> str | None:
        return self.changes[key] if key in self.changes else self._files.get(key)

    def under(self, start: str) -> list[str]:
        """The keys that start so, in order."""
        kept = [key for key in self._files.under(start) if key not in self.changes]
        mine = [key for key, value in self.changes.items() if value is not None and key.startswith(start)]
        return sorted(kept + mine)

    def put(self, key: str, value: str) -> None:
        self.changes[key] = value

    def drop(self, key: str) -> None:
        self.changes[key] = None
