"""Accounts: people, their standing, profiles, and how they prove who they are."""

from sparkle_core.domain.accounts.alerts import FirstLogin, SecurityAlert
from sparkle_core.domain.accounts.events import EVENTS
from sparkle_core.domain.accounts.exports import Export, ExportPart
from sparkle_core.domain.accounts.factors import BackupCode, LoginChallenge, SecondFactor
from sparkle_core.domain.accounts.guardians import GuardianConsent
from sparkle_core.domain.accounts.identities import LinkedIdentity, ProviderSignUp, ProviderVisit
from sparkle_core.domain.accounts.passkeys import Passkey, PasskeyCeremony
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.profiles import Profile
from sparkle_core.domain.accounts.proofs import (
    EmailChallenge,
    EmailChange,
    LoginRecord,
    PasswordReset,
    PendingSignUp,
    Referral,
    Session,
)
from sparkle_core.domain.kernel.actors import ANONYMOUS, SYSTEM, Actor, Origin, Permission, Role, Standing, Status
from sparkle_core.domain.kernel.stored import (
    ANONYMISED,
    ERASED,
    NOT_PERSONAL,
    OPENS,
    Counter,
    Erasure,
    Kind,
    Log,
    Personal,
    retained,
)

PEOPLE = Kind(
    Person,
    "person",
    unique=(("username_key",), ("email_key",), ("referral_code",)),
    indexes=(("blocked_until",), ("display_name",), ("erasure_due_at",)),
    says={"username_key": "username", "email_key": "email"},
    personal={
        "username": ANONYMISED,
        "username_key": ANONYMISED,
        "email": ANONYMISED,
        "email_key": ANONYMISED,
        "password_hash": OPENS,
        "display_name": Personal(Erasure.ANONYMISE, "unless they chose to leave their name beside what they wrote"),
        "sanctions": retained("what was decided about somebody can be checked as long as it is on record"),
        "referral_code": ERASED,
    },
    peppered=("password_hash",),
    left=Person.left_of_erased,
)
PROFILES = Kind(
    Profile,
    "profile",
    personal=dict.fromkeys(
        (
            "bio",
            "image",
            "banner",
            "location",
            "time_zone",
            "locale",
            "website",
            "social",
            "interests",
            "skills",
            "showcase",
            "theme",
            "phone",
            "birth_date",
            "country",
            "search_text",
        ),
        ERASED,
    ),
    sealed=("phone", "birth_date"),
)
EMAIL_CHALLENGES = Kind(EmailChallenge, "email_challenge", indexes=(("user_id",), ("expires_at",)))
SESSIONS = Kind(
    Session,
    "session",
    unique=(("token_hash",),),
    indexes=(("user_id",), ("expires_at",)),
    personal={
        **dict.fromkeys(("token_hash", "fingerprint"), OPENS),
        **dict.fromkeys(("device_label", "address", "user_agent"), ERASED),
    },
)
PASSWORD_RESETS = Kind(
    PasswordReset,
    "password_reset",
    unique=(("token_hash",),),
    indexes=(("expires_at",), ("user_id",), ("email_key",)),
    personal={"email_key": ERASED, "token_hash": OPENS},
    whose=("user_id", "email_key"),
)
EMAIL_CHANGES = Kind(
    EmailChange,
    "email_change",
    indexes=(("user_id",), ("expires_at",)),
    personal=dict.fromkeys(("email", "email_key", "old_email"), ERASED),
)
SECOND_FACTORS = Kind(SecondFactor, "second_factor", sealed=("secret",), personal={"secret": OPENS}, whose=("id",))
BACKUP_CODES = Kind(
    BackupCode,
    "backup_code",
    indexes=(("user_id",),),
    personal={"code_hash": OPENS},
    peppered=("code_hash",),
)
LOGIN_CHALLENGES = Kind(
    LoginChallenge,
    "login_challenge",
    unique=(("token_hash",),),
    indexes=(("expires_at",), ("user_id",)),
    personal={"token_hash": OPENS, "device_label": ERASED},
)
IDENTITIES = Kind(
    LinkedIdentity,
    "identity",
    unique=(("issuer", "subject"), ("user_id", "provider")),
    says={"issuer": "identity", "user_id": "provider"},
    personal=dict.fromkeys(("provider", "issuer", "subject", "email"), ERASED),
)
PROVIDER_VISITS = Kind(
    ProviderVisit,
    "provider_visit",
    unique=(("state_hash",),),
    indexes=(("expires_at",), ("user_id",)),
    personal={"provider": ERASED, **dict.fromkeys(("state_hash", "browser_hash", "verifier"), OPENS)},
    sealed=("verifier",),
)
PROVIDER_SIGN_UPS = Kind(
    ProviderSignUp,
    "provider_sign_up",
    unique=(("token_hash",),),
    indexes=(("expires_at",), ("email",)),
    personal={"token_hash": OPENS, **dict.fromkeys(("provider", "issuer", "subject", "email"), ERASED)},
    whose=("email",),
)
PASSKEYS = Kind(
    Passkey,
    "passkey",
    unique=(("credential_id",),),
    indexes=(("user_id",),),
    says={"credential_id": "passkey"},
    personal=dict.fromkeys(("credential_id", "public_key", "name"), ERASED),
)
PASSKEY_CEREMONIES = Kind(PasskeyCeremony, "passkey_ceremony", indexes=(("expires_at",), ("user_id",)))
SIGN_UPS = Kind(
    PendingSignUp,
    "sign_up",
    indexes=(("requested_at",), ("email_key",)),
    personal={
        **dict.fromkeys(("email", "email_key", "username", "referral_code"), ERASED),
        **dict.fromkeys(("birth_date", "country", "guardian_email"), ERASED),
        "password_hash": OPENS,
    },
    whose=("email_key",),
    peppered=("password_hash",),
    sealed=("birth_date",),
)
GUARDIAN_CONSENTS = Kind(
    GuardianConsent,
    "guardian_consent",
    unique=(("token_hash",),),
    indexes=(("user_id",), ("expires_at",)),
    personal={"email": ERASED, "token_hash": OPENS},
)
LOGINS = Log(
    LoginRecord,
    "login",
    indexes=(("user_id",), ("user_id", "result"), ("at",)),
    personal={"address": ERASED, "user_agent": ERASED},
)
FIRST_LOGINS = Kind(FirstLogin, "first_login", whose=("id",))
ALERTS = Kind(
    SecurityAlert,
    "security_alert",
    unique=(("user_id", "type", "subject", "number"),),
    indexes=(("user_id",), ("last_at",)),
    personal={"subject": ERASED, "data": ERASED},
)
EXPORTS = Kind(Export, "export", indexes=(("user_id",), ("expires_at",)))
EXPORT_PARTS = Kind(
    ExportPart,
    "export_part",
    unique=(("export_id", "number"),),
    indexes=(("user_id",), ("expires_at",)),
    personal={"data": OPENS},
)
"""Its texts are sealed, and not named in `sealed`: they are kept for days, and whoever needs one asks for another."""
REFERRALS = Kind(Referral, "referral", unique=(("newcomer",),), indexes=(("owner",),))
STATISTICS = Counter("statistic")
"""Numbers on a public profile, by person: posts, followers, following, likes."""

STORED = (
    PEOPLE,
    PROFILES,
    EMAIL_CHALLENGES,
    SESSIONS,
    SIGN_UPS,
    LOGINS,
    FIRST_LOGINS,
    ALERTS,
    REFERRALS,
    STATISTICS,
    PASSWORD_RESETS,
    EMAIL_CHANGES,
    SECOND_FACTORS,
    BACKUP_CODES,
    LOGIN_CHALLENGES,
    IDENTITIES,
    PROVIDER_VISITS,
    PROVIDER_SIGN_UPS,
    PASSKEYS,
    PASSKEY_CEREMONIES,
    GUARDIAN_CONSENTS,
    EXPORTS,
    EXPORT_PARTS,
)

__all__ = [
    "ANONYMOUS",
    "EVENTS",
    "NOT_PERSONAL",
    "STORED",
    "SYSTEM",
    "Actor",
    "Origin",
    "Permission",
    "Role",
    "Standing",
    "Status",
]
