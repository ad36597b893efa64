"""The contract of `OneTimePasswords`, held against every adapter: what the two RFCs compute, and a step each way."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from sparkle_core.ports.security import OneTimePasswords

SECRET = b"12345678901234567890"
RFC_4226 = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
"""Appendix D: the codes of the counters 0 to 9."""
RFC_6238 = {
    59: "287082",
    1_111_111_109: "081804",
    1_111_111_111: "050471",
    1_234_567_890: "005924",
    2_000_000_000: "279037",
    20_000_000_000: "353130",
}
"""Appendix B, SHA-1, by seconds since 1970: the last six of its eight digits."""


class OneTimePasswordsContract:
    """Six digits every thirty seconds, as the RFCs compute them. Say `make`."""

    def make(self) -> OneTimePasswords:
        raise NotImplementedError

    @pytest.fixture
    def otps(self) -> OneTimePasswords:
        return self.make()

    def test_the_codes_are_those_of_rfc_4226(self, otps: OneTimePasswords) -> None:
        assert tuple(otps.code(SECRET, step) for step in range(10)) == RFC_4226

    def test_the_codes_are_those_of_rfc_6238(self, otps: OneTimePasswords) -> None:
        assert {seconds: otps.code(SECRET, seconds // 30) for seconds in RFC_6238} == RFC_6238

    def test_a_code_is_of_its_step_for_a_step_before_and_after(self, otps: OneTimePasswords) -> None:
        code = otps.code(SECRET, 100)
        assert [otps.step(SECRET, code, now) for now in range(98, 103)] == [None, 100, 100, 100, None]

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "٣٣٣٣٣٣", "🎺", "\ud800"])
    def test_what_is_no_code_is_of_no_step(self, otps: OneTimePasswords, code: str) -> None:
        assert otps.step(SECRET, code, 100) is None

    def test_another_secret_has_other_codes(self, otps: OneTimePasswords) -> None:
        assert otps.step(bytes(20), otps.code(SECRET, 100), 100) is None

    def test_the_address_holds_secret_account_and_issuer(self, otps: OneTimePasswords) -> None:
        parts = urlsplit(otps.uri(SECRET, "ada+x@example.org", "Sparkle Universe"))
        assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
        assert unquote(parts.path) == "/Sparkle Universe:ada+x@example.org"
        said = parse_qs(parts.query)
        assert (said["secret"], said["issuer"]) == (["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"], ["Sparkle Universe"])
