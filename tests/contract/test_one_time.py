"""Both one-time passwords held to their contract."""

from sparkle_adapters.crypto.one_time import PyOtp
from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_core.ports.security import OneTimePasswords
from sparkle_core.testing.contracts import OneTimePasswordsContract


class TestPyOtp(OneTimePasswordsContract):
    def make(self) -> OneTimePasswords:
        return PyOtp()


class TestPlainOneTimePasswords(OneTimePasswordsContract):
    def make(self) -> OneTimePasswords:
        return PlainOneTimePasswords()
