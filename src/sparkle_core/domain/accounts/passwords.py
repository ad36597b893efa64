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


def normalised_password(password: str) -> str:
    """NFKC, so that the same password typed on another keyboard is the same (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def judge_password(
    password: str, rules: PasswordRules, *, common: bool, own_names: tuple[str, ...] = ()
) -> PasswordReport:
    """Judge a normalised password; `own_names` are the username and the email's local part.

    >>> judge_password("Corr3ct-horse-battery", PasswordRules(), common=False).score
    100
    """
    classes = {
        "a lower-case letter": any(c.islower() for c in password),
        "an upper-case letter": any(c.isupper() for c in password),
        "a digit": any(c.isdigit() for c in password),
        "a character that is none of these": any(not c.isalnum() for c in password),
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
    if common:
        faults.append("is one of the commonest passwords")
    faults += [f"must not contain {phrase!r}" for phrase in rules.forbidden_phrases if phrase in folded]
    faults += [f"must not contain {name!r}" for name in own_names if len(name) >= 4 and name.casefold() in folded]
    return PasswordReport(tuple(faults), _score(len(password), sum(classes.values()), common=common, runs=runs))


def _score(length: int, classes: int, *, common: bool, runs: bool) -> int:
    score = 20 * (length >= 12) + 10 * (length >= 16) + 10 * (length >= 20) + 15 * classes
    return max(0, min(100, score - 30 * common - 10 * runs))
