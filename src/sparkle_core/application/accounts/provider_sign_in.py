"""Signing in with a provider, joining with one, and proving by one who one is. Source: docs/contexts/accounts.md."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.devices import recognised
from sparkle_core.application.accounts.email_codes import verified
from sparkle_core.application.accounts.guardians import Age, age_of, ask_guardian_of
from sparkle_core.application.accounts.joining import (
    Newcomer,
    ReferralCode,
    create,
    terms_faults,
    username_faults,
)
from sparkle_core.application.accounts.naming import starting_again_for, username_for
from sparkle_core.application.accounts.own_sessions import proved_again
from sparkle_core.application.accounts.referrals import check_referral
from sparkle_core.application.accounts.sessions import Asked, LoggedIn, let_in, new_token
from sparkle_core.application.accounts.tokens import digest_of
from sparkle_core.application.accounts.visits import Arrival, CameIn, Departure, Packed, Visit, depart
from sparkle_core.application.kernel.commands import Command, Query, Refused
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.application.shared.screening import Screener, screen_names
from sparkle_core.domain.accounts import IDENTITIES, PEOPLE, PROVIDER_SIGN_UPS
from sparkle_core.domain.accounts.errors import (
    InvalidCredentials,
    LinkFirst,
    ProviderEmailUnverified,
    SignUpRequired,
    VisitRejected,
)
from sparkle_core.domain.accounts.identities import (
    LinkedIdentity,
    ProvedIdentity,
    ProviderSignUp,
    ProviderVisit,
    VisitFor,
)
from sparkle_core.domain.accounts.people import Email, StoredStatus
from sparkle_core.domain.accounts.profiles import Country
from sparkle_core.domain.accounts.rules import AccountsRules, SecurityRules
from sparkle_core.domain.accounts.usernames import Username
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.errors import Invalid, NotFound
from sparkle_core.domain.kernel.fields import Record, Secret, UserId, secret
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.progression import ProgressionRules
from sparkle_core.ports.identities import IdentityProviders
from sparkle_core.ports.security import Cipher, EmailAddresses, KeyedHash

SIGN_UP_PREFIX = "join_"


@frozen(kw_only=True)
class Offered(Record):
    """The providers that one can sign in with, in the order in which they are shown."""

    providers: tuple[str, ...]


@frozen(kw_only=True)
class SignInProviders(Query[Offered]):
    """Which providers one can sign in with."""


@frozen(kw_only=True)
class VisitProvider(Visit, Command[Departure]):
    """Begin to sign in with a provider: send the browser to `address`, and have it keep `browser` to itself.

    `return_to`: a path, or an address that the settings name. Raises `NotFound` for a provider that is not
    there, `Invalid`, and `Unavailable` when the provider does not answer.
    """

    purpose: ClassVar[VisitFor] = VisitFor.SIGN_IN
    remember: bool = False

    @property
    def remembers(self) -> bool:
        return self.remember


@frozen(kw_only=True)
class SignInWithProvider(Arrival, Command[LoggedIn]):
    """Come back from a provider, once, within ten minutes and in the same browser.

    Raises `SecondFactorRequired` with a challenge for `AnswerChallenge` where that is on; `SignUpRequired`, with what
    `JoinWithProvider` takes, when nobody here is known by this identity; `LinkFirst` when the address is
    somebody's here, who has to sign in and link the provider; `ProviderEmailUnverified`. And
    `VisitRejected`, alike for a wrong state, another browser, and a visit that is over; `ProviderRefused`,
    `Unavailable`.
    """

    purpose: ClassVar[VisitFor] = VisitFor.SIGN_IN


@frozen(kw_only=True)
class JoinWithProvider(Command[LoggedIn]):
    """Join by what a provider said: active at once, as the address is verified there, and without a password.

    Raises `VisitRejected` for a wrong, used or old sign-up, `Invalid` naming every fault, `Taken` for the
    username, `LinkFirst` when somebody has the address by now, `UsernameUnavailable`, `ContentBlocked`.
    A child names a guardian, as with `SignUp`.
    """

    sign_up: Secret[str] = field(converter=secret)
    username: Username | None = None
    agree_to_terms: bool
    birth_date: date
    referral_code: ReferralCode | None = None
    country: Country | None = None
    guardian_email: Email | None = None


@frozen(kw_only=True)
class VisitProviderToProve(Visit, Command[Departure]):
    """Begin to prove by a linked provider who one is: one signs in there anew. Raises as `VisitProvider` does."""

    purpose: ClassVar[VisitFor] = VisitFor.PROVE


@frozen(kw_only=True)
class ProveWithProvider(Arrival, Command[LoggedIn]):
    """Prove by a linked provider who one is, for what asks for that (`StepUpRequired`), as `ProveIdentity` does.

    The session goes on under a new token. Raises `InvalidCredentials` when it is somebody else there, and
    `VisitRejected`, `ProviderRefused`, `Unavailable`.
    """

    purpose: ClassVar[VisitFor] = VisitFor.PROVE


async def sign_in_providers(query: SignInProviders, work: Work, *, providers: IdentityProviders) -> Offered:
    return Offered(providers=providers.names())


async def sign_in_with_provider(
    cmd: SignInWithProvider,
    work: Work,
    came: CameIn,
    *,
    hashes: KeyedHash,
    security: SecurityRules,
    emails: EmailAddresses,
) -> LoggedIn | Refused:
    visit, identity = came.visit, came.identity
    linked = await linked_as(work, identity)
    if linked is None:
        return await _unknown(work, visit, identity, hashes, security, emails)
    person = await work.store.get(PEOPLE, linked.user_id)
    if person is None or person.stored_status is StoredStatus.DELETED:
        raise InvalidCredentials
    work.save(IDENTITIES, linked.used(work.now))
    asked = Asked(visit.remember, None, _device(work, person.id, hashes))
    return await let_in(work, person, came.token, asked, hashes=hashes, security=security)


def _device(work: Work, user_id: UserId, hashes: KeyedHash) -> UUID | None:
    """The device of theirs that the call came from, where it shows so."""
    return recognised(hashes, user_id, work.origin.device_token if work.origin else None)


async def linked_as(work: Work, identity: ProvedIdentity) -> LinkedIdentity | None:
    """Whoever here is this identity."""
    return await work.store.one(IDENTITIES, eq("issuer", identity.issuer), eq("subject", identity.subject))


async def _unknown(
    work: Work,
    visit: ProviderVisit,
    identity: ProvedIdentity,
    hashes: KeyedHash,
    security: SecurityRules,
    emails: EmailAddresses,
) -> Refused:
    """What somebody is told whom nobody here knows by this identity.

    Whether the address is somebody's is told to those alone of whom the provider says that it is theirs: others
    could ask for any address. And it signs nobody in: only its owner, signed in, links a provider to an account.
    """
    email = verified_email(visit.provider, identity, emails)
    if await work.store.one(PEOPLE, eq("email_key", email.casefold())) is not None:
        raise LinkFirst(visit.provider)
    token = SIGN_UP_PREFIX + work.moment.token(32)
    sign_up = ProviderSignUp(
        id=work.new_id(),
        token_hash=_token_hash(hashes, token),
        provider=visit.provider,
        issuer=identity.issuer,
        subject=identity.subject,
        email=email,
        remember=visit.remember,
        created_at=work.now,
        expires_at=work.now + security.visit_time,
    )
    work.save(PROVIDER_SIGN_UPS, sign_up)
    return Refused(SignUpRequired(token, email, int(security.visit_time.total_seconds())))


def verified_email(provider: str, identity: ProvedIdentity, emails: EmailAddresses) -> str:
    """The address that the provider has verified, as it is kept here. Raises `ProviderEmailUnverified`."""
    if identity.email is None or not identity.email_verified:
        raise ProviderEmailUnverified(provider)
    try:
        return emails.normalised(identity.email)
    except Invalid:
        raise ProviderEmailUnverified(provider) from None


def _token_hash(hashes: KeyedHash, token: str) -> str:
    return digest_of(hashes, "provider-sign-up", token)


@frozen
class Joining:
    """The token of the session that is made, and what whoever joins says of their age."""

    token: str
    age: Age


async def check_joining(
    cmd: JoinWithProvider, prep: Preparation, *, rules: AccountsRules, emails: EmailAddresses
) -> Joining:
    """Name every fault at once."""
    faults = [*username_faults(cmd.username, rules), *terms_faults(cmd.agree_to_terms)]
    age = age_of(cmd, "", prep.now, rules, emails, faults)
    if faults:
        raise Invalid(tuple(faults))
    return Joining(new_token(prep.moment), age)


async def join_with_provider(
    cmd: JoinWithProvider,
    work: Work,
    joining: Joining,
    *,
    hashes: KeyedHash,
    cipher: Cipher,
    rules: AccountsRules,
    security: SecurityRules,
    economy: EconomyRules,
    progression: ProgressionRules,
    screener: Screener,
) -> LoggedIn | Refused:
    asked = await work.store.one(PROVIDER_SIGN_UPS, eq("token_hash", _token_hash(hashes, cmd.sign_up.reveal())))
    sign_up = await work.store.hold(PROVIDER_SIGN_UPS, asked.id) if asked is not None else None  # one at a time
    if sign_up is None or not sign_up.open_at(work.now):
        raise VisitRejected
    await screen_names(work, screener, name=cmd.username)
    email_key = sign_up.email.casefold()
    if await work.store.one(PEOPLE, eq("email_key", email_key)) is not None:
        raise LinkFirst(sign_up.provider)
    if joining.age.guardian_email is not None and joining.age.guardian_email.casefold() == email_key:
        raise Invalid.at("guardian_email", "must be the guardian's own address, not the child's")
    newcomer = Newcomer(sign_up.email, email_key, cmd.username, None, cmd.referral_code, joining.age)
    username = await username_for(work, cmd.username, sign_up.email, rules, screener)
    await check_referral(work, cmd.referral_code)
    work.save(PROVIDER_SIGN_UPS, sign_up.used(work.now))
    chosen_for_them = ("email", "identity") if cmd.username is not None else ("email", "identity", "username")
    with starting_again_for(*chosen_for_them):
        person = await create(work, newcomer, username, economy, progression, cipher)
        ask_guardian_of(work, person, joining.age, hashes, rules)
        person = await verified(work, person, rules, progression)
        work.save(IDENTITIES, _first_of(sign_up, work, person.id))
        await work.store.flush()
    return await let_in(work, person, joining.token, Asked(sign_up.remember, None), hashes=hashes, security=security)


def _first_of(sign_up: ProviderSignUp, work: Work, user_id: UserId) -> LinkedIdentity:
    return LinkedIdentity(
        id=work.new_id(),
        user_id=user_id,
        provider=sign_up.provider,
        issuer=sign_up.issuer,
        subject=sign_up.subject,
        email=sign_up.email,
        linked_at=work.now,
        last_used_at=work.now,
    )


async def visit_provider_to_prove(
    cmd: VisitProviderToProve,
    work: Work,
    packed: Packed,
    *,
    hashes: KeyedHash,
    cipher: Cipher,
    security: SecurityRules,
) -> Departure:
    if await work.store.one(IDENTITIES, eq("user_id", work.user_id), eq("provider", cmd.provider)) is None:
        raise NotFound("linked provider")
    return await depart(cmd, work, packed, hashes=hashes, cipher=cipher, security=security)


async def prove_with_provider(cmd: ProveWithProvider, work: Work, came: CameIn, *, hashes: KeyedHash) -> LoggedIn:
    linked = await linked_as(work, came.identity)
    if linked is None or linked.user_id != work.user_id:
        raise InvalidCredentials
    work.save(IDENTITIES, linked.used(work.now))
    return await proved_again(work, came.token, hashes)
