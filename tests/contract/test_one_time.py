"""Both one-time passwords held to their contract, and the picture of an address."""

from xml.etree import ElementTree

from sparkle_adapters.crypto.one_time import PyOtp, SegnoQrCodes
from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_core.ports.security import OneTimePasswords
from sparkle_core.testing.contracts import OneTimePasswordsContract


class TestPyOtp(OneTimePasswordsContract):
    def make(self) -> OneTimePasswords:
        return PyOtp()


class TestPlainOneTimePasswords(OneTimePasswordsContract):
    def make(self) -> OneTimePasswords:
        return PlainOneTimePasswords()


def test_a_picture_is_svg_and_another_one_for_another_text() -> None:
    drawn = SegnoQrCodes().picture("otpauth://totp/Sparkle:ada?secret=GEZDGNBVGY3TQOJQ")
    assert ElementTree.fromstring(drawn).tag.endswith("svg")  # our own picture
    assert drawn != SegnoQrCodes().picture("otpauth://totp/Sparkle:ada?secret=GEZDGNBVGY3TQOJR")
