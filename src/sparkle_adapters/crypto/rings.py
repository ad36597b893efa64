"""Rings of keys: one that is used for what is new, the others for what is there already. Source: docs/security.md."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Self

from attrs import evolve, field, frozen

from sparkle_core.domain.kernel.errors import Invalid, NotFound
from sparkle_core.domain.kernel.sealed import KEY_ID

KEY_BYTES = 32


@frozen
class HeldKey:
    """A key of 256 bits, and since when it is there. Raises `Invalid` for another length."""

    secret: bytes = field(repr=False)
    made_at: datetime

    def __attrs_post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise Invalid.at("key", f"must have {KEY_BYTES} bytes, has {len(self.secret)}")


@frozen
class Ring:
    """Keys by id, of which `active` is used for what is new. Raises `Invalid` for what is no ring.

    `retired`: since when keys are gone; an id is never given again, so that no row is taken for another key's.
    """

    active: str | None = None
    keys: Mapping[str, HeldKey] = field(factory=dict)
    retired: Mapping[str, datetime] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.active is not None and self.active not in self.keys:
            raise Invalid.at("active", f"there is no key {self.active!r}")
        for id in self.keys:
            if not KEY_ID.fullmatch(id):
                raise Invalid.at("keys", f"an id has 1 to 32 of a-z, 0-9 and -, and begins with no -, not {id!r}")

    def secret(self, id: str) -> bytes | None:
        """A key's bytes; None when it is not here (any more)."""
        held = self.keys.get(id)
        return held.secret if held else None

    def with_new(self, id: str, now: datetime) -> Self:
        """With one more key, from the system's secure randomness. Raises `Invalid` for an id that is or was here."""
        if id in self.keys or id in self.retired:
            raise Invalid.at("id", f"there {'is' if id in self.keys else 'was'} a key {id} already")
        return evolve(self, keys={**self.keys, id: HeldKey(os.urandom(KEY_BYTES), now)})

    def promoted(self, id: str) -> Self:
        """With another key used from now on. Raises `NotFound`."""
        self._known(id)
        return evolve(self, active=id)

    def without(self, id: str, now: datetime) -> Self:
        """Without a key, for good; the same where it is gone. Raises `NotFound`, and `Invalid` for the active one."""
        if id in self.retired:
            return self
        self._known(id)
        if id == self.active:
            raise Invalid.at("id", f"{id} is the active key; promote another one first")
        left = {k: v for k, v in self.keys.items() if k != id}
        return evolve(self, keys=left, retired={**self.retired, id: now})

    def _known(self, id: str) -> None:
        if id not in self.keys:
            raise NotFound(f"key {id}")
