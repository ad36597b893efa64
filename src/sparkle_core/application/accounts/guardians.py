"""Children: they join with a guardian's consent, which can be taken back. Source: docs/contexts/accounts.md.

What a child may do is decided where everything else is: by the permission that a use case asks for, against the
person's standing (`domain.kernel.actors.MINOR_MAY`). It costs no read, and ends by the clock.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.tokens import derived, digest_of
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.limiting import counted
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.domain.accounts import GUARDIAN_CONSENTS, PEOPLE, PROFILES, SIGN_UPS
from sparkle_core.domain.accounts.countries import COUNTRIES
from sparkle_core.domain.accounts.errors import ConsentRejected
from sparkle_core.domain.accounts.events import GuardianConsentAsked
from sparkle_core.domain.accounts.guardians import ConsentState, GuardianConsent, birth_date_faults, minor_until
from sparkle_core.domain.accounts.people import FOREVER, Email, Person, StoredStatus
from sparkle_core.domain.accounts.profiles import Profile
from sparkle_core.domain.accounts.rules import AccountsRules, SecurityRules
from sparkle_core.domain.kernel.actors import Minor
from sparkle_core.domain.kernel.civil_days import zone_named
from sparkle_core.domain.kernel.errors import Fault, Invalid, NotFound
from sparkle_core.domain.kernel.fields import Secret, UserId, secret
from sparkle_core.domain.kernel.stored import Kind, eq
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.ports.security import Cipher, EmailAddresses, KeyedHash, Place, RateLimiter

PREFIX = "guard_"


@frozen(kw_only=True)
class RequestGuardianConsent(Command[None]):
    """As a child without consent: have a guardian asked for it, by mail to their own address.

    What was asked before lapses. Raises `NotFound` for whoever needs no consent, `Invalid` for what is no address of
    somebody else, `Limited` past 3 an hour.
    """

    email: Email


@frozen(kw_only=True)
class GiveGuardianConsent(Command[None]):
    """As a guardian: agree that a child is here, with the token that was mailed. It works once.

    Another one comes by mail, with which the consent can be taken back. Raises `ConsentRejected`, alike for a wrong,
    used and old token.
    """

    token: Secret[str] = field(converter=secret)


@frozen(kw_only=True)
class WithdrawGuardianConsent(Command[None]):
    """As a guardian: do not agree any more, with the token that came with the thanks. Raises `ConsentRejected`."""

    token: Secret[str] = field(converter=secret)


class SaysAge(Protocol):
    """What a newcomer says of their age."""

    @property
    def birth_date(self) -> date | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def guardian_email(self) -> str | None: ...


@frozen
class Age:
    """When a newcomer was born and where they live, if they said so; for a child, until when and who is to be asked."""

    birth_date: date | None = None
    country: str | None = None
    minor_until: datetime | None = None
    guardian_email: str | None = None


NOT_SAID = Age()


def age_of(
    said: SaysAge, own_email: str, now: datetime, rules: AccountsRules, emails: EmailAddresses, faults: list[Fault]
) -> Age:
    """What a newcomer's words come to; what is wrong with them goes to the faults.

    A newcomer has no time zone yet: days are counted in UTC until they say one. A guardian of somebody who
    needs none is not kept.
    """
    if said.country is not None and said.country not in COUNTRIES:
        faults.append(Fault("country", "must be a country of ISO 3166-1 by its two letters, such as DE"))
    if said.birth_date is None:
        return Age(country=said.country)
    wrong = birth_date_faults(said.birth_date, now.date())
    if wrong:
        faults += wrong
        return NOT_SAID
    years = rules.age_in(said.country)
    until = minor_until(said.birth_date, years, UTC, now)
    guardian = _guardian(said, own_email, years, emails, faults) if until is not None else None
    return Age(said.birth_date, said.country, until, guardian)


def _guardian(said: SaysAge, own_email: str, years: int, emails: EmailAddresses, faults: list[Fault]) -> str | None:
    if said.guardian_email is None:
        why = f"is needed: who is under {years} joins with a guardian's consent, who is asked by mail"
        faults.append(Fault("guardian_email", why))
        return None
    try:
        return others_address(said.guardian_email, own_email.casefold(), emails)
    except Invalid as error:
        faults += [Fault("guardian_email", fault.message) for fault in error.faults]
        return None


def others_address(text: str, own: str, emails: EmailAddresses) -> str:
    """An address that is not one's own. Raises `Invalid` at "email"."""
    email = emails.normalised(text)
    if email.casefold() == own:
        raise Invalid.at("email", "must be the guardian's own address, not the child's")
    return email


def kept(age: Age, cipher: Cipher, kind: Kind[Any], id: UUID) -> dict[str, Any]:
    """What a row keeps of an age: the birth date sealed for it, and the country."""
    born = age.birth_date
    sealed = cipher.seal(_place(kind, id), born.isoformat().encode()) if born is not None else None
    return {"birth_date": sealed, "country": age.country}


def birth_date_in(cipher: Cipher, kind: Kind[Any], id: UUID, sealed: str | None) -> date | None:
    """The birth date that a row keeps."""
    return None if sealed is None else date.fromisoformat(cipher.open(_place(kind, id), sealed).decode())


def _place(kind: Kind[Any], id: UUID) -> Place:
    return Place(kind.name, "birth_date", id)


def age_again(pending: Any, cipher: Cipher, now: datetime, rules: AccountsRules) -> Age:
    """The age that a waiting sign-up said, as it is by now."""
    born = birth_date_in(cipher, SIGN_UPS, pending.id, pending.birth_date)
    until = minor_until(born, rules.age_in(pending.country), UTC, now) if born is not None else None
    return Age(born, pending.country, until, pending.guardian_email if until is not None else None)


def minor_in(
    person: Person, profile: Profile, time_zone: str, now: datetime, cipher: Cipher, rules: AccountsRules
) -> datetime | None:
    """Until when a child is one, on the clock of another time zone; whoever is none does not become one."""
    born = birth_date_in(cipher, PROFILES, profile.id, profile.birth_date) if person.minor_at(now) else None
    if born is None:
        return person.minor_until
    return minor_until(born, rules.age_in(profile.country), zone_named(time_zone), now)


def ask_guardian_of(work: Work, person: Person, age: Age, hashes: KeyedHash, rules: AccountsRules) -> None:
    """Have the guardian of a newcomer asked, where they need one."""
    if age.guardian_email is not None:
        ask_guardian(work, person.id, age.guardian_email, hashes, rules)


def ask_guardian(work: Work, user_id: UserId, email: str, hashes: KeyedHash, rules: AccountsRules) -> None:
    """Have a guardian asked."""
    id = work.new_id()
    consent = GuardianConsent(
        id=id,
        user_id=user_id,
        email=email,
        token_hash=_token_hash(hashes, consent_token(hashes, id)),
        created_at=work.now,
        expires_at=work.now + timedelta(days=rules.guardian_days),
    )
    work.save(GUARDIAN_CONSENTS, consent.then(GuardianConsentAsked(consent_id=id)))


def consent_token(hashes: KeyedHash, consent_id: UUID) -> str:
    """The token that consents: 256 bits derived by HMAC, so that no table and no queue holds it."""
    return _token(hashes, "guardian-consent", consent_id)


def withdrawal_token(hashes: KeyedHash, consent_id: UUID) -> str:
    """The token that takes a consent back, derived alike."""
    return _token(hashes, "guardian-withdrawal", consent_id)


def _token(hashes: KeyedHash, purpose: str, consent_id: UUID) -> str:
    return PREFIX + derived(hashes, purpose, consent_id.bytes)


def _token_hash(hashes: KeyedHash, token: str) -> str:
    return digest_of(hashes, "guardian-token", token)


async def allow_request(
    cmd: RequestGuardianConsent, prep: Preparation, *, limiter: RateLimiter, security: SecurityRules
) -> None:
    """Count the request against whoever asks. Raises `Limited`."""
    key = f"guardian:{prep.actor.name}"
    await counted(limiter, key, security.codes_per_account, prep.now, limit="letters to guardians")


async def request_guardian_consent(
    cmd: RequestGuardianConsent,
    work: Work,
    prepared: None,
    *,
    emails: EmailAddresses,
    hashes: KeyedHash,
    rules: AccountsRules,
) -> None:
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    if person.minor_at(work.now) is not Minor.WITHOUT_CONSENT:
        raise NotFound("consent that is needed")
    email = others_address(cmd.email, person.email_key, emails)
    asked = (eq("user_id", person.id), eq("state", ConsentState.ASKED))
    await work.store.expire(GUARDIAN_CONSENTS, "created_at", FOREVER, *asked)
    ask_guardian(work, person.id, email, hashes, rules)


async def give_guardian_consent(cmd: GiveGuardianConsent, work: Work, *, hashes: KeyedHash) -> None:
    consent = await _behind(work, cmd.token, hashes)
    person = found(await work.store.get(PEOPLE, consent.user_id), "person")
    if not consent.can_be_given(work.now) or person.stored_status is StoredStatus.DELETED:
        raise ConsentRejected
    next_hash = _token_hash(hashes, withdrawal_token(hashes, consent.id))
    work.save(GUARDIAN_CONSENTS, consent.given(work.now, next_hash))
    work.save(PEOPLE, person.with_guardians_consent(work.now))
    await _tell(work, person.id, "guardian_consent_given", consent.id)


async def withdraw_guardian_consent(cmd: WithdrawGuardianConsent, work: Work, *, hashes: KeyedHash) -> None:
    consent = await _behind(work, cmd.token, hashes)
    if consent.state is not ConsentState.GIVEN:
        raise ConsentRejected
    person = found(await work.store.get(PEOPLE, consent.user_id), "person")
    work.save(GUARDIAN_CONSENTS, consent.withdrawn(work.now))
    work.save(PEOPLE, person.without_guardians_consent())
    await _tell(work, person.id, "guardian_consent_withdrawn", consent.id)


async def _behind(work: Work, token: Secret[str], hashes: KeyedHash) -> GuardianConsent:
    """What a token is about. Raises `ConsentRejected`."""
    consent = await work.store.one(GUARDIAN_CONSENTS, eq("token_hash", _token_hash(hashes, token.reveal())))
    if consent is None:
        raise ConsentRejected
    return consent


async def _tell(work: Work, user_id: UserId, what: str, consent_id: UUID) -> None:
    await notify(work, user_id, NotificationType.SYSTEM, f"{what}:{consent_id}", {}, fresh=True)
