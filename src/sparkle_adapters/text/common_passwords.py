"""The commonest passwords, from the list that zxcvbn ships."""

from functools import cache


@cache
def _commonest() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


class EmbeddedCommonPasswords:
    """The `CommonPasswords` port over the embedded list of about 30,000; without regard to case."""

    async def contains(self, password: str) -> bool:
        return password.lower() in _commonest()
