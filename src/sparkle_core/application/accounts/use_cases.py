"""The table of what people can ask of their accounts: who may, how often, and what handles it."""

from sparkle_core.application.accounts import (
    alerts,
    authenticating,
    choosing,
    credentials,
    csrf,
    email_codes,
    fingerprints,
    guardians,
    history,
    joining,
    leaving,
    letters,
    making,
    own_sessions,
    passkeys,
    profiles,
    provider_sign_in,
    recovering,
    referrals,
    second_factor,
    sessions,
    standing,
    visits,
    ways_in,
)
from sparkle_core.application.accounts.alerts import MyAlerts, RaiseAlert, WatchLogin
from sparkle_core.application.accounts.authenticating import Authenticate
from sparkle_core.application.accounts.choosing import JudgePassword
from sparkle_core.application.accounts.credentials import ChangeEmail, ChangePassword, ConfirmEmail
from sparkle_core.application.accounts.csrf import MyCsrfToken
from sparkle_core.application.accounts.email_codes import RequestEmailCode, VerifyEmail
from sparkle_core.application.accounts.fingerprints import SuspectSession
from sparkle_core.application.accounts.guardians import (
    GiveGuardianConsent,
    RequestGuardianConsent,
    WithdrawGuardianConsent,
)
from sparkle_core.application.accounts.history import MyLogins
from sparkle_core.application.accounts.joining import CompleteSignUp, Register, SignUp
from sparkle_core.application.accounts.leaving import CancelDeletion, DeleteAccount, EraseAccount
from sparkle_core.application.accounts.letters import (
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
)
from sparkle_core.application.accounts.making import MakePerson
from sparkle_core.application.accounts.own_sessions import (
    MySessions,
    ProveIdentity,
    RevokeOtherSessions,
    RevokeSession,
    RevokeSessions,
    SessionsOf,
)
from sparkle_core.application.accounts.passkeys import (
    AddPasskey,
    BeginPasskey,
    BeginPasskeyProof,
    BeginPasskeySignIn,
    ProveWithPasskey,
    RemovePasskey,
    RenamePasskey,
    SignInWithPasskey,
)
from sparkle_core.application.accounts.profiles import (
    EditProfile,
    MyProfile,
    PublicProfile,
    SearchPeople,
)
from sparkle_core.application.accounts.provider_sign_in import (
    JoinWithProvider,
    ProveWithProvider,
    SignInProviders,
    SignInWithProvider,
    VisitProvider,
    VisitProviderToProve,
)
from sparkle_core.application.accounts.recovering import GrantPasswordReset, RequestPasswordReset, ResetPassword
from sparkle_core.application.accounts.referrals import PayReferral
from sparkle_core.application.accounts.second_factor import (
    AnswerChallenge,
    DisableTwoFactor,
    EnableTwoFactor,
    MakeBackupCodes,
    MyTwoFactor,
    SetUpTwoFactor,
)
from sparkle_core.application.accounts.sessions import LogIn, LogOut
from sparkle_core.application.accounts.standing import ChangeRole, ChangeStatus, PersonNamed
from sparkle_core.application.accounts.ways_in import (
    LinkProvider,
    MyWaysIn,
    UnlinkProvider,
    VisitProviderToLink,
)
from sparkle_core.application.kernel.commands import Handler, UseCase, as_prepared
from sparkle_core.domain.kernel.actors import Permission

LETTERS: dict[type, Handler] = {
    MailEmailCode: letters.mail_email_code,
    MailTwoFactorChanged: letters.mail_two_factor_changed,
    MailBackupCodeUsed: letters.mail_backup_code_used,
    MailSecurityAlert: letters.mail_security_alert,
    MailPasskeyChanged: letters.mail_passkey_changed,
    MailProviderChanged: letters.mail_provider_changed,
    MailPasswordReset: letters.mail_password_reset,
    MailPasswordChanged: letters.mail_password_changed,
    MailEmailChange: letters.mail_email_change,
    MailEmailChanged: letters.mail_email_changed,
    MailGuardian: letters.mail_guardian,
    MailExport: letters.mail_export,
    MailLeaving: letters.mail_leaving,
}
"""What the worker mails, and what hands each letter over."""

USE_CASES = (
    UseCase(Register, joining.register, Permission.ENTER, prepare=joining.check_newcomer, tier="auth"),
    UseCase(SignUp, joining.sign_up, Permission.ENTER, prepare=joining.check_newcomer, tier="auth"),
    UseCase(
        JudgePassword, choosing.judge_it, Permission.ENTER, prepare=choosing.judge, tier="read", secret_answer=True
    ),
    UseCase(MakePerson, making.make_person, Permission.DELIVER, prepare=making.check_made),
    UseCase(CompleteSignUp, joining.complete_sign_up, Permission.DELIVER, prepare=joining.allow_letter),
    UseCase(VerifyEmail, email_codes.verify_email, Permission.ENTER, prepare=email_codes.email_key_of, tier="auth"),
    UseCase(
        RequestEmailCode, email_codes.request_email_code, Permission.ENTER, prepare=email_codes.allow_code, tier="auth"
    ),
    UseCase(LogIn, sessions.log_in, Permission.ENTER, prepare=sessions.check_login, tier="", secret_answer=True),
    UseCase(LogOut, sessions.log_out, Permission.LEAVE, tier=""),
    UseCase(
        Authenticate,
        as_prepared,
        Permission.ENTER,
        prepare=authenticating.find_session,
        tier="",
        one_statement=True,
    ),
    UseCase(
        AnswerChallenge,
        second_factor.answer_challenge,
        Permission.ENTER,
        prepare=second_factor.check_answer,
        tier="auth",
        secret_answer=True,
    ),
    UseCase(MyTwoFactor, second_factor.my_two_factor, Permission.LEAVE),
    UseCase(
        SetUpTwoFactor,
        second_factor.set_up_two_factor,
        Permission.LEAVE,
        prepare=second_factor.make_secret,
        step_up=True,
        secret_answer=True,
    ),
    UseCase(
        EnableTwoFactor,
        second_factor.enable_two_factor,
        Permission.LEAVE,
        prepare=second_factor.allow_enabling,
        tier="auth",
    ),
    UseCase(
        MakeBackupCodes,
        second_factor.make_backup_codes,
        Permission.LEAVE,
        prepare=second_factor.make_codes,
        step_up=True,
        secret_answer=True,
    ),
    UseCase(
        DisableTwoFactor,
        second_factor.disable_two_factor,
        Permission.LEAVE,
        prepare=second_factor.check_disabling,
        tier="auth",
    ),
    UseCase(
        ProveIdentity,
        own_sessions.prove_identity,
        Permission.LEAVE,
        prepare=own_sessions.check_password,
        tier="",
        secret_answer=True,
    ),
    UseCase(MyCsrfToken, csrf.my_csrf_token, Permission.LEAVE),
    UseCase(MyAlerts, alerts.my_alerts, Permission.LEAVE),
    UseCase(SuspectSession, fingerprints.suspect_session, Permission.LEAVE, tier=""),
    UseCase(WatchLogin, alerts.watch_login, Permission.DELIVER),
    UseCase(RaiseAlert, alerts.raise_alert_of, Permission.DELIVER),
    UseCase(MyLogins, history.my_logins, Permission.LEAVE),
    UseCase(MySessions, own_sessions.my_sessions, Permission.LEAVE),
    UseCase(RevokeSession, own_sessions.revoke_session, Permission.LEAVE),
    UseCase(RevokeOtherSessions, own_sessions.revoke_other_sessions, Permission.LEAVE),
    UseCase(SessionsOf, own_sessions.sessions_of, Permission.CHANGE_STATUS),
    UseCase(RevokeSessions, own_sessions.revoke_sessions, Permission.CHANGE_STATUS),
    UseCase(SignInProviders, provider_sign_in.sign_in_providers, Permission.ENTER),
    UseCase(
        VisitProvider,
        visits.depart,
        Permission.ENTER,
        prepare=visits.pack,
        secret_answer=True,
    ),
    UseCase(
        SignInWithProvider,
        provider_sign_in.sign_in_with_provider,
        Permission.ENTER,
        prepare=visits.come_back,
        secret_answer=True,
    ),
    UseCase(
        JoinWithProvider,
        provider_sign_in.join_with_provider,
        Permission.ENTER,
        prepare=provider_sign_in.check_joining,
        tier="auth",
        secret_answer=True,
    ),
    UseCase(
        VisitProviderToProve,
        provider_sign_in.visit_provider_to_prove,
        Permission.LEAVE,
        prepare=visits.pack,
        secret_answer=True,
    ),
    UseCase(
        ProveWithProvider,
        provider_sign_in.prove_with_provider,
        Permission.LEAVE,
        prepare=visits.come_back,
        secret_answer=True,
    ),
    UseCase(MyWaysIn, ways_in.my_ways_in, Permission.LEAVE),
    UseCase(
        VisitProviderToLink,
        ways_in.visit_provider_to_link,
        Permission.ADD_WAY_IN,
        prepare=visits.pack,
        step_up=True,
        secret_answer=True,
    ),
    UseCase(
        LinkProvider,
        ways_in.link_provider,
        Permission.ADD_WAY_IN,
        prepare=visits.come_back,
        step_up=True,
        secret_answer=True,
    ),
    UseCase(UnlinkProvider, ways_in.unlink_provider, Permission.LEAVE, step_up=True),
    UseCase(
        BeginPasskey,
        passkeys.begin_passkey,
        Permission.ADD_WAY_IN,
        step_up=True,
        secret_answer=True,
    ),
    UseCase(
        AddPasskey,
        passkeys.add_passkey,
        Permission.ADD_WAY_IN,
        prepare=passkeys.check_made,
        step_up=True,
        secret_answer=True,
    ),
    UseCase(BeginPasskeySignIn, passkeys.begin_passkey_sign_in, Permission.ENTER, secret_answer=True),
    UseCase(
        SignInWithPasskey,
        passkeys.sign_in_with_passkey,
        Permission.ENTER,
        prepare=passkeys.check_shown,
        secret_answer=True,
    ),
    UseCase(BeginPasskeyProof, passkeys.begin_passkey_proof, Permission.LEAVE, secret_answer=True),
    UseCase(
        ProveWithPasskey,
        passkeys.prove_with_passkey,
        Permission.LEAVE,
        prepare=passkeys.check_shown,
        secret_answer=True,
    ),
    UseCase(RenamePasskey, passkeys.rename_passkey, Permission.LEAVE),
    UseCase(RemovePasskey, passkeys.remove_passkey, Permission.LEAVE, step_up=True),
    UseCase(
        RequestPasswordReset,
        recovering.request_password_reset,
        Permission.ENTER,
        prepare=recovering.allow_reset,
        tier="reset",
    ),
    UseCase(GrantPasswordReset, recovering.grant_password_reset, Permission.DELIVER),
    UseCase(ResetPassword, recovering.reset_password, Permission.ENTER, prepare=recovering.check_reset, tier="auth"),
    UseCase(
        ChangePassword,
        credentials.change_password,
        Permission.LEAVE,
        prepare=credentials.check_new_password,
        step_up=True,
    ),
    UseCase(
        ChangeEmail,
        credentials.change_email,
        Permission.LEAVE,
        prepare=credentials.allow_email_change,
        step_up=True,
        tier="email",
    ),
    UseCase(ConfirmEmail, credentials.confirm_email, Permission.LEAVE, tier="auth"),
    UseCase(
        RequestGuardianConsent,
        guardians.request_guardian_consent,
        Permission.LEAVE,
        prepare=guardians.allow_request,
        tier="auth",
    ),
    UseCase(GiveGuardianConsent, guardians.give_guardian_consent, Permission.ENTER, tier="auth"),
    UseCase(WithdrawGuardianConsent, guardians.withdraw_guardian_consent, Permission.ENTER, tier="auth"),
    UseCase(EditProfile, profiles.edit_profile, Permission.EDIT_PROFILE),
    UseCase(
        MyProfile,
        profiles.my_profile,
        Permission.READ_OWN,
        one_statement=True,
        standing=profiles.standing_with_profile,
    ),
    UseCase(PublicProfile, profiles.public_profile, Permission.READ, one_statement=True),
    UseCase(SearchPeople, profiles.search_people, Permission.READ, one_statement=True),
    UseCase(PersonNamed, standing.person_named, Permission.CHANGE_STATUS),
    UseCase(ChangeStatus, standing.change_status, Permission.CHANGE_STATUS),
    UseCase(ChangeRole, standing.change_role, Permission.CHANGE_STATUS),
    UseCase(DeleteAccount, leaving.delete_account, Permission.LEAVE, step_up=True),
    UseCase(CancelDeletion, leaving.cancel_deletion, Permission.LEAVE),
    UseCase(EraseAccount, leaving.erase_account, Permission.DELIVER),
    UseCase(PayReferral, referrals.pay_referral, Permission.DELIVER),
    *(UseCase(mail, letters.mailed, Permission.DELIVER, prepare=hand_over) for mail, hand_over in LETTERS.items()),
)
