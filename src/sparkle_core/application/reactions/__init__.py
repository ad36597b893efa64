"""What follows from what: events on the left, the commands they ask for on the right.

Pure functions; the worker dispatches the commands in the system's name, each with a key made of
the event's id, so that replaying everything changes nothing.
"""

from functools import partial
from typing import Any
from uuid import UUID

from sparkle_core.application.accounts import (
    CompleteSignUp,
    GrantPasswordReset,
    MailBackupCodeUsed,
    MailEmailChange,
    MailEmailChanged,
    MailEmailCode,
    MailExport,
    MailGuardian,
    MailLeaving,
    MailPasskeyChanged,
    MailPasswordChanged,
    MailPasswordReset,
    MailProviderChanged,
    MailSecurityAlert,
    MailTwoFactorChanged,
    PayReferral,
    RaiseAlert,
    WatchLogin,
)
from sparkle_core.application.economy import (
    ExpireListing,
    ExpireOffer,
    ExpireThing,
    ReturnBids,
    ReturnListings,
    ReturnOffers,
    SettleAuction,
)
from sparkle_core.application.exporting import MakeExport
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.application.notifications import Tell
from sparkle_core.application.reactions.counting import counted
from sparkle_core.application.reactions.earning import earned
from sparkle_core.application.reactions.judging import CONDUCT, TRUST
from sparkle_core.application.reactions.scoring import scored
from sparkle_core.domain.accounts.alerts import AlertType
from sparkle_core.domain.accounts.events import (
    AlertRaised,
    BackupCodeUsed,
    DeletionCancelled,
    EmailChanged,
    EmailChangeRequested,
    EmailCodeRequested,
    ExportMade,
    ExportRequested,
    GuardianConsentAsked,
    GuardianConsented,
    GuardianConsentWithdrawn,
    IdentityLinked,
    IdentityUnlinked,
    LetterReturned,
    LoginTried,
    PasskeyAdded,
    PasskeyCloneSuspected,
    PasskeyRemoved,
    PasswordChanged,
    PasswordResetGranted,
    PasswordResetRequested,
    ReferralMatured,
    SessionSuspected,
    SignUpRequested,
    TwoFactorDisabled,
    TwoFactorEnabled,
    UserDeleted,
    UserSanctioned,
)
from sparkle_core.domain.economy.events import TipSent
from sparkle_core.domain.economy.store_events import ThingExpirySent
from sparkle_core.domain.economy.trading_events import AuctionEndSent, ListingExpirySent, OfferExpirySent
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.domain.progression import ProgressionRules

ALERTED = {
    BackupCodeUsed: AlertType.BACKUP_CODE_USED,
    PasswordChanged: AlertType.PASSWORD_CHANGED,
    EmailChanged: AlertType.EMAIL_CHANGED,
    SessionSuspected: AlertType.SESSION_CLIENT_CHANGED,
    TwoFactorEnabled: AlertType.TWO_FACTOR_ENABLED,
    TwoFactorDisabled: AlertType.TWO_FACTOR_DISABLED,
    PasskeyCloneSuspected: AlertType.PASSKEY_CLONE_SUSPECTED,
}
"""What happened to an account, and the alert that says so."""

RETURNS = (ReturnOffers, ReturnListings, ReturnBids)
"""What somebody who leaves, or is suspended or banned, has in escrow, and others for them, goes back."""


GUARDIANS = (GuardianConsentAsked, GuardianConsented, GuardianConsentWithdrawn)
"""After these a child's guardian is written to."""


def reactions(rules: ProgressionRules) -> tuple[Reaction, ...]:
    """The whole table. The order within an event is part of the keys of what follows: append, and do not reorder."""
    return (
        Reaction(SignUpRequested, lambda e, _: [CompleteSignUp(sign_up_id=e.sign_up_id)]),
        Reaction(EmailCodeRequested, lambda e, _: [MailEmailCode(challenge_id=e.challenge_id)]),
        Reaction(ThingExpirySent, lambda e, _: [ExpireThing(thing_id=e.thing_id)]),
        Reaction(OfferExpirySent, lambda e, _: [ExpireOffer(offer_id=e.offer_id)]),
        Reaction(ListingExpirySent, lambda e, _: [ExpireListing(listing_id=e.listing_id)]),
        Reaction(AuctionEndSent, lambda e, _: [SettleAuction(auction_id=e.auction_id)]),
        Reaction(UserDeleted, lambda e, _: [kind(user_id=e.user_id) for kind in RETURNS]),
        Reaction(ReferralMatured, lambda e, _: [PayReferral(referral_id=e.referral_id)]),
        *earned(rules.awards),
        *counted(),
        *scored(),
        *CONDUCT,
        *TRUST,
        Reaction(TipSent, _tipped),
        Reaction(PasswordResetRequested, lambda e, _: [GrantPasswordReset(reset_id=e.reset_id)]),
        Reaction(PasswordResetGranted, lambda e, _: [MailPasswordReset(reset_id=e.reset_id)]),
        Reaction(PasswordChanged, lambda e, _: [MailPasswordChanged(user_id=e.user_id)]),
        Reaction(EmailChangeRequested, lambda e, _: [MailEmailChange(change_id=e.change_id)]),
        Reaction(TwoFactorEnabled, lambda e, _: [MailTwoFactorChanged(user_id=e.user_id, on=True)]),
        Reaction(TwoFactorDisabled, lambda e, _: [MailTwoFactorChanged(user_id=e.user_id, on=False)]),
        Reaction(BackupCodeUsed, lambda e, _: [MailBackupCodeUsed(user_id=e.user_id, left=e.left)]),
        Reaction(EmailChanged, lambda e, _: [MailEmailChanged(change_id=e.change_id)]),
        Reaction(LoginTried, lambda e, _: [WatchLogin(user_id=e.user_id, login_id=e.login_id)]),
        Reaction(AlertRaised, lambda e, _: [MailSecurityAlert(user_id=e.user_id)] if e.critical else []),
        *(Reaction(event, partial(_alerted, type)) for event, type in ALERTED.items()),
        Reaction(LetterReturned, _returned),
        Reaction(IdentityLinked, lambda e, _: [_provider_changed(e, linked=True)]),
        Reaction(IdentityUnlinked, lambda e, _: [_provider_changed(e, linked=False)]),
        Reaction(PasskeyAdded, lambda e, _: [MailPasskeyChanged(user_id=e.user_id, added=True)]),
        Reaction(PasskeyRemoved, lambda e, _: [MailPasskeyChanged(user_id=e.user_id, added=False)]),
        *(Reaction(kind, lambda e, _: [MailGuardian(consent_id=e.consent_id)]) for kind in GUARDIANS),
        Reaction(UserDeleted, lambda e, _: [MailLeaving(user_id=e.user_id)]),
        Reaction(ExportRequested, lambda e, _: [MakeExport(export_id=e.export_id)]),
        Reaction(ExportMade, lambda e, _: [MailExport(export_id=e.export_id)]),
        Reaction(DeletionCancelled, lambda e, _: [MailLeaving(user_id=e.user_id, stays=True)]),
        Reaction(UserSanctioned, lambda e, _: [kind(user_id=e.user_id) for kind in RETURNS]),
    )


def _returned(event: LetterReturned, _: UUID) -> list[Command[Any]]:
    """Whose letters come back hears of it here, once for each kind, since mail does not reach them."""
    facts = {"letter": event.kind}
    subject = f"letter_returned:{event.kind}"
    return [Tell(user_id=event.user_id, type=NotificationType.SYSTEM, subject=subject, data=facts)]


def _provider_changed(event: IdentityLinked | IdentityUnlinked, *, linked: bool) -> Command[Any]:
    return MailProviderChanged(user_id=event.user_id, provider=event.provider, linked=linked)


def _alerted(type: AlertType, event: Any, id: UUID) -> list[Command[Any]]:
    return [RaiseAlert(user_id=event.user_id, type=type, subject=f"event:{id}")]


def _tipped(event: TipSent, id: UUID) -> list[Command[Any]]:
    """Whoever got a tip hears of it; after the tip, so that it holds two wallets no longer than it must."""
    facts = {"from": str(event.sender), "amount": str(event.amount)}
    return [Tell(user_id=event.recipient, type=NotificationType.TIP_RECEIVED, subject=f"tip:{id}", data=facts)]
