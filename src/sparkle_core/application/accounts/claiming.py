"""An address that several signed up with is whose code came back. Source: docs/contexts/accounts.md.

Until a code is told, nobody has proved an address, and whoever was first may be a stranger who waits for its owner to
do so. So each sign-up has a code of its own, and the one that is told brings its own name, password, age and referral.
"""

from uuid import UUID

from sparkle_core.application.accounts.guardians import age_again, ask_guardian_of, kept
from sparkle_core.application.accounts.naming import username_left_for
from sparkle_core.application.accounts.referrals import refer_anew
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.screening import Screener
from sparkle_core.domain.accounts import (
    BACKUP_CODES,
    GUARDIAN_CONSENTS,
    PROFILES,
    SECOND_FACTORS,
    SIGN_UPS,
)
from sparkle_core.domain.accounts.errors import CodeRejected
from sparkle_core.domain.accounts.people import FOREVER, Person
from sparkle_core.domain.accounts.profiles import search_text
from sparkle_core.domain.accounts.proofs import EmailChallenge
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq
from sparkle_core.ports.security import Cipher, KeyedHash


async def waiting_for(work: Work, person: Person) -> UUID | None:
    """The latest sign-up with a person's address that waits for its code beside theirs."""
    waiting = await work.store.find(SIGN_UPS, eq("email_key", person.email_key), order=NEWEST_FIRST, limit=1)
    return waiting[0].id if waiting else None


async def claimed(
    work: Work,
    person: Person,
    challenge: EmailChallenge,
    *,
    cipher: Cipher,
    hashes: KeyedHash,
    rules: AccountsRules,
    screener: Screener,
) -> Person:
    """The person, yet to be saved, as the one signed up whose code was told; the others' sign-ups are forgotten.

    What a stranger set up meanwhile goes: their password, sessions and second factor, who brought them, and whom they
    named as guardian. Raises `CodeRejected` for the code of a sign-up that has been forgotten since.
    """
    own = await work.store.get(SIGN_UPS, challenge.sign_up_id) if challenge.sign_up_id is not None else None
    await work.store.expire(SIGN_UPS, "requested_at", FOREVER, eq("email_key", person.email_key))
    if challenge.sign_up_id is None:
        return person
    if own is None:  # nor does its code open what somebody else has set up
        raise CodeRejected
    await work.store.erase(SECOND_FACTORS, [person.id])
    for kind in (BACKUP_CODES, GUARDIAN_CONSENTS):
        await work.store.expire(kind, "created_at", FOREVER, eq("user_id", person.id))
    await refer_anew(work, person.id, own.referral_code)
    username = await username_left_for(work, own.username, own.email, rules, screener)
    age = age_again(own, cipher, work.now, rules)
    profile = found(await work.store.get(PROFILES, person.id), "profile")
    said = kept(age, cipher, PROFILES, person.id)
    work.save(PROFILES, profile.then(search_text=search_text(username, username), **said))
    ask_guardian_of(work, person, age, hashes, rules)
    work.note(person.id)
    return person.joined_anew(username=username, password_hash=own.password_hash, minor_until=age.minor_until)
