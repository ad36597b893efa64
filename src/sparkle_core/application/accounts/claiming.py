"""An address that several signed up with is whose code came back. Source: docs/contexts/accounts.md.

Until a code is told, nobody has proved an address, and whoever was first may be a stranger who waits for its owner to
do so. So each sign-up has a code of its own, and the one that is told brings its own name, password and age.
"""

from typing import Any
from uuid import UUID

from sparkle_core.application.accounts.guardians import age_again, ask_guardian_of, kept
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.accounts import (
    BACKUP_CODES,
    GUARDIAN_CONSENTS,
    PEOPLE,
    PROFILES,
    SECOND_FACTORS,
    SIGN_UPS,
)
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.profiles import search_text
from sparkle_core.domain.accounts.proofs import EmailChallenge, PendingSignUp
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.accounts.usernames import username_key
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, Kind, eq
from sparkle_core.ports.security import Cipher, KeyedHash


async def waiting_for(work: Work, person: Person) -> UUID | None:
    """The latest sign-up with a person's address that waits for its code beside theirs."""
    waiting = await work.store.find(SIGN_UPS, eq("email_key", person.email_key), order=NEWEST_FIRST, limit=1)
    return waiting[0].id if waiting else None


async def claimed(
    work: Work, person: Person, challenge: EmailChallenge, *, cipher: Cipher, hashes: KeyedHash, rules: AccountsRules
) -> Person:
    """The person as the one signed up whose code was told; the others' sign-ups are forgotten.

    What a stranger set up meanwhile goes: their password, sessions, second factor, and whom they named as guardian.
    """
    others = await work.store.find(SIGN_UPS, eq("email_key", person.email_key))
    await work.store.erase(SIGN_UPS, [sign_up.id for sign_up in others])
    own = next((sign_up for sign_up in others if sign_up.id == challenge.sign_up_id), None)
    if own is None:
        return person
    await work.store.erase(SECOND_FACTORS, [person.id])
    kinds: tuple[Kind[Any], ...] = (BACKUP_CODES, GUARDIAN_CONSENTS)
    for kind in kinds:
        theirs = await work.store.find(kind, eq("user_id", person.id))
        await work.store.erase(kind, [row.id for row in theirs])
    age = age_again(own, cipher, work.now, rules)
    username = await _username(work, person, own)
    person = person.joined_anew(username=username, password_hash=own.password_hash, minor_until=age.minor_until)
    profile = found(await work.store.get(PROFILES, person.id), "profile")
    said = kept(age, cipher, PROFILES, person.id)
    work.save(PROFILES, profile.then(search_text=search_text(username, username), **said))
    ask_guardian_of(work, person, age, hashes, rules)
    work.note(person.id)
    return work.save(PEOPLE, person)


async def _username(work: Work, person: Person, sign_up: PendingSignUp) -> str:
    """The name that was asked for, if it is free by now; else the one that is there."""
    wanted = sign_up.username
    if wanted is None or await work.store.one(PEOPLE, eq("username_key", username_key(wanted))) is not None:
        return person.username
    return wanted
