"""What a newcomer is called: the username they asked for, or one that is made. Source: docs/contexts/accounts.md."""

from collections.abc import Iterator
from contextlib import contextmanager

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.screening import Screener, allows_made_name
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.errors import UsernameUnavailable
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.accounts.usernames import NEUTRAL, SUFFIXES, username_from, username_key, with_suffix
from sparkle_core.domain.kernel.errors import Stale, Taken
from sparkle_core.domain.kernel.stored import eq


async def username_for(work: Work, wanted: str | None, email: str, rules: AccountsRules, screener: Screener) -> str:
    """The username asked for, or one made from the email. Raises `Taken`, `UsernameUnavailable`."""
    if wanted is None:
        return await _made(work, email, rules, screener)
    if await _is_taken(work, wanted):
        raise Taken("username")
    return wanted


async def username_left_for(
    work: Work, wanted: str | None, email: str, rules: AccountsRules, screener: Screener
) -> str:
    """The username of whoever asked a while ago: the one asked for if it is still free, else one made from the email.

    They are not there to choose another, but still get in, and can rename. Raises `UsernameUnavailable`.
    """
    if wanted is not None and not await _is_taken(work, wanted):
        return wanted
    return await _made(work, email, rules, screener)


async def _is_taken(work: Work, username: str) -> bool:
    return await work.store.one(PEOPLE, eq("username_key", username_key(username))) is not None


async def _made(work: Work, email: str, rules: AccountsRules, screener: Screener) -> str:
    """One made from the email, or one that says nothing, where the community's rules do not allow that."""
    base = candidate = username_from(email, rules.reserved_usernames)
    if not allows_made_name(screener, base):
        base, candidate = NEUTRAL, with_suffix(NEUTRAL, work.moment.below(SUFFIXES))
    for _ in range(rules.username_tries + 1):
        if not await _is_taken(work, candidate):
            return candidate
        candidate = with_suffix(base, work.moment.below(SUFFIXES))
    raise UsernameUnavailable


@contextmanager
def starting_again_for(*fields: str) -> Iterator[None]:
    """Raises `Stale` when somebody was faster at a value that the caller did not choose."""
    try:
        yield
    except Taken as taken:
        if taken.field not in fields:
            raise
        raise Stale(taken.field) from None
