"""The contract of `EmailAddresses`, held against every adapter: one form of an address, and what is none."""

import pytest

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.security import EmailAddresses

NORMALISED = {
    "Ada@Example.ORG": "Ada@example.org",
    "ada+x@example.org": "ada+x@example.org",
    "a.d.a@a.b-c.example": "a.d.a@a.b-c.example",
    "ä@b.example": "ä@b.example",
    "a\u0308@b.example": "ä@b.example",
    "ada@BÜCHER.example": "ada@bücher.example",
    "ada@xn--bcher-kva.example": "ada@bücher.example",
    "ada@\uff22\uff23.example": "ada@bc.example",
    "a" * 64 + "@b.example": "a" * 64 + "@b.example",
}
NO_ADDRESSES = (
    "", "@", "ada", "@b.example", "ada@", "ada@b", "ada@localhost", "a@b@c.example", "a b@c.example",
    ".a@b.example", "a.@b.example", "a..b@c.example",
    "ada@b..example", "ada@.example", "ada@-b.example", "ada@b_c.example", "ada@[127.0.0.1]",
    "a@" + "b" * 260, "a@" + "b." * 130 + "example",
    " ada@b.example", "ada@b.example ", "ada@b.example\n", "ada\n@b.example", "ada\0@b.example", "\ud800@b.example",
    "ada@\ud800.example", "Ada <ada@b.example>", "mailto:ada@b.example", "ada@b.example,ben@b.example",
)  # fmt: skip


class EmailAddressesContract:
    """Ways to write one address are one, and what mail cannot be sent to is refused. Say `make`."""

    def make(self) -> EmailAddresses:
        raise NotImplementedError

    @pytest.fixture
    def addresses(self) -> EmailAddresses:
        return self.make()

    @pytest.mark.parametrize("text", NORMALISED, ids=ascii)
    def test_an_address_has_one_form_which_is_its_own(self, addresses: EmailAddresses, text: str) -> None:
        """Stops somebody from joining twice with two ways to write one address. None of these has a server."""
        form = NORMALISED[text]
        assert (addresses.normalised(text), addresses.normalised(form)) == (form, form)

    @pytest.mark.parametrize("text", NO_ADDRESSES, ids=lambda text: ascii(text)[:30])
    def test_what_is_no_address_is_refused_at_email(self, addresses: EmailAddresses, text: str) -> None:
        """Stops a letter from going to several people, or a line end from beginning a header of its own."""
        with pytest.raises(Invalid) as refused:
            addresses.normalised(text)
        (fault,) = refused.value.faults
        assert fault.path == "email"
        assert len(fault.message) > 10, "it says what is wrong"
