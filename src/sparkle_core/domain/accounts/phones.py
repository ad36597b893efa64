"""Phone numbers as ITU-T E.164 has them. Source: docs/contexts/accounts.md."""

import re

from sparkle_core.domain.kernel.errors import Invalid

_BETWEEN_DIGITS = re.compile(r"[ \u00a0./()-]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""Country code and number: at most 15 digits; the shortest that are in use have 7."""


def phone_number(text: str) -> str:
    """The number without what people put between its digits. Raises `Invalid` at "phone".

    Whether anybody has that number is not asked: it is proved by a message, when there is one.

    >>> phone_number("+49 (30) 901-820")
    '+4930901820'
    """
    number = _BETWEEN_DIGITS.sub("", text)
    if not _E164.fullmatch(number):
        raise Invalid.at("phone", "must be an international number, with + and the country first: +49 30 901820")
    return number
