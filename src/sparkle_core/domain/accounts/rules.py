"""The numbers of accounts and security: data, with floors that no rules file may undercut.

Source: docs/contexts/accounts.md.
"""

from datetime import timedelta
from typing import Annotated

from attrs import Factory, frozen

from sparkle_core.domain.accounts.countries import COUNTRIES
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Record, Text, Whole, check_of
from sparkle_core.domain.kernel.rules import RateTier

RESERVED = frozenset(
    {
        "admin", "administrator", "system", "support", "api", "root", "moderator", "mod", "staff", "help",
        "official", "sparkle", "sparkleuniverse", "security", "null", "undefined", "anonymous", "me",
        "settings", "login", "logout", "signup", "register", "about", "terms", "privacy", "deleted", "everyone",
        "here",
    }
)  # fmt: skip

LONGEST_PASSWORD = 1_024
"""Characters that no rules may go beyond: as many as a secret may have."""

HASHING_FLOOR_KIB = 47_104
"""46 MiB: OWASP, and ASVS 5.0 appendix C, for argon2id with one pass and one lane."""

FORBIDDEN_PHRASES = (
    "password",
    "qwerty123456",
    "sparkle123456",
    "admin1234567",
    "letmein12345",
    "welcome12345",
    "qwertyuiop12",
    "sparkleverse",
    "123456789012",
)


AgeOfConsent = Annotated[int, Whole(13, 21)]


@frozen(kw_only=True)
class AccountsRules(Record):
    """Registration, usernames, referrals, children, leaving.

    Floor: nobody under 13 decides alone, in no country. `guardian_days`: how long a guardian may take to consent.
    `grace_days`: how long who asked for their account to be deleted may take it back. `export_hours`: how long a copy
    of one's data can be fetched.
    """

    reserved_usernames: frozenset[str] = RESERVED
    username_tries: Annotated[int, Whole(0, 100)] = 5
    referral_wait_days: Annotated[int, Whole(0, 365)] = 7
    referrals_per_month: Annotated[int, Whole(0, 200)] = 20
    default_suspension_days: Annotated[int, Whole(1, 3_650)] = 7
    age_of_consent: AgeOfConsent = 13
    age_of_consent_by_country: dict[str, AgeOfConsent] = Factory(dict)
    guardian_days: Annotated[int, Whole(1, 90)] = 14
    grace_days: Annotated[int, Whole(1, 365)] = 30
    export_hours: Annotated[int, Whole(1, 168)] = 48

    @property
    def grace(self) -> timedelta:
        return timedelta(days=self.grace_days)

    @property
    def export_kept(self) -> timedelta:
        return timedelta(hours=self.export_hours)

    def age_in(self, country: str | None) -> int:
        """From which age on somebody decides alone: that of their country (ISO 3166-1), 13 where it is not named."""
        return self.age_of_consent_by_country.get(country or "", self.age_of_consent)

    def _rules(self) -> list[Fault]:
        check = check_of(AgeOfConsent)
        assert check is not None
        where = "age_of_consent_by_country"
        named = self.age_of_consent_by_country
        faults = [Fault(where, f"{c!r} is no country of ISO 3166-1, such as DE") for c in named if c not in COUNTRIES]
        return faults + [Fault(f"{where}.{c}", fault) for c, age in named.items() if (fault := check(age))]


@frozen(kw_only=True)
class PasswordRules(Record):
    """What a password must be. Floors: 12 characters (ASVS 5.0, 6.2.1 wants 8; the spec 12)."""

    min_length: int = 12
    max_length: int = 128
    all_classes: bool = True
    max_run: int = 2
    forbidden_phrases: tuple[str, ...] = FORBIDDEN_PHRASES

    def _rules(self) -> list[Fault]:
        faults = []
        if self.min_length < 12:
            faults.append(Fault("min_length", "must be 12 or more"))
        if not self.min_length <= self.max_length <= LONGEST_PASSWORD:
            faults.append(Fault("max_length", "must be from min_length to 1,024"))
        return faults


@frozen(kw_only=True)
class HashingRules(Record):
    """How slowly passwords are hashed, by argon2id (RFC 9106). Floors: 46 MiB, one pass, one lane.

    An older hash is made anew with these at its person's next sign-in. `workers`: how many a process hashes
    at once, each on a core and with that memory; 0 for one less than there are cores.
    """

    memory_kib: Annotated[int, Whole(HASHING_FLOOR_KIB, 4_194_304)] = HASHING_FLOOR_KIB
    passes: Annotated[int, Whole(1, 100)] = 1
    lanes: Annotated[int, Whole(1, 64)] = 1
    workers: Annotated[int, Whole(0, 256)] = 0


@frozen(kw_only=True)
class AlertRules(Record):
    """When people are alerted about their accounts.

    So many `failures` in `failures_minutes`; failures from more than so many `addresses` in `addresses_minutes`; a
    success from an address or device not seen for so many days; a success in an hour of the day not used in
    `hour_days`, when more than so many `hours` were.
    """

    failures: Annotated[int, Whole(1, 20)] = 5
    failures_minutes: Annotated[int, Whole(1, 1_440)] = 15
    addresses: Annotated[int, Whole(1, 100)] = 5
    addresses_minutes: Annotated[int, Whole(1, 1_440)] = 60
    new_address_days: Annotated[int, Whole(1, 90)] = 30
    new_device_days: Annotated[int, Whole(1, 90)] = 90
    hours: Annotated[int, Whole(1, 23)] = 10
    hour_days: Annotated[int, Whole(1, 90)] = 30

    @property
    def failures_time(self) -> timedelta:
        return timedelta(minutes=self.failures_minutes)

    @property
    def addresses_time(self) -> timedelta:
        return timedelta(minutes=self.addresses_minutes)

    @property
    def new_address_time(self) -> timedelta:
        return timedelta(days=self.new_address_days)

    @property
    def new_device_time(self) -> timedelta:
        return timedelta(days=self.new_device_days)

    @property
    def hours_time(self) -> timedelta:
        return timedelta(days=self.hour_days)


@frozen(kw_only=True)
class SecurityRules(Record):
    """Passwords, codes, sessions and how often anything may be tried."""

    password: PasswordRules = Factory(PasswordRules)
    alerts: AlertRules = Factory(AlertRules)
    hashing: HashingRules = Factory(HashingRules)
    code_minutes: Annotated[int, Whole(1, 60)] = 10
    code_tries: Annotated[int, Whole(1, 100)] = 5
    session_days: Annotated[int, Whole(1, 180)] = 30
    remembered_days: Annotated[int, Whole(1, 180)] = 90
    session_limit_days: Annotated[int, Whole(1, 180)] = 180
    session_slide_h: Annotated[int, Whole(1, 168)] = 24
    reset_minutes: Annotated[int, Whole(1, 1_440)] = 60
    challenge_minutes: Annotated[int, Whole(1, 10)] = 5
    setup_minutes: Annotated[int, Whole(1, 60)] = 10
    visit_minutes: Annotated[int, Whole(1, 15)] = 10
    issuer: Annotated[str, Text(1, 50)] = "Sparkle Universe"
    step_up_s: Annotated[int, Whole(1, 300)] = 300
    login_per_account: RateTier = RateTier(limit=5, window_s=900, locks=True)
    login_per_device: RateTier = RateTier(limit=5, window_s=900, locks=True)
    login_per_address: RateTier = RateTier(limit=30, window_s=900)
    login_per_network: RateTier = RateTier(limit=200, window_s=900)
    login_overall: RateTier = RateTier(limit=10_000, window_s=900)
    codes_per_account: RateTier = RateTier(limit=3, window_s=3_600)
    factors_per_account: RateTier = RateTier(limit=10, window_s=900, locks=True)
    resets_per_account: RateTier = RateTier(limit=3, window_s=3_600)
    exports_per_person: RateTier = RateTier(limit=2, window_s=86_400)
    read: RateTier = RateTier(limit=100, window_s=60)
    write: RateTier = RateTier(limit=10, window_s=60)
    auth: RateTier = RateTier(limit=5, window_s=900)
    reset: RateTier = RateTier(limit=3, window_s=3_600)
    email: RateTier = RateTier(limit=1_000, window_s=3_600)

    @property
    def session_limit(self) -> timedelta:
        """How long a session may go on, however often it is used (ASVS 5.0, 7.3.2)."""
        return timedelta(days=self.session_limit_days)

    @property
    def session_slide(self) -> timedelta:
        """How often the use of a session is noted, at most."""
        return timedelta(hours=self.session_slide_h)

    def session_time(self, *, remembered: bool) -> timedelta:
        """How long a session goes on without being used."""
        return timedelta(days=self.remembered_days if remembered else self.session_days)

    @property
    def setup_time(self) -> timedelta:
        """How long a second factor may be pending."""
        return timedelta(minutes=self.setup_minutes)

    @property
    def visit_time(self) -> timedelta:
        """How long somebody may be away at a provider, and then take to join."""
        return timedelta(minutes=self.visit_minutes)

    @property
    def challenge_time(self) -> timedelta:
        """How long somebody may take to tell the second factor."""
        return timedelta(minutes=self.challenge_minutes)

    @property
    def tiers(self) -> dict[str, RateTier]:
        """The tiers that use cases name."""
        return {"read": self.read, "write": self.write, "auth": self.auth, "reset": self.reset, "email": self.email}

    def _rules(self) -> list[Fault]:
        faults = []
        if self.session_limit_days < max(self.session_days, self.remembered_days):
            faults.append(Fault("session_limit_days", "must be no less than session_days and remembered_days"))
        if not 1 <= self.login_per_account.limit <= 100:
            faults.append(Fault("login_per_account.limit", "must be from 1 to 100 (NIST SP 800-63B 5.2.2)"))
        if not 1 <= self.login_per_device.limit <= 100:
            faults.append(Fault("login_per_device.limit", "must be from 1 to 100 (NIST SP 800-63B 5.2.2)"))
        if not 1 <= self.factors_per_account.limit <= 100:
            faults.append(Fault("factors_per_account.limit", "must be from 1 to 100 (NIST SP 800-63B 5.2.2)"))
        if self.code_tries > 10:
            faults.append(Fault("code_tries", "must be 10 or less"))
        if self.code_minutes > 10:
            faults.append(Fault("code_minutes", "must be 10 or less (ASVS 6.5.5)"))
        return faults
