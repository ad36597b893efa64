"""What people can ask of their accounts."""

from sparkle_core.application.accounts import authenticating, joining, letters, profiles, referrals, sessions, standing
from sparkle_core.application.accounts.authenticating import Authenticate
from sparkle_core.application.accounts.joining import (
    CompleteSignUp,
    Register,
    Registered,
    RequestEmailCode,
    SignUp,
    VerifyEmail,
)
from sparkle_core.application.accounts.letters import MailEmailCode
from sparkle_core.application.accounts.profiles import EditProfile, MyProfile, OwnProfile, PublicProfile, SearchPeople
from sparkle_core.application.accounts.referrals import PayReferral
from sparkle_core.application.accounts.sessions import LoggedIn, LogIn, LogOut
from sparkle_core.application.accounts.standing import ChangeRole, ChangeStatus, DeleteAccount
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
    UseCase(MailEmailCode, letters.email_code_mailed, Permission.DELIVER, prepare=letters.mail_email_code),
    UseCase(LogIn, sessions.log_in, Permission.ENTER, prepare=sessions.check_login, tier="", secret_answer=True),
    UseCase(LogOut, sessions.log_out, Permission.LEAVE, tier=""),
    UseCase(
        Authenticate,
        authenticating.authenticate,
        Permission.ENTER,
        prepare=authenticating.find_session,
        tier="",
        one_statement=True,
    ),
    UseCase(EditProfile, profiles.edit_profile, Permission.EDIT_PROFILE),
    UseCase(MyProfile, profiles.my_profile, Permission.READ_OWN),
    UseCase(PublicProfile, profiles.public_profile, Permission.READ, one_statement=True),
    UseCase(SearchPeople, profiles.search_people, Permission.READ, one_statement=True),
    UseCase(ChangeStatus, standing.change_status, Permission.CHANGE_STATUS),
    UseCase(ChangeRole, standing.change_role, Permission.CHANGE_STATUS),
    UseCase(DeleteAccount, standing.delete_account, Permission.LEAVE, step_up_s=STEP_UP_S),
    UseCase(PayReferral, referrals.pay_referral, Permission.DELIVER),
)

__all__ = [
    "USE_CASES",
    "Authenticate",
    "ChangeRole",
    "ChangeStatus",
    "CompleteSignUp",
    "DeleteAccount",
    "EditProfile",
    "LogIn",
    "LogOut",
    "LoggedIn",
    "MailEmailCode",
    "MyProfile",
    "OwnProfile",
    "PayReferral",
    "PublicProfile",
    "Register",
    "Registered",
    "RequestEmailCode",
    "SearchPeople",
    "SignUp",
    "VerifyEmail",
]
