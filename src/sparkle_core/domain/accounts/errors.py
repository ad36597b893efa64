"""What accounts refuse, with its facts."""

from typing import ClassVar

from attrs import define

from sparkle_core.domain.kernel.errors import Category, Conflict, Forbidden, SparkleError, Unauthenticated


@define(eq=False, slots=False)
class InvalidCredentials(Unauthenticated):
    """The email or the password is not right."""

    code: ClassVar[str] = "invalid_credentials"


@define(eq=False, slots=False)
class CsrfRejected(Forbidden):
    """Signed in by a cookie, what changes something needs the session's CSRF token; this one is wrong or too old."""

    code: ClassVar[str] = "csrf_rejected"


@define(eq=False, slots=False)
class CodeRejected(SparkleError):
    """The code is not right, was used, is too old or had too many tries; ask for a new one."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "code_rejected"


@define(eq=False, slots=False)
class ResetRejected(SparkleError):
    """The link is not right, was used or is too old; ask for a new one."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "reset_rejected"


@define(eq=False, slots=False)
class ConsentRejected(SparkleError):
    """The link is not right, was used or is too old; the child can have another one sent."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "consent_rejected"


@define(eq=False, slots=False)
class SecondFactorRequired(Unauthenticated):
    """The first proof is right; prove the second factor too, with this challenge, while it lasts."""

    code: ClassVar[str] = "second_factor_required"
    challenge: str
    expires_in_s: int


@define(eq=False, slots=False)
class ChallengeRejected(Unauthenticated):
    """The sign-in has to begin anew: it took too long, had too many tries, or was finished already."""

    code: ClassVar[str] = "challenge_rejected"


@define(eq=False, slots=False)
class TwoFactorAlreadyEnabled(Conflict):
    """There is a second factor already; remove it before setting up another."""

    code: ClassVar[str] = "two_factor_already_enabled"


@define(eq=False, slots=False)
class VisitRejected(SparkleError):
    """The visit to the provider has to begin anew: it took too long, was finished, or was begun in another browser."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "visit_rejected"


@define(eq=False, slots=False)
class ProviderRefused(SparkleError):
    """The provider does not say that it is you; begin anew."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "provider_refused"
    provider: str


@define(eq=False, slots=False)
class SignUpRequired(Unauthenticated):
    """Nobody here is known by this identity: join with this sign-up, while it lasts."""

    code: ClassVar[str] = "sign_up_required"
    sign_up: str
    email: str
    expires_in_s: int


@define(eq=False, slots=False)
class ProviderEmailUnverified(Conflict):
    """The provider has no address of yours that it has verified; verify one there first."""

    code: ClassVar[str] = "provider_email_unverified"
    provider: str


@define(eq=False, slots=False)
class LinkFirst(Conflict):
    """An account here has this address already: sign in to it, then link the provider in your settings."""

    code: ClassVar[str] = "link_first"
    provider: str


@define(eq=False, slots=False)
class PasskeyRejected(SparkleError):
    """The passkey does not answer this: it is not known, was not used here, took too long or was used before."""

    category: ClassVar[Category] = Category.INVALID
    code: ClassVar[str] = "passkey_rejected"


@define(eq=False, slots=False)
class LastWayIn(Conflict):
    """It is the last way into your account: set a password or add another way in first."""

    code: ClassVar[str] = "last_way_in"


@define(eq=False, slots=False)
class InvalidStatusTransition(Conflict):
    """The status cannot change that way."""

    code: ClassVar[str] = "invalid_status_transition"
    from_status: str
    to_status: str

    def message(self) -> str:
        return f"A person cannot go from {self.from_status} to {self.to_status}."


@define(eq=False, slots=False)
class NotLeaving(Conflict):
    """Nobody has asked for this account to be deleted, or it is too late to take it back."""

    code: ClassVar[str] = "not_leaving"


@define(eq=False, slots=False)
class UsernameUnavailable(Conflict):
    """No free username could be made from the email; choose one."""

    code: ClassVar[str] = "username_unavailable"


@define(eq=False, slots=False)
class Outranked(Forbidden):
    """Nobody sanctions an equal or higher role."""

    code: ClassVar[str] = "outranked"
