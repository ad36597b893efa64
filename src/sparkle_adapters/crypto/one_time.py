"""The `OneTimePasswords` port by pyotp, the `QrCodes` port by segno."""

import base64
import hmac
import io

import pyotp

from sparkle_core.domain.accounts.factors import STEP_S

WINDOW = (1, 0, -1)
"""Steps beside the present one, for clocks that are half a minute off."""


class PyOtp:
    """The `OneTimePasswords` port."""

    def code(self, secret: bytes, step: int) -> str:
        return _totp(secret).generate_otp(step)

    def step(self, secret: bytes, code: str, now: int) -> int | None:
        given, found = code.encode("utf-8", "replace"), None
        for step in (now + beside for beside in WINDOW):
            right = hmac.compare_digest(self.code(secret, step).encode(), given)
            if right and found is None:
                found = step
        return found

    def uri(self, secret: bytes, account: str, issuer: str) -> str:
        return _totp(secret).provisioning_uri(name=account, issuer_name=issuer)


def _totp(secret: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(base64.b32encode(secret).decode(), interval=STEP_S)


class SegnoQrCodes:
    """The `QrCodes` port."""

    def picture(self, text: str) -> str:
        import segno  # only setting up a second factor draws

        drawn = io.BytesIO()
        segno.make(text, error="m", micro=False).save(drawn, kind="svg", scale=5, border=4, light="#fff")
        return drawn.getvalue().decode()
