"""Password rules: every failed one is named at once. Source: docs/contexts/accounts.md."""

import re
import unicodedata

from attrs import frozen

from sparkle_core.domain.accounts.rules import PasswordRules


@frozen
class PasswordReport:
    """Everything that is wrong with a password, and a score from 0 to 100 for the meter."""

    faults: tuple[str, ...]
    score: int

    @property
    def valid(self) -> bool:
        """Whether one may have it."""
        return not self.faults


def normalised_password(password: str) -> str:
    """NFKC, so that the same password typed on another keyboard is the same (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def judge_password(
    password: str, rules: PasswordRules, *, breached: bool, own_names: tuple[str, ...] = ()
) -> PasswordReport:
    """Judge a normalised password; `own_names` are the username and the email's local part.

    >>> judge_password("Corr3ct-horse-battery", PasswordRules(), breached=False).score
    100
    """
    lower, upper, digit = (any(map(test, password)) for test in (str.islower, str.isupper, str.isdigit))
    classes = {
        "a lower-case letter": lower,
        "an upper-case letter": upper,
        "a digit": digit,
        "a character that is none of these": not all(c.islower() or c.isupper() or c.isdigit() for c in password),
    }
    folded = password.casefold()
    runs = re.search(rf"(.)\1{{{rules.max_run},}}", password, re.DOTALL) is not None
    faults = []
    if not rules.min_length <= len(password) <= rules.max_length:
        faults.append(f"must have {rules.min_length} to {rules.max_length} characters, has {len(password)}")
    if rules.all_classes:
        faults += [f"must contain {name}" for name, there in classes.items() if not there]
    if runs:
        faults.append(f"must not repeat a character {rules.max_run + 1} times in a row")
    if breached:
        faults.append("is known to others: it is among the commonest passwords, or was in a breach")
    faults += [f"must not contain {phrase!r}" for phrase in rules.forbidden_phrases if phrase.casefold() in folded]
    names = dict.fromkeys(normalised_password(name).casefold() for name in own_names if len(name) >= OWN_NAME)
    faults += [f"must not contain {name!r}" for name in names if name in folded]
    return PasswordReport(tuple(faults), _score(len(password), sum(classes.values()), breached=breached, runs=runs))


OWN_NAME = 4
"""Characters from which on a username or an email's local part must not be in a password."""


def _score(length: int, classes: int, *, breached: bool, runs: bool) -> int:
    score = 20 * (length >= 12) + 10 * (length >= 16) + 10 * (length >= 20) + 15 * classes
    return max(0, min(100, score - 30 * breached - 10 * runs))
