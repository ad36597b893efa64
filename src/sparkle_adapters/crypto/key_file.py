"""The file that holds a deployment's rings: read anew when it changed, replaced whole. Source: docs/security.md."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from attrs import evolve, field, frozen, mutable

from sparkle_adapters.crypto.rings import HeldKey, Ring
from sparkle_core.domain.kernel.errors import Invalid

VERSION = 1
Purpose = Literal["secrets", "passwords"]


@frozen
class Keys:
    """A deployment's rings: what encrypts `secrets` at rest, and the peppers of `passwords`, if it has any."""

    secrets: Ring = field(factory=Ring)
    passwords: Ring = field(factory=Ring)

    def ring(self, purpose: Purpose) -> Ring:
        return self.secrets if purpose == "secrets" else self.passwords

    def with_ring(self, purpose: Purpose, ring: Ring) -> "Keys":
        return evolve(self, secrets=ring) if purpose == "secrets" else evolve(self, passwords=ring)


Seen = tuple[int, int, int]
"""Inode, time of change and size: another file has others."""


@mutable
class KeyFile:
    """Reads and changes the file. Whatever it raises is `Invalid` at SPARKLE_KEYS, and says nothing of a key.

    `makes`: whether a missing file is made when it is first read, as in development.
    """

    path: Path
    makes: bool = False
    _seen: Seen | None = field(default=None, init=False)
    _keys: Keys = field(factory=Keys, init=False, repr=False)

    def read(self) -> Keys:
        """The rings as they are now: a process that runs on follows what operators change."""
        if self.makes and not self.path.exists():
            self.make()
        try:
            found = self.path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if seen != self._seen:
                self._keys, self._seen = _parsed(self.path.read_text(encoding="utf-8")), seen
        except FileNotFoundError:
            raise Invalid.at("SPARKLE_KEYS", f"there is no file {self.path}; `sparkle keys add` makes it") from None
        except OSError as error:
            raise Invalid.at("SPARKLE_KEYS", f"{self.path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise Invalid.at("SPARKLE_KEYS", f"{self.path} is not a file of keys") from None
        return self._keys

    def secrets(self) -> Ring:
        """The ring for secrets at rest. Raises `Invalid` when none of its keys is active."""
        ring = self.read().secrets
        if ring.active is None:
            raise Invalid.at("SPARKLE_KEYS", f"{self.path} has no active key for secrets; `sparkle keys promote` one")
        return ring

    def passwords(self) -> Ring:
        """The ring of peppers; without an active one, passwords are hashed without."""
        return self.read().passwords

    def change(self, to: Callable[[Keys], Keys]) -> Keys:
        """Replace the file by what becomes of it, one change at a time: whoever is killed leaves the old or the new."""
        with self._alone():
            keys = to(self.read() if self.path.exists() else Keys())
            draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                file.write(_written(keys))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            _settle(self.path.parent)
        return keys

    def make(self, now: datetime | None = None) -> None:
        """Make it, with one key for secrets, unless somebody was faster."""

        def begun(keys: Keys) -> Keys:
            if keys.secrets.active is not None:
                return keys
            id = new_id()
            return evolve(keys, secrets=keys.secrets.with_new(id, now or datetime.now(UTC)).promoted(id))

        self.change(begun)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock beside the file. It goes with whoever holds it, also by kill -9."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise Invalid.at("SPARKLE_KEYS", f"{self.path} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def new_id() -> str:
    """An id for a new key."""
    return f"k{secrets.token_hex(4)}"


def _settle(folder: Path) -> None:
    """Have the disk remember a renaming."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _written(keys: Keys) -> str:
    told = {"version": VERSION, "secrets": _ring_told(keys.secrets), "passwords": _ring_told(keys.passwords)}
    return json.dumps(told, indent=2) + "\n"


def _ring_told(ring: Ring) -> dict[str, Any]:
    return {
        "active": ring.active,
        "keys": {
            id: {"secret": base64.b64encode(held.secret).decode(), "made_at": held.made_at.isoformat()}
            for id, held in ring.keys.items()
        },
    }


def _parsed(text: str) -> Keys:
    """Raises ValueError for what was not written here, whatever is wrong with it."""
    try:
        told = json.loads(text)
        if told["version"] != VERSION:
            raise ValueError("another version")
        return Keys(_ring_of(told["secrets"]), _ring_of(told["passwords"]))
    except (Invalid, KeyError, TypeError, AttributeError):
        raise ValueError("no file of keys") from None


def _ring_of(told: dict[str, Any]) -> Ring:
    keys = {
        id: HeldKey(base64.b64decode(key["secret"], validate=True), datetime.fromisoformat(key["made_at"]))
        for id, key in told["keys"].items()
    }
    return Ring(told["active"], keys)
