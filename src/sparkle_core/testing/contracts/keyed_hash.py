"""The contract of `KeyedHash`, held against every adapter: hashes that every other adapter makes alike."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from sparkle_core.ports.security import KeyedHash

KEY, ANOTHER = bytes(range(32)), bytes(range(1, 33))


class KeyedHashContract:
    """What is kept under one adapter is found again under another. Say `make`."""

    def make(self, key: bytes) -> KeyedHash:
        """Hashes under a deployment's key, of 32 bytes or more."""
        raise NotImplementedError

    def test_it_is_hmac_sha256_under_a_key_derived_for_the_purpose(self) -> None:
        @given(st.binary(min_size=32, max_size=100), st.text(max_size=20), st.binary(max_size=300))
        def alike(key: bytes, purpose: str, data: bytes) -> None:
            derived = hmac.digest(key, b"sparkle/" + purpose.encode(), "sha256")
            assert self.make(key).of(purpose, data) == hmac.digest(derived, data, "sha256")

        alike()

    def test_one_that_has_hashed_before_hashes_as_a_new_one(self) -> None:
        """Stops what is kept between calls, to save time, from showing in an answer."""
        hashes = self.make(KEY)
        asked = [("token", b"a"), ("receipt", b"a"), ("token", b"b"), ("token", b"a"), ("", b""), ("receipt", b"a")]
        assert [hashes.of(*one) for one in asked] == [self.make(KEY).of(*one) for one in asked]

    def test_another_purpose_key_or_text_has_another_hash(self) -> None:
        """Stops a hash that was shown for one purpose from being good for another."""
        found = {
            self.make(key).of(purpose, data)
            for key in (KEY, ANOTHER)
            for purpose in ("token", "tokens", "")
            for data in (b"", b"s", b"\0")
        }
        assert (len(found), {len(one) for one in found}) == (18, {32})
