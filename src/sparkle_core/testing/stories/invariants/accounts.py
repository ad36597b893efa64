"""What must be true of accounts. Source: docs/contexts/accounts.md."""

from collections import Counter as Tally
from collections.abc import Iterator

from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import (
    BACKUP_CODES,
    EMAIL_CHALLENGES,
    EMAIL_CHANGES,
    IDENTITIES,
    LOGIN_CHALLENGES,
    PASSKEYS,
    PASSWORD_RESETS,
    PEOPLE,
    PROFILES,
    REFERRALS,
    SECOND_FACTORS,
    SESSIONS,
)
from sparkle_core.domain.accounts.factors import BACKUP_CODES as SO_MANY
from sparkle_core.domain.accounts.people import StoredStatus
from sparkle_core.domain.economy.ledger import wallet_of
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.notifications import PREFERENCES
from sparkle_core.domain.progression import PROGRESS
from sparkle_core.testing.stories.kept import Kept


def standing(kept: Kept, rules: Rules) -> Iterator[str]:
    """A status follows from what was proved and from the strictest sanction."""
    for person in kept.all_of(PEOPLE):
        if person.stored_status is StoredStatus.ACTIVE and person.email_verified_at is None:
            yield f"{person.username} is active, and their address was never proved"
        until = max((s.until for s in person.sanctions), default=None)
        if person.blocked_until != until:
            yield f"{person.username} is blocked until {person.blocked_until}, their sanctions say {until}"


def names(kept: Kept, rules: Rules) -> Iterator[str]:
    """No two people have one username, address or referral code, whatever the case."""
    for what in ("username_key", "email_key", "referral_code"):
        seen = Tally(getattr(person, what) for person in kept.all_of(PEOPLE))
        yield from (f"{times} people have the {what} {one}" for one, times in seen.items() if times > 1)
    for person in kept.all_of(PEOPLE):
        if person.username_key != person.username.lower():
            yield f"{person.username} is sought as {person.username_key}"


def belongings(kept: Kept, rules: Rules) -> Iterator[str]:
    """Joining creates all of somebody's rows in one transaction; some of them go when they are erased."""
    there = kept.by_id(PEOPLE).keys() - kept.erased
    for shape, people in ((PROFILES, there), (PREFERENCES, there), (PROGRESS, kept.by_id(PEOPLE).keys())):
        missing = people ^ kept.by_id(shape).keys()
        yield from (f"{id} has one of person and {shape.name} without the other" for id in missing)
    yield from (f"{id} has no wallet" for id in kept.by_id(PEOPLE) if wallet_of(UserId(id)) not in kept.accounts)


def leaving(kept: Kept, rules: Rules) -> Iterator[str]:
    """Whoever was erased has left, and nothing is left that says something of them."""
    for person in kept.all_of(PEOPLE):
        gone, left = person.id in kept.erased, person.deletion_requested_at is not None
        if (gone and not left) or (person.erasure_due_at is not None and not left):
            yield f"{person.id} is to be erased, and never asked for it"
        if gone and person.erasure_due_at is None and person.email != f"deleted_{person.id.hex}":
            yield f"{person.id} was erased, and has the address {person.email}"


def proofs(kept: Kept, rules: Rules) -> Iterator[str]:
    """Codes take so many tries; sessions and referrals are of people there are, and nobody brings themselves."""
    people = kept.by_id(PEOPLE)
    for challenge in kept.all_of(EMAIL_CHALLENGES):
        if challenge.tries > rules.security.code_tries:
            yield f"{challenge} was tried more than {rules.security.code_tries} times"
    for session in kept.all_of(SESSIONS):
        if session.user_id not in people or session.epoch > people[session.user_id].session_epoch:
            yield f"{session} belongs to nobody, or to a later epoch than its owner's"
    for reset in kept.all_of(PASSWORD_RESETS):
        if reset.user_id is not None and reset.epoch > people[reset.user_id].session_epoch:
            yield f"{reset} is of a later epoch than its owner's"
    for referral in kept.all_of(REFERRALS):
        if referral.owner == referral.newcomer or referral.owner not in people:
            yield f"{referral} is of somebody by themselves, or by nobody"
    paid = Tally((r.owner, f"{r.paid_at:%Y-%m}") for r in kept.all_of(REFERRALS) if r.paid_at is not None)
    most = rules.accounts.referrals_per_month
    yield from (f"{owner} was paid for {n} referrals in {month}" for (owner, month), n in paid.items() if n > most)


def second_factors(kept: Kept, rules: Rules) -> Iterator[str]:
    """Codes and challenges take so many tries and make one session each; ten backup codes a person, with a factor."""
    people, factors = kept.by_id(PEOPLE), kept.by_id(SECOND_FACTORS)
    yield from (f"{id} has a second factor and is nobody" for id in factors if id not in people)
    for tried in (*kept.all_of(EMAIL_CHANGES), *kept.all_of(LOGIN_CHALLENGES)):
        if tried.user_id not in people or tried.tries > rules.security.code_tries:
            yield f"{tried} is nobody's, or was tried more than {rules.security.code_tries} times"
    codes = Tally(code.user_id for code in kept.all_of(BACKUP_CODES))
    for owner, count in codes.items():
        if count != SO_MANY or owner not in factors:
            yield f"{owner} has {count} backup codes{'' if owner in factors else ' and no second factor'}"


def ways_in(kept: Kept, rules: Rules) -> Iterator[str]:
    """Everybody gets in: by password, provider or passkey. An identity is one person's, who has one a provider."""
    people, linked = kept.by_id(PEOPLE), kept.all_of(IDENTITIES)
    for what in (("issuer", "subject"), ("user_id", "provider")):
        seen = Tally(tuple(getattr(identity, name) for name in what) for identity in linked)
        yield from (f"{times} identities have the {what} {one}" for one, times in seen.items() if times > 1)
    yield from (f"{identity} is nobody's" for identity in linked if identity.user_id not in people)
    keys = kept.all_of(PASSKEYS)
    yield from (f"{key} is nobody's" for key in keys if key.user_id not in people)
    owners = {way.user_id for way in (*linked, *keys)}
    for person in people.values():
        if person.password_hash is None and person.id not in owners | kept.erased:
            yield f"{person.username} has no way in"


INVARIANTS = (standing, names, belongings, proofs, second_factors, ways_in, leaving)
