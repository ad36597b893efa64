"""What people can ask of their accounts."""

from sparkle_core.application.accounts import (
    credentials,
    joining,
    letters,
    own_sessions,
    profiles,
    recovering,
    referrals,
    sessions,
    standing,
)
from sparkle_core.application.accounts.credentials import ChangeEmail, ChangePassword, ConfirmEmail
from sparkle_core.application.accounts.joining import (
    CompleteSignUp,
    Register,
    Registered,
    RequestEmailCode,
    SignUp,
    VerifyEmail,
)
from sparkle_core.application.accounts.letters import (
    MailEmailChange,
    MailEmailChanged,
    MailEmailCode,
    MailPasswordChanged,
    MailPasswordReset,
)
from sparkle_core.application.accounts.own_sessions import (
    MySessions,
    ProveIdentity,
    RevokeOtherSessions,
    RevokeSession,
    RevokeSessions,
    SessionsOf,
    SessionView,
)
from sparkle_core.application.accounts.profiles import EditProfile, MyProfile, OwnProfile, PublicProfile, SearchPeople
from sparkle_core.application.accounts.recovering import GrantPasswordReset, RequestPasswordReset, ResetPassword
from sparkle_core.application.accounts.referrals import PayReferral
from sparkle_core.application.accounts.sessions import Authenticate, LoggedIn, LogIn, LogOut
from sparkle_core.application.accounts.standing import ChangeRole, ChangeStatus, DeleteAccount, NamedPerson, PersonNamed
from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import Permission

STEP_UP_S = SecurityRules().step_up_s

USE_CASES = (
    UseCase(Register, joining.register, Permission.ENTER, prepare=joining.check_newcomer, tier="auth"),
    UseCase(SignUp, joining.sign_up, Permission.ENTER, prepare=joining.check_newcomer, tier="auth"),
    UseCase(CompleteSignUp, joining.complete_sign_up, Permission.DELIVER),
    UseCase(VerifyEmail, joining.verify_email, Permission.ENTER, prepare=joining.email_key_of, tier="auth"),
    UseCase(RequestEmailCode, joining.request_email_code, Permission.ENTER, prepare=joining.allow_code, tier="auth"),
    UseCase(MailEmailCode, letters.mailed, Permission.DELIVER, prepare=letters.mail_email_code),
    UseCase(LogIn, sessions.log_in, Permission.ENTER, prepare=sessions.check_login, tier="", secret_answer=True),
    UseCase(LogOut, sessions.log_out, Permission.LEAVE, tier=""),
    UseCase(Authenticate, sessions.authenticate, Permission.ENTER, tier=""),
    UseCase(
        ProveIdentity,
        own_sessions.prove_identity,
        Permission.LEAVE,
        prepare=own_sessions.check_password,
        tier="",
        secret_answer=True,
    ),
    UseCase(MySessions, own_sessions.my_sessions, Permission.LEAVE),
    UseCase(RevokeSession, own_sessions.revoke_session, Permission.LEAVE),
    UseCase(RevokeOtherSessions, own_sessions.revoke_other_sessions, Permission.LEAVE),
    UseCase(SessionsOf, own_sessions.sessions_of, Permission.CHANGE_STATUS),
    UseCase(RevokeSessions, own_sessions.revoke_sessions, Permission.CHANGE_STATUS),
    UseCase(
        RequestPasswordReset,
        recovering.request_password_reset,
        Permission.ENTER,
        prepare=recovering.allow_reset,
        tier="auth",
    ),
    UseCase(GrantPasswordReset, recovering.grant_password_reset, Permission.DELIVER),
    UseCase(MailPasswordReset, letters.mailed, Permission.DELIVER, prepare=letters.mail_password_reset),
    UseCase(ResetPassword, recovering.reset_password, Permission.ENTER, prepare=recovering.check_reset, tier="auth"),
    UseCase(
        ChangePassword,
        credentials.change_password,
        Permission.LEAVE,
        prepare=credentials.check_new_password,
        step_up_s=STEP_UP_S,
    ),
    UseCase(MailPasswordChanged, letters.mailed, Permission.DELIVER, prepare=letters.mail_password_changed),
    UseCase(
        ChangeEmail,
        credentials.change_email,
        Permission.LEAVE,
        prepare=credentials.allow_email_change,
        step_up_s=STEP_UP_S,
    ),
    UseCase(MailEmailChange, letters.mailed, Permission.DELIVER, prepare=letters.mail_email_change),
    UseCase(ConfirmEmail, credentials.confirm_email, Permission.LEAVE, tier="auth"),
    UseCase(MailEmailChanged, letters.mailed, Permission.DELIVER, prepare=letters.mail_email_changed),
    UseCase(EditProfile, profiles.edit_profile, Permission.EDIT_PROFILE),
    UseCase(MyProfile, profiles.my_profile, Permission.READ_OWN),
    UseCase(PublicProfile, profiles.public_profile, Permission.READ, one_statement=True),
    UseCase(SearchPeople, profiles.search_people, Permission.READ, one_statement=True),
    UseCase(PersonNamed, standing.person_named, Permission.CHANGE_STATUS),
    UseCase(ChangeStatus, standing.change_status, Permission.CHANGE_STATUS),
    UseCase(ChangeRole, standing.change_role, Permission.CHANGE_STATUS),
    UseCase(DeleteAccount, standing.delete_account, Permission.LEAVE, step_up_s=STEP_UP_S),
    UseCase(PayReferral, referrals.pay_referral, Permission.DELIVER),
)

__all__ = [
    "USE_CASES",
    "Authenticate",
    "ChangeEmail",
    "ChangePassword",
    "ChangeRole",
    "ChangeStatus",
    "CompleteSignUp",
    "ConfirmEmail",
    "DeleteAccount",
    "EditProfile",
    "GrantPasswordReset",
    "LogIn",
    "LogOut",
    "LoggedIn",
    "MailEmailChange",
    "MailEmailChanged",
    "MailEmailCode",
    "MailPasswordChanged",
    "MailPasswordReset",
    "MyProfile",
    "MySessions",
    "NamedPerson",
    "OwnProfile",
    "PayReferral",
    "PersonNamed",
    "ProveIdentity",
    "PublicProfile",
    "Register",
    "Registered",
    "RequestEmailCode",
    "RequestPasswordReset",
    "ResetPassword",
    "RevokeOtherSessions",
    "RevokeSession",
    "RevokeSessions",
    "SearchPeople",
    "SessionView",
    "SessionsOf",
    "SignUp",
    "VerifyEmail",
]
