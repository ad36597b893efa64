"""The contracts of `KeyRings` and `KeyUsage`, held against every adapter."""

import pytest

from sparkle_core.domain.kernel.errors import Invalid, NotFound
from sparkle_core.domain.kernel.sealed import Purpose, peppered, sealed_text
from sparkle_core.ports.security import KeyRings, KeyUsage
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.members import keep, member
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import MEMBERS, NOON
from sparkle_core.testing.contracts.staging import Stage

SECRETS, PASSWORDS = Purpose.SECRETS, Purpose.PASSWORDS


class KeyRingsContract:
    """One active key, older ones beside it, and none that is lost by accident. Say `make`."""

    def make(self) -> KeyRings:
        """Rings with one active key for secrets, and none for passwords."""
        raise NotImplementedError

    @pytest.fixture
    def keys(self) -> KeyRings:
        return self.make()

    def test_a_new_key_is_there_and_not_used_until_it_is_promoted(self, keys: KeyRings) -> None:
        (first,) = keys.ids(SECRETS)
        keys.add(SECRETS, "k2")
        assert (keys.active(SECRETS), keys.ids(SECRETS)) == (first, (first, "k2"))
        keys.promote(SECRETS, "k2")
        assert (keys.active(SECRETS), keys.ids(SECRETS)) == ("k2", (first, "k2"))

    def test_a_pepper_is_not_used_until_it_is_promoted_even_the_first(self, keys: KeyRings) -> None:
        assert (keys.active(PASSWORDS), keys.ids(PASSWORDS)) == (None, ())
        keys.add(PASSWORDS, "p1")
        assert (keys.active(PASSWORDS), keys.ids(PASSWORDS)) == (None, ("p1",))
        keys.promote(PASSWORDS, "p1")
        assert keys.active(PASSWORDS) == "p1"
        assert "p1" not in keys.ids(SECRETS)

    def test_the_active_key_is_not_retired(self, keys: KeyRings) -> None:
        """Stops what would leave nothing to seal with, and what was sealed last unreadable."""
        (first,) = keys.ids(SECRETS)
        with pytest.raises(Invalid, match="active"):
            keys.retire(SECRETS, first)
        keys.add(SECRETS, "k2")
        keys.promote(SECRETS, "k2")
        assert keys.retired(SECRETS) == ()
        keys.retire(SECRETS, first)
        assert (keys.ids(SECRETS), keys.retired(SECRETS), keys.retired(PASSWORDS)) == (("k2",), (first,), ())

    def test_a_key_that_is_retired_already_is_retired_again_and_nothing_changes(self, keys: KeyRings) -> None:
        """Stops a retirement whose transaction was lost after the key was forgotten from never being noted."""
        keys.add(SECRETS, "k2")
        for _ in "ab":
            keys.retire(SECRETS, "k2")
        assert ("k2" in keys.ids(SECRETS), keys.retired(SECRETS)) == (False, ("k2",))
        with pytest.raises(NotFound):
            keys.retire(PASSWORDS, "k2")

    def test_an_id_is_given_once(self, keys: KeyRings) -> None:
        """Stops a key from being overwritten by another one, and rows from being taken for another key's."""
        keys.add(SECRETS, "k2")
        with pytest.raises(Invalid):
            keys.add(SECRETS, "k2")
        keys.retire(SECRETS, "k2")
        with pytest.raises(Invalid):
            keys.add(SECRETS, "k2")

    @pytest.mark.parametrize("id", ["", "K2", "k.2", "-k", "k" * 33, "k 2", "k2\n"])
    def test_an_id_is_of_letters_that_stand_in_a_text(self, keys: KeyRings, id: str) -> None:
        with pytest.raises(Invalid):
            keys.add(SECRETS, id)

    def test_a_key_that_is_not_there_is_neither_promoted_nor_retired(self, keys: KeyRings) -> None:
        for change in (keys.promote, keys.retire):
            with pytest.raises(NotFound, match="k9"):
                change(SECRETS, "k9")
            with pytest.raises(NotFound):
                change(PASSWORDS, keys.ids(SECRETS)[0])


class KeyUsageContract(OnAStore):
    """Every row is counted under its key. Say `make` or a fixture `stage`, and a fixture `usage` that goes with it."""

    @pytest.fixture
    def usage(self) -> KeyUsage:
        raise NotImplementedError("a fixture `usage` of your own answers the KeyUsage of the store")

    def test_rows_are_counted_by_the_key_in_their_text(self, stage: Stage[Store], usage: KeyUsage) -> None:
        names = [sealed_text(key, n.to_bytes(30)) for n, key in enumerate(("k1", "k1", "k-2"))]
        names += [peppered("k1", "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA"), "$argon2id$v=19$…", "plain", "x"]
        gone = member(99, name=sealed_text("k1", bytes(31)), deleted_at=NOON)
        keep(stage, *(member(n, name=name) for n, name in enumerate(names, 1)), gone)

        async def count(tx: Transaction) -> dict[str, int]:
            return await usage.by_key(tx.records, MEMBERS, "name")

        assert stage.read(count) == {"k1": 4, "k-2": 1, "": 3}

    def test_many_rows_are_counted_whole(self, stage: Stage[Store], usage: KeyUsage) -> None:
        keep(stage, *(member(n, name=sealed_text(f"k{n % 2}", n.to_bytes(30))) for n in range(1, 502)))

        async def count(tx: Transaction) -> dict[str, int]:
            await usage.still(tx.records, [MEMBERS])
            return await usage.by_key(tx.records, MEMBERS, "name")

        assert stage.transact(count) == {"k0": 250, "k1": 251}
