"""What happened to people. Ids only; what an event needs of a person is read when it is acted on."""

from typing import Annotated, ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Text, UserId


@frozen(kw_only=True)
class UserRegistered(Event):
    """Somebody joined."""

    topic: ClassVar[str] = "accounts.user_registered"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class SignUpRequested(Event):
    """Somebody asked to join over HTTP; the worker registers them, or mails the address's owner."""

    topic: ClassVar[str] = "accounts.sign_up_requested"
    about: ClassVar[str] = "sign_up_id"
    sign_up_id: UUID


@frozen(kw_only=True)
class EmailCodeRequested(Event):
    """A code is to be mailed; it is derived from the challenge's id and stands nowhere."""

    topic: ClassVar[str] = "accounts.email_code_requested"
    about: ClassVar[str] = "challenge_id"
    challenge_id: UUID


@frozen(kw_only=True)
class EmailVerified(Event):
    """A person proved that the address is theirs."""

    topic: ClassVar[str] = "accounts.email_verified"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class PasswordResetRequested(Event):
    """Somebody asked for a way back in; the worker sees whose address it is."""

    topic: ClassVar[str] = "accounts.password_reset_requested"
    about: ClassVar[str] = "reset_id"
    reset_id: UUID


@frozen(kw_only=True)
class PasswordResetGranted(Event):
    """The address is somebody's: the token is to be mailed; it is derived from the id and stands nowhere."""

    topic: ClassVar[str] = "accounts.password_reset_granted"
    about: ClassVar[str] = "reset_id"
    reset_id: UUID


@frozen(kw_only=True)
class PasswordChanged(Event):
    """A person has another password, and no session from before."""

    topic: ClassVar[str] = "accounts.password_changed"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class EmailChangeRequested(Event):
    """A person wants another address; a code is to be mailed there."""

    topic: ClassVar[str] = "accounts.email_change_requested"
    about: ClassVar[str] = "change_id"
    change_id: UUID


@frozen(kw_only=True)
class EmailChanged(Event):
    """A person has another address; the old one is to be told."""

    topic: ClassVar[str] = "accounts.email_changed"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    change_id: UUID


@frozen(kw_only=True)
class TwoFactorEnabled(Event):
    """A person signs in with a second factor from now on."""

    topic: ClassVar[str] = "accounts.two_factor_enabled"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class TwoFactorDisabled(Event):
    """A person signs in without a second factor from now on."""

    topic: ClassVar[str] = "accounts.two_factor_disabled"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class BackupCodeUsed(Event):
    """A backup code stood in for the second factor; so many are left."""

    topic: ClassVar[str] = "accounts.backup_code_used"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    left: int


@frozen(kw_only=True)
class GuardianConsentAsked(Event):
    """A child's guardian is to be asked by mail whether they agree."""

    topic: ClassVar[str] = "accounts.guardian_consent_asked"
    about: ClassVar[str] = "consent_id"
    consent_id: UUID


@frozen(kw_only=True)
class GuardianConsented(Event):
    """A child's guardian agreed that they are here."""

    topic: ClassVar[str] = "accounts.guardian_consented"
    about: ClassVar[str] = "consent_id"
    user_id: UserId
    consent_id: UUID


@frozen(kw_only=True)
class GuardianConsentWithdrawn(Event):
    """A child's guardian does not agree any more."""

    topic: ClassVar[str] = "accounts.guardian_consent_withdrawn"
    about: ClassVar[str] = "consent_id"
    user_id: UserId
    consent_id: UUID


@frozen(kw_only=True)
class LetterReturned(Event):
    """A letter about somebody's account can never be delivered: no such address, or it was refused for good."""

    topic: ClassVar[str] = "accounts.letter_returned"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    kind: str


@frozen(kw_only=True)
class IdentityLinked(Event):
    """A person signs in with a provider too, from now on."""

    topic: ClassVar[str] = "accounts.identity_linked"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    provider: Annotated[str, Text(2, 32)]


@frozen(kw_only=True)
class IdentityUnlinked(Event):
    """A person signs in with a provider no more."""

    topic: ClassVar[str] = "accounts.identity_unlinked"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    provider: Annotated[str, Text(2, 32)]


@frozen(kw_only=True)
class SessionSuspected(Event):
    """A session is used by another client than began it."""

    topic: ClassVar[str] = "accounts.session_suspected"
    about: ClassVar[str] = "session_id"
    user_id: UserId
    session_id: UUID


@frozen(kw_only=True)
class LoginTried(Event):
    """Somebody signed in, or tried to: whether that is something to be alerted to is decided by the worker."""

    topic: ClassVar[str] = "accounts.login_tried"
    about: ClassVar[str] = "login_id"
    user_id: UserId
    login_id: UUID


@frozen(kw_only=True)
class AlertRaised(Event):
    """There is something that a person should know of their account; a critical one is mailed."""

    topic: ClassVar[str] = "accounts.alert_raised"
    about: ClassVar[str] = "alert_id"
    user_id: UserId
    alert_id: UUID
    critical: bool


@frozen(kw_only=True)
class PasskeyAdded(Event):
    """A person signs in with a passkey too, from now on."""

    topic: ClassVar[str] = "accounts.passkey_added"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    passkey_id: UUID


@frozen(kw_only=True)
class PasskeyRemoved(Event):
    """A person signs in with a passkey no more."""

    topic: ClassVar[str] = "accounts.passkey_removed"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    passkey_id: UUID


@frozen(kw_only=True)
class PasskeyCloneSuspected(Event):
    """A passkey's counter has gone back: somebody else may have the same key. It signed nobody in."""

    topic: ClassVar[str] = "accounts.passkey_clone_suspected"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    passkey_id: UUID


@frozen(kw_only=True)
class ReferralMatured(Event):
    """A newcomer's waiting time is over; whether the referral pays is decided now."""

    topic: ClassVar[str] = "accounts.referral_matured"
    about: ClassVar[str] = "referral_id"
    referral_id: UUID


@frozen(kw_only=True)
class ProfileEdited(Event):
    """A person changed their profile."""

    topic: ClassVar[str] = "accounts.profile_edited"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class UserSanctioned(Event):
    """A suspension or a ban began."""

    topic: ClassVar[str] = "accounts.user_sanctioned"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    sanction_id: UUID


@frozen(kw_only=True)
class SanctionLifted(Event):
    """A suspension or a ban was taken back."""

    topic: ClassVar[str] = "accounts.sanction_lifted"
    about: ClassVar[str] = "user_id"
    user_id: UserId
    sanction_id: UUID


@frozen(kw_only=True)
class UserDeleted(Event):
    """A person left, for others at once; their posts keep the author's name if they chose so."""

    topic: ClassVar[str] = "accounts.user_deleted"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class DeletionCancelled(Event):
    """A person who had left is here again: they took it back within the time of grace."""

    topic: ClassVar[str] = "accounts.deletion_cancelled"
    about: ClassVar[str] = "user_id"
    user_id: UserId


@frozen(kw_only=True)
class ExportRequested(Event):
    """A person asked for a copy of all that is held about them."""

    topic: ClassVar[str] = "accounts.export_requested"
    about: ClassVar[str] = "export_id"
    export_id: UUID


@frozen(kw_only=True)
class ExportMade(Event):
    """A person's copy can be fetched."""

    topic: ClassVar[str] = "accounts.export_made"
    about: ClassVar[str] = "export_id"
    export_id: UUID


@frozen(kw_only=True)
class UserErased(Event):
    """Whatever says something of a person who left is gone, but for what a stated basis keeps."""

    topic: ClassVar[str] = "accounts.user_erased"
    about: ClassVar[str] = "user_id"
    user_id: UserId


EVENTS = (
    UserRegistered,
    SignUpRequested,
    EmailCodeRequested,
    EmailVerified,
    PasswordResetRequested,
    PasswordResetGranted,
    PasswordChanged,
    EmailChangeRequested,
    EmailChanged,
    TwoFactorEnabled,
    TwoFactorDisabled,
    BackupCodeUsed,
    GuardianConsentAsked,
    GuardianConsented,
    GuardianConsentWithdrawn,
    LetterReturned,
    IdentityLinked,
    IdentityUnlinked,
    SessionSuspected,
    LoginTried,
    AlertRaised,
    PasskeyAdded,
    PasskeyRemoved,
    PasskeyCloneSuspected,
    ReferralMatured,
    ProfileEdited,
    UserSanctioned,
    SanctionLifted,
    UserDeleted,
    DeletionCancelled,
    UserErased,
    ExportRequested,
    ExportMade,
)
