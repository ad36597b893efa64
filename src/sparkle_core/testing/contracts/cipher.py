"""The contract of `Cipher`, held against every adapter: sealed for one place, opened only there, whole."""

from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from sparkle_core.domain.kernel.errors import CannotOpen
from sparkle_core.domain.kernel.sealed import LONGEST, key_id_of, sealed_text, under
from sparkle_core.ports.security import Cipher, Place

HERE = Place("profile", "phone", UUID(int=7))
ELSEWHERE = (
    evolve(HERE, row=UUID(int=8)),
    evolve(HERE, column="phone_2"),
    evolve(HERE, table="person"),
    Place("profilep", "hone", HERE.row),
    Place("profile|phone", "", HERE.row),
    Place("phone", "profile", HERE.row),
)
"""Other rows, columns and tables, and places whose names run together to the same letters."""
SECRET = b"+4930901820"


class CipherContract:
    """Sealed for one place, opened only there, whole or not at all. Say `make`."""

    def make(self) -> Cipher:
        """A cipher with keys of its own: two that are made know nothing of each other."""
        raise NotImplementedError

    @pytest.fixture
    def cipher(self) -> Cipher:
        return self.make()

    def test_what_was_sealed_for_a_place_opens_there(self, cipher: Cipher) -> None:
        assert cipher.open(HERE, cipher.seal(HERE, SECRET)) == SECRET

    def test_any_bytes_can_be_a_secret(self) -> None:
        cipher = self.make()

        @given(st.binary(max_size=400), st.uuids(), st.text(max_size=20), st.text(max_size=20))
        def opens_again(plain: bytes, row: UUID, table: str, column: str) -> None:
            place = Place(table, column, row)
            assert cipher.open(place, cipher.seal(place, plain)) == plain

        opens_again()

    @pytest.mark.parametrize("place", ELSEWHERE, ids=str)
    def test_moved_to_another_row_column_or_table_it_does_not_open(self, cipher: Cipher, place: Place) -> None:
        """Stops whoever can write the database from reading one person's secret as another's."""
        with pytest.raises(CannotOpen) as refused:
            cipher.open(place, cipher.seal(HERE, SECRET))
        assert refused.value.facts() == {
            "table": place.table, "column": place.column, "row": place.row, "reason": "altered",
        }  # fmt: skip

    @pytest.mark.parametrize("secret", [SECRET, SECRET + b"1", SECRET + b"12"], ids=str)
    def test_a_text_with_any_character_changed_does_not_open(self, cipher: Cipher, secret: bytes) -> None:
        """Stops changes behind the community's back, in the key's id, the nonce, the ciphertext and the tag.

        Three lengths, since the last character of base64 has spare bits in two of them.
        """
        sealed = cipher.seal(HERE, secret)
        for i, was in enumerate(sealed):
            for other in "ABCDEFGHIJKLMNOPabZ09-_.":
                if other != was:
                    with pytest.raises(CannotOpen):
                        cipher.open(HERE, sealed[:i] + other + sealed[i + 1 :])

    def test_a_text_cut_short_or_made_longer_does_not_open(self, cipher: Cipher) -> None:
        sealed = cipher.seal(HERE, SECRET)
        for text in (
            *(sealed[:i] for i in range(len(sealed))),
            sealed + "A",
            sealed + "AAAA",
            " " + sealed,
            sealed * 2,
        ):
            with pytest.raises(CannotOpen):
                cipher.open(HERE, text)

    def test_the_secret_itself_is_no_sealed_text(self, cipher: Cipher) -> None:
        """Stops a secret that was stored as it is from passing for one that was sealed."""
        with pytest.raises(CannotOpen) as refused:
            cipher.open(HERE, SECRET.decode())
        assert refused.value.reason == "malformed"

    def test_under_another_deployments_key_it_does_not_open(self, cipher: Cipher) -> None:
        theirs = self.make().seal(HERE, SECRET)
        with pytest.raises(CannotOpen):
            cipher.open(HERE, theirs)

    def test_a_key_that_is_gone_is_said_to_be_gone(self, cipher: Cipher) -> None:
        with pytest.raises(CannotOpen) as refused:
            cipher.open(HERE, sealed_text("long-gone", bytes(60)))
        assert refused.value.reason == "key_missing"

    def test_a_refusal_names_the_place_and_nothing_of_what_was_there(self, cipher: Cipher) -> None:
        sealed = cipher.seal(HERE, SECRET)
        for text in (SECRET.decode(), sealed[:-1] + ("A" if sealed[-1] != "A" else "B")):
            with pytest.raises(CannotOpen) as refused:
                cipher.open(HERE, text)
            said = f"{refused.value} {refused.value.facts()} {refused.value!r}"
            assert all(part in said for part in ("profile", "phone", str(HERE.row)))
            assert SECRET.decode() not in said
            assert sealed[12:] not in said

    def test_a_sealed_text_says_its_key_and_nothing_of_the_secret(self, cipher: Cipher) -> None:
        sealed = cipher.seal(HERE, SECRET)
        assert cipher.key_of(sealed) == key_id_of(sealed)
        assert sealed.startswith(under(cipher.key_of(sealed)))
        assert SECRET.decode() not in sealed
        with pytest.raises(ValueError, match="no sealed text"):
            cipher.key_of(SECRET.decode())

    def test_a_secret_may_be_long_up_to_a_bound(self, cipher: Cipher) -> None:
        longest = bytes(LONGEST)
        assert cipher.open(HERE, cipher.seal(HERE, longest)) == longest
        with pytest.raises(ValueError, match="8,192 bytes"):
            cipher.seal(HERE, longest + b"!")
