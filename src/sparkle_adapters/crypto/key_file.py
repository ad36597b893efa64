"""The file that holds a deployment's rings: read anew when it changed, replaced whole. Source: docs/security.md."""

import base64
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen, mutable

from sparkle_adapters.crypto.rings import HeldKey, Ring
from sparkle_core.domain.kernel.errors import Invalid, Unavailable
from sparkle_core.domain.kernel.sealed import Purpose

log = logging.getLogger("sparkle.keys")

VERSION = 1

LATEST = timedelta(hours=1)
"""Nobody who sealed before a key was retired is still about to commit after so long."""


@frozen
class Keys:
    """A deployment's rings: what encrypts `secrets` at rest, and the peppers of `passwords`, if it has any."""

    secrets: Ring = field(factory=Ring)
    passwords: Ring = field(factory=Ring)

    def ring(self, purpose: Purpose) -> Ring:
        return self.secrets if purpose is Purpose.SECRETS else self.passwords

    def with_ring(self, purpose: Purpose, ring: Ring) -> "Keys":
        return evolve(self, secrets=ring) if purpose is Purpose.SECRETS else evolve(self, passwords=ring)


Seen = tuple[int, int, int]
"""Inode, time of change and size: another file has others."""


@mutable
class KeyFile:
    """The `KeyRings` port over a file. What is wrong with it says nothing of a key.

    To operators it is `Invalid` at SPARKLE_KEYS; to who uses a community that runs on, `Unavailable`, and logged.
    `makes`: whether a missing file is made when it is first read, as in development.
    """

    path: Path
    makes: bool = False
    _last: tuple[Seen | None, Keys] = field(default=(None, Keys()), init=False, repr=False)

    def read(self) -> Keys:
        """The rings as they are now: a process that runs on follows what operators change."""
        if self.makes and not self.path.exists():
            self.make()
        try:
            found = self.path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            last, keys = self._last  # together, since several threads may read
            if seen != last:
                keys = _parsed(self.path.read_text(encoding="utf-8"))
                self._last = seen, keys
        except FileNotFoundError:
            raise Invalid.at("SPARKLE_KEYS", f"there is no file {self.path}; `sparkle keys add` makes it") from None
        except OSError as error:
            raise Invalid.at("SPARKLE_KEYS", f"{self.path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise Invalid.at("SPARKLE_KEYS", f"{self.path} is not a file of keys") from None
        return keys

    def secrets(self) -> Ring:
        """The ring for secrets at rest. Raises `Invalid` when none of its keys is active."""
        ring = self.read().secrets
        if ring.active is None:
            raise Invalid.at("SPARKLE_KEYS", f"{self.path} has no active key for secrets; `sparkle keys promote` one")
        return ring

    def now(self, purpose: Purpose) -> Ring:
        """A ring, for who is about to use it; the one for secrets has an active key. Raises `Unavailable`."""
        try:
            return self.secrets() if purpose is Purpose.SECRETS else self.read().passwords
        except Invalid as error:
            log.error("secrets can neither be kept nor read: %s", error)
            raise Unavailable("the file of keys") from error

    def ids(self, purpose: Purpose) -> tuple[str, ...]:
        return tuple(self.now(purpose).keys)

    def active(self, purpose: Purpose) -> str | None:
        return self.now(purpose).active

    def add(self, purpose: Purpose, id: str) -> None:
        now = datetime.now(UTC)
        self._turn(purpose, lambda ring: _begun(ring.with_new(id, now), id if purpose is Purpose.SECRETS else None))

    def promote(self, purpose: Purpose, id: str) -> None:
        self._turn(purpose, lambda ring: ring.promoted(id))

    def retire(self, purpose: Purpose, id: str) -> None:
        now = datetime.now(UTC)
        self._turn(purpose, lambda ring: ring.without(id, now))

    def retired(self, purpose: Purpose) -> tuple[str, ...]:
        now = datetime.now(UTC)
        return tuple(id for id, at in self.now(purpose).retired.items() if now - at < LATEST)

    def _turn(self, purpose: Purpose, to: Callable[[Ring], Ring]) -> None:
        self.change(lambda keys: keys.with_ring(purpose, to(keys.ring(purpose))))

    def change(self, to: Callable[[Keys], Keys]) -> Keys:
        """Replace the file by what becomes of it, one change at a time: whoever is killed leaves the old or the new."""
        with self._alone():
            keys = to(self.read() if self.path.exists() else Keys())
            draft = self.path.with_name(f".{self.path.name}.draft")  # one name: what a killed one left is written over
            with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                file.write(_written(keys))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            _settle(self.path.parent)
        return keys

    def make(self) -> None:
        """Make it, with one key for secrets, unless somebody was faster."""
        now, id = datetime.now(UTC), new_id()
        self._turn(Purpose.SECRETS, lambda ring: ring if ring.keys else ring.with_new(id, now).promoted(id))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock beside the file. It goes with whoever holds it, also by kill -9."""
        import fcntl  # where there is none, there is development without a file of keys: in memory

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


def _begun(ring: Ring, id: str | None) -> Ring:
    """A ring with an active key, if it has none and there is one that may be."""
    return ring.promoted(id) if ring.active is None and id is not None else ring


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
        "retired": {id: at.isoformat() for id, at in ring.retired.items()},
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
    retired = {id: datetime.fromisoformat(at) for id, at in told["retired"].items()}
    return Ring(told["active"], keys, retired)
